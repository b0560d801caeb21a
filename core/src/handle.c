/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "handle.h"

#include "life.h"

struct chunk {
	struct chunk *next; /* these two never change once the chunk can be seen */
	size_t count;
	_Alignas(64) osml_buffer handles[];
};

/* Chunks are only ever added, by one atomic store, so that a walk needs no lock: not at exit, not in a forked child. */
static struct chunk *_Atomic chunks;

/*
 * Free handles lie in batches, so that a thread that takes or gives many touches one: with many buffers alive each touch is a miss of all
 * near caches. All of it under OSML__MUTEX_HANDLES.
 */
static osml_buffer *batches;
static osml_buffer *fresh; /* the handles of the newest chunk that never were in a batch, ... */
static size_t fresh_count; /* ... so many */
static unsigned next_chunk_pages = 1;

static int grow(void)
{
	size_t size = next_chunk_pages * osml__os_page_size();
	struct chunk *chunk;
	void *addr;
	int rc = osml__os_map(&addr, size, osml__os_page_size()); /* guards: what writes past a buffer must not meet handles (audit C23) */

	if (rc)
		return rc == -EAGAIN ? OSML__REFUSED(rc) : rc; /* mlockall(MCL_FUTURE): over the quota */
	chunk = addr;
	chunk->count = (size - sizeof *chunk) / sizeof *chunk->handles;
	fresh = chunk->handles;
	fresh_count = chunk->count;
	if (size < OSML__HUGE_PAGE)
		next_chunk_pages *= 2;
	chunk->next = atomic_load_explicit(&chunks, memory_order_relaxed);
	atomic_store_explicit(&chunks, chunk, memory_order_release);
	return 0;
}

static osml_buffer *new_batch(void)
{
	size_t count = fresh_count < OSML__HANDLE_BATCH ? fresh_count : OSML__HANDLE_BATCH;
	osml_buffer *batch = fresh;

	for (size_t i = 0; i + 1 < count; i++)
		batch[i].next = &batch[i + 1];
	batch[count - 1].next = NULL;
	batch->batch_count = (uint16_t)count;
	fresh += count;
	fresh_count -= count;
	return batch;
}

int osml__handle_refill(osml_buffer **list, unsigned *count)
{
	int rc = 0;

	osml__lock(OSML__MUTEX_HANDLES);
	if (!batches && !fresh_count)
		rc = grow();
	if (rc == 0) {
		*list = batches ? batches : new_batch();
		*count = (*list)->batch_count;
		if (*list == batches)
			batches = batches->next_batch;
	}
	osml__unlock(OSML__MUTEX_HANDLES);
	return rc;
}

void osml__handle_drain(osml_buffer *list, unsigned count)
{
	if (!list)
		return;
	list->batch_count = (uint16_t)count;
	osml__lock(OSML__MUTEX_HANDLES);
	list->next_batch = batches;
	batches = list;
	osml__unlock(OSML__MUTEX_HANDLES);
}

void osml__handle_each(void (*visit)(osml_buffer *b))
{
	for (struct chunk *c = atomic_load_explicit(&chunks, memory_order_acquire); c; c = c->next)
		for (size_t i = 0; i < c->count; i++)
			visit(&c->handles[i]);
}

/* The child goes on with the parent's free handles, or with none where they may be half changed. */
void osml__handle_forked(uint32_t generation)
{
	(void)generation;
	if (osml__consistent_at_fork(OSML__MUTEX_HANDLES))
		return;
	batches = NULL;
	fresh_count = 0;
	next_chunk_pages = 1;
}
