/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Limits, attributes and hooks of the process: what is answered when the system refuses them, by a filter or by the C library. Each case has a
 * process of its own.
 */
#define _GNU_SOURCE
#include "forbid.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os.h"

/* ---- In place of the C library's: they register nothing, for nothing here forks with secrets or exits ---- */

static int atfork_answers = ENOSPC, atexit_answers; /* on musl the first is asked at load, too: before main() */

int pthread_atfork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void))
{
	(void)before, (void)in_parent, (void)in_child;
	return atfork_answers;
}

int atexit(void (*function)(void))
{
	(void)function;
	return atexit_answers;
}

/* ---- Limits ---- */

static void read_no_limit(void *unused)
{
	uint64_t soft = 1, hard = 1, value = 1;
	struct osml__quota quota;
	osml_buffer *b;

	(void)unused;
	CHECK_RC(osml__os_core_limit(&soft, &hard), 0); /* control */
	forbid(SYS_prlimit64, EPERM);
	CHECK_RC(osml__os_core_limit(&soft, &hard), -EPERM);
	CHECK_RC(osml__os_set_core_limit(0), -EPERM);
	CHECK_RC(osml__os_lock_quota(&quota), -EPERM);
	CHECK_RC(osml__os_lock_limit(&value), -EPERM);
	CHECK_RC(osml_info(OSML_INFO_LOCK_LIMIT_SOFT, &value), -EPERM);
	CHECK_RC(osml_disable_core_dumps_for_process(), -EPERM);
	CHECK_RC(osml_buffer_new(&b, 40, NULL), 0); /* who may not ask may lock all the same */
	CHECK(support_all_have(osml_buffer_data(b), 40, "lo"));
	osml_buffer_free(b);
}

static void limits_that_cannot_be_read_are_told_and_buffers_do_without(void **state)
{
	(void)state;
	IN_CHILD(read_no_limit, NULL);
}

static void raise_the_limit(void *unused)
{
	struct rlimit limit = { 0, 4096 };

	(void)unused;
	CHECK(setrlimit(RLIMIT_CORE, &limit) == 0);
	CHECK_RC(osml__os_set_core_limit(4097), -EINVAL);
	CHECK_RC(osml__os_set_core_limit(OSML_UNLIMITED), -EINVAL);
	CHECK(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0);
	CHECK_RC(osml__os_set_core_limit(4096), 0); /* control */
	CHECK(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 4096 && limit.rlim_max == 4096);
}

static void a_limit_above_the_hard_one_is_einval_and_changes_nothing(void **state)
{
	(void)state;
	IN_CHILD(raise_the_limit, NULL);
}

static void ask_no_attribute(void *unused)
{
	uint32_t done = 9;
	int dumpable = 9;

	(void)unused;
	CHECK_RC(osml__os_dumpable(&dumpable), 0);
	CHECK(dumpable == 1); /* control */
	forbid(SYS_prctl, EACCES);
	CHECK_RC(osml__os_dumpable(&dumpable), -EACCES);
	CHECK_RC(osml__os_set_dumpable(0), -EACCES);
	CHECK_RC(osml_harden(&done, OSML_HARDEN_ALL), -EACCES);
	CHECK(done == OSML_HARDEN_CORE_LIMIT);
	CHECK_RC(osml_harden_undo(&done, OSML_HARDEN_ALL), 0);
	CHECK(done == OSML_HARDEN_CORE_LIMIT);
}

static void an_attribute_that_is_refused_is_told_and_the_other_steps_are_done(void **state)
{
	(void)state;
	IN_CHILD(ask_no_attribute, NULL);
}

/* ---- Hooks ---- */

static void start_refused(int *answers, int answer, int expected)
{
	struct support_snapshot before = (*answers = answer, support_snapshot()); /* which starts the library, too */
	osml_core_dumps_guard *guard = (osml_core_dumps_guard *)&guard;
	osml_region *region = (osml_region *)&region;
	osml_buffer *b = (osml_buffer *)&b;
	static unsigned char memory[1];

	CHECK_RC(osml_buffer_new(&b, 40, NULL), expected);
	CHECK_RC(osml_region_lock(&region, memory, 1, 0), expected);
	CHECK_RC(osml_disable_core_dumps_for_process(), expected);
	CHECK_RC(osml_disable_core_dumps_with_guard(&guard), expected);
	CHECK_RC(osml_harden(NULL, OSML_HARDEN_ALL), expected);
	CHECK(!b && !region && !guard);
	ASSERT_BACK_TO(before);
	*answers = 0;
	CHECK_RC(osml_buffer_new(&b, 40, NULL), 0); /* control, and asked again */
	osml_buffer_free(b);
}

static void start_without_fork(void *unused)
{
	(void)unused;
	start_refused(&atfork_answers, ENOSPC, -ENOSPC);
}

static void start_without_exit(void *unused)
{
	(void)unused;
	start_refused(&atexit_answers, -1, -ENOMEM);
}

static void without_its_hooks_the_library_does_nothing_and_asks_again(void **state)
{
	(void)state;
	IN_CHILD(start_without_fork, NULL);
	IN_CHILD(start_without_exit, NULL);
}

/* ---- What tells of a thread's end ---- */

static pthread_key_t keys[PTHREAD_KEYS_MAX];

static unsigned take_all_keys(void)
{
	unsigned n = 0;

	while (n < PTHREAD_KEYS_MAX && pthread_key_create(&keys[n], NULL) == 0)
		n++;
	return n;
}

static void start_without_keys(void *unused)
{
	osml_buffer *b = (osml_buffer *)&b;
	unsigned n = take_all_keys();

	(void)unused;
	CHECK(n > 0);
	CHECK_RC(osml_buffer_new(&b, 40, NULL), -EAGAIN);
	CHECK(!b);
	CHECK(pthread_key_delete(keys[--n]) == 0);
	CHECK_RC(osml_buffer_new(&b, 40, NULL), 0); /* control */
	osml_buffer_free(b);
}

static void *make_unmarked(void *unused)
{
	osml_buffer *b = (osml_buffer *)&b;

	CHECK_RC(osml_buffer_new(&b, 40, NULL), -EINVAL);
	CHECK(!b);
	return unused;
}

/* Somebody deletes keys that are not his. */
static void lose_the_key(void *unused)
{
	struct support_snapshot before;
	osml_buffer *b = support_secret(40, OSML_DEFAULT_PROTECTIONS);
	pthread_t thread;

	before = support_snapshot();
	take_all_keys();
	for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++)
		pthread_key_delete(key);
	CHECK(pthread_create(&thread, NULL, make_unmarked, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	ASSERT_BACK_TO(before);
	CHECK_RC(osml_buffer_fill(b, 0, 1, 40), 0); /* this thread has what it needs */
	osml_buffer_free(b);
	CHECK(!unused);
}

static void a_thread_whose_end_nobody_would_tell_of_gets_no_buffer(void **state)
{
	(void)state;
	IN_CHILD(start_without_keys, NULL);
	if (support_sanitized())
		SKIP("the sanitizers have keys of their own, which would be lost as well");
	if (!support_glibc())
		SKIP("the C library does not tell of a key that is gone");
	IN_CHILD(lose_the_key, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_that_cannot_be_read_are_told_and_buffers_do_without),
		cmocka_unit_test(a_limit_above_the_hard_one_is_einval_and_changes_nothing),
		cmocka_unit_test(an_attribute_that_is_refused_is_told_and_the_other_steps_are_done),
		cmocka_unit_test(without_its_hooks_the_library_does_nothing_and_asks_again),
		cmocka_unit_test(a_thread_whose_end_nobody_would_tell_of_gets_no_buffer),
	};

	atfork_answers = 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
