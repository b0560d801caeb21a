/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where a buffer's bytes live when it is not a plain slot of the pool: pages of its own, or a slot that the common path cannot take. */
#include "storage.h"

#include "secret.h"
#include "spare.h"

_Atomic uint32_t osml__readable_after_fork;

static void set_canary(const osml_buffer *b)
{
	struct osml__mapping memory = osml__storage_bounds(b);

	osml__canary_set_all(&memory, b->data, osml__len(b));
}

static bool canary_intact(const osml_buffer *b)
{
	struct osml__mapping memory = osml__storage_bounds(b);

	return osml__canary_all_intact(&memory, b->data, osml__len(b)) && !(b->span && osml__canary_fence_differs(memory.base));
}

/* Right-aligned, so that a write past the end meets the canary and then the guard. */
static int map_pages(osml_buffer *b, size_t len, const osml_buffer_options *o)
{
	size_t size = len > SIZE_MAX / 2 ? 0 : osml__page_round(len + OSML__TRAILER);
	struct osml__mapping m;
	uint32_t want =
	        len + OSML__TRAILER > OSML__POOL_MAX ? o->want | OSML_GUARDED : o->want; /* few enough, so that guards cost little */
	int rc;

	if (!size)
		return OSML_EINVAL;
	if (size / osml__os_page_size() > UINT32_MAX)
		return -ENOMEM;
	rc = osml__spare_take(&m, size, want);
	if (rc > 0)
		rc = osml__mapping_new(&m, size, want, o->policy);
	if (rc)
		return rc;
	b->span = NULL;
	b->size = (uint32_t)(size / osml__os_page_size());
	b->held = (uint16_t)(m.held | osml__canary_bit());
	atomic_store_explicit(&b->len, len, memory_order_relaxed);
	b->keep = !(o->want & (OSML_WIPEONFORK | OSML_NOFORK | OSML_SECRETMEM));
	b->before = (uint16_t)((size - OSML__TRAILER - len) & ~(o->alignment - 1));
	b->data = m.base + b->before;
	set_canary(b);
	return 0;
}

static int alloc_once(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o)
{
	if (osml__storage_fits_pool(len, o)) {
		int rc;

		do
			rc = osml__storage_alloc_slot(b, c, len, o);
		while (rc == OSML_ECORRUPT);
		if (rc == 0 || (o->policy != OSML_POLICY_BEST_EFFORT && !(o->want & OSML_SECRETMEM)))
			return rc;
	}
	return map_pages(b, len, o);
}

/*
 * True when something was locked or taken that is not any more. Of other threads' caches as well, as far as the system lets them be taken. This thread
 * may have none any more, and then a mark stands for it.
 */
bool osml__storage_trim(void)
{
	struct osml__cache *c = osml__cache_own();
	uint64_t locked = osml__mapping_locked_bytes();
	size_t returned = osml__pool_returned();
	bool spares;

	if (c)
		osml__cache_drain(c);
	osml__cache_drain_others(c);
	spares = osml__spare_forget();
	osml__pool_trim();
	return spares || osml__mapping_locked_bytes() < locked || osml__pool_returned() != returned;
}

/* ENOMEM: a limit on the memory of the process (RLIMIT_AS), or on the number of its mappings. */
bool osml__storage_make_room(int rc)
{
	return (osml__was_refused(rc) || rc == -ENOMEM) && osml__storage_trim();
}

int osml_trim(void)
{
	osml__check_fork();
	osml__storage_trim();
	return 0;
}

int osml__storage_alloc_slow(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o)
{
	int rc = alloc_once(b, c, len, o);

	/* What lies idle may be all that is between this request and the quota. */
	if (osml__storage_make_room(rc))
		rc = alloc_once(b, c, len, o);
	if (osml__was_refused(rc) && len > OSML__LARGE_SLOT) {
		osml__pool_trim();
		rc = map_pages(b, len, o);
	}
	return rc ? rc : osml__storage_enforce_policy(b, o);
}

static void count_readable_after_fork(const osml_buffer *b)
{
	if (osml__storage_is_readable_after_fork(b))
		atomic_fetch_add_explicit(&osml__readable_after_fork, 1, memory_order_relaxed);
}

static int free_new(osml_buffer *b)
{
	osml__storage_wipe(b);
	osml__storage_free(b);
	return OSML_EUNSUPPORTED;
}

/* The policy's word on what was got. Under STRICT a slot may lack something that its arena was refused; pages made now may have it. */
int osml__storage_enforce_policy(osml_buffer *b, const osml_buffer_options *o)
{
	uint32_t missing = o->want & ~(b->held & OSML_NOFORK ? b->held | OSML_WIPEONFORK : b->held);
	int rc;

	count_readable_after_fork(b);
	if (o->policy != OSML_POLICY_STRICT || !missing)
		return 0;
	rc = free_new(b);
	if (!(missing & OSML_CANARY) && (rc = map_pages(b, osml__len(b), o)) == 0)
		count_readable_after_fork(b);
	return rc;
}

/* The code that wrote there may do so again, so the slot is never used again. */
int osml__storage_set_aside(void *slot, size_t size, enum osml__kind kind)
{
	osml__wipe(slot, size);
	osml__canary_fence((unsigned char *)slot + size); /* of its neighbour */
	return osml__canary_count_corruption(kind);
}

static enum osml__kind kind_of(const osml_buffer *b)
{
	if (b->held & OSML_SECRETMEM)
		return OSML__KIND_SECRET;
	return osml__storage_is_readable_after_fork(b) ? OSML__KIND_KEPT : OSML__KIND_ORDINARY;
}

int osml__storage_check(const osml_buffer *b)
{
	return canary_intact(b) ? 0 : osml__canary_count_corruption(kind_of(b));
}

int osml__storage_make_writable(const osml_buffer *b)
{
	struct osml__mapping memory = osml__storage_bounds(b);

	if (atomic_load_explicit(&b->access, memory_order_relaxed) == OSML_ACCESS_READWRITE)
		return 0;
	return osml__os_protect(memory.base, memory.size, OSML_ACCESS_READWRITE);
}

/* What a child inherits is wiped by the kernel, or was by osml__sweep_forked(); its canaries are gone as well. */
int osml__storage_wipe(osml_buffer *b)
{
	struct osml__mapping memory = osml__storage_bounds(b);
	bool inherited = osml__storage_is_inherited(b);
	int rc;

	if (inherited && !osml__storage_is_readable_after_fork(b))
		return 0;
	rc = osml__storage_make_writable(b);
	if (rc)
		return rc;
	rc = inherited || canary_intact(b) ? 0 : osml__canary_report(memory.base, kind_of(b));
	osml__wipe(memory.base, b->span ? memory.size - 8 : memory.size);
	if (b->span)
		osml__canary_fence(memory.base + memory.size);
	return rc;
}

static void release_inherited(struct osml__mapping *memory, struct osml__span *span)
{
	if (span)
		osml__pool_drain(&(struct osml__slot){ memory->base, span }, 1);
	else
		osml__mapping_free_inherited(memory);
}

void osml__storage_free(osml_buffer *b)
{
	struct osml__mapping memory = osml__storage_bounds(b);

	if (osml__storage_is_inherited(b)) {
		release_inherited(&memory, b->span);
		return;
	}
	if (osml__storage_is_readable_after_fork(b))
		atomic_fetch_sub_explicit(&osml__readable_after_fork, 1, memory_order_relaxed);
	if (b->span)
		osml__cache_return_slot(osml__cache_own(), memory.base, b->span, memory.size);
	else if (!osml__spare_give(&memory))
		osml__mapping_free(&memory);
}

/* The block in which the canary begins has up to seven bytes of the secret. */
OSML__CLEAN_REGISTERS void osml__storage_shrink(osml_buffer *b, size_t len)
{
	size_t before = osml__len(b);
	bool intact = canary_intact(b);

	osml__wipe(b->data + len, before - len);
	atomic_store_explicit(&b->len, len, memory_order_relaxed);
	if (intact) /* A corrupted one stays corrupted, for the close to report. */
		set_canary(b);
}
