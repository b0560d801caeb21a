/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where a buffer's bytes live when it is not a plain slot of the pool: pages of its own, or a slot that needs a second thought. */
#include "storage.h"

_Atomic uint32_t osml__fork_chores;
static _Atomic uint64_t corruptions;

/* A fork that leaves a readable copy of the bytes in the child is something to see to there: lock the copy, or wipe it. */
static bool has_fork_chore(const osml_buffer *b)
{
	return !(b->held & (OSML_WIPEONFORK | OSML_NOFORK));
}

/* Right-aligned, so that a write past the end meets the canary and then the guard. */
static int map_pages(osml_buffer *b, size_t len, const osml_buffer_options *o)
{
	size_t pages = len > SIZE_MAX / 2 ? 0 : osml__page_round(len + OSML__TRAILER);
	struct osml__mapping m;
	int rc;

	if (!pages)
		return OSML_EINVAL;
	rc = osml__mapping_new(&m, pages, o->want, o->policy);
	if (rc)
		return rc;
	b->base = m.base;
	b->pages = pages;
	b->held = (uint16_t)(m.held | OSML_CANARY);
	b->len = len;
	b->keep = !(o->want & (OSML_WIPEONFORK | OSML_NOFORK | OSML_SECRETMEM));
	b->data = m.base + ((pages - OSML__TRAILER - len) & ~(o->alignment - 1));
	osml__canary_set(m.base, pages, b->data, len);
	return 0;
}

static int take_either(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o)
{
	if (osml__storage_fits_pool(len, o)) {
		int rc = osml__storage_take_slot(b, c, len, o);
		if (rc == 0 || o->policy != OSML_POLICY_BEST_EFFORT)
			return rc;
	}
	return map_pages(b, len, o);
}

int osml__storage_take_elsewhere(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o)
{
	int rc = take_either(b, c, len, o);

	if (rc == OSML_ELIMIT) {
		/* Slots that lie idle may be all that is between this request and the quota. */
		osml__cache_drain(c);
		osml__pool_trim();
		rc = take_either(b, c, len, o);
	}
	return rc ? rc : osml__storage_settle(b, o);
}

static void note_fork_chore(const osml_buffer *b)
{
	if (has_fork_chore(b))
		atomic_fetch_add_explicit(&osml__fork_chores, 1, memory_order_relaxed);
}

/* The policy's word on what was got. Under STRICT a slot may lack something that its arena was refused; pages made now may have it. */
int osml__storage_settle(osml_buffer *b, const osml_buffer_options *o)
{
	int rc;

	note_fork_chore(b);
	if (b->pages || o->policy != OSML_POLICY_STRICT || !(o->want & ~b->held))
		return 0;
	osml__storage_release_elsewhere(b);
	rc = map_pages(b, b->len, o);
	if (rc == 0)
		note_fork_chore(b);
	return rc;
}

int osml__storage_corrupt(void)
{
	atomic_fetch_add_explicit(&corruptions, 1, memory_order_relaxed);
	return OSML_ECORRUPT;
}

int osml__storage_check(const osml_buffer *b)
{
	struct osml__mapping memory = osml__storage_bounds(b);

	return osml__canary_alive(memory.base, memory.pages, b->data, b->len) ? 0 : osml__storage_corrupt();
}

int osml__storage_open_up(const osml_buffer *b)
{
	if (atomic_load_explicit(&b->access, memory_order_relaxed) == OSML_ACCESS_READWRITE)
		return 0;
	return osml__os_protect(b->base, b->pages, OSML_ACCESS_READWRITE);
}

int osml__storage_release_elsewhere(osml_buffer *b)
{
	struct osml__mapping memory = osml__storage_bounds(b);
	int rc = osml__storage_open_up(b), freed = 0;

	if (rc)
		return rc; /* Mapped and locked for ever is better than dirty and free (item T28). */
	rc = osml__storage_check(b);
	osml__wipe(memory.base, memory.pages);
	if (has_fork_chore(b))
		atomic_fetch_sub_explicit(&osml__fork_chores, 1, memory_order_relaxed);
	if (b->pages)
		freed = osml__mapping_free(&memory);
	else
		osml__cache_return_slot(memory.base, b->span);
	return rc ? rc : freed;
}

void osml__storage_shrink(osml_buffer *b, size_t len)
{
	struct osml__mapping memory = osml__storage_bounds(b);
	bool alive = osml__canary_alive(memory.base, memory.pages, b->data, b->len);

	osml__wipe(b->data + len, b->len - len);
	b->len = len;
	if (alive) /* A dead one stays dead, for the close to tell. */
		osml__canary_set(memory.base, memory.pages, b->data, len);
}

uint64_t osml__corruptions(void)
{
	return atomic_load_explicit(&corruptions, memory_order_relaxed);
}
