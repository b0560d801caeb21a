/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A region that the system refuses in the middle: what was done before is undone, run of pages by run, and what others hold stays (audit C19). In
 * each test another region holds pages 2 and 5 of eight, so that there are three runs: 0 to 1, 3 to 4, 6 to 7.
 */
#include "support.h"

#include <errno.h>
#include <sys/mman.h>

#include "os_fake.h"

#define PAGES 8u

static size_t page;
static char *memory;
static osml_region *others[2];

static int hold_two_pages(void **state)
{
	(void)state;
	page = support_page_size();
	memory = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(memory != MAP_FAILED);
	CHECK_RC(osml_region_lock(&others[0], memory + 2 * page, page, OSML_REGION_DONTDUMP), 0);
	CHECK_RC(osml_region_lock(&others[1], memory + 5 * page, page, OSML_REGION_DONTDUMP), 0);
	return 0;
}

/* The counts are right at the end: the last region of a page takes it along. */
static int let_them_go(void **state)
{
	(void)state;
	fake_reset();
	CHECK_RC(osml_region_unlock(others[0]), 0);
	CHECK_RC(osml_region_unlock(others[1]), 0);
	CHECK(support_none_has(memory, PAGES * page, "lo") && support_none_has(memory, PAGES * page, "dd"));
	return munmap(memory, PAGES * page);
}

static void check_pages(const char *flag, const char *expected)
{
	char found[PAGES + 1] = "";

	for (unsigned i = 0; i < PAGES; i++)
		found[i] = support_all_have(memory + i * page, page, flag) ? 'x' : '.';
	if (strcmp(found, expected))
		fprintf(stderr, "%s: %s, expected %s\n", flag, found, expected);
	CHECK(!strcmp(found, expected));
}

static osml_region *lock_all(void)
{
	osml_region *region;

	CHECK_RC(osml_region_lock(&region, memory, PAGES * page, OSML_REGION_DONTDUMP), 0);
	check_pages("lo", "xxxxxxxx");
	check_pages("dd", "xxxxxxxx");
	return region;
}

/* The calls of one function, in order, as "0-1 3-4 6-7". */
static void check_calls(const char *function, const char *expected)
{
	char found[100] = "";

	for (size_t i = 0; i < fake_recorded(); i++) {
		const struct fake_call *call = fake_call(i);
		size_t first = (size_t)((const char *)call->addr - memory) / page;

		if (!strcmp(call->function, function))
			snprintf(found + strlen(found), sizeof found - strlen(found), "%s%zu-%zu", *found ? " " : "", first,
			         first + call->len / page - 1);
	}
	if (strcmp(found, expected))
		fprintf(stderr, "%s: %s, expected %s\n", function, found, expected);
	CHECK(!strcmp(found, expected));
}

/* ---- Locking ---- */

static void refuse_lock(unsigned nth, int answer, const char *unlocked)
{
	osml_region *region = (osml_region *)&region;

	fake_record();
	fake_fail_function("lock", nth, nth, answer);
	/* EAGAIN of mlock(2) is not about the quota. */
	CHECK_RC(osml_region_lock(&region, memory, PAGES * page, OSML_REGION_DONTDUMP),
	         answer == -EAGAIN ? answer : support_refused_lock(answer));
	CHECK(!region && fake_fired() == 1);
	check_calls("unlock", unlocked);
	fake_reset();
	check_pages("lo", "..x..x..");
	check_pages("dd", "..x..x..");
}

static void a_run_that_is_refused_undoes_those_before_it_and_no_others(void **state)
{
	(void)state;
	refuse_lock(1, -EPERM, "");
	refuse_lock(2, -EPERM, "0-1");
	refuse_lock(3, -EPERM, "0-1 3-4");
	refuse_lock(2, -ENOMEM, "0-1");
	CHECK_RC(osml_region_unlock(lock_all()), 0); /* control */
	check_pages("lo", "..x..x..");
}

/* T4: this one answer comes after the pages were locked. */
static void eagain_undoes_the_refused_run_too(void **state)
{
	(void)state;
	refuse_lock(1, -EAGAIN, "0-1");
	refuse_lock(2, -EAGAIN, "0-1 3-4");
	refuse_lock(3, -EAGAIN, "0-1 3-4 6-7");
}

static void only_runs_that_nobody_holds_are_locked_and_unlocked(void **state)
{
	osml_region *region;

	(void)state;
	fake_record();
	region = lock_all();
	check_calls("lock", "0-1 3-4 6-7");
	CHECK_RC(osml_region_unlock(region), 0);
	check_calls("unlock", "0-1 3-4 6-7");
	check_calls("nodump", "0-7");
	check_calls("dodump", "0-1 3-4 6-7");
	check_pages("lo", "..x..x..");
	check_pages("dd", "..x..x..");
}

static void a_refused_exclusion_is_taken_back_where_nobody_else_wants_it(void **state)
{
	osml_region *region = (osml_region *)&region;

	(void)state;
	fake_record();
	fake_fail_function("nodump", 1, 1, -EAGAIN);
	CHECK_RC(osml_region_lock(&region, memory, PAGES * page, OSML_REGION_DONTDUMP), -EAGAIN);
	CHECK(!region);
	check_calls("dodump", "0-1 3-4 6-7");
	check_calls("unlock", "0-1 3-4 6-7");
	check_pages("lo", "..x..x..");
	check_pages("dd", "..x..x..");
}

/* ---- Unlocking ---- */

static void refuse_release(const char *function, unsigned nth, int answer)
{
	osml_region *region = lock_all();

	fake_record();
	fake_fail_function(function, nth, nth, answer);
	CHECK_RC(osml_region_unlock(region), answer);
	check_calls("unlock", "0-1 3-4 6-7");
	check_calls("dodump", "0-1 3-4 6-7");
	fake_reset();
	munlock(memory, 2 * page);
	munlock(memory + 3 * page, 2 * page);
	munlock(memory + 6 * page, 2 * page);
	CHECK_RC(osml_region_unlock(lock_all()), 0); /* what was refused is counted by nobody */
}

static void a_refused_unlock_is_told_and_the_rest_is_unlocked_all_the_same(void **state)
{
	(void)state;
	for (unsigned nth = 1; nth <= 3; nth++) {
		refuse_release("unlock", nth, -ENOMEM);
		refuse_release("dodump", nth, -EAGAIN);
	}
}

static void runs_that_are_refused_are_all_that_stays_locked(void **state)
{
	osml_region *region = lock_all();

	(void)state;
	fake_fail_function("unlock", 2, 3, -ENOMEM);
	CHECK_RC(osml_region_unlock(region), -ENOMEM);
	CHECK(fake_fired() == 2);
	fake_reset();
	check_pages("lo", "..xxxxxx"); /* control: refused it was */
	CHECK_RC(osml_region_unlock(lock_all()), 0);
	check_pages("lo", "..x..x..");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, hold_two_pages, let_them_go)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_that_is_refused_undoes_those_before_it_and_no_others),
		TEST(eagain_undoes_the_refused_run_too),
		TEST(only_runs_that_nobody_holds_are_locked_and_unlocked),
		TEST(a_refused_exclusion_is_taken_back_where_nobody_else_wants_it),
		TEST(a_refused_unlock_is_told_and_the_rest_is_unlocked_all_the_same),
		TEST(runs_that_are_refused_are_all_that_stays_locked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
