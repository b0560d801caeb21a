/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

static _Atomic uint64_t locked_bytes;

static int lock_pages(void *addr, size_t pages)
{
	return osml__limit_reason(osml__os_lock(addr, pages), pages);
}

/* In this order: advice while the mapping is still one piece, the lock last. */
static const struct {
	uint32_t bit;
	int (*apply)(void *addr, size_t pages);
} steps[] = {
	{ OSML_NODUMP, osml__os_nodump },
	{ OSML_NOFORK, osml__os_no_fork },
	{ OSML_WIPEONFORK, osml__os_wipe_on_fork },
	{ OSML_LOCKED, lock_pages },
};

static bool fatal(int rc, uint32_t bit, uint32_t policy)
{
	if (policy == OSML_POLICY_STRICT)
		return true;
	return policy == OSML_POLICY_DEFAULT && bit == OSML_LOCKED && rc != OSML_EUNSUPPORTED;
}

static size_t guard_size(uint32_t bits)
{
	return bits & OSML_GUARDED ? osml__os_page_size() : 0;
}

/* memfd_secret memory is shared with children, writes included, unless it is kept out of them (item T10): without NOFORK there is none. */
static int map_secret(struct osml__mapping *m, uint32_t want)
{
	void *addr;
	int rc = osml__os_map_secret(&addr, m->pages, guard_size(want));

	if (rc)
		return osml__limit_reason(rc, m->pages);
	rc = osml__os_no_fork(addr, m->pages);
	if (rc) {
		osml__os_unmap(addr, m->pages, guard_size(want));
		return rc;
	}
	m->base = addr;
	m->held = OSML_SECRETMEM | OSML_LOCKED | OSML_NODUMP | OSML_NOFORK | (want & OSML_GUARDED);
	return 0;
}

static int map_ordinary(struct osml__mapping *m, uint32_t want)
{
	void *addr;
	int rc = osml__os_map(&addr, m->pages, guard_size(want));

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
		int rc = steps[i].apply(m->base, m->pages);
		if (rc == 0)
			m->held |= bit;
		else if (fatal(rc, bit, policy))
			return rc;
	}
	return 0;
}

int osml__mapping_new(struct osml__mapping *m, size_t pages, uint32_t want, uint32_t policy)
{
	int rc = OSML_EUNSUPPORTED;

	*m = (struct osml__mapping){ .pages = pages };
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
	if (m->held & OSML_LOCKED)
		atomic_fetch_add_explicit(&locked_bytes, pages, memory_order_relaxed);
	if (rc)
		osml__mapping_free(m);
	return rc;
}

/* munmap(2) takes the lock with it, so there is no call to unlock. */
int osml__mapping_free(struct osml__mapping *m)
{
	int rc = osml__os_unmap(m->base, m->pages, guard_size(m->held));

	if (rc == 0 && m->held & OSML_LOCKED)
		atomic_fetch_sub_explicit(&locked_bytes, m->pages, memory_order_relaxed);
	return rc;
}

void osml__mapping_relock(struct osml__mapping *m)
{
	if (!(m->held & OSML_LOCKED))
		return;
	if (osml__os_lock(m->base, m->pages))
		m->held &= ~OSML_LOCKED;
	else
		atomic_fetch_add_explicit(&locked_bytes, m->pages, memory_order_relaxed);
}

void osml__mapping_forget_all(void)
{
	atomic_store_explicit(&locked_bytes, 0, memory_order_relaxed);
}

uint64_t osml__mapping_locked_bytes(void)
{
	return atomic_load_explicit(&locked_bytes, memory_order_relaxed);
}
