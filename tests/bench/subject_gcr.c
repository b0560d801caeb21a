/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* GNOME's gcr: secure memory of its own, in blocks that grow. Its library is opened when it is measured, since its headers need all of GTK. */
#include <dlfcn.h>
#include <string.h>

#include "subject.h"

#ifndef GCR_ALLOCATE
#define GCR_ALLOCATE "gcr_secure_memory_alloc" /* takes ordinary memory where it can lock no more; ..._try_alloc returns NULL */
#endif

static void *(*allocate)(unsigned long size);
static void (*wipe_and_free)(void *memory);

static int start(size_t size, size_t count, size_t most)
{
	void *library = dlopen("libgcr-base-3.so.1", RTLD_NOW);
	(void)size, (void)count, (void)most;
	if (!library)
		return 1;
	*(void **)&allocate = dlsym(library, GCR_ALLOCATE);
	*(void **)&wipe_and_free = dlsym(library, "gcr_secure_memory_free");
	return !allocate || !wipe_and_free;
}

static void *hold(const void *secret, size_t size)
{
	void *held = allocate(size);
	if (held)
		memcpy(held, secret, size);
	return held;
}

static void release(void *held, size_t size)
{
	(void)size;
	wipe_and_free(held);
}

const struct subject subject_gcr = { "gcr", 1, start, hold, NULL, release };
