/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A source or write_fd that waits, and a signal handler that runs meanwhile: the caller has the word (`interrupted` of the options). */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os_fake.h"

static int pipe_with_secret(void)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "secret", 6), 6);
	close(ends[1]);
	return ends[0];
}

struct patience {
	int asked, limit;
};

static int count_down(void *context)
{
	struct patience *p = context;

	return ++p->asked >= p->limit;
}

static osml_buffer_options options_with(struct patience *p)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;

	o.interrupted = count_down;
	o.context = p;
	return o;
}

static osml_buffer *new_buffer(size_t len)
{
	osml_buffer *b;

	CHECK_RC(osml_buffer_new(&b, len, NULL), 0);
	return b;
}

static void write_fd_asks_after_a_signal_and_goes_on(void **state)
{
	struct patience p = { 0, 100 };
	osml_buffer_options o = options_with(&p), nobody = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b = new_buffer(64);
	char got[65];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	fake_fail_function("write", 1, 3, -EINTR);
	CHECK_RC(osml_buffer_write_fd(b, ends[1], &o), 0);
	fake_fail_function("write", 1, 3, -EINTR);
	CHECK_RC(osml_buffer_write_fd(b, ends[1], NULL), 0); /* nobody to be asked */
	fake_fail_function("write", 1, 3, -EINTR);
	CHECK_RC(osml_buffer_write_fd(b, ends[1], &nobody), 0);
	fake_reset();
	assert_int_equal(p.asked, 3);
	assert_int_equal(read(ends[0], got, sizeof got), sizeof got);
	osml_buffer_free(b);
	close(ends[0]);
	close(ends[1]);
}

/*
 * A write that a signal cuts short is a success to the system, and the next one would wait again. Here the pipe is too small, and nobody reads.
 */
static void write_fd_asks_after_a_short_write_and_gives_up(void **state)
{
	struct patience p = { 0, 1 };
	osml_buffer_options o = options_with(&p);
	osml_buffer *b = new_buffer(1 << 20);
	size_t pins;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0); /* the first write is short */
	CHECK_RC(osml_buffer_write_fd(b, ends[1], &o), -EINTR);
	assert_int_equal(p.asked, 1);
	CHECK_RC(osml_buffer_pins(b, &pins), 0);
	assert_int_equal(pins, 0);
	osml_buffer_free(b);
	close(ends[0]);
	close(ends[1]);
}

static int close_it(void *context)
{
	osml_buffer_close(context);
	return 0;
}

/* No further write: it would send zeros, or wait for ever, as here. */
static void write_fd_ends_when_the_caller_closes_the_buffer_meanwhile(void **state)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b = new_buffer(1 << 20);
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	o.interrupted = close_it;
	o.context = b;
	fake_fail_function("write", 1, 1, -EINTR);
	CHECK_RC(osml_buffer_write_fd(b, ends[1], &o), OSML_ECLOSED);
	fake_reset();
	osml_buffer_free(b);
	close(ends[0]);
	close(ends[1]);
}

static void write_fd_refuses_options_that_it_does_not_know(void **state)
{
	struct {
		osml_buffer_options known;
		size_t later;
	} o = { OSML_BUFFER_OPTIONS_INIT, 0 };
	osml_buffer *b = new_buffer(0);

	(void)state;
	o.known.struct_size = 4;
	CHECK_RC(osml_buffer_write_fd(b, 1, &o.known), OSML_EINVAL);
	o.known.struct_size = sizeof o;
	CHECK_RC(osml_buffer_write_fd(b, 1, &o.known), 0);
	o.later = 1;
	CHECK_RC(osml_buffer_write_fd(b, 1, &o.known), OSML_EINVAL);
	osml_buffer_free(b);
}

static void the_caller_is_asked_after_a_signal_and_may_go_on(void **state)
{
	struct patience p = { 0, 100 };
	osml_buffer_options o = options_with(&p);
	int fd = pipe_with_secret();
	osml_buffer *b;

	(void)state;
	fake_fail_function("read", 1, 3, -EINTR);
	CHECK_RC(osml_buffer_from_fd(&b, fd, 100, &o, 0), 0);
	fake_reset();
	assert_int_equal(p.asked, 3 + 1); /* between the bytes and the end */
	assert_memory_equal(osml_buffer_data(b), "secret", 7);
	osml_buffer_free(b);
	close(fd);
}

static void the_caller_may_give_up_and_what_was_read_is_wiped(void **state)
{
	struct support_snapshot before = support_snapshot();
	struct patience p = { 0, 2 };
	osml_buffer_options o = options_with(&p);
	int fd = pipe_with_secret();
	osml_buffer *b;

	(void)state;
	fake_fail_function("read", 2, 9, -EINTR); /* the first one brings the secret */
	CHECK_RC(osml_buffer_from_fd(&b, fd, 100, &o, 0), -EINTR);
	fake_reset();
	assert_null(b);
	assert_int_equal(p.asked, 2);
	close(fd);
	ASSERT_BACK_TO(before);
}

/* Opening a FIFO waits for its other end. */
static void opening_a_file_can_be_given_up_too(void **state)
{
	struct patience p = { 0, 2 };
	osml_buffer_options o = options_with(&p);
	osml_buffer *b;

	(void)state;
	fake_fail_function("open", 1, 9, -EINTR);
	CHECK_RC(osml_buffer_from_file(&b, "/dev/null", 100, &o, 0), -EINTR);
	assert_int_equal(p.asked, 2);
	o.struct_size = offsetof(osml_buffer_options, interrupted); /* too short to have the field */
	fake_fail_function("open", 1, 1, -EINTR);
	CHECK_RC(osml_buffer_from_file(&b, "/dev/null", 100, &o, 0), OSML_EINVAL);
	fake_reset();
	assert_int_equal(p.asked, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(write_fd_asks_after_a_signal_and_goes_on),
		cmocka_unit_test(write_fd_asks_after_a_short_write_and_gives_up),
		cmocka_unit_test(write_fd_ends_when_the_caller_closes_the_buffer_meanwhile),
		cmocka_unit_test(write_fd_refuses_options_that_it_does_not_know),
		cmocka_unit_test(the_caller_is_asked_after_a_signal_and_may_go_on),
		cmocka_unit_test(the_caller_may_give_up_and_what_was_read_is_wiped),
		cmocka_unit_test(opening_a_file_can_be_given_up_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
