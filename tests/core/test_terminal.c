/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the prompt does to the terminal, and that it undoes all of it, also where a step is refused (audit T7). Some functions of the C library are
 * this program's own, so that they can answer what the system seldom does.
 */
#define _GNU_SOURCE
#include "asking.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>

#include "os_fake.h"

/* ---- In place of the C library's ---- */

static const char *terminal = "/dev/tty";

int open(const char *path, int flags, ...)
{
	int fd = openat(AT_FDCWD, strcmp(path, "/dev/tty") ? path : terminal, flags, 0600);

	soil_the_stack();
	return fd;
}

static bool mask_is_refused;

int pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
	if (mask_is_refused)
		return EINVAL;
	return sigprocmask(how, set, before) ? errno : 0; /* these processes have one thread */
}

static bool settings_are_refused;
static unsigned settings_are_interrupted; /* so many times */

int tcsetattr(int fd, int when, const struct termios *settings)
{
	int (*real)(int fd, int when, const struct termios *settings);

	if (settings_are_refused) {
		errno = EIO;
		return -1;
	}
	if (settings_are_interrupted) {
		settings_are_interrupted--;
		errno = EINTR;
		return -1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "tcsetattr");
	return real(fd, when, settings);
}

/* ---- Settings ---- */

/* As an editor leaves it: no lines, no signals, and newlines shown although nothing else is. */
static void expect_hunter2_on_a_raw_terminal(void)
{
	struct termios settings;

	get_settings(&settings);
	settings.c_lflag &= ~(tcflag_t)(ICANON | ISIG | ECHO);
	settings.c_lflag |= ECHONL;
	set_settings(&settings);
	expect_hunter2();
}

static tcflag_t local_flags(const struct dialogue *d)
{
	struct termios settings;

	assert_int_equal(tcgetattr(d->keyboard, &settings), 0);
	return settings.c_lflag & (ICANON | ISIG | ECHO | ECHONL);
}

static void while_it_asks_there_is_no_echo_and_the_terminal_neither_sends_signals_nor_edits(void **state)
{
	static void (*const bodies[])(void) = { expect_hunter2, expect_hunter2_on_a_raw_terminal };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct dialogue d = begin(bodies[i]);
		see(&d, PROMPT);
		assert_int_equal(local_flags(&d), 0);
		type(&d, "wrong\x15hunterr\x7f"
		         "2\n");
		see(&d, "\r\n");
		assert_int_equal(end(&d), 0);
		assert_seen(&d, PROMPT "\r\n");
	}
}

/* What was typed before the question is no answer to it: the echo was on. */
static void wait_for_a_line_and_expect_hunter2(void)
{
	struct pollfd wait = { .fd = openat(AT_FDCWD, "/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), .events = POLLIN };
	int typed = 0;

	CHECK(poll(&wait, 1, -1) == 1);
	CHECK(ioctl(wait.fd, FIONREAD, &typed) == 0 && typed == 6); /* control: it would be read */
	close(wait.fd);
	expect_hunter2();
}

static void what_was_typed_ahead_is_not_taken_for_the_answer(void **state)
{
	struct dialogue d = begin(wait_for_a_line_and_expect_hunter2);

	(void)state;
	type(&d, "ahead\n");
	assert_answered(&d, "hunter2\n");
}

/* ---- A step that is refused undoes those before it ---- */

static void refuse_to_show(void)
{
	osml_buffer *b = (osml_buffer *)&b;

	fake_fail_function("write", 1, 1, -EIO);
	CHECK_RC(ask(&b, NULL), -EIO);
	CHECK(fake_fired() == 1 && !b);
	fake_fail_function("write", 2, 2, -EIO); /* after a part of the text */
	fake_share(5);
	CHECK_RC(ask(&b, NULL), -EIO);
	CHECK(!b);
	fake_reset();
	expect_hunter2(); /* control */
}

static void a_prompt_that_cannot_be_shown_leaves_the_terminal_as_it_was(void **state)
{
	struct dialogue d = begin(refuse_to_show);

	(void)state;
	see(&d, PROMPT);
	type(&d, "hunter2\n");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
}

static void answer_hunter2(void (*body)(void))
{
	struct dialogue d = begin(body);

	see(&d, PROMPT);
	type(&d, "hunter2\n");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, PROMPT "\r\n");
}

static void show_in_pieces(void)
{
	fake_share(1);
	expect_hunter2();
}

static void a_terminal_that_takes_one_byte_at_a_time_shows_and_gives_everything(void **state)
{
	(void)state;
	answer_hunter2(show_in_pieces);
}

/* A handler that runs while the text is written or the settings are changed: the prompt goes on, and echo does not stay off. */
static void be_interrupted(void)
{
	fake_fail_function("write", 1, 2, -EINTR);
	settings_are_interrupted = 2;
	expect_hunter2();
	CHECK(fake_fired() == 2 && settings_are_interrupted == 0);
}

static void a_signal_while_it_is_shown_or_set_leaves_nothing_undone(void **state)
{
	(void)state;
	answer_hunter2(be_interrupted);
}

static void ask_what_is_no_terminal(void)
{
	osml_buffer *b = (osml_buffer *)&b;

	terminal = "/dev/null";
	CHECK_RC(ask(&b, NULL), -ENOTTY);
	CHECK(!b);
	terminal = "/dev/tty";
	settings_are_refused = true;
	CHECK_RC(ask(&b, NULL), -EIO);
	CHECK(!b);
	settings_are_refused = false;
	mask_is_refused = true;
	CHECK_RC(ask(&b, NULL), -EINVAL);
	CHECK(!b);
	mask_is_refused = false;
	expect_hunter2(); /* control */
}

static void a_terminal_whose_settings_or_signals_cannot_be_set_is_given_up_without_a_trace(void **state)
{
	struct dialogue d = begin(ask_what_is_no_terminal);

	(void)state;
	assert_answered(&d, "hunter2\n");
	assert_seen(&d, PROMPT "\r\n"); /* no question was asked while the echo was on */
}

/* Room for one descriptor more, and for two. */
static void ask_with_few_descriptors(void)
{
	struct rlimit before, tight;
	osml_buffer *b = (osml_buffer *)&b;
	int next = dup(0);

	close(next);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	for (int room = 0; room < 2; room++) {
		size_t fds = support_open_fds();
		sigset_t mask;
		tight = before;
		tight.rlim_cur = (rlim_t)(next + room);
		CHECK(setrlimit(RLIMIT_NOFILE, &tight) == 0);
		CHECK_RC(osml_buffer_prompt(&b, PROMPT, 100, NULL, 0), -EMFILE);
		CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
		mask = current_mask();
		CHECK(!b && is_empty(&mask) && support_open_fds() == fds);
	}
	expect_hunter2(); /* control */
}

static void without_room_for_descriptors_nothing_is_shown_or_left_open(void **state)
{
	struct dialogue d = begin(ask_with_few_descriptors);

	(void)state;
	assert_answered(&d, "hunter2\n");
	assert_seen(&d, PROMPT "\r\n");
}

static void without_dev_tty_there_is_no_terminal(void **state)
{
	char sentence[300];
	osml_buffer *b;

	(void)state;
	terminal = "/nowhere/tty";
	CHECK_RC(osml_buffer_prompt(&b, PROMPT, 100, NULL, 0), -ENXIO);
	assert_true(osml_explain(-ENXIO, sentence, sizeof sentence) > 0);
	assert_non_null(strstr(sentence, "no terminal"));
	terminal = "/dev/tty";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(while_it_asks_there_is_no_echo_and_the_terminal_neither_sends_signals_nor_edits),
		cmocka_unit_test(what_was_typed_ahead_is_not_taken_for_the_answer),
		cmocka_unit_test(a_prompt_that_cannot_be_shown_leaves_the_terminal_as_it_was),
		cmocka_unit_test(a_terminal_that_takes_one_byte_at_a_time_shows_and_gives_everything),
		cmocka_unit_test(a_signal_while_it_is_shown_or_set_leaves_nothing_undone),
		cmocka_unit_test(a_terminal_whose_settings_or_signals_cannot_be_set_is_given_up_without_a_trace),
		cmocka_unit_test(without_dev_tty_there_is_no_terminal),
		cmocka_unit_test(without_room_for_descriptors_nothing_is_shown_or_left_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
