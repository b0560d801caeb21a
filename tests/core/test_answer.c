/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is typed or pasted at a prompt, and what arrives of it (audit P2, P3, P4). */
#define _GNU_SOURCE
#include "dialogue.h"

#include <errno.h>
#include <pthread.h>

#define PROMPT "Passphrase: "
#define MUCH   20000u

static const char *expected;
static size_t most = 100;
static tcflag_t not_translated; /* of c_iflag */

static void expect_answer(void)
{
	osml_buffer *b;
	struct termios settings;

	if (not_translated) {
		int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
		CHECK(tcgetattr(fd, &settings) == 0);
		settings.c_iflag &= ~not_translated;
		CHECK(tcsetattr(fd, TCSANOW, &settings) == 0);
		close(fd);
	}
	CHECK_RC(osml_buffer_prompt(&b, PROMPT, most, NULL, 0), 0);
	CHECK(osml_buffer_size(b) == strlen(expected));
	CHECK(!memcmp(osml_buffer_data(b), expected, strlen(expected)));
	osml_buffer_free(b);
}

static void assert_answer(const char *typed, const char *answer)
{
	struct dialogue d;

	expected = answer;
	d = begin(expect_answer);
	see(&d, PROMPT);
	type(&d, typed);
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, PROMPT "\r\n");
}

static void an_answer_may_be_longer_than_a_line_of_the_terminal(void **state)
{
	static char text[MUCH + 2], answer[MUCH + 1];
	struct dialogue d;

	(void)state;
	memset(text, 'k', MUCH);
	memset(answer, 'k', MUCH);
	text[MUCH] = '\n';
	most = MUCH;
	expected = answer;
	d = begin(expect_answer);
	see(&d, PROMPT);
	type(&d, text);
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	most = 100;
}

static void enter_is_a_newline_or_a_carriage_return_whatever_is_translated(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		not_translated = i ? ICRNL : 0;
		assert_answer("hunter2\r", "hunter2");
		assert_answer("hunter2\n", "hunter2");
	}
	not_translated = 0;
}

static void backspace_takes_whole_characters(void **state)
{
	(void)state;
	assert_answer("12\xE2\x82\xAC\x7F"
	              "3\n",
	              "123"); /* a euro sign */
	assert_answer("\xC3\xA4\xF0\x9F\x94\x91\x7F\x7F"
	              "k\n",
	              "k");
	assert_answer("ab\b\b\b\b"
	              "c\n",
	              "c");
}

static void a_word_and_all_of_it_can_be_taken_back(void **state)
{
	(void)state;
	assert_answer("one two  \x17three\n", "one three");
	assert_answer("\x17\x17one\n", "one");
	assert_answer("wrong\x15right\n", "right");
	assert_answer("\x15\x15right\n", "right");
}

static void marks_of_a_paste_are_dropped_and_do_not_count(void **state)
{
	(void)state;
	most = 7;
	assert_answer("\033[200~hunter2\033[201~\n", "hunter2");
	most = 100;
	assert_answer("a\033[200~b\033[201~c\n", "abc");
	assert_answer("\033[202~~\n", "\033[202~~"); /* control */
}

/* ---- One at a time ---- */

static void *ask_too(void *unused)
{
	osml_buffer *b = (osml_buffer *)&b;

	(void)unused;
	CHECK_RC(osml_buffer_prompt(&b, PROMPT, 100, NULL, 0), -EBUSY);
	CHECK(!b);
	return NULL;
}

static int start_another(void *unused)
{
	static bool started;
	pthread_t thread;

	(void)unused;
	if (!started && pthread_create(&thread, NULL, ask_too, NULL) == 0)
		pthread_join(thread, NULL);
	started = true;
	return 0;
}

static void expect_hunter2_beside_another(void)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;

	options.interrupted = start_another;
	for (size_t i = 0; i < 2; i++) { /* and once more: the first one has ended */
		CHECK_RC(osml_buffer_prompt(&b, PROMPT, 100, &options, 0), 0);
		osml_buffer_free(b);
	}
}

static void a_second_prompt_meanwhile_is_refused(void **state)
{
	struct dialogue d = begin(expect_hunter2_beside_another);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		see(&d, PROMPT);
		type(&d, "hunter2\n");
		see(&d, "\r\n");
	}
	assert_int_equal(end(&d), 0);
}

/* ---- In the background ---- */

static bool terminal_echoes(int fd)
{
	struct termios settings;

	return tcgetattr(fd, &settings) == 0 && settings.c_lflag & ECHO;
}

/* A shell's job: it is stopped, with the terminal as it was; in the foreground it asks. */
static void expect_to_be_stopped(void)
{
	int status, fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	pid_t job = fork();

	if (job == 0) {
		setpgid(0, 0);
		expected = "hunter2";
		expect_answer();
		_exit(0);
	}
	setpgid(job, job);
	CHECK(waitpid(job, &status, WUNTRACED) == job);
	CHECK(WIFSTOPPED(status) && (WSTOPSIG(status) == SIGTTOU || WSTOPSIG(status) == SIGTTIN));
	CHECK(terminal_echoes(fd));
	signal(SIGTTOU, SIG_IGN);
	CHECK(tcsetpgrp(fd, job) == 0);
	kill(-job, SIGCONT);
	CHECK(waitpid(job, &status, 0) == job && status == 0);
	CHECK(tcsetpgrp(fd, getpgrp()) == 0);
	close(fd);
}

static void a_job_in_the_background_stops_before_it_touches_the_terminal(void **state)
{
	struct dialogue d;

	(void)state;
	if (support_valgrind())
		SKIP("valgrind does not stop where the process does");
	d = begin(expect_to_be_stopped);
	see(&d, PROMPT);
	type(&d, "hunter2\n");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, PROMPT "\r\n");
}

static void expect_eio(void)
{
	int status;
	pid_t job = fork();

	if (job == 0) {
		osml_buffer *b;
		setpgid(0, 0);
		signal(SIGTTOU, SIG_IGN);
		CHECK_RC(osml_buffer_prompt(&b, PROMPT, 100, NULL, 0), -EIO);
		_exit(0);
	}
	CHECK(waitpid(job, &status, 0) == job && status == 0);
}

static void a_job_that_cannot_be_stopped_is_refused_without_a_word(void **state)
{
	struct dialogue d = begin(expect_eio);

	(void)state;
	assert_int_equal(end(&d), 0);
	assert_seen(&d, "");
}

/* ---- A purge meanwhile ---- */

static int purge(void *purges)
{
	CHECK_RC(osml_purge(), 0);
	++*(int *)purges;
	return 0;
}

static void expect_closed(void)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	int purges = 0;
	osml_buffer *b;

	options.interrupted = purge;
	options.context = &purges;
	CHECK_RC(osml_buffer_prompt(&b, PROMPT, 100, &options, 0), OSML_ECLOSED);
	CHECK(!b && purges > 0);
}

static void what_was_typed_before_a_purge_is_closed(void **state)
{
	struct dialogue d = begin(expect_closed);

	(void)state;
	see(&d, PROMPT);
	type(&d, "hunter2\n");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_may_be_longer_than_a_line_of_the_terminal),
		cmocka_unit_test(enter_is_a_newline_or_a_carriage_return_whatever_is_translated),
		cmocka_unit_test(backspace_takes_whole_characters),
		cmocka_unit_test(a_word_and_all_of_it_can_be_taken_back),
		cmocka_unit_test(marks_of_a_paste_are_dropped_and_do_not_count),
		cmocka_unit_test(a_second_prompt_meanwhile_is_refused),
		cmocka_unit_test(a_job_in_the_background_stops_before_it_touches_the_terminal),
		cmocka_unit_test(a_job_that_cannot_be_stopped_is_refused_without_a_word),
		cmocka_unit_test(what_was_typed_before_a_purge_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
