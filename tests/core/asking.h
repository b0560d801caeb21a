/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Questions on a terminal of one's own, after which the terminal, the signal mask and the descriptors are exactly what they were before. */
#ifndef OSML_TEST_ASKING_H
#define OSML_TEST_ASKING_H

#include "dialogue.h"

#define PROMPT "Passphrase: "

static inline void get_settings(struct termios *settings)
{
	int fd = openat(AT_FDCWD, "/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	memset(settings, 0, sizeof *settings); /* musl has more control characters than the kernel fills in */
	CHECK(tcgetattr(fd, settings) == 0);
	close(fd);
}

static inline void set_settings(const struct termios *settings)
{
	int fd = openat(AT_FDCWD, "/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	CHECK(tcsetattr(fd, TCSANOW, settings) == 0);
	close(fd);
}

static inline sigset_t current_mask(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	CHECK(sigprocmask(SIG_SETMASK, NULL, &mask) == 0);
	return mask;
}

static inline bool same_settings(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag && a->c_lflag == b->c_lflag &&
	       !memcmp(a->c_cc, b->c_cc, sizeof a->c_cc);
}

/* Asks. Terminal, mask, descriptors and locks are then exactly what they were. */
static inline int ask(osml_buffer **b, const osml_buffer_options *options)
{
	struct termios before, after;
	sigset_t mask = current_mask(), mask_after;
	size_t fds = support_open_fds();
	int rc;

	get_settings(&before);
	rc = osml_buffer_prompt(b, PROMPT, 100, options, 0);
	get_settings(&after);
	mask_after = current_mask();
	CHECK(same_settings(&before, &after));
	for (int signal = 1; signal < 32; signal++)
		CHECK(sigismember(&mask, signal) == sigismember(&mask_after, signal));
	CHECK(support_open_fds() == fds);
	return rc;
}

static inline void expect_hunter2(void)
{
	osml_buffer *b;

	CHECK_RC(ask(&b, NULL), 0);
	CHECK(!strcmp(osml_buffer_data(b), "hunter2"));
	osml_buffer_free(b);
}

static inline void assert_answered(struct dialogue *d, const char *typed)
{
	see(d, PROMPT);
	type(d, typed);
	see(d, "\r\n");
	assert_int_equal(end(d), 0);
}

/* What lies on the stack below the caller is all ones: a variable of the next call that is not set would show. */
__attribute__((noinline, unused)) static void soil_the_stack(void)
{
	volatile unsigned char bytes[4096];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = 0xFF;
}

#endif
