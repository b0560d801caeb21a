/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Botan 2 has no C interface to its locking allocator; allocate_memory() is what its secure_vector calls. When the pool (512 KiB at most)
 * is full it takes ordinary memory without a word, which the check of the locks counts.
 */
#include <botan/mem_ops.h>

#include <cstring>
#include <new>

#include "subject.h"

static void *hold(const void *secret, size_t size)
{
	try {
		void *held = Botan::allocate_memory(size, 1);
		std::memcpy(held, secret, size);
		return held;
	} catch (const std::bad_alloc &) {
		return nullptr;
	}
}

static void release(void *held, size_t size)
{
	Botan::deallocate_memory(held, size, 1);
}

const struct subject subject_botan = { "Botan locking allocator", 1, nullptr, hold, nullptr, release };
