/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The table of regions against a plain array of counters, and at a size where it must grow and shrink. */
#include "support.h"

#include <errno.h>
#include <sys/mman.h>

#include "region.h"

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
		CHECK(osml__pagetable_count(m->memory + i * m->page, OSML__COUNT_LOCK) == m->locks[i]);
		CHECK(osml__pagetable_count(m->memory + i * m->page, OSML__COUNT_NODUMP) == m->nodumps[i]);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_regions_agree_with_an_array_of_counters),
		cmocka_unit_test(ten_thousand_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
