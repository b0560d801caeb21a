/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Core dumps switched off and on again (S16 to S22, A9, T16 to T19). Each test is a child, whose limit is its own to change. */
#define _FILE_OFFSET_BITS 64 /* for large limits where a long has 32 bits */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>

#include "os_fake.h"

#define SOFT 7000u
#define HARD 9000u

static void set_limit(rlim_t soft, rlim_t hard)
{
	struct rlimit limit = { soft, hard };

	CHECK(setrlimit(RLIMIT_CORE, &limit) == 0);
}

static bool limit_is(rlim_t soft, rlim_t hard)
{
	struct rlimit limit;

	CHECK(getrlimit(RLIMIT_CORE, &limit) == 0);
	return limit.rlim_cur == soft && limit.rlim_max == hard;
}

static osml_core_dumps_guard *new_guard(void)
{
	osml_core_dumps_guard *guard = NULL;

	CHECK_RC(osml_disable_core_dumps_with_guard(&guard), 0);
	CHECK(guard);
	return guard;
}

/* S16 */
static void for_the_process_sets_the_soft_limit_to_zero_and_keeps_the_hard_one(void *unused)
{
	(void)unused;
	set_limit(SOFT, HARD);
	CHECK_RC(osml_disable_core_dumps_for_process(), 0);
	CHECK(limit_is(0, HARD));
	CHECK_RC(osml_disable_core_dumps_for_process(), 0); /* idempotent */
	CHECK(limit_is(0, HARD));
}

/* S18, A9 */
static void a_guard_holds_the_limit_at_zero_while_it_lives(void *unused)
{
	osml_core_dumps_guard *guard;

	(void)unused;
	set_limit(SOFT, HARD);
	guard = new_guard();
	CHECK(limit_is(0, HARD));
	CHECK_RC(osml_core_dumps_guard_release(guard), 0);
	CHECK(limit_is(SOFT, HARD));
}

static void no_limit_at_all_comes_back_as_no_limit(void *unused)
{
	(void)unused;
	set_limit(RLIM_INFINITY, RLIM_INFINITY);
	osml_core_dumps_guard *guard = new_guard();
	CHECK(limit_is(0, RLIM_INFINITY));
	CHECK_RC(osml_core_dumps_guard_release(guard), 0);
	CHECK(limit_is(RLIM_INFINITY, RLIM_INFINITY));
}

static void a_limit_of_zero_before_is_zero_afterwards(void *unused)
{
	(void)unused;
	set_limit(0, HARD);
	CHECK_RC(osml_core_dumps_guard_release(new_guard()), 0);
	CHECK(limit_is(0, HARD));
}

/* T19: three guards in each of the six orders; only the last release switches dumps on again. */
static void guards_can_be_released_in_any_order(void *unused)
{
	static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	(void)unused;
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		set_limit(SOFT, HARD);
		osml_core_dumps_guard *guards[] = { new_guard(), new_guard(), new_guard() };
		for (int k = 0; k < 3; k++) {
			CHECK(limit_is(0, HARD));
			CHECK_RC(osml_core_dumps_guard_release(guards[orders[i][k]]), 0);
		}
		CHECK(limit_is(SOFT, HARD));
	}
}

/* T19: a chain without a gap, where a snapshot in each guard would go wrong. */
static void crossed_guards_hold_the_limit_until_the_last(void *unused)
{
	osml_core_dumps_guard *older, *newer;

	(void)unused;
	set_limit(SOFT, HARD);
	older = new_guard();
	for (int i = 0; i < 10; i++) {
		newer = new_guard();
		CHECK_RC(osml_core_dumps_guard_release(older), 0);
		CHECK(limit_is(0, HARD));
		older = newer;
	}
	CHECK_RC(osml_core_dumps_guard_release(older), 0);
	CHECK(limit_is(SOFT, HARD));
}

static void take_and_release(osml_core_dumps_guard *outer)
{
	for (int i = 0; i < 50; i++) {
		osml_core_dumps_guard *guard = new_guard();
		CHECK(limit_is(0, HARD));
		CHECK_RC(osml_core_dumps_guard_release(guard), 0);
	}
	CHECK_RC(osml_core_dumps_guard_release(outer), 0);
}

static void *in_a_thread(void *outer)
{
	take_and_release(outer);
	return NULL;
}

/* T19: a guard may be released by another thread than the one that took it. */
static void guards_of_many_threads_share_one_limit(void *unused)
{
	pthread_t threads[4];
	osml_core_dumps_guard *last;

	(void)unused;
	set_limit(SOFT, HARD);
	last = new_guard();
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, in_a_thread, new_guard()) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK(limit_is(0, HARD));
	CHECK_RC(osml_core_dumps_guard_release(last), 0);
	CHECK(limit_is(SOFT, HARD));
}

static void sees_zero(void *unused)
{
	(void)unused;
	CHECK(limit_is(0, HARD));
}

static void releases_in_child(void *guard)
{
	CHECK_RC(osml_core_dumps_guard_release(guard), 0);
	CHECK(limit_is(SOFT, HARD));
}

/* S21 */
static void a_child_inherits_the_limit_and_its_release_is_its_own(void *unused)
{
	osml_core_dumps_guard *guard;

	(void)unused;
	set_limit(SOFT, HARD);
	guard = new_guard();
	IN_CHILD(sees_zero, NULL);
	IN_CHILD(releases_in_child, guard);
	CHECK(limit_is(0, HARD));
	CHECK_RC(osml_core_dumps_guard_release(guard), 0);
	CHECK(limit_is(SOFT, HARD));
}

/* T19 */
static void a_limit_that_someone_set_meanwhile_is_left_as_it_is(void *unused)
{
	osml_core_dumps_guard *guard;

	(void)unused;
	set_limit(SOFT, HARD);
	guard = new_guard();
	set_limit(10, HARD);
	CHECK_RC(osml_core_dumps_guard_release(guard), 0);
	CHECK(limit_is(10, HARD));
}

/* A9, T19: unlike the crate's, the failure can be read. */
static void a_lowered_hard_limit_is_eperm_and_the_soft_one_goes_as_high_as_it_may(void *unused)
{
	osml_core_dumps_guard *guard;

	(void)unused;
	set_limit(SOFT, HARD);
	guard = new_guard();
	set_limit(0, SOFT / 2);
	CHECK_RC(osml_core_dumps_guard_release(guard), -EPERM);
	CHECK(limit_is(SOFT / 2, SOFT / 2));
}

/* The release must not ask for the old hard limit back (S19): a privileged process would get it. */
static void a_lowered_hard_limit_above_the_soft_one_is_no_failure_and_stays(void *unused)
{
	osml_core_dumps_guard *guard;

	(void)unused;
	set_limit(SOFT, HARD);
	guard = new_guard();
	set_limit(0, SOFT + 1);
	CHECK_RC(osml_core_dumps_guard_release(guard), 0);
	CHECK(limit_is(SOFT, SOFT + 1));
}

static void for_the_process_while_a_guard_lives_is_for_good(void *unused)
{
	osml_core_dumps_guard *first, *second;

	(void)unused;
	set_limit(SOFT, HARD);
	first = new_guard();
	second = new_guard();
	CHECK_RC(osml_disable_core_dumps_for_process(), 0);
	CHECK_RC(osml_core_dumps_guard_release(first), 0);
	CHECK_RC(osml_core_dumps_guard_release(second), 0);
	CHECK(limit_is(0, HARD));
	CHECK_RC(osml_core_dumps_guard_release(new_guard()), 0);
	CHECK(limit_is(0, HARD));
}

static void null_is_refused_by_the_constructor_and_fine_for_release(void *unused)
{
	(void)unused;
	set_limit(SOFT, HARD);
	CHECK_RC(osml_disable_core_dumps_with_guard(NULL), OSML_EINVAL);
	CHECK_RC(osml_core_dumps_guard_release(NULL), 0);
	CHECK(limit_is(SOFT, HARD));
}

/* S16: nothing changed, nothing counted, no guard. */
static void a_refused_system_call_is_passed_on_and_changes_nothing(void *unused)
{
	static const char *const calls[] = { "core_limit", "set_core_limit" };

	(void)unused;
	set_limit(SOFT, HARD);
	CHECK_RC(osml_core_dumps_guard_release(new_guard()), 0);
	for (size_t i = 0; i < 2; i++) {
		osml_core_dumps_guard *guard = (osml_core_dumps_guard *)&guard;
		fake_reset();
		fake_fail_function(calls[i], 1, 2, -EPERM);
		CHECK_RC(osml_disable_core_dumps_with_guard(&guard), -EPERM);
		CHECK(!guard);
		CHECK_RC(osml_disable_core_dumps_for_process(), -EPERM);
		CHECK(fake_fired() == 2);
		CHECK(limit_is(SOFT, HARD));
		fake_reset();
		CHECK_RC(osml_core_dumps_guard_release(new_guard()), 0);
		CHECK(limit_is(SOFT, HARD));
	}
}

static void a_refusal_for_good_leaves_a_guard_what_it_restores(void *unused)
{
	osml_core_dumps_guard *guard;

	(void)unused;
	set_limit(SOFT, HARD);
	guard = new_guard();
	set_limit(SOFT / 2, HARD); /* somebody else */
	fake_fail_function("set_core_limit", 1, 1, -EPERM);
	CHECK_RC(osml_disable_core_dumps_for_process(), -EPERM);
	fake_reset();
	set_limit(0, HARD);
	CHECK_RC(osml_core_dumps_guard_release(guard), 0);
	CHECK(limit_is(SOFT, HARD));
}

/* Freed, whatever it returns: the next guard starts from what is there. */
static void a_release_that_the_system_refuses_is_told_and_over(void *unused)
{
	osml_core_dumps_guard *guard;

	(void)unused;
	set_limit(SOFT, HARD);
	guard = new_guard();
	fake_reset();
	fake_fail_function("set_core_limit", 1, 1, -EPERM);
	CHECK_RC(osml_core_dumps_guard_release(guard), -EPERM);
	fake_reset();
	CHECK(limit_is(0, HARD));
	set_limit(SOFT, HARD);
	guard = new_guard();
	fake_fail_function("core_limit", 1, 1, -EIO);
	CHECK_RC(osml_core_dumps_guard_release(guard), -EIO);
	CHECK(fake_calls_of("set_core_limit") == 0); /* not knowing what is there, nothing is set */
	fake_reset();
	CHECK(limit_is(0, HARD));
	set_limit(SOFT, HARD);
	CHECK_RC(osml_core_dumps_guard_release(new_guard()), 0);
	CHECK(limit_is(SOFT, HARD));
}

/* Where a long has 32 bits, too. */
static void a_hard_limit_of_8_gib_stays(void *unused)
{
	const rlim_t hard = (rlim_t)8 << 30;
	struct rlimit limit;

	(void)unused;
	CHECK(getrlimit(RLIMIT_CORE, &limit) == 0);
	if (limit.rlim_max < hard) {
		printf("SKIP: the hard limit is lower\n");
		return;
	}
	set_limit(SOFT, hard);
	CHECK_RC(osml_disable_core_dumps_for_process(), 0);
	CHECK(limit_is(0, hard));
}

#define TESTS(X)                                                                 \
	X(for_the_process_sets_the_soft_limit_to_zero_and_keeps_the_hard_one)    \
	X(a_guard_holds_the_limit_at_zero_while_it_lives)                        \
	X(no_limit_at_all_comes_back_as_no_limit)                                \
	X(a_limit_of_zero_before_is_zero_afterwards)                             \
	X(guards_can_be_released_in_any_order)                                   \
	X(crossed_guards_hold_the_limit_until_the_last)                          \
	X(guards_of_many_threads_share_one_limit)                                \
	X(a_child_inherits_the_limit_and_its_release_is_its_own)                 \
	X(a_limit_that_someone_set_meanwhile_is_left_as_it_is)                   \
	X(a_lowered_hard_limit_is_eperm_and_the_soft_one_goes_as_high_as_it_may) \
	X(a_lowered_hard_limit_above_the_soft_one_is_no_failure_and_stays)       \
	X(for_the_process_while_a_guard_lives_is_for_good)                       \
	X(null_is_refused_by_the_constructor_and_fine_for_release)               \
	X(a_refused_system_call_is_passed_on_and_changes_nothing)                \
	X(a_refusal_for_good_leaves_a_guard_what_it_restores)                    \
	X(a_release_that_the_system_refuses_is_told_and_over)                    \
	X(a_hard_limit_of_8_gib_stays)

int main(void)
{
#define TEST(name) { #name, support_test_in_child, NULL, NULL, (void *)name },
	const struct CMUnitTest tests[] = { TESTS(TEST) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
