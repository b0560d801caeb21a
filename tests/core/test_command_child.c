/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* osml_buffer_from_command(): the child process that it has, beside what else the caller does (audit L3). */
#define _GNU_SOURCE
#include "forbid.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os_fake.h"

static const char *argv[4] = { "sh", "-c" };
static int told;
static struct support_snapshot before;

static int run_with(osml_buffer **b, const char *script, size_t max, const osml_buffer_options *o, unsigned flags)
{
	osml_command command = OSML_COMMAND_INIT;
	int rc;

	argv[2] = script;
	command.argv = argv;
	rc = osml_buffer_from_command(b, &command, max, o, flags);
	told = command.status;
	return rc;
}

static int setup(void **state)
{
	(void)state;
	before = support_snapshot();
	return 0;
}

static int cleanup(void **state)
{
	(void)state;
	ASSERT_BACK_TO(before);
	return 0;
}

/* ---- Given up ---- */

static int give_up_the_second_time(void *asked)
{
	return ++*(int *)asked >= 2;
}

/* It would end by itself, or never; no time passes that could lead to a question. */
static void it_may_be_given_up_though_it_never_pauses(void **state)
{
	static const unsigned flags[] = { 0, OSML_FIRST_LINE };
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;

	(void)state;
	o.interrupted = give_up_the_second_time;
	for (size_t i = 0; i < 2; i++) {
		int asked = 0;
		o.context = &asked;
		CHECK_RC(run_with(&b, "echo; exec head -c 300000 /dev/zero", 300001, &o, flags[i]), -EINTR);
		assert_null(b);
		assert_int_equal(asked, 2);
	}
}

/* ---- Killed ---- */

static unsigned kills;
static pid_t refused; /* -1: the next one that is to be killed will be */

/* In the place of libc's. The system refuses to kill a program that has made root its real user. */
int kill(pid_t process, int signal)
{
	kills++;
	if (refused) {
		refused = process;
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_kill, process, signal);
}

static void wait_for_all(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* Its number may be that of another program by then. */
static void what_another_has_waited_for_is_not_killed(void **state)
{
	osml_buffer *b;

	(void)state;
	kills = 0;
	CHECK_RC(run_with(&b, "printf 0123456789; exec sleep 30", 9, NULL, 0), OSML_ETOOBIG);
	assert_int_equal(kills, 1); /* control */
	fake_hook("read", wait_for_all);
	CHECK_RC(run_with(&b, "printf 0123456789", 9, NULL, 0), OSML_ETOOBIG);
	fake_reset();
	assert_int_equal(kills, 1);
}

/* ---- What may not be killed ---- */

#define NEVER_ENDS "printf 0123456789; exec sleep 600 2>&-" /* longer than any alarm, and holds nothing of the test's */

static void collect_what_was_left(void)
{
	pid_t left = refused;
	int status;

	refused = 0;
	CHECK(left > 0 && waitpid(left, &status, WNOHANG) == 0); /* it runs, and is this process's */
	CHECK(kill(left, SIGKILL) == 0);
	CHECK(waitpid(left, &status, 0) == left && WTERMSIG(status) == SIGKILL);
}

static void give_up_what_may_not_be_killed(void *unused)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	int asked = 0;
	osml_buffer *b;

	(void)unused;
	alarm(60); /* a call that waits for its end */
	o.interrupted = give_up_the_second_time;
	o.context = &asked;
	CHECK_RC(run_with(&b, NEVER_ENDS, 100, &o, 0), -EINTR);
	CHECK(!b && asked == 2 && waitpid(-1, NULL, WNOHANG) < 0); /* control: it was killed */
	refused = -1;
	asked = 0;
	CHECK_RC(run_with(&b, NEVER_ENDS, 100, &o, 0), -EINTR);
	CHECK(!b && asked == 2);
	collect_what_was_left();
	refused = -1;
	CHECK_RC(run_with(&b, NEVER_ENDS, 9, NULL, 0), OSML_ETOOBIG);
	CHECK(!b);
	collect_what_was_left();
}

static void what_may_not_be_killed_is_left(void **state)
{
	(void)state;
	IN_CHILD(give_up_what_may_not_be_killed, NULL);
	give_up_what_may_not_be_killed(NULL); /* here, where cleanup() looks at what is open */
	alarm(0);
}

/* The system collects it, since the call has not left SIGCHLD changed for its sake. */
static void leave_it_where_sigchld_is_ignored(void *unused)
{
	osml_buffer *b;
	pid_t left;

	(void)unused;
	alarm(60);
	signal(SIGCHLD, SIG_IGN);
	refused = -1;
	CHECK_RC(run_with(&b, NEVER_ENDS, 9, NULL, 0), OSML_ETOOBIG);
	left = refused;
	refused = 0;
	CHECK(kill(left, SIGKILL) == 0);
	CHECK(waitpid(left, NULL, 0) < 0 && errno == ECHILD);
	CHECK(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
}

static void what_is_left_is_the_systems_where_sigchld_is_ignored(void **state)
{
	(void)state;
	IN_CHILD(leave_it_where_sigchld_is_ignored, NULL);
}

static void cancel_this_thread(void)
{
	fake_hook("child_wait", NULL);
	pthread_cancel(pthread_self());
}

static void *run_what_never_ends(void *b)
{
	run_with(b, "exec sleep 600 2>&-", 9, NULL, 0);
	return NULL;
}

static void cancel_what_may_not_be_killed(void *unused)
{
	osml_buffer *b;
	pthread_t thread;
	void *result;

	(void)unused;
	alarm(60);
	refused = -1;
	fake_hook("child_wait", cancel_this_thread);
	CHECK(pthread_create(&thread, NULL, run_what_never_ends, &b) == 0);
	CHECK(pthread_join(thread, &result) == 0);
	CHECK(result == PTHREAD_CANCELED);
	collect_what_was_left();
}

static void a_thread_that_is_cancelled_leaves_it_too(void **state)
{
	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	SKIP("AddressSanitizer takes the stack of a thread that was cancelled for one in use");
#endif
	IN_CHILD(cancel_what_may_not_be_killed, NULL);
}

/* ---- Waited for by others ---- */

static int run_and_wait_for_all(const char *script)
{
	osml_buffer *b;
	int rc;

	fake_hook("child_end", wait_for_all);
	rc = run_with(&b, script, 100, NULL, 0);
	fake_reset();
	osml_buffer_free(b);
	return rc;
}

static void be_told_that_no_status_is_left(void *unused)
{
	char text[300];

	(void)unused;
	forbid(SYS_pidfd_open, ENOSYS);
	CHECK_RC(run_and_wait_for_all("echo secret; exit 3"), -ECHILD);
	CHECK(osml_explain(-ECHILD, text, sizeof text) > 0);
	CHECK(strstr(text, "waitpid(-1)"));
}

static void where_no_status_is_left_that_is_said(void **state)
{
	(void)state;
	IN_CHILD(be_told_that_no_status_is_left, NULL);
}

/* As in a pool of threads beside gevent's loop. */
static void where_the_kernel_tells_it_afterwards_the_status_is_known(void **state)
{
	int rc = run_and_wait_for_all("echo secret; exit 3");

	(void)state;
	if (rc == -ECHILD)
		SKIP("Linux tells it since 6.15");
	CHECK_RC(rc, OSML_ECOMMAND);
	assert_int_equal(told, 3);
	CHECK_RC(run_and_wait_for_all("echo secret; kill -9 $$"), OSML_ECOMMAND);
	assert_int_equal(told, -9);
	CHECK_RC(run_and_wait_for_all("echo secret"), 0);
}

/* ---- SIGCHLD ---- */

static volatile sig_atomic_t handled;

static void handle(int signal)
{
	(void)signal;
	handled++;
}

static void set_a_handler(void)
{
	signal(SIGCHLD, handle);
}

static bool has_handler(int flags)
{
	struct sigaction now;

	CHECK(sigaction(SIGCHLD, NULL, &now) == 0);
	return now.sa_handler == handle && (now.sa_flags & SA_NOCLDWAIT) == flags;
}

static void a_handler_that_keeps_no_children_is_called_all_the_same(void **state)
{
	struct sigaction keeps_none = { .sa_handler = handle, .sa_flags = SA_NOCLDWAIT | SA_RESTART }, was;
	osml_buffer *b;

	(void)state;
	handled = 0;
	assert_int_equal(sigaction(SIGCHLD, &keeps_none, &was), 0);
	CHECK_RC(run_with(&b, "echo secret; exit 3", 100, NULL, 0), OSML_ECOMMAND);
	assert_true(has_handler(SA_NOCLDWAIT));
	assert_int_equal(sigaction(SIGCHLD, &was, NULL), 0);
	assert_int_equal(handled, 1);
}

static void a_handler_that_is_set_meanwhile_stays(void **state)
{
	osml_buffer *b;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	fake_hook("read", set_a_handler);
	CHECK_RC(run_with(&b, "exit 3", 100, NULL, 0), OSML_ECOMMAND);
	fake_reset();
	assert_true(has_handler(0));
	signal(SIGCHLD, SIG_DFL);
}

static int ignore_and_run(void)
{
	osml_buffer *b;

	fake_reset();
	signal(SIGCHLD, SIG_IGN);
	return run_with(&b, "exit 3", 100, NULL, 0) == OSML_ECOMMAND && signal(SIGCHLD, SIG_DFL) == SIG_IGN ? 0 : 1;
}

static int in_child;

static void fork_and_run(void)
{
	int status;
	pid_t child = fork();

	fake_hook("read", NULL);
	if (!child)
		_exit(ignore_and_run());
	CHECK(waitpid(child, &status, 0) == child);
	in_child = status;
}

/* What the parent has changed for its own program is none of the child's business. */
static void a_child_that_is_forked_meanwhile_sets_what_it_likes(void **state)
{
	osml_buffer *b;

	(void)state;
	in_child = -1;
	signal(SIGCHLD, SIG_IGN);
	fake_hook("read", fork_and_run);
	CHECK_RC(run_with(&b, "exit 3", 100, NULL, 0), OSML_ECOMMAND);
	fake_reset();
	assert_ptr_equal(signal(SIGCHLD, SIG_DFL), SIG_IGN);
	assert_int_equal(in_child, 0);
}

static bool is_ignored(void)
{
	struct sigaction now;

	CHECK(sigaction(SIGCHLD, NULL, &now) == 0);
	return now.sa_handler == SIG_IGN;
}

/* As another thread may. */
static void fork_and_fork_again(void)
{
	pid_t child, worker;

	fake_hook("read", NULL);
	CHECK(!is_ignored()); /* control: the parent's program must leave a status */
	child = fork();
	if (!child) {
		CHECK(is_ignored());
		worker = fork();
		if (!worker)
			_exit(0);
		CHECK(worker > 0 && waitpid(worker, NULL, 0) < 0 && errno == ECHILD); /* the system has collected it */
		_exit(0);
	}
	CHECK(waitpid(child, &in_child, 0) == child);
}

static void a_child_that_is_forked_meanwhile_ignores_it_again(void **state)
{
	osml_buffer *b;

	(void)state;
	in_child = -1;
	signal(SIGCHLD, SIG_IGN);
	fake_hook("read", fork_and_fork_again);
	CHECK_RC(run_with(&b, "exit 3", 100, NULL, 0), OSML_ECOMMAND);
	fake_reset();
	assert_ptr_equal(signal(SIGCHLD, SIG_DFL), SIG_IGN);
	assert_int_equal(in_child, 0);
}

/* The child goes on in the call itself, with a program that is not its own. */
static int fork_the_caller(void *unused)
{
	pid_t child;

	(void)unused;
	if (in_child >= 0)
		return 0;
	child = fork();
	if (!child)
		return 1;
	CHECK(waitpid(child, &in_child, 0) == child);
	return 0;
}

static void a_child_that_is_forked_in_a_question_ignores_it_again(void **state)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;
	int rc;

	(void)state;
	in_child = -1;
	o.interrupted = fork_the_caller;
	signal(SIGCHLD, SIG_IGN);
	rc = run_with(&b, "echo secret; exit 3", 100, &o, 0);
	if (rc == -EINTR)
		_exit(is_ignored() ? ignore_and_run() : 2);
	CHECK_RC(rc, OSML_ECOMMAND);
	assert_ptr_equal(signal(SIGCHLD, SIG_DFL), SIG_IGN);
	assert_int_equal(in_child, 0);
}

/* ---- Cancelled ---- */

static bool cancelled;

static void cancel(void)
{
	cancelled = true;
	fake_hook("mutex_lock", NULL);
	pthread_cancel(pthread_self());
}

/* At the lock that is taken after the program has been waited for. */
static void cancel_soon(void)
{
	fake_hook("mutex_lock", cancel);
}

static void *run_cancelled(void *b)
{
	run_with(b, "echo secret", 100, NULL, 0);
	pthread_testcancel();
	return NULL;
}

static void cancel_and_run_again(void *unused)
{
	osml_buffer *b = NULL;
	pthread_t thread;
	void *result;

	(void)unused;
	alarm(30); /* a lock that is never released */
	signal(SIGCHLD, SIG_IGN);
	fake_hook("child_end", cancel_soon);
	CHECK(pthread_create(&thread, NULL, run_cancelled, &b) == 0);
	CHECK(pthread_join(thread, &result) == 0);
	CHECK(result == PTHREAD_CANCELED && cancelled);
	fake_reset();
	osml_buffer_free(b);
	CHECK_RC(run_with(&b, "echo secret", 100, NULL, 0), 0);
	osml_buffer_free(b);
}

static void a_thread_that_is_cancelled_at_the_end_holds_nobody_up(void **state)
{
	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	SKIP("AddressSanitizer takes the stack of a thread that was cancelled for one in use");
#endif
	IN_CHILD(cancel_and_run_again, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, cleanup)
	const struct CMUnitTest tests[] = {
		TEST(what_another_has_waited_for_is_not_killed),
		TEST(what_may_not_be_killed_is_left),
		TEST(what_is_left_is_the_systems_where_sigchld_is_ignored),
		TEST(a_thread_that_is_cancelled_leaves_it_too),
		TEST(where_no_status_is_left_that_is_said),
		TEST(where_the_kernel_tells_it_afterwards_the_status_is_known),
		TEST(a_handler_that_keeps_no_children_is_called_all_the_same),
		TEST(a_child_that_is_forked_meanwhile_sets_what_it_likes),
		TEST(a_child_that_is_forked_meanwhile_ignores_it_again),
		TEST(a_child_that_is_forked_in_a_question_ignores_it_again),
		TEST(a_handler_that_is_set_meanwhile_stays),
		TEST(a_thread_that_is_cancelled_at_the_end_holds_nobody_up),
		TEST(it_may_be_given_up_though_it_never_pauses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
