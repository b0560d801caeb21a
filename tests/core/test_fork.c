/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Children that no handler of ours has prepared yet, chains of children, and kept buffers there (audit C8, C15, C19). */
#define _GNU_SOURCE
#include "support.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache.h"
#include "os_fake.h"

#define KEEP (OSML_LOCKED | OSML_NODUMP | OSML_CANARY)

pid_t _Fork(void) __attribute__((weak)); /* glibc 2.34 */

static void expect_exit_0(pid_t child)
{
	int status = -1;

	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(status == 0);
}

static osml_buffer *wiped, *kept;

/* What any child may rely on, whichever call it makes first. */
static void look_around(bool first_is_new)
{
	unsigned char byte = 9;
	osml_buffer *b;

	if (!first_is_new)
		CHECK_RC(osml_buffer_read(wiped, 0, &byte, 1), OSML_EFORKED);
	b = support_secret(40, OSML_DEFAULT_PROTECTIONS);
	CHECK(support_all_have(osml_buffer_data(b), 40, "lo"));
	CHECK_RC(osml_buffer_read(wiped, 0, &byte, 1), OSML_EFORKED);
	CHECK(byte == 9 && !osml_buffer_data(wiped));
	CHECK_RC(osml_buffer_read(kept, 0, &byte, 1), 0);
	CHECK(byte == 0xEE && support_all_have(osml_buffer_data(kept), 40, "lo"));
	osml_buffer_free(b);
	osml_buffer_free(wiped);
	osml_buffer_free(kept);
	b = support_secret(5000, OSML_DEFAULT_PROTECTIONS);
	CHECK(support_all_have(osml_buffer_data(b), 5000, "lo"));
	osml_buffer_free(b);
}

/* ---- A handler that was registered before ours ---- */

static bool in_handler;

static void handler_before_ours(void)
{
	if (in_handler)
		look_around(false);
}

static void fork_with_a_handler(void *unused)
{
	pid_t child;

	(void)unused;
	CHECK(pthread_atfork(NULL, NULL, handler_before_ours) == 0);
	wiped = support_secret(40, OSML_DEFAULT_PROTECTIONS);
	kept = support_secret(40, KEEP);
	in_handler = true;
	child = fork();
	if (child == 0)
		_exit(0);
	expect_exit_0(child);
	CHECK(((unsigned char *)osml_buffer_data(wiped))[0] == 0xEE);
}

static void a_child_handler_that_runs_before_ours_sees_eforked_and_makes_locked_buffers(void **state)
{
	(void)state;
	IN_CHILD(fork_with_a_handler, NULL);
}

/* ---- No handler at all ---- */

static pid_t by_clone(void)
{
#if defined(__s390__) /* the stack comes first there */
	return (pid_t)syscall(SYS_clone, 0, SIGCHLD, 0, 0, 0);
#else
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
#endif
}

/* There the kernel says EAGAIN to advice. Without the page that it wipes nobody would tell the child; so nothing begins, and the next call does. */
static void begin_at_the_limit_on_mappings(void *unused)
{
	osml_buffer *b;
	pid_t child;

	(void)unused;
	fake_fail_function("wipe_on_fork", 1, 1, -EAGAIN);
	CHECK_RC(osml_buffer_new(&b, 8, NULL), -EAGAIN);
	b = support_secret(8, OSML_DEFAULT_PROTECTIONS);
	child = by_clone();
	if (child == 0)
		_exit(osml_buffer_wipe(b) == OSML_EFORKED ? 0 : 1);
	expect_exit_0(child);
}

static void a_first_call_at_the_limit_on_mappings_fails_and_the_next_sees_forks(void **state)
{
	(void)state;
	IN_CHILD(begin_at_the_limit_on_mappings, NULL);
}

static pid_t by_underscore_fork(void)
{
	return _Fork();
}

static void look_in_child_by(pid_t (*way)(void))
{
	for (int first_is_new = 0; first_is_new < 2; first_is_new++) {
		pid_t child;

		wiped = support_secret(40, OSML_DEFAULT_PROTECTIONS);
		kept = support_secret(40, KEEP);
		child = way();
		if (child == 0) {
			look_around(first_is_new);
			_exit(0);
		}
		expect_exit_0(child);
		osml_buffer_free(wiped);
		osml_buffer_free(kept);
	}
}

/* The very first call is one on the kept buffer. */
static void a_kept_buffer_is_there_for_the_first_call_of_a_cloned_child(void **state)
{
	pid_t child;

	(void)state;
	kept = support_secret(40, KEEP);
	for (int which = 0; which < 4; which++) {
		if (which == 3)
			CHECK_RC(osml_buffer_pin(kept, NULL, NULL), 0);
		child = by_clone();
		if (child == 0) {
			if (which == 0)
				CHECK_RC(osml_buffer_pin(kept, NULL, NULL), 0);
			if (which == 1)
				CHECK(osml_buffer_data(kept));
			if (which == 2)
				CHECK_RC(osml_buffer_decode(kept, OSML_HEX), OSML_EFORMAT);
			if (which == 3)
				CHECK_RC(osml_buffer_unpin(kept), 0);
			CHECK(support_all_have(osml_buffer_data(kept), 40, "lo"));
			_exit(0);
		}
		expect_exit_0(child);
	}
	CHECK_RC(osml_buffer_unpin(kept), 0);
	osml_buffer_free(kept);
}

static void its_canary_is_looked_at_by_the_first_close_of_a_cloned_child(void **state)
{
	pid_t child;

	(void)state;
	kept = support_secret(40, KEEP);
	((unsigned char *)osml_buffer_data(kept))[40] ^= 1;
	child = by_clone();
	if (child == 0) {
		CHECK_RC(osml_buffer_close(kept), OSML_ECORRUPT);
		_exit(0);
	}
	expect_exit_0(child);
	CHECK_RC(osml_buffer_close(kept), OSML_ECORRUPT);
	osml_buffer_free(kept);
}

static void a_child_of_clone_answers_eforked_and_makes_locked_buffers(void **state)
{
	(void)state;
	look_in_child_by(by_clone);
}

static void so_does_a_child_of_underscore_fork(void **state)
{
	(void)state;
	if (!_Fork)
		SKIP("this libc has no _Fork()");
	look_in_child_by(by_underscore_fork);
}

/* ---- Its first call comes from a younger thread ---- */

static void *look_around_in_a_younger_thread(void *first_is_new)
{
	look_around(*(bool *)first_is_new);
	return NULL;
}

/* A destructor that runs after the library's own, and so at the very end. pthread_join() knows nothing of the first thread after clone(2). */
static void end_the_child(void *unused)
{
	(void)unused;
	osml_buffer_free(support_secret(40, OSML_DEFAULT_PROTECTIONS));
	_exit(0);
}

/* The thread that forked still has what it had cached; its end has to be one too. */
static void use_it_after_a_younger_thread(bool first_is_new)
{
	pthread_t younger;
	pthread_key_t key;
	osml_buffer *b;

	CHECK(pthread_create(&younger, NULL, look_around_in_a_younger_thread, &first_is_new) == 0);
	CHECK(pthread_join(younger, NULL) == 0);
	CHECK(!osml__cache);
	b = support_secret(40, OSML_DEFAULT_PROTECTIONS);
	CHECK(support_all_have(osml_buffer_data(b), 40, "lo"));
	osml_buffer_free(b);
	CHECK(pthread_key_create(&key, end_the_child) == 0 && pthread_setspecific(key, &key) == 0);
	pthread_exit(NULL);
}

static void use_by_a_younger_thread(pid_t (*way)(void), bool first_is_new)
{
	pid_t child;

	wiped = support_secret(40, OSML_DEFAULT_PROTECTIONS);
	kept = support_secret(40, KEEP);
	CHECK(osml__cache); /* control */
	child = way();
	if (child == 0) {
		alarm(20); /* waiting for ever is a failure, not a test that never ends */
		use_it_after_a_younger_thread(first_is_new);
	}
	expect_exit_0(child);
	osml_buffer_free(wiped);
	osml_buffer_free(kept);
}

static void a_younger_thread_of_such_a_child_may_make_its_first_call(void **state)
{
	(void)state;
	if (support_sanitized())
		SKIP("the sanitizers lose count of threads in a forked child");
	for (int first_is_new = 0; first_is_new < 2; first_is_new++) {
		use_by_a_younger_thread(by_clone, first_is_new);
		if (_Fork)
			use_by_a_younger_thread(by_underscore_fork, first_is_new);
	}
}

/* ---- It comes from both at once ---- */

static _Atomic int step;

/* In the preparation of the child: its other thread gets time to run into it. */
static void hold_the_preparation(void)
{
	step = 1;
	for (int i = 0; i < 2000 && step == 1; i++)
		sched_yield();
}

static void *make_one(void *unused)
{
	osml_buffer *b = support_secret(40, OSML_DEFAULT_PROTECTIONS);

	CHECK(support_all_have(osml_buffer_data(b), 40, "lo"));
	CHECK_RC(osml_buffer_verify(b, &(uint32_t){ 0 }), 0);
	osml_buffer_free(b);
	return unused;
}

static void use_it_in_two_threads_at_once(void)
{
	pthread_t younger;

	step = 0;
	fake_hook("lock", hold_the_preparation);
	CHECK(pthread_create(&younger, NULL, make_one, NULL) == 0);
	while (!step)
		sched_yield();
	make_one(NULL);
	step = 2;
	CHECK(pthread_join(younger, NULL) == 0);
	_exit(0);
}

static void a_thread_waits_while_another_prepares_the_child(void **state)
{
	pid_t child;

	(void)state;
	if (support_sanitized())
		SKIP("the sanitizers lose count of threads in a forked child");
	wiped = support_secret(40, OSML_DEFAULT_PROTECTIONS);
	kept = support_secret(40, KEEP); /* is locked again in the child's preparation */
	child = by_clone();
	if (child == 0) {
		alarm(20);
		use_it_in_two_threads_at_once();
	}
	expect_exit_0(child);
	osml_buffer_free(wiped);
	osml_buffer_free(kept);
}

/* ---- A long line of children ---- */

#define GENERATIONS 1000

static size_t resident_kib(void)
{
	char line[200];
	size_t kib = 0;
	FILE *status = fopen("/proc/self/status", "r");

	CHECK(status);
	while (fgets(line, sizeof line, status))
		if (!strncmp(line, "VmRSS:", 6))
			kib = strtoul(line + 6, NULL, 10);
	fclose(status);
	return kib;
}

/* Each generation frees what it inherited, makes its own, and hands that on. The last one compares, and tells by a byte in the pipe. */
static void live_on(size_t len, int tell)
{
	size_t mappings = 0, resident = 0;
	osml_buffer *inherited = NULL;

	for (int generation = 0; generation < GENERATIONS; generation++) {
		osml_buffer_free(inherited);
		osml_buffer_free(support_secret(len, OSML_DEFAULT_PROTECTIONS));
		inherited = support_secret(len, OSML_DEFAULT_PROTECTIONS);
		if (generation == 10) {
			mappings = support_mappings();
			resident = resident_kib();
		}
		if (fork())
			_exit(0);
	}
	CHECK(support_sanitized() || support_mappings() <= mappings + 2);
	CHECK(support_sanitized() || resident_kib() <= resident + 256);
	CHECK(write(tell, "", 1) == 1);
	_exit(0);
}

static void assert_nothing_piles_up(size_t len)
{
	char byte;
	int ends[2];
	pid_t child;

	CHECK(pipe(ends) == 0);
	child = fork();
	if (child == 0)
		live_on(len, ends[1]);
	close(ends[1]);
	expect_exit_0(child);
	CHECK(read(ends[0], &byte, 1) == 1);
	close(ends[0]);
}

static void a_thousand_generations_pile_nothing_up(void **state)
{
	(void)state;
	if (support_valgrind())
		SKIP("valgrind maps memory of its own for each process");
	assert_nothing_piles_up(32);
	assert_nothing_piles_up(20000);
}

/* ---- A kept buffer whose lock the child does not get ---- */

static uint32_t protections(const osml_buffer *b)
{
	uint32_t bits = 0;

	CHECK_RC(osml_buffer_protections(b, &bits), 0);
	return bits;
}

static void fork_below_the_limit(void *want)
{
	osml_buffer *b = support_secret(20000, *(uint32_t *)want);
	const unsigned char *data = osml_buffer_data(b);
	pid_t child;

	CHECK(protections(b) & OSML_LOCKED && support_all_have(data, 20000, "lo")); /* control */
	support_limit_locked_memory(4096);
	child = fork();
	if (child == 0) {
		CHECK(!(protections(b) & OSML_LOCKED) && support_none_has(data, 20000, "lo"));
		CHECK(protections(b) & OSML_NODUMP && support_all_have(data, 20000, "dd")); /* that needs no quota */
		CHECK(data[0] == 0xEE);
		CHECK(support_locked_kib() == 0);
		osml_buffer_free(b);
		_exit(0);
	}
	expect_exit_0(child);
	CHECK(protections(b) & OSML_LOCKED);
}

static void a_kept_buffer_that_the_child_may_not_lock_says_so(void **state)
{
	uint32_t wants[] = { KEEP, KEEP | OSML_GUARDED };

	(void)state;
	IN_CHILD(fork_below_the_limit, &wants[0]);
	IN_CHILD(fork_below_the_limit, &wants[1]);
}

/* mlock(2) refuses pages without access, so the library opens them for a moment. */
static void a_kept_buffer_without_access_is_locked_in_the_child_and_still_without_access(void **state)
{
	osml_buffer *b = support_secret(100, KEEP | OSML_GUARDED);
	const unsigned char *data = osml_buffer_data(b);
	struct support_mapping mapping;
	pid_t child;

	(void)state;
	CHECK_RC(osml_buffer_protect(b, OSML_ACCESS_NONE), 0);
	child = fork();
	if (child == 0) {
		CHECK(protections(b) & OSML_LOCKED && support_all_have(data, 100, "lo"));
		CHECK(support_find_mapping(&mapping, data) && !strcmp(mapping.permissions, "---p"));
		CHECK_RC(osml_buffer_protect(b, OSML_ACCESS_READWRITE), 0);
		CHECK(data[0] == 0xEE);
		_exit(0);
	}
	expect_exit_0(child);
	osml_buffer_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_call_at_the_limit_on_mappings_fails_and_the_next_sees_forks), /* before this process's own first */
		cmocka_unit_test(a_child_handler_that_runs_before_ours_sees_eforked_and_makes_locked_buffers),
		cmocka_unit_test(a_child_of_clone_answers_eforked_and_makes_locked_buffers),
		cmocka_unit_test(a_kept_buffer_is_there_for_the_first_call_of_a_cloned_child),
		cmocka_unit_test(its_canary_is_looked_at_by_the_first_close_of_a_cloned_child),
		cmocka_unit_test(so_does_a_child_of_underscore_fork),
		cmocka_unit_test(a_younger_thread_of_such_a_child_may_make_its_first_call),
		cmocka_unit_test(a_thread_waits_while_another_prepares_the_child),
		cmocka_unit_test(a_thousand_generations_pile_nothing_up),
		cmocka_unit_test(a_kept_buffer_that_the_child_may_not_lock_says_so),
		cmocka_unit_test(a_kept_buffer_without_access_is_locked_in_the_child_and_still_without_access),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
