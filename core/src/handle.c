/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

#include <stdlib.h>

#define HANDLES_PER_CHUNK 128u

struct chunk {
	struct chunk *next; /* never changes once the chunk can be seen */
	osml_buffer handles[HANDLES_PER_CHUNK];
};

/* Chunks are only ever added, by one atomic store, so that a walk needs no lock: not at exit, not in a forked child. */
static struct chunk *_Atomic chunks;
static osml_buffer *free_handles; /* under OSML__MUTEX_HANDLES */

static int grow(void)
{
	struct chunk *chunk = calloc(1, sizeof *chunk);

	if (!chunk)
		return -ENOMEM;
	for (unsigned i = 0; i < HANDLES_PER_CHUNK; i++) {
		osml_buffer *b = &chunk->handles[HANDLES_PER_CHUNK - 1 - i];
		b->next = free_handles;
		free_handles = b;
	}
	chunk->next = atomic_load_explicit(&chunks, memory_order_relaxed);
	atomic_store_explicit(&chunks, chunk, memory_order_release);
	return 0;
}

int osml__handle_refill(osml_buffer **list, unsigned *got, unsigned n)
{
	int rc = 0;

	osml__os_mutex_lock(OSML__MUTEX_HANDLES);
	if (!free_handles)
		rc = grow();
	for (; n && free_handles; n--) {
		osml_buffer *b = free_handles;
		free_handles = b->next;
		b->next = *list;
		*list = b;
		++*got;
	}
	osml__os_mutex_unlock(OSML__MUTEX_HANDLES);
	return rc;
}

void osml__handle_drain(osml_buffer *list)
{
	if (!list)
		return;
	osml__os_mutex_lock(OSML__MUTEX_HANDLES);
	while (list) {
		osml_buffer *b = list;
		list = b->next;
		b->next = free_handles;
		free_handles = b;
	}
	osml__os_mutex_unlock(OSML__MUTEX_HANDLES);
}

void osml__handle_each(void (*visit)(osml_buffer *b))
{
	for (struct chunk *c = atomic_load_explicit(&chunks, memory_order_acquire); c; c = c->next)
		for (unsigned i = 0; i < HANDLES_PER_CHUNK; i++)
			visit(&c->handles[i]);
}

void osml__handle_forget(void)
{
	free_handles = NULL;
}
