/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* osml_buffer_read_fd(): as many bytes as were asked for, and not one of what follows (audit P5). */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os_fake.h"

#define LEN 16u

static osml_buffer *b;
static int ends[2];

static int setup(void **state)
{
	(void)state;
	CHECK_RC(osml_buffer_new(&b, LEN, NULL), 0);
	return pipe(ends);
}

static int cleanup(void **state)
{
	(void)state;
	fake_reset();
	osml_buffer_free(b);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static void put(const char *text)
{
	CHECK(write(ends[1], text, strlen(text)) == (ssize_t)strlen(text));
}

static void end_of_input(void)
{
	close(ends[1]);
	ends[1] = -1;
}

static bool holds(const char *bytes)
{
	return !memcmp(osml_buffer_data(b), bytes, LEN);
}

static void it_takes_what_was_asked_for_and_leaves_the_rest(void **state)
{
	char rest[8] = "";
	size_t got = 9;

	(void)state;
	put("4abcdrest");
	CHECK_RC(osml_buffer_read_fd(b, 15, 1, ends[0], &got, NULL), 0);
	assert_int_equal(got, 1);
	CHECK_RC(osml_buffer_read_fd(b, 2, 4, ends[0], &got, NULL), 0);
	assert_int_equal(got, 4);
	assert_true(holds("\0\0abcd\0\0\0\0\0\0\0\0\0004"));
	assert_int_equal(read(ends[0], rest, sizeof rest), 4);
	assert_string_equal(rest, "rest");
}

static void a_file_stands_where_the_read_ended(void **state)
{
	FILE *file = tmpfile();
	int fd = fileno(file);
	size_t got;

	(void)state;
	assert_int_equal(write(fd, "0123456789", 10), 10);
	assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
	CHECK_RC(osml_buffer_read_fd(b, 0, 4, fd, &got, NULL), 0);
	assert_int_equal(got, 4);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 7);
	CHECK_RC(osml_buffer_read_fd(b, 4, 12, fd, &got, NULL), 0);
	assert_int_equal(got, 3);
	assert_true(holds("3456789\0\0\0\0\0\0\0\0"));
	fclose(file);
}

static void at_the_end_of_the_input_there_are_fewer_or_none(void **state)
{
	size_t got = 9;

	(void)state;
	put("ab");
	end_of_input();
	CHECK_RC(osml_buffer_read_fd(b, 0, LEN, ends[0], &got, NULL), 0);
	assert_int_equal(got, 2);
	CHECK_RC(osml_buffer_read_fd(b, 2, 1, ends[0], &got, NULL), 0);
	assert_int_equal(got, 0);
	assert_true(holds("ab\0\0\0\0\0\0\0\0\0\0\0\0\0"));
}

static unsigned feedings;

/* Before each wait a byte: all before it was read, and was not enough. */
static void feed(void)
{
	char letter = (char)('a' + feedings++);

	CHECK(write(ends[1], &letter, 1) == 1);
}

static void a_slow_writer_is_waited_for(void **state)
{
	size_t got;

	(void)state;
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	feedings = 0;
	fake_hook("wait", feed);
	CHECK_RC(osml_buffer_read_fd(b, 0, LEN, ends[0], &got, NULL), 0);
	assert_int_equal(feedings, LEN);
	assert_int_equal(got, LEN);
	assert_true(holds("abcdefghijklmnop"));
}

static void signals_and_false_alarms_cost_nothing(void **state)
{
	size_t got;

	(void)state;
	put("0123456789abcdef");
	fake_fail_function("read", 1, 3, -EINTR);
	CHECK_RC(osml_buffer_read_fd(b, 0, 8, ends[0], &got, NULL), 0);
	assert_int_equal(fake_fired(), 3); /* control */
	fake_fail_function("read", 1, 3, -EAGAIN);
	CHECK_RC(osml_buffer_read_fd(b, 8, 8, ends[0], &got, NULL), 0);
	assert_true(holds("0123456789abcdef"));
}

static int no(void *context)
{
	(void)context;
	return 1;
}

static void who_gives_up_knows_how_far_it_came_and_can_go_on(void **state)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	size_t got = 0, more;

	(void)state;
	o.interrupted = no;
	put("abc");
	CHECK_RC(osml_buffer_read_fd(b, 0, LEN, ends[0], &got, &o), -EINTR);
	assert_int_equal(got, 3);
	put("defghijklmnop");
	CHECK_RC(osml_buffer_read_fd(b, got, LEN - got, ends[0], &more, &o), 0);
	assert_int_equal(more, LEN - 3);
	assert_true(holds("abcdefghijklmnop"));
}

static void what_does_not_fit_is_erange_and_nothing_is_read(void **state)
{
	static const struct {
		size_t offset, n;
		int rc;
	} cases[] = { { 0, LEN + 1, OSML_ERANGE },  { LEN, 1, OSML_ERANGE }, { LEN + 1, 0, OSML_ERANGE },
		      { 1, SIZE_MAX, OSML_ERANGE }, { LEN, 0, 0 },           { 0, 0, 0 } };
	size_t got = 9;

	(void)state;
	put("abc");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CHECK_RC(osml_buffer_read_fd(b, cases[i].offset, cases[i].n, ends[0], &got, NULL), cases[i].rc);
		assert_int_equal(got, 0);
	}
	CHECK_RC(osml_buffer_read_fd(b, 0, 3, ends[0], &got, NULL), 0); /* control: all of it is still there */
	assert_int_equal(got, 3);
}

static void a_message_is_refused_whole(void **state)
{
	int sockets[2];
	char message[8];
	size_t got = 9;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets), 0);
	assert_int_equal(write(sockets[1], "hunter2", 7), 7);
	CHECK_RC(osml_buffer_read_fd(b, 0, 3, sockets[0], &got, NULL), -ESOCKTNOSUPPORT);
	assert_int_equal(got, 0);
	assert_int_equal(read(sockets[0], message, sizeof message), 7);
	close(sockets[0]);
	close(sockets[1]);
}

static void wrong_arguments_are_refused(void **state)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	size_t got = 9;

	(void)state;
	o.struct_size = 1;
	put("abc");
	got = 1;
	CHECK_RC(osml_buffer_read_fd(b, 0, 1, ends[0], &got, &o), OSML_EINVAL);
	assert_int_equal(got, 0);
	CHECK_RC(osml_buffer_read_fd(b, 0, 1, ends[0], NULL, NULL), OSML_EINVAL);
	CHECK_RC(osml_buffer_read_fd(NULL, 0, 1, ends[0], &got, NULL), OSML_EINVAL);
	CHECK_RC(osml_buffer_read_fd(b, 0, 1, -1, &got, NULL), -EBADF);
	CHECK_RC(osml_buffer_read_fd(b, 0, 1, ends[1], &got, NULL), -EBADF); /* the other end */
	CHECK_RC(osml_buffer_read_fd(b, 0, 3, ends[0], &got, NULL), 0);
	assert_int_equal(got, 3);
}

static void *close_it(void *unused)
{
	CHECK_RC(osml_buffer_close(b), 0);
	return unused;
}

static void close_it_once(void)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, close_it, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	fake_reset();
}

/* What the system writes then lands where the wipe has been already. A pin lets the test see it. */
static void a_close_meanwhile_ends_it_and_what_was_read_is_wiped(void **state)
{
	static const unsigned char zeros[LEN];
	void *data;
	size_t got = 9;

	(void)state;
	CHECK_RC(osml_buffer_pin(b, &data, NULL), 0);
	put("abc");
	CHECK_RC(osml_buffer_read_fd(b, 0, 3, ends[0], &got, NULL), 0);
	assert_memory_equal(data, "abc", 3); /* control */
	put("def");
	fake_hook("read", close_it_once);
	CHECK_RC(osml_buffer_read_fd(b, 0, LEN, ends[0], &got, NULL), OSML_ECLOSED); /* and does not wait for the rest */
	assert_int_equal(got, 0);
	assert_memory_equal(data, zeros, LEN);
	CHECK_RC(osml_buffer_unpin(b), OSML_ECLOSED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, cleanup)
	const struct CMUnitTest tests[] = {
		TEST(it_takes_what_was_asked_for_and_leaves_the_rest),
		TEST(a_file_stands_where_the_read_ended),
		TEST(at_the_end_of_the_input_there_are_fewer_or_none),
		TEST(a_slow_writer_is_waited_for),
		TEST(signals_and_false_alarms_cost_nothing),
		TEST(who_gives_up_knows_how_far_it_came_and_can_go_on),
		TEST(what_does_not_fit_is_erange_and_nothing_is_read),
		TEST(a_message_is_refused_whole),
		TEST(wrong_arguments_are_refused),
		TEST(a_close_meanwhile_ends_it_and_what_was_read_is_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
