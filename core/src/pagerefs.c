/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A hash table with open addressing, keyed by page address. Deletion shifts entries back, so there are no tombstones. */
#include "pagerefs.h"

#include "life.h"

#include <stdlib.h>

struct entry {
	uintptr_t page; /* 0: unused; page 0 is never locked */
	uint32_t counts[OSML__COUNTS];
};

static struct entry *entries;
static size_t capacity; /* a power of two, or 0 */
static size_t used;

static size_t home(uintptr_t page)
{
	uint64_t hash = (uint64_t)(page / osml__os_page_size()) * 0x9E3779B97F4A7C15u;

	return (size_t)(hash >> 32) & (capacity - 1);
}

/* The page's entry, or the unused one where it would go. */
static struct entry *find(uintptr_t page)
{
	size_t i = home(page);

	while (entries[i].page && entries[i].page != page)
		i = (i + 1) & (capacity - 1);
	return &entries[i];
}

int osml__pagerefs_reserve(size_t more)
{
	size_t wanted = capacity ? capacity : 64;
	struct entry *old = entries;
	size_t old_capacity = capacity;

	if (more > SIZE_MAX / 4 / sizeof *entries - used)
		return -ENOMEM;
	while (wanted / 2 < used + more)
		wanted *= 2;
	if (wanted == capacity)
		return 0;
	entries = calloc(wanted, sizeof *entries);
	if (!entries) {
		entries = old;
		return -ENOMEM;
	}
	capacity = wanted;
	for (size_t i = 0; i < old_capacity; i++)
		if (old[i].page)
			*find(old[i].page) = old[i];
	free(old);
	return 0;
}

uint32_t osml__pagerefs_count(const void *page, enum osml__count which)
{
	return capacity ? find((uintptr_t)page)->counts[which] : 0;
}

static void erase(struct entry *e)
{
	size_t hole = (size_t)(e - entries), i = hole;

	for (;;) {
		entries[hole] = (struct entry){ 0 };
		do {
			i = (i + 1) & (capacity - 1);
			if (!entries[i].page)
				return;
			/* Entry i may fill the hole unless its first place lies after the hole, on the way to i. */
		} while (((i - home(entries[i].page)) & (capacity - 1)) < ((i - hole) & (capacity - 1)));
		entries[hole] = entries[i];
		hole = i;
	}
}

void osml__pagerefs_change(const void *page, enum osml__count which, int change)
{
	struct entry *e = find((uintptr_t)page);

	if (!e->page) {
		e->page = (uintptr_t)page;
		used++;
	}
	e->counts[which] += (uint32_t)change;
	if (!e->counts[OSML__COUNT_LOCK] && !e->counts[OSML__COUNT_NODUMP]) {
		erase(e);
		used--;
	}
}

int osml__pagerefs_count_range(const unsigned char *base, size_t size, bool locked, bool nodump, int change)
{
	size_t page = osml__os_page_size();
	int rc = 0;

	osml__lock(OSML__MUTEX_REGIONS);
	if (change > 0)
		rc = osml__pagerefs_reserve(size / page);
	for (size_t at = 0; rc == 0 && at < size; at += page) {
		if (locked)
			osml__pagerefs_change(base + at, OSML__COUNT_LOCK, change);
		if (nodump)
			osml__pagerefs_change(base + at, OSML__COUNT_NODUMP, change);
	}
	osml__unlock(OSML__MUTEX_REGIONS);
	return rc;
}

/* In a forked child no lock is inherited. The old table is kept for the next entries, unless another thread may have been changing it. */
void osml__pagerefs_forked(uint32_t generation)
{
	(void)generation;
	if (entries && osml__consistent_at_fork(OSML__MUTEX_REGIONS))
		memset(entries, 0, capacity * sizeof *entries);
	else
		entries = NULL;
	capacity = entries ? capacity : 0;
	used = 0;
}
