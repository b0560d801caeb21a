/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

_Static_assert(sizeof(struct termios) <= sizeof((struct osml__terminal *)0)->saved, "room for the terminal's settings");
_Static_assert(sizeof(sigset_t) <= sizeof((struct osml__terminal *)0)->mask, "room for the signal mask");

/* Such a signal cannot stop the process. */
OSML__COLD static bool is_ignored_or_blocked(int signal)
{
	struct sigaction action;
	sigset_t mask;

	return sigaction(signal, NULL, &action) || action.sa_handler == SIG_IGN || pthread_sigmask(SIG_BLOCK, NULL, &mask) ||
	       sigismember(&mask, signal);
}

/* Such a signal, at its default, does not end or stop the process; or it cannot be held. */
static bool is_harmless(int signal)
{
	static const int harmless[] = { SIGCHLD, SIGURG, SIGWINCH, SIGCONT, SIGKILL, SIGSTOP };

	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
		if (signal == harmless[i])
			return true;
	return false;
}

/* Handlers of these are likely to end the process, or to ask for the terminal; those of others run, and the prompt goes on. */
static bool is_held_with_a_handler(int signal)
{
	static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGALRM, SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU };

	for (size_t i = 0; i < sizeof held / sizeof *held; i++)
		if (signal == held[i])
			return true;
	return false;
}

/* A blocked signal is kept pending even when it is ignored, and would then end the prompt for nothing. */
static bool is_held(int signal)
{
	struct sigaction action;

	if (is_harmless(signal) || sigaction(signal, NULL, &action) || action.sa_handler == SIG_IGN)
		return false;
	return action.sa_handler == SIG_DFL || is_held_with_a_handler(signal);
}

/*
 * Signals that would end or stop the process, or take the terminal from it, are blocked while echo is off. A signalfd tells when one is
 * pending without taking it: once the terminal is restored and the mask is back, the kernel delivers it as if nothing had been. No
 * handler is replaced, and no signal is sent but those of keys, see signal_of(). One that the caller has blocked interrupts nothing: it would stay
 * pending, and end each further prompt.
 */
static int block_signals(struct osml__terminal *t)
{
	sigset_t set, before;
	int rc;

	sigemptyset(&set);
	for (int signal = 1; signal < _NSIG; signal++)
		if (is_held(signal) && !is_ignored_or_blocked(signal))
			sigaddset(&set, signal);
	t->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (t->signals < 0)
		return -errno;
	rc = -pthread_sigmask(SIG_BLOCK, &set, &before);
	if (rc)
		close(t->signals);
	memcpy(t->mask, &before, sizeof before);
	return rc;
}

/*
 * A job in the background has no business with the terminal of another one. Setting what is set makes the kernel stop it (SIGTTOU), as long as that
 * signal is not blocked yet; once in the foreground it goes on.
 */
static int wait_for_foreground(int fd)
{
	struct termios settings;

	while (tcgetpgrp(fd) != getpgrp()) {
		if (tcgetattr(fd, &settings) || (tcsetattr(fd, TCSANOW, &settings) && errno != EINTR))
			return -errno;
		if (tcgetpgrp(fd) != getpgrp() && is_ignored_or_blocked(SIGTTOU))
			return -EIO;
	}
	return 0;
}

static void restore_signals(struct osml__terminal *t)
{
	sigset_t before;

	memcpy(&before, t->mask, sizeof before);
	close(t->signals);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* A signal whose handler runs meanwhile must not leave echo off, nor end the prompt. */
static int set(int fd, const struct termios *settings)
{
	while (tcsetattr(fd, TCSAFLUSH, settings))
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int echo_off(struct osml__terminal *t)
{
	struct termios settings;

	if (tcgetattr(t->fd, &settings))
		return -errno;
	memcpy(t->saved, &settings, sizeof settings);
	t->erase = settings.c_cc[VERASE];
	t->erase_word = settings.c_cc[VWERASE];
	t->erase_all = settings.c_cc[VKILL];
	t->end = settings.c_cc[VEOF];
	settings.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG); /* lines of ICANON have 4095 bytes at most */
	settings.c_iflag &= ~(tcflag_t)IGNCR;
	settings.c_cc[VMIN] = 1;
	settings.c_cc[VTIME] = 0;
	return set(t->fd, &settings);
}

static int show(int fd, const char *text)
{
	size_t left = strlen(text), wrote;
	int rc = 0;

	while ((rc == 0 || rc == -EINTR) && left) {
		rc = osml__os_write(fd, text, left, &wrote);
		text += wrote;
		left -= wrote;
	}
	return rc;
}

static int open_terminal(struct osml__terminal *t, const char *prompt)
{
	int rc;

	t->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (t->fd < 0)
		return errno == ENOENT ? -ENXIO : -errno; /* in a chroot without /dev there is no terminal either */
	rc = wait_for_foreground(t->fd);
	if (rc == 0)
		rc = block_signals(t);
	if (rc) {
		close(t->fd);
		return rc;
	}
	rc = echo_off(t);
	if (rc) {
		close(t->fd);
		restore_signals(t);
		return rc;
	}
	rc = show(t->fd, prompt);
	if (rc)
		osml__os_terminal_close(t);
	return rc;
}

/* A thread that is cancelled in here would leave echo off. */
int osml__os_terminal_open(struct osml__terminal *t, const char *prompt)
{
	int cancellation = osml__os_cancellation_off();
	int rc = open_terminal(t, prompt);

	osml__os_cancellation_restore(cancellation);
	return rc;
}

/*
 * The signal that the terminal would send for a key, 0: none. It does not send them itself while echo is off, because a thread that does not block the
 * signal would get it, and it could end the process there and then.
 */
static int signal_of(const struct osml__terminal *t, unsigned char key)
{
	const cc_t *keys = t->saved + offsetof(struct termios, c_cc);

	if (key == _POSIX_VDISABLE)
		return 0;
	return key == keys[VINTR] ? SIGINT : key == keys[VQUIT] ? SIGQUIT : key == keys[VSUSP] ? SIGTSTP : 0;
}

static int read_key(struct osml__terminal *t, unsigned char *key, size_t *got, int milliseconds)
{
	struct pollfd wait[] = { { .fd = t->signals, .events = POLLIN }, { .fd = t->fd, .events = POLLIN } };
	int ready, rc;

	*got = 0;
	while ((ready = poll(wait, 2, milliseconds)) < 0)
		if (errno != EINTR)
			return -errno;
	if (!ready)
		return -EAGAIN;
	if (wait[0].revents)
		return -EINTR;
	do
		rc = osml__os_read(t->fd, key, 1, got);
	while (rc == -EINTR);
	return rc;
}

int osml__os_terminal_read(struct osml__terminal *t, unsigned char *key, size_t *got, int milliseconds)
{
	int rc, signal;

	for (;;) {
		rc = read_key(t, key, got, milliseconds);
		signal = rc == 0 && *got ? signal_of(t, *key) : 0;
		if (!signal || is_held(signal))
			break;
		kill(0, signal); /* ignored here; others of the group may not ignore it */
	}
	t->signal = signal;
	return signal ? -EINTR : rc;
}

void osml__os_terminal_close(struct osml__terminal *t)
{
	int cancellation = osml__os_cancellation_off();
	struct termios settings;

	memcpy(&settings, t->saved, sizeof settings);
	set(t->fd, &settings);
	show(t->fd, "\n");
	close(t->fd);
	restore_signals(t);
	if (t->signal)
		kill(0, t->signal); /* to the group in the foreground, as the terminal does */
	osml__os_cancellation_restore(cancellation);
}
