/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

struct chunk {
	struct chunk *next; /* these two never change once the chunk can be seen */
	size_t count;
	osml_buffer handles[];
};

/* Chunks are only ever added, by one atomic store, so that a walk needs no lock: not at exit, not in a forked child. */
static struct chunk *_Atomic chunks;
static osml_buffer *free_handles; /* this and the next under OSML__MUTEX_HANDLES */
static unsigned next_chunk_pages = 1;

static int grow(void)
{
	size_t size = next_chunk_pages * osml__os_page_size();
	struct chunk *chunk;
	void *addr;
	int rc = osml__os_map(&addr, size, 0);

	if (rc)
		return rc;
	chunk = addr;
	chunk->count = (size - sizeof *chunk) / sizeof *chunk->handles;
	for (size_t i = chunk->count; i--;) {
		chunk->handles[i].next = free_handles;
		free_handles = &chunk->handles[i];
	}
	if (size < OSML__HUGE_PAGE)
		next_chunk_pages *= 2;
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
		for (size_t i = 0; i < c->count; i++)
			visit(&c->handles[i]);
}

void osml__handle_forget(void)
{
	free_handles = NULL;
}
