/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the prompt does to signals: those that would end or stop the process wait for the terminal, and what was typed is gone before them (audit
 * T15, T17). poll() is this program's own, so that it can answer what the system seldom does.
 */
#define _GNU_SOURCE
#include "asking.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "os_fake.h"

/* ---- In place of the C library's ---- */

static int interruptions;
static bool waiting_is_refused;
static void (*after_a_key)(void); /* called when the second key is waited for */
static int waits;

int open(const char *path, int flags, ...)
{
	int fd = openat(AT_FDCWD, path, flags, 0600);

	soil_the_stack();
	return fd;
}

int poll(struct pollfd *fds, nfds_t n, int milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

	CHECK(n <= 2); /* the terminal, and what tells of signals; what lies behind them is none */
	if (waiting_is_refused) {
		errno = ENOMEM;
		return -1;
	}
	if (++waits == 2 && after_a_key)
		after_a_key();
	if (interruptions > 0) {
		interruptions--;
		errno = EINTR;
		return -1;
	}
	return ppoll(fds, n, milliseconds < 0 ? NULL : &time, NULL);
}

/* ---- Signals ---- */

static volatile sig_atomic_t handled, echo_when_handled;
static int own_fd;

static void note_echo(int signal)
{
	struct termios settings;
	int kept = errno;

	echo_when_handled = tcgetattr(own_fd, &settings) == 0 && settings.c_lflag & ECHO;
	handled += signal;
	errno = kept;
}

static int signal_to_try;

static void catch_signal(void)
{
	struct sigaction action = { .sa_handler = note_echo };

	own_fd = openat(AT_FDCWD, "/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	CHECK(sigaction(signal_to_try, &action, NULL) == 0);
}

static void expect_eintr_and_the_handler_after_the_terminal(void)
{
	osml_buffer *b;

	catch_signal();
	CHECK_RC(ask(&b, NULL), -EINTR);
	CHECK(!b);
	CHECK(handled == signal_to_try);
	CHECK(echo_when_handled);
}

/* A signal that is not held runs its handler while echo is off; the newline then would be the answer. */
static void each_signal_that_ends_or_stops_waits_until_the_terminal_is_restored(void **state)
{
	static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGALRM, SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU };

	(void)state;
	for (size_t i = 0; i < sizeof held / sizeof *held; i++) {
		struct dialogue d;
		signal_to_try = held[i];
		d = begin(expect_eintr_and_the_handler_after_the_terminal);
		see(&d, PROMPT);
		assert_int_equal(kill(d.child, held[i]), 0);
		type(&d, "\n");
		see(&d, "\r\n");
		assert_int_equal(end(&d), 0);
	}
}

static void expect_hunter2_and_the_handler_before_the_terminal(void)
{
	catch_signal();
	expect_hunter2();
	CHECK(handled == signal_to_try);
	CHECK(!echo_when_handled);
}

/* The control of the test above, and a promise: a window that changes its size, or a child that ends, is no reason to give up. */
static void other_signals_run_their_handlers_and_the_prompt_goes_on(void **state)
{
	static const int others[] = { SIGCHLD, SIGWINCH, SIGURG, SIGCONT };

	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct dialogue d;
		signal_to_try = others[i];
		d = begin(expect_hunter2_and_the_handler_before_the_terminal);
		see(&d, PROMPT);
		assert_int_equal(kill(d.child, others[i]), 0);
		type(&d, "hunter2\n");
		see(&d, "\r\n");
		assert_int_equal(end(&d), 0);
	}
}

static void expect_hunter2_with_blocked_signals(void)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGPIPE);
	CHECK(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
	expect_hunter2();
}

static void the_callers_own_signal_mask_is_kept(void **state)
{
	struct dialogue d = begin(expect_hunter2_with_blocked_signals);

	(void)state;
	assert_answered(&d, "hunter2\n");
}

static void expect_hunter2_after_eintr(void)
{
	sigset_t blocked;
	osml_buffer *b;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	CHECK(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
	CHECK_RC(ask(&b, NULL), -EINTR);
	CHECK(sigpending(&blocked) == 0 && sigismember(&blocked, SIGINT)); /* control */
	expect_hunter2();
}

/* Whoever asks again when the call was interrupted would never end. */
static void a_signal_that_the_caller_has_blocked_and_that_is_pending_interrupts_no_further_prompt(void **state)
{
	struct dialogue d = begin(expect_hunter2_after_eintr);

	(void)state;
	see(&d, PROMPT);
	type(&d, "\003");
	see(&d, "\r\n");
	assert_answered(&d, "hunter2\n");
}

static void expect_hunter2_in_spite_of_interruptions(void)
{
	interruptions = 3;
	fake_fail_function("read", 1, 2, -EINTR);
	expect_hunter2();
	CHECK(interruptions == 0 && fake_fired() == 2);
}

static void expect_enomem_and_no_answer(void)
{
	osml_buffer *b = (osml_buffer *)&b;

	waiting_is_refused = true;
	CHECK_RC(ask(&b, NULL), -ENOMEM);
	CHECK(!b);
	waiting_is_refused = false;
}

/* It must not pass for the end of the input, which would be an empty answer. */
static void a_wait_that_is_refused_is_no_answer(void **state)
{
	struct dialogue d = begin(expect_enomem_and_no_answer);

	(void)state;
	assert_answered(&d, "");
	assert_seen(&d, PROMPT "\r\n");
}

static void a_wait_that_is_interrupted_goes_on(void **state)
{
	struct dialogue d = begin(expect_hunter2_in_spite_of_interruptions);

	(void)state;
	assert_answered(&d, "hunter2\n");
}

/* ---- A key whose signal is ignored ---- */

/* Now a signal would be seen. */
static void handle_and_cancel(void)
{
	signal(SIGINT, note_echo);
	CHECK(pthread_cancel(pthread_self()) == 0);
}

static void *ask_until_cancelled(void *unused)
{
	osml_buffer *b;

	CHECK_RC(ask(&b, NULL), 1);
	return unused;
}

static void expect_a_cancellation_and_no_signal(void)
{
	pthread_t thread;
	void *result;

	signal(SIGINT, SIG_IGN);
	after_a_key = handle_and_cancel;
	waits = 0;
	CHECK(pthread_create(&thread, NULL, ask_until_cancelled, NULL) == 0);
	CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
	CHECK(waits == 2); /* control: the key was read */
	CHECK(!handled);
}

/* A handler that was set meanwhile would get it. */
static void the_signal_of_an_ignored_key_is_not_sent_again_when_the_thread_is_cancelled(void **state)
{
	struct dialogue d;

	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	SKIP("AddressSanitizer takes the stack of a thread that was cancelled for one in use");
#endif
	d = begin(expect_a_cancellation_and_no_signal);
	assert_answered(&d, "\003");
}

/* ---- Wiped before a pending signal can end the process ---- */

static const unsigned char *typed_bytes;
static bool were_there = true, gone_when_handled;

static bool are_zero(const unsigned char *bytes, size_t n)
{
	while (n--)
		if (bytes[n])
			return false;
	return true;
}

static void look_at_the_bytes(int signal)
{
	(void)signal;
	gone_when_handled = are_zero(typed_bytes, 13);
}

/* After each of thirteen characters, however fast they come. */
static int look_and_raise(void *context)
{
	int n = ++*(int *)context;

	were_there &= !memcmp(typed_bytes, "half a secret", (size_t)n) && !typed_bytes[n];
	if (n == 13)
		raise(SIGINT);
	return 0;
}

static void expect_a_handler_that_finds_no_secret(void)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;
	int asked = 0;

	options.interrupted = look_and_raise;
	options.context = &asked;
	signal(SIGINT, look_at_the_bytes);
	CHECK_RC(osml_buffer_new(&b, 100, NULL), 0);
	typed_bytes = osml_buffer_data(b);
	osml_buffer_free(b); /* the prompt's first buffer is this one again */
	CHECK_RC(ask(&b, &options), -EINTR);
	CHECK(asked == 13);
	CHECK(were_there); /* control */
	CHECK(gone_when_handled);
}

static void what_was_typed_is_gone_before_a_pending_signal_takes_its_course(void **state)
{
	struct dialogue d = begin(expect_a_handler_that_finds_no_secret);

	(void)state;
	assert_answered(&d, "half a secret");
}

static void expect_hunter2_and_that_another_process_is_killed(void)
{
	int status;
	pid_t other = fork();

	if (other == 0)
		for (;;)
			pause();
	signal(SIGINT, SIG_IGN);
	expect_hunter2();
	CHECK(waitpid(other, &status, 0) == other);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

static void a_key_whose_signal_is_ignored_here_reaches_others_of_the_group(void **state)
{
	struct dialogue d = begin(expect_hunter2_and_that_another_process_is_killed);

	(void)state;
	assert_answered(&d, "\x03hunter2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_signal_that_ends_or_stops_waits_until_the_terminal_is_restored),
		cmocka_unit_test(other_signals_run_their_handlers_and_the_prompt_goes_on),
		cmocka_unit_test(the_callers_own_signal_mask_is_kept),
		cmocka_unit_test(a_signal_that_the_caller_has_blocked_and_that_is_pending_interrupts_no_further_prompt),
		cmocka_unit_test(a_wait_that_is_refused_is_no_answer),
		cmocka_unit_test(a_wait_that_is_interrupted_goes_on),
		cmocka_unit_test(the_signal_of_an_ignored_key_is_not_sent_again_when_the_thread_is_cancelled),
		cmocka_unit_test(a_key_whose_signal_is_ignored_here_reaches_others_of_the_group),
		cmocka_unit_test(what_was_typed_is_gone_before_a_pending_signal_takes_its_course),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
