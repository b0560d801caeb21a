/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cache.h"

#include <stdlib.h>

_Thread_local struct osml__cache *osml__cache;

static struct osml__cache *all;          /* under OSML__MUTEX_HANDLES */
static _Atomic int64_t opened_elsewhere; /* by threads that have ended, or that could not have a cache */
static bool canary_ready;                /* under OSML__MUTEX_HANDLES */

/* The canary's key is drawn by the first thread that gets here. */
static int link_cache(struct osml__cache *c)
{
	int rc;

	osml__os_mutex_lock(OSML__MUTEX_HANDLES);
	rc = canary_ready ? 0 : osml__canary_start();
	canary_ready = rc == 0;
	if (rc == 0) {
		c->next = all;
		all = c;
	}
	osml__os_mutex_unlock(OSML__MUTEX_HANDLES);
	return rc;
}

int osml__cache_start(void)
{
	struct osml__cache *c;
	int rc = osml__start();

	if (rc)
		return rc;
	c = calloc(1, sizeof *c);
	if (!c)
		return -ENOMEM;
	rc = osml__os_thread_mark(c);
	if (rc == 0)
		rc = link_cache(c);
	if (rc) {
		osml__os_thread_mark(NULL);
		free(c);
		return rc;
	}
	osml__cache = c;
	return 0;
}

int osml__cache_fill_handles(struct osml__cache *c)
{
	return osml__handle_refill(&c->handles, &c->handle_count);
}

int osml__cache_fill_shelf(struct osml__shelf *shelf, unsigned cls)
{
	int rc = osml__pool_refill(shelf->slots, &shelf->count, cls, OSML__CACHE_BATCH);

	for (unsigned i = 0; i < shelf->count; i++)
		OSML__PREFETCH(shelf->slots[i].base);
	return rc;
}

/* The newest stay: they are warm, and likely to lie on the same pages. */
void osml__cache_spill_handles(struct osml__cache *c)
{
	osml_buffer *last = c->handles;

	for (unsigned i = 1; i < OSML__CACHE_BATCH; i++)
		last = last->next;
	osml__handle_drain(last->next, c->handle_count - OSML__CACHE_BATCH);
	last->next = NULL;
	c->handle_count = OSML__CACHE_BATCH;
}

void osml__cache_spill_shelf(struct osml__shelf *shelf)
{
	unsigned oldest = shelf->count - OSML__CACHE_BATCH;

	osml__pool_drain(shelf->slots, oldest);
	shelf->count = OSML__CACHE_BATCH;
	memmove(shelf->slots, shelf->slots + oldest, OSML__CACHE_BATCH * sizeof *shelf->slots);
}

void osml__cache_drain(struct osml__cache *c)
{
	for (unsigned cls = 0; cls < OSML__CLASSES; cls++) {
		osml__pool_drain(c->shelves[cls].slots, c->shelves[cls].count);
		c->shelves[cls].count = 0;
	}
	osml__handle_drain(c->handles, c->handle_count);
	c->handles = NULL;
	c->handle_count = 0;
}

static void unlink_cache(struct osml__cache *c)
{
	osml__os_mutex_lock(OSML__MUTEX_HANDLES);
	for (struct osml__cache **at = &all; *at; at = &(*at)->next) {
		if (*at == c) {
			*at = c->next;
			break;
		}
	}
	opened_elsewhere += atomic_load_explicit(&c->opened, memory_order_relaxed);
	osml__os_mutex_unlock(OSML__MUTEX_HANDLES);
}

/* At the end of a thread. If a later destructor of the same thread uses the library again, it gets a new cache. */
void osml__cache_end(void *mark)
{
	struct osml__cache *c = mark;

	osml__cache = NULL;
	osml__cache_drain(c);
	unlink_cache(c);
	free(c);
}

/* In a forked child: the other threads and what they cached are gone, and this thread's slots are the parent's. */
void osml__cache_forget(uint64_t kept)
{
	all = NULL;
	osml__cache = NULL;
	osml__os_thread_mark(NULL);
	opened_elsewhere = (int64_t)kept;
}

void osml__cache_closed_elsewhere(void)
{
	atomic_fetch_sub(&opened_elsewhere, 1);
}

uint64_t osml__live_buffers(void)
{
	int64_t live;

	osml__os_mutex_lock(OSML__MUTEX_HANDLES);
	live = atomic_load(&opened_elsewhere);
	for (struct osml__cache *c = all; c; c = c->next)
		live += atomic_load_explicit(&c->opened, memory_order_relaxed);
	osml__os_mutex_unlock(OSML__MUTEX_HANDLES);
	return live > 0 ? (uint64_t)live : 0;
}
