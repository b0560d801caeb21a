/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "spare.h"

#include "life.h"
#include "pagestate.h"

#define SPARE_COUNT 4u
#define SPARE_BYTES ((size_t)4 << 20)  /* of all together */
#define SPARE_MIN   ((size_t)64 << 10) /* of each: smaller ones are rare, and soon made */

static const uint32_t needed_protections = OSML_LOCKED | OSML_NODUMP | OSML_GUARDED; /* of each; WIPEONFORK or not */

static struct osml__mapping spares[SPARE_COUNT]; /* the oldest first */
static unsigned count;

static size_t total(void)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < count; i++)
		bytes += spares[i].size;
	return bytes;
}

static void remove_at(unsigned i)
{
	osml__pages.spare -= spares[i].locked / osml__os_page_size();
	count--;
	memmove(&spares[i], &spares[i + 1], (count - i) * sizeof *spares);
}

static bool take_out(struct osml__mapping *m, size_t size, uint32_t want)
{
	bool found = false;

	osml__lock(OSML__MUTEX_POOL);
	for (unsigned i = count; i-- > 0 && !found;) {
		if (spares[i].size == size && spares[i].held == want &&
		    osml__os_protect(spares[i].base, size, OSML_ACCESS_READWRITE) == 0) {
			*m = spares[i];
			remove_at(i);
			found = true;
		}
	}
	osml__unlock(OSML__MUTEX_POOL);
	return found;
}

int osml__spare_take(struct osml__mapping *m, size_t size, uint32_t want)
{
	int rc;

	if (!take_out(m, size, want & ~OSML_CANARY))
		return 1;
	rc = osml__mapping_renew(m);
	if (rc == 0)
		return 0;
	osml__mapping_free(m);
	return osml__was_refused(rc) ? rc : 1; /* the policy decides about other protections, as for a new one */
}

/* False: it cannot be made writable for the record that mapping.c would keep in it if it could not be unmapped. It stays. */
static bool unmap_oldest(void)
{
	struct osml__mapping m = spares[0];

	if (osml__os_protect(m.base, m.size, OSML_ACCESS_READWRITE))
		return false;
	remove_at(0);
	osml__mapping_free(&m);
	return true;
}

/*
 * As much stays locked as may be idle: to lock and unlock is most of what a buffer of that size costs. Of a mapping that may have huge pages only
 * such pages, because a lock that ends within one splits it, and then each small page costs.
 */
static bool put_to_rest(struct osml__mapping *m)
{
	size_t stay = osml__pages_idle_room() * osml__os_page_size();

	if (m->size >= OSML__HUGE_PAGE)
		stay -= stay % OSML__HUGE_PAGE;
	if (osml__mapping_unlock_after(m, stay))
		return false;
	osml__pages.spare += m->locked / osml__os_page_size();
	return true;
}

void osml__spare_unlock(void)
{
	for (unsigned i = 0; i < count; i++) {
		size_t pages = spares[i].locked / osml__os_page_size();

		if (osml__mapping_unlock_after(&spares[i], 0) == 0)
			osml__pages.spare -= pages;
	}
}

static bool has_room(size_t size)
{
	while (count == SPARE_COUNT || total() + size > SPARE_BYTES)
		if (!unmap_oldest())
			return false;
	return true;
}

bool osml__spare_give(struct osml__mapping *m)
{
	bool kept = false;

	m->held &= ~OSML_CANARY;
	if ((m->held & ~OSML_WIPEONFORK) != needed_protections || m->size > SPARE_BYTES || m->size < SPARE_MIN)
		return false;
	osml__lock(OSML__MUTEX_POOL);
	if (has_room(m->size) && put_to_rest(m)) {
		osml__os_protect(m->base, m->size, OSML_ACCESS_NONE);
		spares[count++] = *m;
		kept = true;
	}
	osml__unlock(OSML__MUTEX_POOL);
	return kept;
}

bool osml__spare_forget(void)
{
	bool any = false;

	osml__lock(OSML__MUTEX_POOL);
	while (count && unmap_oldest())
		any = true;
	osml__unlock(OSML__MUTEX_POOL);
	return any;
}

/* They read as zeros in the child, too, but are not locked by a lock of its own. */
void osml__spare_forked(uint32_t generation)
{
	(void)generation;
	if (osml__consistent_at_fork(OSML__MUTEX_POOL))
		for (unsigned i = 0; i < count; i++)
			osml__mapping_free_inherited(&spares[i]);
	count = 0;
}
