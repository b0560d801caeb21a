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

/* A blocked signal is kept pending even when it is ignored, and would then end the prompt for nothing. */
static bool is_ignored(int signal)
{
	struct sigaction action;

	return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/*
 * Signals that would end or stop the process, or take the terminal from it, are blocked while echo is off. A signalfd tells when one is
 * pending without taking it: once the terminal is restored and the mask is back, the kernel delivers it as if nothing had been. No
 * handler is replaced and none is raised. Blocked SIGTTOU lets a background process set the terminal; its reads then fail with EIO.
 */
static int block_signals(struct osml__terminal *t)
{
	static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGALRM, SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU };
	sigset_t set, before;
	int rc;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof held / sizeof *held; i++)
		if (!is_ignored(held[i]))
			sigaddset(&set, held[i]);
	t->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (t->signals < 0)
		return -errno;
	rc = -pthread_sigmask(SIG_BLOCK, &set, &before);
	if (rc)
		close(t->signals);
	memcpy(t->mask, &before, sizeof before);
	return rc;
}

static void restore_signals(struct osml__terminal *t)
{
	sigset_t before;

	memcpy(&before, t->mask, sizeof before);
	close(t->signals);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int echo_off(struct osml__terminal *t)
{
	struct termios settings;

	if (tcgetattr(t->fd, &settings))
		return -errno;
	memcpy(t->saved, &settings, sizeof settings);
	settings.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	settings.c_lflag |= ICANON | ISIG;
	return tcsetattr(t->fd, TCSAFLUSH, &settings) ? -errno : 0;
}

static int show(int fd, const char *text)
{
	size_t left = strlen(text), wrote;
	int rc = 0;

	while (rc == 0 && left) {
		rc = osml__os_write(fd, text, left, &wrote);
		text += wrote;
		left -= wrote;
	}
	return rc;
}

int osml__os_terminal_open(struct osml__terminal *t, const char *prompt)
{
	int rc;

	t->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (t->fd < 0)
		return -errno;
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

int osml__os_terminal_read(struct osml__terminal *t, void *bytes, size_t n, size_t *got, int milliseconds)
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
		rc = osml__os_read(t->fd, bytes, n, got);
	while (rc == -EINTR);
	return rc;
}

void osml__os_terminal_close(struct osml__terminal *t)
{
	struct termios settings;

	memcpy(&settings, t->saved, sizeof settings);
	tcsetattr(t->fd, TCSAFLUSH, &settings);
	show(t->fd, "\n");
	close(t->fd);
	restore_signals(t);
}
