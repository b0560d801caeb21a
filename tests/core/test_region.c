/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Regions: the table of counts per page, compared with smaps. */
#include "support.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os_fake.h"

#define PAGES 8u
static size_t page;
static char *memory; /* PAGES pages, fresh for each test */

static int map_memory(void **state)
{
	(void)state;
	page = support_page_size();
	memory = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return memory == MAP_FAILED;
}

static int unmap_memory(void **state)
{
	(void)state;
	return munmap(memory, PAGES * page);
}

static osml_region *lock(const void *addr, size_t len, unsigned flags)
{
	osml_region *region;

	CHECK_RC(osml_region_lock(&region, (void *)addr, len, flags), 0);
	CHECK(region);
	return region;
}

static bool has(unsigned index, const char *flag)
{
	return support_all_have(memory + index * page, page, flag);
}

/* Which of the pages are locked, or not dumped: one letter each. */
static void check_pages(const char *flag, const char *expected)
{
	char found[PAGES + 1] = "";

	for (unsigned i = 0; i < PAGES; i++)
		found[i] = has(i, flag) ? 'x' : '.';
	if (strcmp(found, expected))
		fprintf(stderr, "%s: %s, expected %s\n", flag, found, expected);
	CHECK(!strcmp(found, expected));
}

/* T3 */
static void a_neighbour_on_the_same_page_stays_locked(void **state)
{
	osml_region *one = lock(memory + 10, 20, 0), *other = lock(memory + 1000, 20, 0);

	(void)state;
	check_pages("lo", "x.......");
	CHECK_RC(osml_region_unlock(one), 0);
	check_pages("lo", "x.......");
	CHECK_RC(osml_region_unlock(other), 0);
	check_pages("lo", "........");
}

/* T6 */
static void nesting_counts_in_either_order(void **state)
{
	osml_region *outer, *inner;

	(void)state;
	for (int inner_first = 0; inner_first < 2; inner_first++) {
		outer = lock(memory, 6 * page, 0);
		inner = lock(memory + 2 * page, 2 * page, 0);
		check_pages("lo", "xxxxxx..");
		CHECK_RC(osml_region_unlock(inner_first ? inner : outer), 0);
		check_pages("lo", inner_first ? "xxxxxx.." : "..xx....");
		CHECK_RC(osml_region_unlock(inner_first ? outer : inner), 0);
		check_pages("lo", "........");
	}
}

static void two_bytes_may_straddle_two_pages(void **state)
{
	osml_region *region = lock(memory + 2 * page - 1, 2, 0);
	osml_region *exact = lock(memory + 4 * page, page, 0);

	(void)state;
	check_pages("lo", ".xx.x...");
	CHECK_RC(osml_region_unlock(region), 0);
	CHECK_RC(osml_region_unlock(exact), 0);
	check_pages("lo", "........");
}

static void the_memory_is_never_written(void **state)
{
	osml_region *region;

	(void)state;
	memset(memory, 0x3C, PAGES * page);
	region = lock(memory, PAGES * page, OSML_REGION_DONTDUMP);
	CHECK_RC(osml_region_unlock(region), 0);
	for (size_t i = 0; i < PAGES * page; i++)
		CHECK(memory[i] == 0x3C);
}

static void dumps_are_excluded_until_the_last_such_region_leaves(void **state)
{
	osml_region *a = lock(memory, 3 * page, OSML_REGION_DONTDUMP);
	osml_region *b = lock(memory + page, 4 * page, OSML_REGION_DONTDUMP);
	osml_region *only_locked = lock(memory, 8 * page, 0);

	(void)state;
	check_pages("dd", "xxxxx...");
	check_pages("lo", "xxxxxxxx");
	CHECK_RC(osml_region_unlock(a), 0);
	check_pages("dd", ".xxxx...");
	CHECK_RC(osml_region_unlock(b), 0);
	check_pages("dd", "........");
	check_pages("lo", "xxxxxxxx");
	CHECK_RC(osml_region_unlock(only_locked), 0);
	check_pages("lo", "........");
}

/* ---- All or nothing: A7, T4 ---- */

static void a_hole_leaves_everything_as_it_was(void **state)
{
	osml_region *held = lock(memory + page, page, OSML_REGION_DONTDUMP), *region;
	size_t before = support_locked_kib();

	(void)state;
	CHECK(munmap(memory + 3 * page, page) == 0);
	CHECK_RC(osml_region_lock(&region, memory, 6 * page, OSML_REGION_DONTDUMP), -ENOMEM);
	CHECK(!region && support_locked_kib() == before);
	check_pages("lo", ".x......");
	check_pages("dd", ".x......");
	CHECK(mlock(memory, 6 * page) != 0 || support_sanitized()); /* the control: the system leaves pages locked */
	CHECK(support_locked_kib() > before || support_sanitized());
	munlock(memory, 3 * page);
	osml_region_unlock(held);
}

static void an_inaccessible_page_leaves_everything_as_it_was(void **state)
{
	osml_region *held = lock(memory + 6 * page, page, 0), *region;
	size_t before = support_locked_kib();

	(void)state;
	CHECK(mprotect(memory + 3 * page, page, PROT_NONE) == 0);
	CHECK_RC(osml_region_lock(&region, memory, 8 * page, 0), -ENOMEM);
	CHECK(!region && support_locked_kib() == before);
	check_pages("lo", "......x.");
	CHECK_RC(osml_region_unlock(held), 0);
	check_pages("lo", "........");
}

static void a_refused_dump_exclusion_takes_the_lock_back(void **state)
{
	osml_region *held = lock(memory, 2 * page, 0), *region;

	(void)state;
	fake_fail_function("nodump", 1, 1, -EAGAIN);
	CHECK_RC(osml_region_lock(&region, memory + page, 3 * page, OSML_REGION_DONTDUMP), -EAGAIN);
	fake_reset();
	check_pages("lo", "xx......");
	check_pages("dd", "........");
	CHECK_RC(osml_region_unlock(held), 0);
	check_pages("lo", "........");
}

/* Locked by somebody whom the table does not know, before and after a page that a region holds: three runs of pages, the second of which fails (C19). */
static void fail_beside_foreign_locks(const char *function, int code, int expected)
{
	osml_region *held = lock(memory + 2 * page, page, 0), *region = NULL;

	CHECK_RC(osml_mlock(memory, page), 0);
	CHECK_RC(osml_mlock(memory + 5 * page, page), 0);
	check_pages("lo", "x.x..x..");
	if (code)
		fake_fail_function(function, !strcmp(function, "lock") ? 2 : 1, ~0u, code);
	CHECK_RC(osml_region_lock(&region, memory, 7 * page, OSML_REGION_DONTDUMP), expected);
	fake_reset();
	check_pages("lo", code ? "x.x..x.." : "xxxxxxx.");
	CHECK_RC(osml_region_unlock(region), 0);
	CHECK_RC(osml_region_unlock(held), 0);
	CHECK_RC(osml_munlock(memory, PAGES * page), 0);
}

static void a_failed_region_of_several_runs_leaves_the_locks_of_others_alone(void **state)
{
	(void)state;
	fail_beside_foreign_locks("lock", 0, 0); /* control */
	fail_beside_foreign_locks("lock", -ENOMEM, support_refused_lock(-ENOMEM));
	fail_beside_foreign_locks("lock", -EAGAIN, -EAGAIN); /* comes after the lock, in truth */
	fail_beside_foreign_locks("nodump", -EAGAIN, -EAGAIN);
}

/* ---- Bad arguments: the system is not asked ---- */

static void bad_arguments_are_refused_without_a_call(void **state)
{
	size_t sizes[] = { SIZE_MAX, SIZE_MAX - page, (size_t)0 - (uintptr_t)memory, (size_t)0 - (uintptr_t)memory - page + 1 };
	osml_region *region = (osml_region *)1;

	(void)state;
	CHECK_RC(osml_region_unlock(lock(memory, 1, 0)), 0); /* so that the library has started */
	fake_reset();
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		CHECK_RC(osml_region_lock(&region, memory, sizes[i], 0), OSML_EINVAL);
		CHECK(!region);
		CHECK_RC(osml_mlock(memory, sizes[i]), OSML_EINVAL);
		CHECK_RC(osml_munlock(memory, sizes[i]), OSML_EINVAL);
		CHECK_RC(osml_madvise_dontdump(memory, sizes[i]), OSML_EINVAL);
	}
	CHECK_RC(osml_region_lock(&region, (void *)(UINTPTR_MAX - 5), 3, 0), OSML_EINVAL);
	CHECK_RC(osml_region_lock(&region, NULL, 1, 0), OSML_EINVAL);
	CHECK_RC(osml_region_lock(NULL, memory, 1, 0), OSML_EINVAL);
	CHECK_RC(osml_region_lock(&region, memory, 1, 4), OSML_EINVAL);
	CHECK_RC(osml_region_lock(&region, memory, 1, ~0u), OSML_EINVAL);
	CHECK(fake_calls() == 0);
	check_pages("lo", "........");
}

static void no_bytes_are_a_region_without_pages(void **state)
{
	osml_region *nowhere, *here;

	(void)state;
	fake_reset();
	nowhere = lock(NULL, 0, 0);
	here = lock(memory + 5, 0, OSML_REGION_DONTDUMP);
	check_pages("lo", "........");
	CHECK_RC(osml_region_unlock(nowhere), 0);
	CHECK_RC(osml_region_unlock(here), 0);
	CHECK_RC(osml_region_unlock(NULL), 0);
	CHECK(fake_calls_of("lock") == 0 && fake_calls_of("unlock") == 0 && fake_calls_of("nodump") == 0 && fake_calls_of("dodump") == 0);
}

/* ---- Fork, and memory that went away ---- */

static void use_in_child(void *inherited)
{
	osml_region *own;

	check_pages("lo", "........"); /* mlock(2): not inherited */
	own = lock(memory, 2 * page, OSML_REGION_DONTDUMP);
	check_pages("lo", "xx......");
	CHECK_RC(osml_region_unlock(inherited), OSML_EFORKED);
	check_pages("lo", "xx......");
	CHECK_RC(osml_region_unlock(own), 0);
	check_pages("lo", "........"); /* so the parent's counts are not here */
}

static void a_child_starts_with_an_empty_table(void **state)
{
	osml_region *region = lock(memory, 3 * page, OSML_REGION_DONTDUMP);

	(void)state;
	IN_CHILD(use_in_child, region);
	check_pages("lo", "xxx.....");
	CHECK_RC(osml_region_unlock(region), 0);
	check_pages("lo", "........");
}

/* Against the rules; but the table must not go on counting for whatever is mapped there next. */
static void memory_unmapped_before_the_unlock_leaves_no_count(void **state)
{
	osml_region *region = lock(memory, 2 * page, OSML_REGION_DONTDUMP);
	void *again;

	(void)state;
	CHECK(munmap(memory, 2 * page) == 0);
	CHECK_RC(osml_region_unlock(region), -ENOMEM);
	again = mmap(memory, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(again == memory);
	region = lock(memory, 2 * page, 0);
	check_pages("lo", "xx......");
	CHECK_RC(osml_region_unlock(region), 0);
	check_pages("lo", "........");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, map_memory, unmap_memory)

static void wipe_zeroes_its_bytes_and_no_more(void **state)
{
	(void)state;
	memset(memory, 'x', 64);
	CHECK_RC(osml_region_unlock(lock(memory + 8, 16, OSML_REGION_WIPE)), 0);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(memory[i], i >= 8 && i < 24 ? 0 : 'x');
}

static void unlock_in_child(void *region)
{
	CHECK_RC(osml_region_unlock(region), OSML_EFORKED);
}

static void a_child_does_not_wipe_memory_that_the_parent_shares(void **state)
{
	unsigned char *shared = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	osml_region *region;

	(void)state;
	assert_true(shared != MAP_FAILED);
	shared[0] = 1;
	region = lock(shared, 1, OSML_REGION_WIPE);
	IN_CHILD(unlock_in_child, region);
	assert_int_equal(shared[0], 1);
	CHECK_RC(osml_region_unlock(region), 0);
	assert_int_equal(shared[0], 0);
	munmap(shared, page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_neighbour_on_the_same_page_stays_locked),
		TEST(nesting_counts_in_either_order),
		TEST(two_bytes_may_straddle_two_pages),
		TEST(the_memory_is_never_written),
		TEST(dumps_are_excluded_until_the_last_such_region_leaves),
		TEST(a_hole_leaves_everything_as_it_was),
		TEST(an_inaccessible_page_leaves_everything_as_it_was),
		TEST(a_refused_dump_exclusion_takes_the_lock_back),
		TEST(a_failed_region_of_several_runs_leaves_the_locks_of_others_alone),
		TEST(bad_arguments_are_refused_without_a_call),
		TEST(no_bytes_are_a_region_without_pages),
		TEST(a_child_starts_with_an_empty_table),
		TEST(memory_unmapped_before_the_unlock_leaves_no_count),
		TEST(wipe_zeroes_its_bytes_and_no_more),
		TEST(a_child_does_not_wipe_memory_that_the_parent_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
