/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A dialogue on a pseudo-terminal, which the child owns; the test is the person at the keyboard. Define _GNU_SOURCE before any header. */
#ifndef OSML_TEST_DIALOGUE_H
#define OSML_TEST_DIALOGUE_H

#include "support.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

struct dialogue {
	int keyboard; /* the master side */
	int stay;     /* while it is open the child stays: what a session leader wrote last is lost when it exits before it was read */
	pid_t child;
	char seen[8192];
	size_t seen_len;
};

/* In the child: a session of its own, with the terminal's other side as its controlling terminal. */
static void take_terminal(const char *name)
{
	int fd;

	setsid();
	fd = open(name, O_RDWR); /* kept open, so that the terminal lives as long as the child */
	CHECK(fd >= 0);
	CHECK(ioctl(fd, TIOCSCTTY, 0) == 0);
}

/* What the prompt does at a signal is tested, so that it must not depend on how this was started: nohup(1) and shells let some be ignored. */
static void meet_all_signals(void)
{
	struct sigaction now;
	sigset_t none;

	sigemptyset(&none);
	CHECK(sigprocmask(SIG_SETMASK, &none, NULL) == 0);
	for (int number = 1; number < NSIG; number++)
		if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN) /* libc refuses those of its own */
			signal(number, SIG_DFL);
}

static inline bool is_empty(const sigset_t *mask)
{
	for (int number = 1; number < NSIG; number++)
		if (sigismember(mask, number) == 1)
			return false;
	return true;
}

static void run_child(const char *terminal, void (*body)(void), int stay)
{
	char byte;

	meet_all_signals();
	take_terminal(terminal);
	body();
	CHECK(read(stay, &byte, 1) == 0);
	_exit(0);
}

static struct dialogue begin(void (*body)(void))
{
	struct dialogue d = { .keyboard = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) };
	const char *name;
	int ends[2];

	assert_true(d.keyboard >= 0);
	assert_int_equal(pipe(ends), 0);
	d.stay = ends[1];
	assert_int_equal(grantpt(d.keyboard), 0);
	assert_int_equal(unlockpt(d.keyboard), 0);
	name = ptsname(d.keyboard);
	assert_non_null(name);
	fflush(NULL);
	d.child = fork();
	if (d.child == 0) {
		close(d.keyboard);
		close(d.stay);
		run_child(name, body, ends[0]);
	}
	close(ends[0]);
	return d;
}

/* Reads what the terminal shows until `text` is the end of it. A child that has gone is an error of read(2), not a wait for ever. */
static void see(struct dialogue *d, const char *text)
{
	size_t n = strlen(text);

	while (d->seen_len < n || memcmp(d->seen + d->seen_len - n, text, n)) {
		ssize_t got = read(d->keyboard, d->seen + d->seen_len, 1);
		if (got != 1)
			fail_msg("the terminal is gone; seen so far: %.*s", (int)d->seen_len, d->seen);
		d->seen_len++;
		assert_true(d->seen_len < sizeof d->seen);
	}
}

static void type(const struct dialogue *d, const char *text)
{
	assert_int_equal(write(d->keyboard, text, strlen(text)), strlen(text));
}

/* The settings of the child's side, asked for at this one. */
static inline bool echoes(const struct dialogue *d)
{
	struct termios settings;

	assert_int_equal(tcgetattr(d->keyboard, &settings), 0);
	return settings.c_lflag & ECHO;
}

static int end(struct dialogue *d)
{
	int status;

	close(d->stay);
	assert_int_equal(waitpid(d->child, &status, 0), d->child);
	close(d->keyboard);
	return status;
}

/* The whole of what was shown. */
static void assert_seen(const struct dialogue *d, const char *text)
{
	assert_int_equal(d->seen_len, strlen(text));
	assert_memory_equal(d->seen, text, strlen(text));
}

#endif
