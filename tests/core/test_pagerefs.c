/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The table of regions against a plain array of counters, and at a size where it must grow and shrink. */
#include "support.h"

#include <errno.h>
#include <sys/mman.h>

#include "pagerefs.h"

#define PAGES 96u
#define LIVE  40u

struct model {
	char *memory;
	size_t page;
	unsigned locks[PAGES], nodumps[PAGES];
	struct held {
		osml_region *region;
		size_t first, last; /* pages */
		unsigned flags;
	} held[LIVE];
	uint32_t seed;
};

static size_t draw(struct model *m, size_t below)
{
	m->seed = m->seed * 1664525u + 1013904223u;
	return (m->seed >> 16) % below;
}

static void count(struct model *m, const struct held *h, unsigned change)
{
	for (size_t i = h->first; i <= h->last; i++) {
		m->locks[i] += change;
		if (h->flags)
			m->nodumps[i] += change;
	}
}

static void compare_flag(const struct model *m, const char *flag, const unsigned *counts)
{
	size_t range_count;
	struct support_range *ranges = support_ranges_with(flag, &range_count);

	for (size_t i = 0; i < PAGES; i++)
		CHECK(support_ranges_hold(ranges, range_count, m->memory + i * m->page, m->page) == (counts[i] > 0));
	free(ranges);
}

static void compare(const struct model *m)
{
	compare_flag(m, "lo", m->locks);
	compare_flag(m, "dd", m->nodumps);
	for (size_t i = 0; i < PAGES; i++) {
		CHECK(osml__pagerefs_count(m->memory + i * m->page, OSML__COUNT_LOCK) == m->locks[i]);
		CHECK(osml__pagerefs_count(m->memory + i * m->page, OSML__COUNT_NODUMP) == m->nodumps[i]);
	}
}

static void lock_something(struct model *m, struct held *h)
{
	size_t from = draw(m, PAGES * m->page - 1), len = 1 + draw(m, 20) * draw(m, m->page);

	if (len > PAGES * m->page - from)
		len = PAGES * m->page - from;
	h->flags = draw(m, 2) ? OSML_REGION_DONTDUMP : 0;
	h->first = from / m->page;
	h->last = (from + len - 1) / m->page;
	CHECK_RC(osml_region_lock(&h->region, m->memory + from, len, h->flags), 0);
	count(m, h, 1);
}

static void unlock(struct model *m, struct held *h)
{
	count(m, h, -1u);
	CHECK_RC(osml_region_unlock(h->region), 0);
	h->region = NULL;
}

/* Across the inaccessible pages after the end: fails, and must change nothing. */
static void fail_to_lock(struct model *m)
{
	osml_region *region;
	size_t from = draw(m, PAGES * m->page);

	CHECK_RC(osml_region_lock(&region, m->memory + from, PAGES * m->page - from + 1, OSML_REGION_DONTDUMP), -ENOMEM);
}

static void random_regions_agree_with_an_array_of_counters(void **state)
{
	static struct model m = { .seed = 7 };
	size_t rounds = support_valgrind() ? 1000 : 6000;

	(void)state;
	m.page = support_page_size();
	m.memory = mmap(NULL, (PAGES + 1) * m.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(m.memory != MAP_FAILED && mprotect(m.memory + PAGES * m.page, m.page, PROT_NONE) == 0);
	for (size_t round = 0; round < rounds; round++) {
		struct held *h = &m.held[draw(&m, LIVE)];

		if (h->region)
			unlock(&m, h);
		else if (draw(&m, 10) == 0)
			fail_to_lock(&m);
		else
			lock_something(&m, h);
		if (round % 20 == 0)
			compare(&m);
	}
	for (size_t i = 0; i < LIVE; i++)
		if (m.held[i].region)
			unlock(&m, &m.held[i]);
	compare(&m);
	CHECK(support_none_has(m.memory, (PAGES + 1) * m.page, "lo"));
	munmap(m.memory, (PAGES + 1) * m.page);
}

/* Some share a page, all lie apart in the table. */
static void ten_thousand_regions(void **state)
{
	enum { COUNT = 10000, EACH = 800 };
	static osml_region *all[COUNT];
	size_t before = support_locked_kib(), page = support_page_size(), size = COUNT * EACH;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	CHECK(memory != MAP_FAILED);
	for (size_t i = 0; i < COUNT; i++)
		CHECK_RC(osml_region_lock(&all[i * 7919 % COUNT], memory + i * 7919 % COUNT * EACH, 100, 0), 0);
	CHECK(support_locked_kib() - before >= COUNT / (page / EACH + 1) * page / 1024);
	for (size_t i = 0; i < COUNT; i += 2)
		CHECK_RC(osml_region_unlock(all[i]), 0);
	for (size_t i = 1; i < COUNT; i += 200)
		CHECK(support_all_have(memory + i * EACH, 100, "lo"));
	for (size_t i = 1; i < COUNT; i += 2)
		CHECK_RC(osml_region_unlock(all[i]), 0);
	CHECK(support_locked_kib() == before);
	munmap(memory, size);
}

/* ---- The table alone, without locks: each in a child, where it is empty ---- */

#define CROWD 3000u

struct crowd {
	uintptr_t page[CROWD];
	uint32_t locks[CROWD], nodumps[CROWD];
	size_t count;
	struct model random; /* for its seed */
};

static void check_crowd(const struct crowd *c)
{
	for (size_t i = 0; i < c->count; i++) {
		CHECK(osml__pagerefs_count((void *)c->page[i], OSML__COUNT_LOCK) == c->locks[i]);
		CHECK(osml__pagerefs_count((void *)c->page[i], OSML__COUNT_NODUMP) == c->nodumps[i]);
	}
}

static void change_one(struct crowd *c, size_t i)
{
	bool nodump = draw(&c->random, 3) == 0;
	uint32_t *count = nodump ? &c->nodumps[i] : &c->locks[i];
	int change = *count && draw(&c->random, 3) ? -1 : 1;

	CHECK_RC(osml__pagerefs_reserve(1), 0);
	osml__pagerefs_change((void *)c->page[i], nodump ? OSML__COUNT_NODUMP : OSML__COUNT_LOCK, change);
	*count += (uint32_t)change;
}

/* However many pages are held, one that is not is not found: there is always an unused place where the search ends. */
static void each_page_makes_room_for_itself(void *unused)
{
	size_t page = support_page_size();

	(void)unused;
	for (uintptr_t i = 1; i <= 1024; i++) {
		CHECK_RC(osml__pagerefs_reserve(1), 0);
		osml__pagerefs_change((void *)(i * page), OSML__COUNT_LOCK, 1);
		CHECK(osml__pagerefs_count((void *)((i + 1) * page), OSML__COUNT_LOCK) == 0);
	}
}

static void a_page_that_nobody_holds_is_not_found_however_many_are_held(void **state)
{
	(void)state;
	IN_CHILD(each_page_makes_room_for_itself, NULL);
}

/* Places collide, also over the end of the table. */
static void pages_come_and_go(void *arg)
{
	static struct crowd c;
	size_t page = support_page_size(), size = *(size_t *)arg;

	c.count = size;
	c.random.seed = (uint32_t)size;
	for (size_t i = 0; i < size; i++)
		c.page[i] = page * (1 + draw(&c.random, 1 << 14) + (i << 14));
	for (size_t step = 0; step < 20 * size + 200; step++) {
		change_one(&c, draw(&c.random, size));
		if (size < 100 || step % size == 0)
			check_crowd(&c);
	}
	check_crowd(&c);
	for (size_t i = 0; i < size; i++) {
		for (; c.locks[i]; c.locks[i]--)
			osml__pagerefs_change((void *)c.page[i], OSML__COUNT_LOCK, -1);
		for (; c.nodumps[i]; c.nodumps[i]--)
			osml__pagerefs_change((void *)c.page[i], OSML__COUNT_NODUMP, -1);
	}
	check_crowd(&c);
}

/* Each size of a crowd has a table that grew no further than for it. */
static void a_crowd_of_pages_agrees_with_plain_counters(void **state)
{
	size_t step = support_valgrind() || support_sanitized() ? 9 : 1;

	(void)state;
	for (size_t size = 1; size <= CROWD; size = size < 100 ? size + step : size * 3)
		IN_CHILD(pages_come_and_go, &size);
}

static size_t mapped_bytes(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	CHECK(f && fscanf(f, "%lu", &pages) == 1);
	fclose(f);
	return pages * support_page_size();
}

/* A page that nobody holds takes no room: the table must not grow with all that ever were (audit T12). */
static void a_million_come_one_after_the_other(void *unused)
{
	size_t before = mapped_bytes();

	(void)unused;
	for (uintptr_t i = 1; i <= 1000000; i++) {
		CHECK_RC(osml__pagerefs_reserve(1), 0);
		osml__pagerefs_change((void *)(i * 4096), OSML__COUNT_LOCK, 1);
		osml__pagerefs_change((void *)(i * 4096), OSML__COUNT_LOCK, -1);
	}
	CHECK(mapped_bytes() - before < 1 << 20);
	for (uintptr_t i = 1; i <= 1000000; i++) { /* control: held, they do take room */
		CHECK_RC(osml__pagerefs_reserve(1), 0);
		osml__pagerefs_change((void *)(i * 4096), OSML__COUNT_LOCK, 1);
	}
	CHECK(mapped_bytes() - before > 1 << 20);
}

static void pages_that_are_held_no_more_take_no_room(void **state)
{
	(void)state;
	if (support_sanitized() || support_valgrind())
		SKIP("the allocator is not the C library's");
	IN_CHILD(a_million_come_one_after_the_other, NULL);
}

static void ask_for_too_much_room(void *unused)
{
	static const size_t too_many[] = { SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 64, SIZE_MAX / 256 };
	static unsigned char memory[1];
	osml_region *region;

	(void)unused;
	CHECK_RC(osml_region_lock(&region, memory, 1, 0), 0);
	for (size_t i = 0; i < sizeof too_many / sizeof *too_many; i++) {
		CHECK_RC(osml__pagerefs_reserve(too_many[i]), -ENOMEM);
		CHECK(osml__pagerefs_count((void *)((uintptr_t)memory & ~(support_page_size() - 1)), OSML__COUNT_LOCK) == 1);
	}
	CHECK_RC(osml_region_unlock(region), 0);
	CHECK(support_none_has(memory, 1, "lo"));
}

/* No room, or more than can be counted: what is held already stays so. */
static void a_table_that_cannot_grow_is_as_it_was(void **state)
{
	(void)state;
	if (support_sanitized())
		SKIP("a sanitizer ends the process where the allocator should answer NULL");
	IN_CHILD(ask_for_too_much_room, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* These first: a child inherits the room that its parent's table has. */
		cmocka_unit_test(a_page_that_nobody_holds_is_not_found_however_many_are_held),
		cmocka_unit_test(a_crowd_of_pages_agrees_with_plain_counters),
		cmocka_unit_test(pages_that_are_held_no_more_take_no_room),
		cmocka_unit_test(random_regions_agree_with_an_array_of_counters),
		cmocka_unit_test(ten_thousand_regions),
		cmocka_unit_test(a_table_that_cannot_grow_is_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
