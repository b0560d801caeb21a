/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Blocks of up to 64 KiB are slots of the pool that is kept over fork, from the thread's cache, without a handle: what is known of them is a mark in
 * the table of blocks.h. All of a slot but its fence is the caller's. Larger ones have pages of their own between guards.
 */
#include "heap.h"

#include "blocks.h"
#include "secret.h"
#include "spare.h"
#include "storage.h"

#include <stdlib.h>

#define FENCE       8u
#define SMALL_MAX   (OSML__POOL_MAX - FENCE)
#define FIRST_CLASS (OSML__KIND_KEPT * OSML__SLOT_SIZES)
#define LARGE       OSML__SLOT_SIZES /* the kind of a block with pages of its own; else the index of its slot's size */

#define LARGE_PROTECTIONS (OSML_LOCKED | OSML_NODUMP | OSML_GUARDED)

/* The owner of a large block; that of the others is their span. */
struct large {
	struct osml__mapping mapping;
	size_t len;
};

static _Atomic uint64_t foreign_frees, large_bytes;

static struct osml__mapping bounds(unsigned char *p, unsigned mark, void *owner)
{
	if (osml__mark_kind(mark) == LARGE)
		return ((struct large *)owner)->mapping;
	return (struct osml__mapping){ .base = p, .size = osml__slot_sizes[osml__mark_kind(mark)], .held = OSML_LOCKED | OSML_NODUMP };
}

/* What a caller may use. */
static size_t room(const unsigned char *p, unsigned mark)
{
	if (osml__mark_kind(mark) == LARGE)
		return ((const struct large *)osml__block_owner(p))->len;
	return osml__slot_sizes[osml__mark_kind(mark)] - FENCE;
}

/* ---- Small ones ---- */

OSML__INLINE int small_new(void **out, struct osml__cache *c, size_t n)
{
	unsigned index = osml__slot_size_index(n + FENCE);
	size_t size = osml__slot_sizes[index];
	const struct osml__slot *slot = NULL;
	struct osml__span *span;
	unsigned char *base;
	int rc = osml__cache_take_slot(c, FIRST_CLASS + index, size, &slot);

	if (OSML__UNLIKELY(rc))
		return rc;
	base = slot->base;
	span = slot->span;
	if (OSML__UNLIKELY(!osml__canary_slot_is_clean(base, size)))
		return osml__storage_set_aside(base, size, OSML__KIND_KEPT);
	rc = osml__block_begin(base, index, span);
	if (OSML__UNLIKELY(rc))
		osml__cache_return_slot(c, base, span, size);
	else
		*out = base;
	return rc;
}

OSML__COLD static void report(unsigned char *base, size_t size)
{
	osml__canary_fence(base + size);
	osml__canary_report(base, OSML__KIND_KEPT);
}

OSML__INLINE void small_free(unsigned char *base, unsigned mark)
{
	size_t size = osml__slot_sizes[osml__mark_kind(mark)];
	struct osml__span *span = osml__block_owner(base);

	if (OSML__UNLIKELY(osml__canary_difference(base + size - FENCE) || osml__canary_fence_differs(base)))
		report(base, size);
	osml__wipe_slot(base, size);
	osml__block_end(base);
	osml__cache_return_slot(osml__cache_own(), base, span, size);
}

/* ---- Large ones ---- */

/* Right-aligned, as a buffer is. */
OSML__COLD static int large_new(void **out, size_t n)
{
	size_t size = n > SIZE_MAX / 2 ? 0 : osml__page_round(n + FENCE);
	struct large *l = size ? calloc(1, sizeof *l) : NULL;
	unsigned char *p;
	int rc;

	if (!l)
		return -ENOMEM;
	l->len = n;
	rc = osml__spare_take(&l->mapping, size, LARGE_PROTECTIONS);
	if (rc > 0)
		rc = osml__mapping_new(&l->mapping, size, LARGE_PROTECTIONS, OSML_POLICY_DEFAULT);
	if (rc) {
		free(l);
		return rc;
	}
	p = l->mapping.base + ((size - FENCE - n) & ~(size_t)(OSML__ALIGNMENT - 1));
	osml__canary_set_all(&l->mapping, p, l->len);
	rc = osml__block_begin(p, LARGE, l);
	if (rc) {
		osml__mapping_free(&l->mapping);
		free(l);
	} else {
		atomic_fetch_add_explicit(&large_bytes, size, memory_order_relaxed);
		*out = p;
	}
	return rc;
}

OSML__COLD static void large_free(unsigned char *p)
{
	struct large *l = osml__block_owner(p);

	if (!osml__canary_all_intact(&l->mapping, p, l->len))
		osml__canary_count_corruption(OSML__KIND_KEPT);
	osml__wipe(l->mapping.base, l->mapping.size);
	osml__block_end(p);
	atomic_fetch_sub_explicit(&large_bytes, l->mapping.size, memory_order_relaxed);
	if (!osml__spare_give(&l->mapping))
		osml__mapping_free(&l->mapping);
	free(l);
}

/* ---- Fork ---- */

/*
 * The pool has locked its pages again, but for those that it could not, or that another thread was changing: they are tried once more. What a thread of
 * the parent was freeing is wiped here too, and stays where it is.
 */
static void inherit(unsigned char *p, unsigned mark, void *owner, void *unused)
{
	struct osml__mapping pages = bounds(p, mark, owner);

	(void)unused;
	if (mark & OSML__BLOCK_ENDING)
		osml__wipe(pages.base, osml__mark_kind(mark) == LARGE ? pages.size : pages.size - FENCE);
	if (osml__mark_kind(mark) == LARGE) {
		pages.locked = 0;
		osml__mapping_inherit(&pages);
		((struct large *)owner)->mapping = pages;
	} else {
		osml__pool_inherit(&(struct osml__slot){ p, owner }, OSML_LOCKED | OSML_NODUMP);
	}
}

static void heap_forked(uint32_t generation)
{
	(void)generation;
	osml__blocks_each(inherit, NULL);
}

/* ---- The calls ---- */

OSML__COLD static int new_once(void **out, struct osml__cache *c, size_t n)
{
	int rc;

	if (n > SMALL_MAX)
		return large_new(out, n);
	do
		rc = small_new(out, c, n);
	while (rc == OSML_ECORRUPT);
	return rc;
}

/* The first one of a thread, large ones, and whatever goes wrong. */
OSML__COLD static void *new_slowly(size_t n)
{
	struct osml__cache *c;
	void *p = NULL;
	int rc;

	osml__on_fork(OSML__FORK_HEAP, heap_forked);
	rc = osml__cache_get(&c);
	if (rc == 0) {
		rc = new_once(&p, c, n);
		if (osml__storage_make_room(rc))
			rc = new_once(&p, c, n);
	}
	if (osml__was_refused(rc) && n > OSML__LARGE_SLOT) {
		osml__pool_trim();
		rc = large_new(&p, n);
	}
	if (osml__limit_verdict(rc, osml__page_round(n + FENCE)))
		errno = ENOMEM;
	osml__cache_end_late();
	return p;
}

void *osml_malloc(size_t n)
{
	struct osml__cache *c;
	void *p = NULL; /* the compiler does not see that it is set when small_new() returns 0 */

	osml__check_fork();
	c = osml__cache_own();
	return c && n <= SMALL_MAX && small_new(&p, c, n) == 0 ? p : new_slowly(n);
}

/* What is handed out is zero. */
OSML__COLD void *osml_calloc(size_t count, size_t n)
{
	return osml_malloc(n && count > SIZE_MAX / n ? SIZE_MAX : count * n);
}

void osml_free(void *p)
{
	int before = errno;
	unsigned mark;

	if (!p)
		return;
	osml__check_fork();
	mark = osml__block_claim(p);
	if (OSML__UNLIKELY(!mark))
		atomic_fetch_add_explicit(&foreign_frees, 1, memory_order_relaxed);
	else if (OSML__UNLIKELY(osml__mark_kind(mark) == LARGE))
		large_free(p);
	else
		small_free(p, mark);
	errno = before;
}

static void *shrink(unsigned char *p, size_t has, size_t n)
{
	osml__wipe(p + n, has - n);
	return p;
}

/* In place, unless more than half of the block would lie idle. */
OSML__COLD void *osml_realloc(void *p, size_t n)
{
	unsigned mark = osml__block_at(p);
	size_t has = mark ? room(p, mark) : 0;
	void *moved;

	if (!p)
		return osml_malloc(n);
	if (!mark) {
		atomic_fetch_add_explicit(&foreign_frees, 1, memory_order_relaxed);
		errno = EINVAL;
		return NULL;
	}
	if (n <= has && (n >= has / 2 || has < 64))
		return shrink(p, has, n);
	moved = osml_malloc(n);
	if (!moved)
		return n <= has ? shrink(p, has, n) : NULL;
	osml__copy(moved, p, n < has ? n : has);
	osml_free(p);
	return moved;
}

int osml_owns(const void *p)
{
	return osml__block_at(p) != 0;
}

/* ---- Counts ---- */

static void count(unsigned char *p, unsigned mark, void *owner, void *context)
{
	struct osml__heap_totals *totals = context;

	if (mark & OSML__BLOCK_ENDING)
		return;
	totals->blocks++;
	if (osml__mark_kind(mark) != LARGE)
		totals->bytes += osml__slot_sizes[osml__mark_kind(mark)];
	(void)p;
	(void)owner;
}

struct osml__heap_totals osml__heap_totals(void)
{
	struct osml__heap_totals totals = { 0, atomic_load_explicit(&large_bytes, memory_order_relaxed) };

	osml__blocks_each(count, &totals);
	return totals;
}

uint64_t osml__foreign_frees(void)
{
	return atomic_load_explicit(&foreign_frees, memory_order_relaxed);
}
