/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where a buffer's bytes live: a slot of the pool, or pages of their own. */
#include "storage.h"

_Atomic uint32_t osml__fork_chores;
static _Atomic uint64_t corruptions;

void osml__storage_bounds(const osml_buffer *b, struct osml__mapping *memory)
{
	if (b->pages)
		*memory = (struct osml__mapping){ b->base, b->pages, b->held };
	else
		*memory = (struct osml__mapping){ osml__slot_base(b->slot), osml__slot_sizes[osml__slot_class(b->slot)], b->held };
}

/* A fork that leaves a readable copy of the bytes in the child is something to see to there: lock the copy, or wipe it. */
static bool has_fork_chore(const osml_buffer *b)
{
	return !(b->held & (OSML_WIPEONFORK | OSML_NOFORK));
}

/* The pool's slots have the default protections. Who asks for less of what costs or shows, or for more, gets pages of his own. */
static bool fits_pool(size_t len, const osml_buffer_options *o)
{
	return len <= OSML__POOL_MAX - OSML__TRAILER - (o->alignment - OSML__ALIGNMENT) &&
	       (o->want & (OSML_LOCKED | OSML_WIPEONFORK | OSML_NOFORK | OSML_GUARDED | OSML_SECRETMEM)) == (OSML_LOCKED | OSML_WIPEONFORK);
}

static int take_slot(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o)
{
	unsigned cls = osml__pool_class(len + OSML__TRAILER + (o->alignment - OSML__ALIGNMENT));
	int rc = osml__cache_take_slot(c, cls, &b->slot);
	unsigned char *base;

	if (rc)
		return rc;
	base = osml__slot_base(b->slot);
	b->pages = 0;
	b->held = (uint16_t)((osml__slot_held(b->slot) & ~OSML_GUARDED) | OSML_CANARY);
	b->data = base + (-(uintptr_t)base & (o->alignment - 1));
	osml__canary_set(base, osml__slot_sizes[cls], b->data, len);
	return 0;
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
	b->data = m.base + ((pages - OSML__TRAILER - len) & ~(o->alignment - 1));
	osml__canary_set(m.base, pages, b->data, len);
	return 0;
}

static int take_either(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o)
{
	if (fits_pool(len, o)) {
		int rc = take_slot(b, c, len, o);
		if (rc == 0 || o->policy != OSML_POLICY_BEST_EFFORT)
			return rc;
	}
	return map_pages(b, len, o);
}

int osml__storage_take(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o)
{
	int rc = take_either(b, c, len, o);
	uint32_t enough;

	if (rc == OSML_ELIMIT) {
		/* Slots that lie idle may be all that is between this request and the quota. */
		osml__cache_drain(c);
		osml__pool_trim();
		rc = take_either(b, c, len, o);
	}
	if (rc)
		return rc;
	b->len = len;
	b->keep = !(o->want & (OSML_WIPEONFORK | OSML_NOFORK | OSML_SECRETMEM));
	if (has_fork_chore(b))
		atomic_fetch_add_explicit(&osml__fork_chores, 1, memory_order_relaxed);
	enough = b->held & OSML_NOFORK ? b->held | OSML_WIPEONFORK : b->held;
	if (o->policy != OSML_POLICY_STRICT || !(o->want & ~enough))
		return 0;
	osml__storage_release(b);
	return OSML_EUNSUPPORTED;
}

static int check_canary(const osml_buffer *b, const struct osml__mapping *memory)
{
	if (osml__canary_alive(memory->base, memory->pages, b->data, b->len))
		return 0;
	atomic_fetch_add_explicit(&corruptions, 1, memory_order_relaxed);
	return OSML_ECORRUPT;
}

int osml__storage_check(const osml_buffer *b)
{
	struct osml__mapping memory;

	osml__storage_bounds(b, &memory);
	return check_canary(b, &memory);
}

int osml__storage_open_up(const osml_buffer *b)
{
	if (atomic_load_explicit(&b->access, memory_order_relaxed) == OSML_ACCESS_READWRITE)
		return 0;
	return osml__os_protect(b->base, b->pages, OSML_ACCESS_READWRITE);
}

int osml__storage_release(osml_buffer *b)
{
	struct osml__mapping memory;
	int rc = osml__storage_open_up(b);

	if (rc)
		return rc; /* Mapped and locked for ever is better than dirty and free (item T28). */
	osml__storage_bounds(b, &memory);
	rc = check_canary(b, &memory);
	osml__wipe(memory.base, memory.pages);
	if (has_fork_chore(b))
		atomic_fetch_sub_explicit(&osml__fork_chores, 1, memory_order_relaxed);
	if (b->pages) {
		int unmapped = osml__mapping_free(&memory);
		return rc ? rc : unmapped;
	}
	return osml__cache_return_slot(b->slot) ? rc : OSML_ECORRUPT;
}

void osml__storage_shrink(osml_buffer *b, size_t len)
{
	struct osml__mapping memory;

	osml__storage_bounds(b, &memory);
	osml__wipe(b->data + len, b->len - len);
	b->len = len;
	osml__canary_set(memory.base, memory.pages, b->data, len);
}

uint64_t osml__corruptions(void)
{
	return atomic_load_explicit(&corruptions, memory_order_relaxed);
}
