/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The system calls by themselves: pages of its own for each secret. munmap() gives the pages back, and the kernel clears them. */
#include <string.h>
#include <sys/mman.h>

#include "subject.h"

static void *map_locked(size_t size)
{
	void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return NULL;
	if (mlock(pages, size) == 0)
		return pages;
	munmap(pages, size);
	return NULL;
}

static void *hold(const void *secret, size_t size)
{
	void *held = map_locked(size);
	if (held)
		memcpy(held, secret, size);
	return held;
}

static void release(void *held, size_t size)
{
	munlock(held, size);
	munmap(held, size);
}

static void *hold_undumped(const void *secret, size_t size)
{
	void *held = map_locked(size);
	if (!held)
		return NULL;
	if (madvise(held, size, MADV_DONTDUMP) != 0) {
		release(held, size);
		return NULL;
	}
	memcpy(held, secret, size);
	return held;
}

const struct subject subject_mmap = { "mmap+mlock+munlock+munmap", 1, NULL, hold, NULL, release };
const struct subject subject_mmap_dontdump = { "the same + MADV_DONTDUMP", 1, NULL, hold_undumped, NULL, release };
