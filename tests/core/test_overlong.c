/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Input that is longer than the maximum: whether there is more is known only when one byte too many has been read, and this one byte of the
 * secret is wiped from the stack; so is the one that was typed before the terminal failed.
 */
#define _GNU_SOURCE
#include "dialogue.h"

#include <errno.h>

#include "os_fake.h"

#define EXTRA 0xA7 /* a byte that code and addresses hardly have */

/* Where the last read of one byte put it. */
static const volatile unsigned char *place_of_one_byte(const char *function)
{
	const volatile unsigned char *place = NULL;

	for (size_t i = 0; i < fake_recorded(); i++)
		if (!strcmp(fake_call(i)->function, function) && fake_call(i)->len == 1)
			place = fake_call(i)->addr;
	return place;
}

/* Reads as from_fd() should not: the byte stays. Not inlined, for a frame like the library's. */
__attribute__((noinline)) static const volatile unsigned char *leave_the_byte(int fd)
{
	volatile unsigned char extra[1];
	const volatile unsigned char *volatile place = extra;

	return read(fd, (void *)extra, 1) == 1 ? place : NULL;
}

static int pipe_with(size_t n)
{
	unsigned char bytes[600];
	int ends[2];

	memset(bytes, EXTRA, sizeof bytes);
	CHECK(pipe(ends) == 0);
	CHECK(write(ends[1], bytes, n) == (ssize_t)n);
	close(ends[1]);
	return ends[0];
}

static void the_one_byte_that_tells_of_more_is_wiped_from_the_stack(void **state)
{
	static const size_t maxima[] = { 0, 1, 24, 504, 599 };
	osml_buffer *b;
	int fd = pipe_with(1);

	(void)state;
	if (support_sanitized() || support_valgrind())
		SKIP("a stack frame that has ended cannot be looked at");
	assert_int_equal(*leave_the_byte(fd), EXTRA); /* control */
	close(fd);
	for (size_t i = 0; i < sizeof maxima / sizeof *maxima; i++) {
		fd = pipe_with(600);
		fake_record();
		CHECK_RC(osml_buffer_from_fd(&b, fd, maxima[i], NULL, 0), OSML_ETOOBIG);
		assert_non_null(place_of_one_byte("read"));
		assert_int_not_equal(*place_of_one_byte("read"), EXTRA);
		fake_reset();
		close(fd);
	}
}

/* ---- The prompt ---- */

static int left; /* what was there right after the line was read: closing the terminal goes over that part of the stack */

static void look(void)
{
	left = *place_of_one_byte("terminal_read");
}

static void ask_for_five(void)
{
	osml_buffer *b;

	left = -1;
	fake_hook("terminal_close", look);
	fake_record();
	CHECK_RC(osml_buffer_prompt(&b, "?", 5, NULL, 0), OSML_ETOOBIG);
	CHECK(left >= 0 && left != EXTRA);
}

static void the_one_byte_typed_too_many_is_wiped_from_the_stack(void **state)
{
	struct dialogue d;

	(void)state;
	if (support_sanitized() || support_valgrind())
		SKIP("a stack frame that has ended cannot be looked at");
	d = begin(ask_for_five);
	see(&d, "?");
	type(&d, "12345\xA7\n");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, "?\r\n");
}

static void ask_until_it_fails(void)
{
	osml_buffer *b;

	left = -1;
	fake_fail_function("terminal_read", 2, 2, -EIO);
	fake_hook("terminal_close", look);
	fake_record();
	CHECK_RC(osml_buffer_prompt(&b, "?", 5, NULL, 0), -EIO);
	CHECK(fake_fired() == 1 && left >= 0 && left != EXTRA);
}

static void so_is_the_last_one_before_the_terminal_fails(void **state)
{
	struct dialogue d;

	(void)state;
	if (support_sanitized() || support_valgrind())
		SKIP("a stack frame that has ended cannot be looked at");
	d = begin(ask_until_it_fails);
	see(&d, "?");
	type(&d, "\xA7");
	assert_int_equal(end(&d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_one_byte_that_tells_of_more_is_wiped_from_the_stack),
		cmocka_unit_test(the_one_byte_typed_too_many_is_wiped_from_the_stack),
		cmocka_unit_test(so_is_the_last_one_before_the_terminal_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
