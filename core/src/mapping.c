/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "life.h"
#include "pagerefs.h"

static _Atomic size_t locked_bytes;

static void count_locked(struct osml__mapping *m, size_t change)
{
	m->locked += change;
	atomic_fetch_add_explicit(&locked_bytes, change, memory_order_relaxed);
}

/* EDQUOT is Windows' alone, where a process may raise its own quota. */
int osml__lock_pages(void *addr, size_t size)
{
	int rc = osml__os_lock(addr, size);

	if (rc == -EDQUOT && osml__os_raise_lock_limit(size) == 0)
		rc = osml__os_lock(addr, size);
	return rc == -ENOMEM || rc == -EPERM || rc == -EDQUOT ? OSML__REFUSED(rc) : rc;
}

/* In this order: advice while the mapping is still one piece, the lock last. */
static const struct {
	uint32_t bit;
	int (*apply)(void *addr, size_t size);
} steps[] = {
	{ OSML_NODUMP, osml__os_nodump },
	{ OSML_NOFORK, osml__os_no_fork },
	{ OSML_WIPEONFORK, osml__os_wipe_on_fork },
	{ OSML_LOCKED, osml__lock_pages },
};

static bool policy_requires(int rc, uint32_t bit, uint32_t policy)
{
	if (policy == OSML_POLICY_STRICT)
		return true;
	return policy == OSML_POLICY_DEFAULT && bit == OSML_LOCKED && rc != OSML_EUNSUPPORTED;
}

static size_t guard_size(uint32_t bits)
{
	return bits & OSML_GUARDED ? osml__os_page_size() : 0;
}

/* EAGAIN: the system would have to lock the pages at once (memfd_secret, or mlockall(MCL_FUTURE)), and the quota forbids it. */
static int mapped(int rc)
{
	return rc == -EAGAIN || rc == -EPERM ? OSML__REFUSED(rc) : rc;
}

/* memfd_secret memory is shared with children, writes included, unless it is kept out of them (T10): without NOFORK there is none. */
static int map_secret(struct osml__mapping *m, uint32_t want)
{
	void *addr;
	int rc = mapped(osml__os_map_secret(&addr, m->size, guard_size(want)));

	if (rc)
		return rc;
	rc = osml__os_no_fork(addr, m->size);
	if (rc) {
		osml__os_unmap(addr, m->size, guard_size(want));
		return rc;
	}
	m->base = addr;
	m->held = OSML_SECRETMEM | OSML_LOCKED | OSML_NODUMP | OSML_NOFORK | (want & OSML_GUARDED);
	return 0;
}

static int map_ordinary(struct osml__mapping *m, uint32_t want)
{
	void *addr;
	int rc = mapped(osml__os_map(&addr, m->size, guard_size(want)));

	if (rc)
		return rc;
	m->base = addr;
	m->held = want & OSML_GUARDED;
	return 0;
}

static int apply_steps(struct osml__mapping *m, uint32_t want, uint32_t policy)
{
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		uint32_t bit = steps[i].bit;
		uint32_t enough = m->held & OSML_NOFORK ? m->held | OSML_WIPEONFORK : m->held;

		if (!(want & bit & ~enough))
			continue;
		int rc = steps[i].apply(m->base, m->size);
		if (rc == 0)
			m->held |= bit;
		else if (policy_requires(rc, bit, policy))
			return rc;
	}
	return 0;
}

/* ---- Mappings that the system would not take back ---- */

/* At the limit of mappings (max_map_count) unmapping a middle piece fails. Such pages are wiped; they hold this record, and are tried again. */
struct leftover {
	struct leftover *next;
	struct osml__mapping mapping;
};
static struct leftover *_Atomic leftovers;

static void keep_leftover(struct leftover *l)
{
	l->next = atomic_load(&leftovers);
	while (!atomic_compare_exchange_weak(&leftovers, &l->next, l))
		;
}

static int unmap(const struct osml__mapping *m)
{
	struct osml__mapping gone = *m; /* the record may lie in what is unmapped */
	int rc = osml__os_unmap(gone.base, gone.size, guard_size(gone.held));

	if (rc == 0)
		atomic_fetch_sub_explicit(&locked_bytes, gone.locked, memory_order_relaxed);
	return rc;
}

/* Its pages are wiped, and can be written. */
static void unmap_now_or_later(const struct osml__mapping *m)
{
	struct leftover *l = (struct leftover *)(void *)m->base;

	if (unmap(m)) {
		l->mapping = *m;
		keep_leftover(l);
	}
}

void osml__mapping_retry(void)
{
	struct leftover *l = atomic_load_explicit(&leftovers, memory_order_relaxed) ? atomic_exchange(&leftovers, NULL) : NULL;

	while (l) {
		struct leftover *next = l->next;

		if (unmap(&l->mapping))
			keep_leftover(l);
		l = next;
	}
}

/* ---- Life ---- */

/* The pages are counted like those of a region, so that a region over a buffer's memory, however it came by it, never unlocks them (C21). */
static int count_pages(const struct osml__mapping *m, int change)
{
	uint32_t held = m->held;

	return held & (OSML_LOCKED | OSML_NODUMP)
	               ? osml__pagerefs_count_range(m->base, m->size, held & OSML_LOCKED, held & OSML_NODUMP, change)
	               : 0;
}

int osml__mapping_new(struct osml__mapping *m, size_t size, uint32_t want, uint32_t policy)
{
	int rc = OSML_EUNSUPPORTED;

	osml__mapping_retry();
	*m = (struct osml__mapping){ .size = size };
	if (want & OSML_SECRETMEM) {
		rc = map_secret(m, want);
		if (rc && policy == OSML_POLICY_STRICT)
			return rc;
	}
	if (rc)
		rc = map_ordinary(m, want);
	if (rc)
		return rc;
	rc = apply_steps(m, want, policy);
	if (rc == 0)
		rc = count_pages(m, +1);
	if (m->held & OSML_LOCKED)
		count_locked(m, size);
	if (rc)
		unmap_now_or_later(m);
	return rc;
}

/* munmap(2) takes the lock with it, so there is no call to unlock. */
void osml__mapping_free(struct osml__mapping *m)
{
	count_pages(m, -1);
	unmap_now_or_later(m);
}

/* Its pages are zero, so nothing is lost if one is not in memory yet. */
static int lock_again(struct osml__mapping *m)
{
	if (osml__os_lock_on_fault(m->base, m->size))
		return osml__mapping_lock_part(m, m->locked, m->size - m->locked);
	count_locked(m, m->size - m->locked);
	return 0;
}

/* The advice as well: whoever had the memory before may have changed it. */
int osml__mapping_renew(struct osml__mapping *m)
{
	uint32_t held = m->held;
	int rc;

	m->held &= OSML_GUARDED | OSML_LOCKED;
	rc = apply_steps(m, held, OSML_POLICY_STRICT);
	if (rc == 0)
		rc = lock_again(m);
	m->held = held;
	return rc;
}

int osml__mapping_lock_part(struct osml__mapping *m, size_t at, size_t size)
{
	int rc = osml__lock_pages(m->base + at, size);

	if (rc == 0)
		count_locked(m, size);
	return rc;
}

static int unlock(struct osml__mapping *m, size_t at, size_t size)
{
	int rc = osml__os_unlock(m->base + at, size);

	if (rc == 0)
		count_locked(m, (size_t)0 - size);
	return rc;
}

int osml__mapping_unlock_after(struct osml__mapping *m, size_t stay)
{
	return m->locked > stay ? unlock(m, stay, m->locked - stay) : 0;
}

int osml__mapping_unlock_part(struct osml__mapping *m, size_t at, size_t size)
{
	int rc = unlock(m, at, size);

	if (rc == 0)
		osml__os_drop(m->base + at, size);
	return rc;
}

int osml__mapping_relock(struct osml__mapping *m)
{
	int rc = m->held & OSML_LOCKED ? osml__lock_pages(m->base, m->size) : 0;

	if (rc)
		return rc;
	rc = count_pages(m, +1);
	if (rc)
		osml__os_unlock(m->base, m->size);
	else if (m->held & OSML_LOCKED)
		count_locked(m, m->size);
	return rc;
}

void osml__mapping_inherit(struct osml__mapping *m)
{
	if (osml__mapping_relock(m)) {
		m->held &= ~OSML_LOCKED;
		if (osml__mapping_relock(m))
			m->held &= ~OSML_NODUMP;
	}
}

/* Of an abandoned arena nothing else tells what is locked here. Neighbours share the first page and the last, which are counted once. */
void osml__mapping_inherit_slot(struct osml__mapping *m)
{
	size_t page = osml__os_page_size();
	void *start;

	osml__range_outward(&start, &m->size, m->base, m->size);
	m->base = start;
	if (osml__pagerefs_count(m->base, OSML__COUNT_LOCK)) {
		m->base += page;
		m->size -= page;
	}
	if (m->size && osml__pagerefs_count(m->base + m->size - page, OSML__COUNT_LOCK))
		m->size -= page;
	if (m->size)
		osml__mapping_inherit(m);
}

/* What is not mapped here is left alone: the address may be somebody else's by now. */
void osml__mapping_free_inherited(struct osml__mapping *m)
{
	if (!(m->held & OSML_NOFORK))
		osml__os_unmap(m->base, m->size, guard_size(m->held));
}

void osml__mapping_forked(uint32_t generation)
{
	(void)generation;
	atomic_store_explicit(&locked_bytes, 0, memory_order_relaxed);
	atomic_store(&leftovers, NULL);
}

uint64_t osml__mapping_locked_bytes(void)
{
	return atomic_load_explicit(&locked_bytes, memory_order_relaxed);
}
