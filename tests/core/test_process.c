/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* osml_harden(): each step by itself, read back from the kernel (T16, T17, T18, T20). Each test is a child, for it changes its process. */
#include "support.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "os_fake.h"

#define SOFT 7000u
#define HARD 9000u

static void set_core_limit(rlim_t soft, rlim_t hard)
{
	struct rlimit limit = { soft, hard };

	CHECK(setrlimit(RLIMIT_CORE, &limit) == 0);
}

static bool core_limit_is(rlim_t soft)
{
	struct rlimit limit;

	CHECK(getrlimit(RLIMIT_CORE, &limit) == 0);
	CHECK(limit.rlim_max == HARD); /* T18: the hard limit never changes */
	return limit.rlim_cur == soft;
}

static int dumpable(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

static void start_soft(void)
{
	set_core_limit(SOFT, HARD);
	CHECK(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
	CHECK(dumpable() == 1);
}

static void check_harden(uint32_t steps, int expected, uint32_t expected_done)
{
	uint32_t done = 0xA5A5A5A5u;

	CHECK_RC(osml_harden(&done, steps), expected);
	CHECK(done == expected_done);
}

static void check_undo(uint32_t steps, int expected, uint32_t expected_undone)
{
	uint32_t undone = 0xA5A5A5A5u;

	CHECK_RC(osml_harden_undo(&undone, steps), expected);
	CHECK(undone == expected_undone);
}

static void all_steps_hold_and_are_undone(void *unused)
{
	(void)unused;
	start_soft();
	check_harden(OSML_HARDEN_ALL, 0, OSML_HARDEN_ALL);
	CHECK(core_limit_is(0));
	CHECK(dumpable() == 0);
	check_undo(OSML_HARDEN_ALL, 0, OSML_HARDEN_ALL);
	CHECK(core_limit_is(SOFT));
	CHECK(dumpable() == 1);
}

static void the_bits_are_abi(void *unused)
{
	(void)unused;
	CHECK(OSML_HARDEN_CORE_LIMIT == 1);
	CHECK(OSML_HARDEN_UNDUMPABLE == 2);
	CHECK(OSML_HARDEN_ALL == 3);
}

static void the_core_limit_alone_leaves_the_rest(void *unused)
{
	(void)unused;
	start_soft();
	check_harden(OSML_HARDEN_CORE_LIMIT, 0, OSML_HARDEN_CORE_LIMIT);
	CHECK(core_limit_is(0));
	CHECK(dumpable() == 1);
	check_undo(OSML_HARDEN_ALL, 0, OSML_HARDEN_CORE_LIMIT);
	CHECK(core_limit_is(SOFT));
}

static void undumpable_alone_leaves_the_rest(void *unused)
{
	(void)unused;
	start_soft();
	check_harden(OSML_HARDEN_UNDUMPABLE, 0, OSML_HARDEN_UNDUMPABLE);
	CHECK(core_limit_is(SOFT));
	CHECK(dumpable() == 0);
	check_undo(OSML_HARDEN_UNDUMPABLE, 0, OSML_HARDEN_UNDUMPABLE);
	CHECK(dumpable() == 1);
}

static void steps_can_be_undone_one_by_one(void *unused)
{
	(void)unused;
	start_soft();
	check_harden(OSML_HARDEN_ALL, 0, OSML_HARDEN_ALL);
	check_undo(OSML_HARDEN_UNDUMPABLE, 0, OSML_HARDEN_UNDUMPABLE);
	CHECK(core_limit_is(0));
	CHECK(dumpable() == 1);
	check_undo(OSML_HARDEN_CORE_LIMIT, 0, OSML_HARDEN_CORE_LIMIT);
	CHECK(core_limit_is(SOFT));
}

static void twice_is_as_once_and_one_undo_undoes_it(void *unused)
{
	(void)unused;
	start_soft();
	check_harden(OSML_HARDEN_ALL, 0, OSML_HARDEN_ALL);
	check_harden(OSML_HARDEN_ALL, 0, OSML_HARDEN_ALL);
	check_undo(OSML_HARDEN_ALL, 0, OSML_HARDEN_ALL);
	CHECK(core_limit_is(SOFT));
	CHECK(dumpable() == 1);
	check_undo(OSML_HARDEN_ALL, 0, 0);
	CHECK(core_limit_is(SOFT));
	CHECK(dumpable() == 1);
}

static void no_steps_are_no_change(void *unused)
{
	(void)unused;
	start_soft();
	check_harden(0, 0, 0);
	check_undo(0, 0, 0);
	CHECK(core_limit_is(SOFT));
	CHECK(dumpable() == 1);
}

static void unknown_bits_are_refused_and_nothing_is_tried(void *unused)
{
	(void)unused;
	start_soft();
	for (unsigned bit = 2; bit < 32; bit++) {
		check_harden(OSML_HARDEN_ALL | UINT32_C(1) << bit, OSML_EINVAL, 0);
		check_undo(OSML_HARDEN_ALL | UINT32_C(1) << bit, OSML_EINVAL, 0);
	}
	CHECK(core_limit_is(SOFT));
	CHECK(dumpable() == 1);
}

static void the_report_may_be_null(void *unused)
{
	(void)unused;
	start_soft();
	CHECK_RC(osml_harden(NULL, OSML_HARDEN_ALL), 0);
	CHECK(core_limit_is(0) && dumpable() == 0);
	CHECK_RC(osml_harden_undo(NULL, OSML_HARDEN_ALL), 0);
	CHECK(core_limit_is(SOFT) && dumpable() == 1);
	CHECK_RC(osml_harden(NULL, 4), OSML_EINVAL);
}

/* The program had it so itself: the step holds, but it is not the library's to undo. */
static void undo_leaves_alone_what_was_so_before(void *unused)
{
	(void)unused;
	set_core_limit(0, HARD);
	CHECK(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
	check_harden(OSML_HARDEN_ALL, 0, OSML_HARDEN_ALL);
	CHECK_RC(osml_harden_undo(NULL, OSML_HARDEN_ALL), 0);
	CHECK(core_limit_is(0));
	CHECK(dumpable() == 0);
}

static void undo_without_harden_changes_nothing(void *unused)
{
	(void)unused;
	start_soft();
	set_core_limit(0, HARD);
	CHECK(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
	check_undo(OSML_HARDEN_ALL, 0, 0);
	CHECK(core_limit_is(0));
	CHECK(dumpable() == 0);
}

/* T20: every other step of a chain that has one refused. */
static void one_refused_step_does_not_stop_the_others(void *unused)
{
	(void)unused;
	start_soft();
	fake_reset();
	fake_fail_function("set_core_limit", 1, 1, -EPERM);
	check_harden(OSML_HARDEN_ALL, -EPERM, OSML_HARDEN_UNDUMPABLE);
	CHECK(core_limit_is(SOFT));
	CHECK(dumpable() == 0);
	check_undo(OSML_HARDEN_ALL, 0, OSML_HARDEN_UNDUMPABLE);
	fake_reset();
	fake_fail_function("set_dumpable", 1, 1, -EACCES);
	check_harden(OSML_HARDEN_ALL, -EACCES, OSML_HARDEN_CORE_LIMIT);
	CHECK(core_limit_is(0));
	CHECK(dumpable() == 1);
	check_undo(OSML_HARDEN_ALL, 0, OSML_HARDEN_CORE_LIMIT);
	CHECK(core_limit_is(SOFT));
}

static void of_two_refusals_the_first_is_told(void *unused)
{
	(void)unused;
	start_soft();
	fake_reset();
	fake_fail_function("dumpable", 1, 1, OSML_EUNSUPPORTED);
	check_harden(OSML_HARDEN_UNDUMPABLE, OSML_EUNSUPPORTED, 0);
	check_undo(OSML_HARDEN_ALL, 0, 0);
	fake_reset();
	fake_fail_function("core_limit", 1, 1, -EPERM);
	check_harden(OSML_HARDEN_ALL, -EPERM, OSML_HARDEN_UNDUMPABLE);
	CHECK(dumpable() == 0);
}

static void a_refused_undo_is_told_and_can_be_tried_again(void *unused)
{
	(void)unused;
	start_soft();
	check_harden(OSML_HARDEN_ALL, 0, OSML_HARDEN_ALL);
	fake_reset();
	fake_fail_function("set_dumpable", 1, 1, -EPERM);
	check_undo(OSML_HARDEN_ALL, -EPERM, OSML_HARDEN_CORE_LIMIT);
	CHECK(core_limit_is(SOFT));
	CHECK(dumpable() == 0);
	fake_reset();
	check_undo(OSML_HARDEN_ALL, 0, OSML_HARDEN_UNDUMPABLE);
	CHECK(dumpable() == 1);
}

/* T19: a guard of the program's own is a reason of its own to keep dumps off. */
static void undo_does_not_switch_dumps_on_under_a_guard(void *unused)
{
	osml_core_dumps_guard *guard;

	(void)unused;
	start_soft();
	check_harden(OSML_HARDEN_CORE_LIMIT, 0, OSML_HARDEN_CORE_LIMIT);
	CHECK_RC(osml_disable_core_dumps_with_guard(&guard), 0);
	check_undo(OSML_HARDEN_CORE_LIMIT, 0, OSML_HARDEN_CORE_LIMIT);
	CHECK(core_limit_is(0));
	CHECK_RC(osml_core_dumps_guard_release(guard), 0);
	CHECK(core_limit_is(SOFT));
}

static void a_child_undoes_its_own(void *unused)
{
	(void)unused;
	CHECK(core_limit_is(0) && dumpable() == 0);
	check_undo(OSML_HARDEN_ALL, 0, OSML_HARDEN_ALL);
	CHECK(core_limit_is(SOFT) && dumpable() == 1);
}

static void a_child_inherits_the_hardening_and_its_undo_is_its_own(void *unused)
{
	(void)unused;
	start_soft();
	check_harden(OSML_HARDEN_ALL, 0, OSML_HARDEN_ALL);
	IN_CHILD(a_child_undoes_its_own, NULL);
	CHECK(core_limit_is(0) && dumpable() == 0);
}

/* T18: nothing at load, nothing at first use. */
static void nothing_is_hardened_unasked(void *unused)
{
	osml_buffer *b;

	(void)unused;
	start_soft();
	CHECK_RC(osml_buffer_new(&b, 10, NULL), 0);
	osml_buffer_free(b);
	CHECK(core_limit_is(SOFT));
	CHECK(dumpable() == 1);
}

#define TESTS(X)                                                  \
	X(all_steps_hold_and_are_undone)                          \
	X(the_bits_are_abi)                                       \
	X(the_core_limit_alone_leaves_the_rest)                   \
	X(undumpable_alone_leaves_the_rest)                       \
	X(steps_can_be_undone_one_by_one)                         \
	X(twice_is_as_once_and_one_undo_undoes_it)                \
	X(no_steps_are_no_change)                                 \
	X(unknown_bits_are_refused_and_nothing_is_tried)          \
	X(the_report_may_be_null)                                 \
	X(undo_leaves_alone_what_was_so_before)                   \
	X(undo_without_harden_changes_nothing)                    \
	X(one_refused_step_does_not_stop_the_others)              \
	X(of_two_refusals_the_first_is_told)                      \
	X(a_refused_undo_is_told_and_can_be_tried_again)          \
	X(undo_does_not_switch_dumps_on_under_a_guard)            \
	X(a_child_inherits_the_hardening_and_its_undo_is_its_own) \
	X(nothing_is_hardened_unasked)

int main(void)
{
#define TEST(name) { #name, support_test_in_child, NULL, NULL, (void *)name },
	const struct CMUnitTest tests[] = { TESTS(TEST) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
