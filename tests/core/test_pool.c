/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The pool from within: where slots lie, what surrounds them, when pages come and go. Canaries are in test_canary.c. */
#include "support.h"

#include <signal.h>
#include <unistd.h>

#include "pool.h"
#include "storage.h"

#define ARENA_PAGES_MAX 512u

static size_t many(void)
{
	return support_valgrind() ? 5000 : 100000;
}

static osml_buffer *buffer(size_t len)
{
	osml_buffer *b;

	CHECK_RC(osml_buffer_new(&b, len, NULL), 0);
	return b;
}

static osml_buffer **buffers(size_t count, size_t len)
{
	osml_buffer **all = calloc(count, sizeof *all);

	CHECK(all);
	for (size_t i = 0; i < count; i++)
		all[i] = buffer(len);
	return all;
}

static void free_buffers(osml_buffer **all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		osml_buffer_free(all[i]);
	free(all);
}

static int by_base(const void *a, const void *b)
{
	uintptr_t left = (uintptr_t)((const struct osml__mapping *)a)->base, right = (uintptr_t)((const struct osml__mapping *)b)->base;

	return (left > right) - (left < right);
}

static void slots_do_not_overlap(void **state)
{
	enum { COUNT = 3000 }; /* fits the usual 8 MiB */
	static osml_buffer *all[COUNT];
	static struct osml__mapping bounds[COUNT];

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		all[i] = buffer(i * 37 % 2200);
		bounds[i] = osml__storage_bounds(all[i]);
		CHECK((unsigned char *)osml_buffer_data(all[i]) >= bounds[i].base);
		CHECK((unsigned char *)osml_buffer_data(all[i]) + osml_buffer_size(all[i]) < bounds[i].base + bounds[i].size);
	}
	qsort(bounds, COUNT, sizeof *bounds, by_base);
	for (size_t i = 1; i < COUNT; i++)
		CHECK(bounds[i - 1].base + bounds[i - 1].size <= bounds[i].base);
	for (size_t i = 0; i < COUNT; i++)
		osml_buffer_free(all[i]);
}

/* The longest data of each class, one byte more, and the ends of the pool. */
static void each_length_gets_the_smallest_slot_that_holds_it(void **state)
{
	(void)state;
	for (unsigned cls = 0; cls < OSML__SLOT_SIZES; cls++) {
		size_t longest = osml__slot_sizes[cls] - OSML__TRAILER;
		osml_buffer *full = buffer(longest), *next = buffer(longest + 1);

		CHECK(full->span && osml__storage_bounds(full).size == osml__slot_sizes[cls]);
		if (cls + 1 < OSML__SLOT_SIZES)
			CHECK(next->span && osml__storage_bounds(next).size == osml__slot_sizes[cls + 1]);
		else
			CHECK(!next->span && next->held & OSML_GUARDED); /* pages of its own, between guards */
		CHECK_RC(osml_buffer_fill(full, 0, 0xFF, longest), 0);
		CHECK_RC(osml_buffer_fill(next, 0, 0xFF, longest + 1), 0);
		CHECK(((char *)osml_buffer_data(full))[longest] == 0 && ((char *)osml_buffer_data(next))[longest + 1] == 0);
		CHECK_RC(osml_buffer_close(full), 0);
		CHECK_RC(osml_buffer_close(next), 0);
		osml_buffer_free(full);
		osml_buffer_free(next);
	}
}

static void the_shortest_share_the_smallest_slot(void **state)
{
	osml_buffer *none = buffer(0), *one = buffer(1);

	(void)state;
	CHECK(osml__storage_bounds(none).size == osml__slot_sizes[0] && osml__storage_bounds(one).size == osml__slot_sizes[0]);
	CHECK(osml_buffer_data(none) && osml_buffer_size(none) == 0);
	osml_buffer_free(none);
	osml_buffer_free(one);
}

static void data_is_aligned_as_asked(void **state)
{
	static const size_t lengths[] = { 0, 1, 17, 300, 1024, 2056, 5000 };

	(void)state;
	for (size_t alignment = 1; alignment <= support_page_size(); alignment *= 2) {
		osml_buffer_options options = { .struct_size = sizeof options,
			                        .want = OSML_DEFAULT_PROTECTIONS,
			                        .policy = OSML_POLICY_STRICT,
			                        .alignment = alignment };

		for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
			osml_buffer *b;

			CHECK_RC(osml_buffer_new(&b, lengths[i], &options), 0);
			CHECK((uintptr_t)osml_buffer_data(b) % (alignment < 16 ? 16 : alignment) == 0);
			CHECK_RC(osml_buffer_fill(b, 0, 0xFF, lengths[i]), 0);
			CHECK_RC(osml_buffer_close(b), 0);
			osml_buffer_free(b);
		}
	}
}

static void a_slot_that_had_a_secret_is_zero_for_the_next(void **state)
{
	size_t reused = 0;

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		size_t len = i * 13 % 2057;
		osml_buffer *b = buffer(len);
		const void *before = osml_buffer_data(b);

		CHECK(support_is_zero(b));
		CHECK_RC(osml_buffer_fill(b, 0, 0xA5, len), 0);
		osml_buffer_free(b);
		b = buffer(len);
		reused += osml_buffer_data(b) == before;
		CHECK(support_is_zero(b));
		osml_buffer_free(b);
	}
	CHECK(reused > 2000); /* the control: it was the same memory */
}

/* Locked bytes are scarce, and what is next to secrets must not be a table of pointers (T33). */
static void bookkeeping_lies_outside_locked_pages(void **state)
{
	osml_buffer *b = buffer(40);

	(void)state;
	CHECK(support_all_have(osml_buffer_data(b), 41, "lo")); /* the control */
	CHECK(support_none_has(b, sizeof *b, "lo"));
	CHECK(support_none_has(b->span, sizeof *b->span, "lo"));
	osml_buffer_free(b);
}

static void read_a_byte(void *addr)
{
	signal(SIGSEGV, SIG_DFL); /* A sanitizer would report it and exit. */
	_exit(*(volatile unsigned char *)addr ? 1 : 0);
}

static void an_arena_has_a_guard_on_either_side(void **state)
{
	osml_buffer *b = buffer(40);
	struct osml__mapping arena;
	struct support_mapping found;
	unsigned char *below, *above;

	(void)state;
	arena = b->span->arena->mapping;
	below = arena.base - 1;
	above = arena.base + arena.size;
	CHECK(support_find_mapping(&found, below) && !strncmp(found.permissions, "---", 3));
	CHECK(support_find_mapping(&found, above) && !strncmp(found.permissions, "---", 3));
	CHECK(support_none_has(below, 1, "lo") && support_none_has(above, 1, "lo"));
	CHECK(support_in_child(read_a_byte, below) == CHILD_SIGNALLED + SIGSEGV);
	CHECK(support_in_child(read_a_byte, above) == CHILD_SIGNALLED + SIGSEGV);
	CHECK(support_in_child(read_a_byte, arena.base) == 0); /* the control */
	osml_buffer_free(b);
}

/* A container may lock 64 KiB (T38). */
static void make_the_first_buffer(void *unused)
{
	size_t before = support_locked_kib();
	osml_buffer *b = buffer(32);

	(void)unused;
	CHECK((support_locked_kib() - before) * 1024 == support_page_size());
	osml_buffer_free(b);
}

static void the_first_secret_locks_one_page(void **state)
{
	(void)state;
	IN_CHILD(make_the_first_buffer, NULL);
}

static void check_all_locked(osml_buffer **all, size_t count, size_t len)
{
	static const char *const flags[] = { "lo", "dd", "wf" };

	for (size_t f = 0; f < sizeof flags / sizeof *flags; f++) {
		size_t range_count;
		struct support_range *ranges = support_ranges_with(flags[f], &range_count);

		for (size_t i = 0; i < count; i++)
			CHECK(support_ranges_hold(ranges, range_count, osml_buffer_data(all[i]), len + 1));
		free(ranges);
	}
}

static size_t arena_bytes(const osml_buffer *b)
{
	return b->span->arena->page_count * support_page_size();
}

/* As much address space again as there is: a program with few secrets takes little. */
static void the_second_arena_is_as_large_as_the_first(void **state)
{
	osml_buffer *first, *second, *all[200];
	size_t count = 0;

	(void)state;
	support_settle();
	first = second = buffer(4096);
	while (second->span->arena == first->span->arena && count < 200)
		second = all[count++] = buffer(4096);
	CHECK(arena_bytes(first) == 256 << 10 && arena_bytes(second) == 256 << 10 && second->span->arena != first->span->arena);
	while (count)
		osml_buffer_free(all[--count]);
	osml_buffer_free(first);
}

static void all_of_many_buffers_are_locked_and_cost_few_mappings(void **state)
{
	struct support_snapshot before = support_snapshot();
	size_t count = many(), mappings = support_mappings(), locked = support_locked_kib();
	osml_buffer **all = buffers(count, 32);

	(void)state;
	check_all_locked(all, count, 32);
	locked = (support_locked_kib() - locked) * 1024;
	CHECK(locked >= count * 32 && locked < count * 64 + ARENA_PAGES_MAX * support_page_size());
	if (!support_sanitized() && !support_valgrind())
		/* Four an arena at most: seven on the way up to the largest, and then those; and three a chunk of handles. */
		CHECK(support_mappings() - mappings < 4 * (7 + 2 + locked / (ARENA_PAGES_MAX * support_page_size())) + 48);
	free_buffers(all, count);
	ASSERT_BACK_TO(before);
}

static uint64_t info(enum osml_info what)
{
	uint64_t value = 0;

	CHECK_RC(osml_info(what, &value), 0);
	return value;
}

/* Within the bound at once (audit C5); and when it is asked for, all of them. */
static void idle_pages_go_back_to_the_system(void **state)
{
	size_t count = many() / 20 * 13, start, peak;
	osml_buffer **all;

	(void)state;
	support_settle();
	start = support_locked_kib();
	all = buffers(count, 100);
	peak = support_locked_kib() - start;
	CHECK(peak * 1024 >= count * 100);
	CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) == peak * 1024 && info(OSML_INFO_LIVE_BUFFERS) == count);
	free_buffers(all, count);
	CHECK(info(OSML_INFO_LIVE_BUFFERS) == 0 && support_locked_kib() - start <= 512);
	support_settle();
	CHECK(support_locked_kib() == start && info(OSML_INFO_LIBRARY_LOCKED_BYTES) == 0);
}

/* Spans come and go in every order: arenas must not be lost, and none be released while a slot of it is in use. */
static void random_churn_keeps_every_byte_and_gives_all_pages_back(void **state)
{
	enum { COUNT = 400 };
	static osml_buffer *all[COUNT];
	struct support_snapshot before = support_snapshot();
	uint32_t seed = 1;
	size_t rounds = support_valgrind() ? 5000 : 60000;

	(void)state;
	memset(all, 0, sizeof all);
	for (size_t round = 0; round < rounds; round++) {
		size_t i = (seed = seed * 1664525u + 1013904223u) >> 16 & 0xFFFF, len = i * 7 % 2057;
		osml_buffer **b = &all[i % COUNT];

		if (*b) {
			unsigned char *data = osml_buffer_data(*b);
			for (size_t at = 0; at < osml_buffer_size(*b); at++)
				CHECK(data[at] == (unsigned char)(uintptr_t)b >> 3);
			osml_buffer_free(*b);
			*b = NULL;
		} else {
			*b = buffer(len);
			CHECK(support_is_zero(*b));
			CHECK_RC(osml_buffer_fill(*b, 0, (unsigned char)(uintptr_t)b >> 3, len), 0);
		}
	}
	for (size_t i = 0; i < COUNT; i++)
		osml_buffer_free(all[i]);
	ASSERT_BACK_TO(before);
}

static void a_handle_freed_twice_is_counted_and_ignored(void **state)
{
	osml_buffer *b = buffer(40);
	uint64_t before = info(OSML_INFO_DOUBLE_FREES);

	(void)state;
	osml_buffer_free(b);
	CHECK(info(OSML_INFO_DOUBLE_FREES) == before);
	osml_buffer_free(b);
	CHECK(info(OSML_INFO_DOUBLE_FREES) == before + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_secret_locks_one_page),
		cmocka_unit_test(slots_do_not_overlap),
		cmocka_unit_test(each_length_gets_the_smallest_slot_that_holds_it),
		cmocka_unit_test(the_shortest_share_the_smallest_slot),
		cmocka_unit_test(data_is_aligned_as_asked),
		cmocka_unit_test(a_slot_that_had_a_secret_is_zero_for_the_next),
		cmocka_unit_test(bookkeeping_lies_outside_locked_pages),
		cmocka_unit_test(an_arena_has_a_guard_on_either_side),
		cmocka_unit_test(the_second_arena_is_as_large_as_the_first),
		cmocka_unit_test(all_of_many_buffers_are_locked_and_cost_few_mappings),
		cmocka_unit_test(idle_pages_go_back_to_the_system),
		cmocka_unit_test(random_churn_keeps_every_byte_and_gives_all_pages_back),
		cmocka_unit_test(a_handle_freed_twice_is_counted_and_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
