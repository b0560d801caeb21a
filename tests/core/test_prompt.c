/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The prompt, on a pseudo-terminal: the child owns it and asks, the test is the person at the keyboard. Nothing waits for a time: the
 * test types when it has read the prompt's text, and the newline that ends the prompt tells that all output before it has been seen.
 */
#define _GNU_SOURCE
#include "dialogue.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#ifndef SIGRTMIN
#define SIGRTMIN NSIG /* macOS and OpenBSD have none */
#endif

#define PROMPT "Passphrase: "

/* ---- What the children do ---- */

static bool terminal_echoes(void)
{
	struct termios settings;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	CHECK(tcgetattr(fd, &settings) == 0);
	close(fd);
	return settings.c_lflag & ECHO;
}

static bool signals_are_free(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	CHECK(sigprocmask(SIG_SETMASK, NULL, &mask) == 0);
	return is_empty(&mask);
}

/* Asks, and looks whether everything is as before: echo, signal mask, descriptors. */
static unsigned flags;

static int ask(osml_buffer **b, size_t max)
{
	size_t fds = support_open_fds();
	int rc;

	CHECK(terminal_echoes());
	CHECK(signals_are_free());
	*b = (osml_buffer *)b;
	rc = osml_buffer_prompt(b, PROMPT, max, NULL, flags);
	CHECK(!*b == (rc != 0));
	CHECK(terminal_echoes());
	CHECK(signals_are_free());
	CHECK(support_open_fds() == fds);
	return rc;
}

static void expect(const char *text, size_t max)
{
	osml_buffer *b;

	CHECK_RC(ask(&b, max), 0);
	CHECK(osml_buffer_size(b) == strlen(text));
	CHECK(!strcmp(osml_buffer_data(b), text));
	CHECK_RC(osml_buffer_close(b), 0);
	osml_buffer_free(b);
}

static void expect_hunter2(void)
{
	expect("hunter2", 100);
}

static void expect_five_of_five(void)
{
	expect("12345", 5);
}

static void expect_no_answer(void)
{
	osml_buffer *b;

	CHECK_RC(ask(&b, 100), OSML_EEMPTY);
}

/* ---- The ordinary dialogue ---- */

static void the_prompt_is_shown_the_answer_is_not_and_arrives_without_its_newline(void **state)
{
	struct dialogue d = begin(expect_hunter2);

	(void)state;
	see(&d, PROMPT);
	assert_false(echoes(&d));
	type(&d, "hunter2\n");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, PROMPT "\r\n");
}

static void read_a_line_the_ordinary_way(void)
{
	char line[100];
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	CHECK(write(fd, PROMPT, strlen(PROMPT)) == (ssize_t)strlen(PROMPT));
	CHECK(read(fd, line, sizeof line) == 8);
}

/* The control of the test above: this terminal does show what is typed, when nobody prevents it. */
static void the_same_terminal_shows_what_is_typed_to_others(void **state)
{
	struct dialogue d = begin(read_a_line_the_ordinary_way);

	(void)state;
	see(&d, PROMPT);
	type(&d, "hunter2\n");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, PROMPT "hunter2\r\n");
}

static void an_answer_of_exactly_the_maximum_fits(void **state)
{
	struct dialogue d = begin(expect_five_of_five);

	(void)state;
	see(&d, PROMPT);
	type(&d, "12345\n");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
}

static void the_line_can_be_edited_before_it_is_sent(void **state)
{
	struct dialogue d = begin(expect_hunter2);

	(void)state;
	see(&d, PROMPT);
	type(&d, "oops\x15huntex\x7fr2\n"); /* Ctrl-U kills the line, Delete the character */
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, PROMPT "\r\n");
}

static void expect_a_long_line(void)
{
	char text[3001];

	memset(text, 'k', 3000);
	text[3000] = 0;
	expect(text, 4000);
}

static void a_line_longer_than_the_first_buffer_arrives_whole(void **state)
{
	struct dialogue d = begin(expect_a_long_line);
	char text[3002];

	(void)state;
	memset(text, 'k', 3000);
	strcpy(text + 3000, "\n");
	see(&d, PROMPT);
	type(&d, text);
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, PROMPT "\r\n");
}

static void expect_allowed_nothing(void)
{
	flags = OSML_ALLOW_EMPTY;
	expect("", 100);
}

/* A key made of no answer would be everybody's (audit P1). */
static void enter_alone_is_no_answer_unless_that_is_allowed(void **state)
{
	void (*const expected[])(void) = { expect_no_answer, expect_allowed_nothing };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct dialogue d = begin(expected[i]);
		see(&d, PROMPT);
		type(&d, "\n");
		see(&d, "\r\n");
		assert_int_equal(end(&d), 0);
	}
}

static void expect_no_answer_whatever_is_allowed(void)
{
	flags = OSML_ALLOW_EMPTY;
	expect_no_answer();
}

/* audit P1 */
static void the_end_of_the_input_is_never_an_answer(void **state)
{
	static const char *const typed[] = { "\x04", "hunter2\x04\x04" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct dialogue d = begin(i < 2 ? expect_no_answer : expect_no_answer_whatever_is_allowed);
		see(&d, PROMPT);
		type(&d, typed[i % 2]);
		see(&d, "\r\n");
		assert_int_equal(end(&d), 0);
	}
}

static void expect_trimmed_hunter2(void)
{
	flags = OSML_TRIM_SPACE;
	expect("hunter2", 100);
}

static void white_space_after_the_answer_is_dropped_when_asked(void **state)
{
	struct dialogue d = begin(expect_trimmed_hunter2);

	(void)state;
	see(&d, PROMPT);
	type(&d, "hunter2 \t \n");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
}

/* ---- Too long ---- */

/* The rest of the line is a piece of the secret: the next reader, a shell perhaps, must not get it as its input. */
static void expect_too_big(void)
{
	osml_buffer *b;
	char rest[100];
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	CHECK_RC(ask(&b, 5), OSML_ETOOBIG);
	CHECK(read(fd, rest, sizeof rest) == -1 && errno == EAGAIN);
}

static void an_answer_that_is_too_long_is_etoobig_and_the_rest_goes_to_nobody(void **state)
{
	struct dialogue d = begin(expect_too_big);

	(void)state;
	see(&d, PROMPT);
	type(&d, "123456789012345\nand more\n"); /* a paste */
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, PROMPT "\r\n");
}

/* ---- Signals ---- */

/* The test's own library has handlers of its own. */
static void be_killed(void)
{
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	expect_no_answer();
}

static void assert_killed_with_echo_restored(void (*body)(void), const char *typed, int sent, int killer)
{
	struct dialogue d = begin(body);
	int status;

	see(&d, PROMPT);
	type(&d, typed);
	if (sent)
		kill(d.child, sent);
	assert_int_equal(waitpid(d.child, &status, 0), d.child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), killer);
	assert_true(echoes(&d));
	close(d.stay);
	close(d.keyboard);
}

static void *wait_for_signals(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void be_killed_beside_a_thread(void)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, wait_for_signals, NULL) == 0);
	be_killed();
}

/* audit T7, T15: a thread whose signals are not blocked would get it at once. */
static void keys_that_kill_the_process_leave_the_terminal_as_it_was(void **state)
{
	(void)state;
	assert_killed_with_echo_restored(be_killed, "half a secret\x03", 0, SIGINT);
	assert_killed_with_echo_restored(be_killed_beside_a_thread, "half a secret\x03", 0, SIGINT);
	assert_killed_with_echo_restored(be_killed_beside_a_thread, "half a secret\x1c", 0, SIGQUIT);
}

static void a_signal_from_elsewhere_kills_too_and_the_terminal_echoes_again(void **state)
{
	(void)state;
	assert_killed_with_echo_restored(be_killed, "half a secret", SIGTERM, SIGTERM);
	assert_killed_with_echo_restored(be_killed, "", SIGHUP, SIGHUP);
}

/* audit P3: those that are not held were once those that nobody had thought of. */
static void every_signal_that_ends_the_process_leaves_the_terminal_as_it_was(void **state)
{
	(void)state;
	if (support_valgrind())
		SKIP("valgrind ends at some signals by itself");
	for (int signal = 1; signal < NSIG; signal++) {
		static const int others[] = { SIGKILL, SIGSTOP, SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGTSTP, SIGTTIN, SIGTTOU };
		bool ends = signal <= SIGSYS || signal >= SIGRTMIN; /* between them are libc's own */
		for (size_t i = 0; i < sizeof others / sizeof *others; i++)
			ends = ends && signal != others[i];
		if (ends)
			assert_killed_with_echo_restored(be_killed, "half a secret", signal, signal);
	}
}

static volatile sig_atomic_t handled;

static void handler(int signal)
{
	handled += signal;
}

static void expect_eintr(void)
{
	osml_buffer *b;
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART }, still;

	sigaction(SIGINT, &action, NULL);
	CHECK_RC(ask(&b, 100), -EINTR);
	CHECK(handled == SIGINT);
	CHECK(sigaction(SIGINT, NULL, &still) == 0 && still.sa_handler == handler);
}

static void with_a_handler_ctrl_c_is_eintr_and_the_handler_ran_once(void **state)
{
	struct dialogue d = begin(expect_eintr);

	(void)state;
	see(&d, PROMPT);
	type(&d, "half a secret\x03");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, PROMPT "\r\n");
}

static int third_time(void *asked)
{
	return ++*(int *)asked == 3;
}

static void expect_to_be_asked_and_give_up(void)
{
	int asked = 0;
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;

	options.interrupted = third_time;
	options.context = &asked;
	CHECK_RC(osml_buffer_prompt(&b, PROMPT, 100, &options, 0), -EINTR);
	CHECK(!b && asked == 3);
}

/* The signal that he knows of may have gone to another thread, where it ended no wait of ours. */
static void the_caller_is_asked_while_nobody_types_and_may_give_up(void **state)
{
	struct dialogue d = begin(expect_to_be_asked_and_give_up);

	(void)state;
	see(&d, PROMPT);
	type(&d, "half a secret");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, PROMPT "\r\n");
}

/* Held back it would be pending, ignored or not, and end the prompt for nothing. */
static void expect_hunter2_whatever_signal_comes(void)
{
	signal(SIGINT, SIG_IGN);
	expect("hunter2", 100);
}

static void an_ignored_signal_does_not_end_the_prompt(void **state)
{
	struct dialogue d = begin(expect_hunter2_whatever_signal_comes);

	(void)state;
	see(&d, PROMPT);
	type(&d, "\x03hunter2\n");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
}

/* ---- No terminal, bad arguments, options ---- */

static void expect_enxio(void *unused)
{
	osml_buffer *b = (osml_buffer *)&b;
	size_t fds = support_open_fds();

	(void)unused;
	setsid();
	CHECK_RC(osml_buffer_prompt(&b, PROMPT, 100, NULL, 0), -ENXIO);
	CHECK(!b);
	CHECK(signals_are_free());
	CHECK(support_open_fds() == fds);
}

static void without_a_controlling_terminal_it_is_enxio(void **state)
{
	(void)state;
	IN_CHILD(expect_enxio, NULL);
}

static void expect_refusals(void)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b = (osml_buffer *)&b;

	o.want = 0x80000000u;
	CHECK_RC(osml_buffer_prompt(NULL, PROMPT, 100, NULL, 0), OSML_EINVAL);
	CHECK_RC(osml_buffer_prompt(&b, NULL, 100, NULL, 0), OSML_EINVAL);
	CHECK(!b);
	CHECK_RC(osml_buffer_prompt(&b, PROMPT, 100, &o, 0), OSML_EINVAL);
	CHECK(write(open("/dev/tty", O_WRONLY), "!", 1) == 1);
}

static void bad_arguments_are_refused_before_anything_is_shown(void **state)
{
	struct dialogue d = begin(expect_refusals);

	(void)state;
	see(&d, "!");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, "!");
}

static void expect_a_guarded_buffer(void)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;
	uint32_t bits;

	o.want |= OSML_GUARDED;
	CHECK_RC(osml_buffer_prompt(&b, PROMPT, 100, &o, 0), 0);
	CHECK_RC(osml_buffer_protections(b, &bits), 0);
	CHECK(bits == (OSML_DEFAULT_PROTECTIONS | OSML_GUARDED));
	CHECK(!strcmp(osml_buffer_data(b), "hunter2"));
}

static void options_are_those_of_the_buffer_that_comes_out(void **state)
{
	struct dialogue d = begin(expect_a_guarded_buffer);

	(void)state;
	see(&d, PROMPT);
	type(&d, "hunter2\n");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_prompt_is_shown_the_answer_is_not_and_arrives_without_its_newline),
		cmocka_unit_test(the_same_terminal_shows_what_is_typed_to_others),
		cmocka_unit_test(an_answer_of_exactly_the_maximum_fits),
		cmocka_unit_test(the_line_can_be_edited_before_it_is_sent),
		cmocka_unit_test(a_line_longer_than_the_first_buffer_arrives_whole),
		cmocka_unit_test(enter_alone_is_no_answer_unless_that_is_allowed),
		cmocka_unit_test(the_end_of_the_input_is_never_an_answer),
		cmocka_unit_test(white_space_after_the_answer_is_dropped_when_asked),
		cmocka_unit_test(an_answer_that_is_too_long_is_etoobig_and_the_rest_goes_to_nobody),
		cmocka_unit_test(keys_that_kill_the_process_leave_the_terminal_as_it_was),
		cmocka_unit_test(a_signal_from_elsewhere_kills_too_and_the_terminal_echoes_again),
		cmocka_unit_test(every_signal_that_ends_the_process_leaves_the_terminal_as_it_was),
		cmocka_unit_test(with_a_handler_ctrl_c_is_eintr_and_the_handler_ran_once),
		cmocka_unit_test(the_caller_is_asked_while_nobody_types_and_may_give_up),
		cmocka_unit_test(an_ignored_signal_does_not_end_the_prompt),
		cmocka_unit_test(without_a_controlling_terminal_it_is_enxio),
		cmocka_unit_test(bad_arguments_are_refused_before_anything_is_shown),
		cmocka_unit_test(options_are_those_of_the_buffer_that_comes_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
