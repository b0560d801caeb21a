/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * VirtualUnlock() of a page that is not locked drops it from the working set, toward the pagefile (T7), and wine does not tell which pages are
 * locked. So each is noted: a hash table with open addressing, an entry of one bit a page for each 2 MiB of addresses.
 */
#include "windows.h"

#define CHUNK_PAGES 512u

struct chunk {
	uintptr_t key; /* the number of the chunk + 1; 0: unused */
	uint64_t bits[CHUNK_PAGES / 64];
};

SRWLOCK osml__locked_mutex; /* all zero, which is SRWLOCK_INIT */
static struct chunk *chunks;
static size_t capacity; /* a power of two, or 0 */
static size_t used;

static uintptr_t number_of(const void *page)
{
	return (uintptr_t)page / osml__os_page_size();
}

/* The entry, or the unused one where it would go. */
static struct chunk *find(uintptr_t key)
{
	size_t i = (size_t)((uint64_t)key * 0x9E3779B97F4A7C15u >> 32) & (capacity - 1);

	while (chunks[i].key && chunks[i].key != key)
		i = (i + 1) & (capacity - 1);
	return &chunks[i];
}

static bool is_empty(const struct chunk *c)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < CHUNK_PAGES / 64; i++)
		all |= c->bits[i];
	return !all;
}

/* Entries in which nothing is locked are left behind. */
static int grow(size_t wanted)
{
	struct chunk *old = chunks, *more = VirtualAlloc(NULL, wanted * sizeof *more, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
	size_t old_capacity = capacity;

	if (!more)
		return -ERROR_NO_SYSTEM_RESOURCES; /* and not the code that says "over the quota" of a lock */
	chunks = more;
	capacity = wanted;
	used = 0;
	for (size_t i = 0; i < old_capacity; i++) {
		if (!old[i].key || is_empty(&old[i]))
			continue;
		*find(old[i].key) = old[i];
		used++;
	}
	if (old)
		VirtualFree(old, 0, MEM_RELEASE);
	return 0;
}

int osml__locked_reserve(const void *addr, size_t size)
{
	size_t more = size / osml__os_page_size() / CHUNK_PAGES + 2, wanted = capacity ? capacity : 64;
	int rc = 0;

	while (wanted / 2 < used + more)
		wanted *= 2;
	if (wanted != capacity)
		rc = grow(wanted);
	for (uintptr_t n = number_of(addr) / CHUNK_PAGES; rc == 0 && more--; n++) {
		struct chunk *c = find(n + 1);
		used += !c->key;
		c->key = n + 1;
	}
	return rc;
}

/* NULL: nothing of the page's chunk is noted. */
static uint64_t *bits_of(uintptr_t page, uint64_t *mask)
{
	struct chunk *c = capacity ? find(page / CHUNK_PAGES + 1) : NULL;

	*mask = (uint64_t)1 << page % 64;
	return c && c->key ? &c->bits[page % CHUNK_PAGES / 64] : NULL;
}

void osml__locked_set(const void *addr, size_t size, bool locked)
{
	uintptr_t page = number_of(addr), end = page + size / osml__os_page_size();
	uint64_t mask, *bits;

	for (; page < end; page++) {
		bits = bits_of(page, &mask);
		if (bits)
			*bits = locked ? *bits | mask : *bits & ~mask;
	}
}

bool osml__locked_page(const void *page)
{
	uint64_t mask, *bits = bits_of(number_of(page), &mask);

	return bits && *bits & mask;
}

bool osml__locked_any(const void *addr, size_t size)
{
	for (size_t at = 0; at < size; at += osml__os_page_size())
		if (osml__locked_page((const char *)addr + at))
			return true;
	return false;
}

void osml__locked_forget(const void *addr, size_t size)
{
	AcquireSRWLockExclusive(&osml__locked_mutex);
	osml__locked_set(addr, size, false);
	ReleaseSRWLockExclusive(&osml__locked_mutex);
}
