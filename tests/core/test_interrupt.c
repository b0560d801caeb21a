/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A source that waits, and a signal handler that runs meanwhile: the caller has the word (`interrupted` of the options). */
#include "support.h"

#include <errno.h>
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
	assert_int_equal(p.asked, 3);
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
		cmocka_unit_test(the_caller_is_asked_after_a_signal_and_may_go_on),
		cmocka_unit_test(the_caller_may_give_up_and_what_was_read_is_wiped),
		cmocka_unit_test(opening_a_file_can_be_given_up_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
