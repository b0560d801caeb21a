/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The thread's cache: free handles and free slots that only this thread touches, so that the common path of new and free takes no lock. It
 * holds at most OSML__CACHE_MAX of each kind; more go back to the pool in one batch. All slots in it are wiped.
 */
#ifndef OSML_CACHE_H
#define OSML_CACHE_H

#include "pool.h"

/* What the next call will want, on its way while this one goes on: with many secrets alive it is in no near cache. */
#if defined(__GNUC__)
#define OSML__PREFETCH(address) __builtin_prefetch((address), 1)
#else
#define OSML__PREFETCH(address) ((void)(address))
#endif

#define OSML__CACHE_MAX   32u
#define OSML__CACHE_BATCH 16u

struct osml__cache {
	struct osml__cache *next; /* in the list of all caches */
	_Atomic int64_t opened;   /* buffers opened minus closed by this thread; written by it alone, read by osml_info() */
	osml_buffer *handles;
	unsigned handle_count;
	struct osml__shelf {
		unsigned count;
		struct osml__slot slots[OSML__CACHE_MAX];
	} shelves[OSML__CLASSES];
};

/*
 * initial-exec: one load instead of a call to find the variable. It takes 8 bytes of the space that the loader keeps for libraries opened
 * later.
 */
#if defined(__ELF__) && defined(__GNUC__)
extern _Thread_local struct osml__cache *osml__cache __attribute__((tls_model("initial-exec"), visibility("hidden")));
#else
extern _Thread_local struct osml__cache *osml__cache;
#endif

int osml__cache_start(void); /* makes this thread's cache; 0 or an error */
int osml__cache_fill_handles(struct osml__cache *c);
int osml__cache_fill_shelf(struct osml__shelf *shelf, unsigned cls);
void osml__cache_spill_handles(struct osml__cache *c);
void osml__cache_spill_shelf(struct osml__shelf *shelf);
void osml__cache_drain(struct osml__cache *c); /* all of it back to the pool */
void osml__cache_closed_elsewhere(void);       /* by a thread that has no cache yet, or can have none */

static inline int osml__cache_get(struct osml__cache **c)
{
	int rc = osml__cache ? 0 : osml__cache_start();
	*c = osml__cache;
	return rc;
}

static inline void osml__cache_count(struct osml__cache *c, int change)
{
	int64_t opened = atomic_load_explicit(&c->opened, memory_order_relaxed);
	atomic_store_explicit(&c->opened, opened + change, memory_order_relaxed);
}

static inline int osml__cache_take_handle(struct osml__cache *c, osml_buffer **b)
{
	int rc = c->handles ? 0 : osml__cache_fill_handles(c);

	if (rc)
		return rc;
	*b = c->handles;
	c->handles = c->handles->next;
	OSML__PREFETCH(c->handles);
	c->handle_count--;
	return 0;
}

static inline void osml__cache_give_handle(struct osml__cache *c, osml_buffer *b)
{
	b->next = c->handles;
	c->handles = b;
	if (++c->handle_count > OSML__CACHE_MAX)
		osml__cache_spill_handles(c);
}

static inline int osml__cache_take_slot(struct osml__cache *c, unsigned cls, const struct osml__slot **slot)
{
	struct osml__shelf *shelf = &c->shelves[cls];
	int rc = shelf->count ? 0 : osml__cache_fill_shelf(shelf, cls);

	if (rc)
		return rc;
	*slot = &shelf->slots[--shelf->count];
	return 0;
}

/* Counts a buffer that this thread closed. */
static inline void osml__cache_closed(void)
{
	if (osml__cache)
		osml__cache_count(osml__cache, -1);
	else
		osml__cache_closed_elsewhere();
}

/* Closing must work where there is no memory for a cache, so it does not ask for one. */
static inline void osml__cache_return_slot(unsigned char *base, struct osml__span *span)
{
	struct osml__shelf *shelf;

	if (!osml__cache) {
		osml__pool_drain(&(struct osml__slot){ base, span }, 1);
		return;
	}
	shelf = &osml__cache->shelves[span->cls];
	if (shelf->count == OSML__CACHE_MAX)
		osml__cache_spill_shelf(shelf);
	shelf->slots[shelf->count].base = base;
	shelf->slots[shelf->count++].span = span;
}

static inline void osml__cache_return_handle(osml_buffer *b)
{
	if (osml__cache) {
		osml__cache_give_handle(osml__cache, b);
	} else {
		b->next = NULL;
		osml__handle_drain(b, 1);
	}
}

#endif
