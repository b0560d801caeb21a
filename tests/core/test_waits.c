/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Sources and write_fd on descriptors that are not ready: they wait, lose nothing, and the caller is asked meanwhile (audit P5). */
#define _GNU_SOURCE /* F_SETLEASE */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os_fake.h"

static void make_pipe(int ends[2], int flags)
{
	CHECK(pipe(ends) == 0);
	CHECK(fcntl(ends[0], F_SETFL, flags) == 0 && fcntl(ends[1], F_SETFL, flags) == 0);
}

/* ---- Non-blocking ---- */

static int to_feed;
static unsigned feedings;

/* Before each wait: a piece more, so that all before it was read and found nothing more. */
static void feed(void)
{
	static const char text[] = "hunter2";

	if (feedings == 7)
		close(to_feed);
	else if (feedings < 7)
		CHECK(write(to_feed, text + feedings, 1) == 1);
	feedings++;
}

static void a_slow_writer_to_a_descriptor_that_does_not_block_is_waited_for(void **state)
{
	osml_buffer *b;
	int ends[2];

	(void)state;
	make_pipe(ends, O_NONBLOCK);
	to_feed = ends[1];
	feedings = 0;
	fake_hook("wait", feed);
	CHECK_RC(osml_buffer_from_fd(&b, ends[0], 100, NULL, 0), 0);
	fake_reset();
	assert_true(feedings >= 8);
	assert_string_equal(osml_buffer_data(b), "hunter2");
	osml_buffer_free(b);
	close(ends[0]);
}

/* Another one has read what was announced: the read says EAGAIN, and what came before it is kept. */
static void a_read_that_finds_nothing_after_all_waits_again(void **state)
{
	osml_buffer *b;
	int ends[2];

	(void)state;
	make_pipe(ends, O_NONBLOCK);
	assert_int_equal(write(ends[1], "hunter2", 7), 7);
	close(ends[1]);
	fake_fail_function("read", 1, 3, -EAGAIN);
	CHECK_RC(osml_buffer_from_fd(&b, ends[0], 100, NULL, 0), 0);
	assert_int_equal(fake_fired(), 3);
	fake_reset();
	assert_string_equal(osml_buffer_data(b), "hunter2");
	osml_buffer_free(b);
	close(ends[0]);
}

#define MUCH (size_t)300000

static void *drain(void *fd)
{
	static unsigned char bytes[4096];
	size_t all = 0;
	ssize_t got;

	while ((got = read(*(int *)fd, bytes, sizeof bytes)) > 0)
		all += (size_t)got;
	return (void *)all;
}

static void write_fd_waits_for_a_slow_reader_and_writes_all(void **state)
{
	osml_buffer *b;
	void *all;
	pthread_t reader;
	int ends[2];

	(void)state;
	make_pipe(ends, O_NONBLOCK);
	assert_int_equal(fcntl(ends[0], F_SETFL, 0), 0);
	CHECK_RC(osml_buffer_new(&b, MUCH, NULL), 0);
	assert_int_equal(pthread_create(&reader, NULL, drain, &ends[0]), 0);
	CHECK_RC(osml_buffer_write_fd(b, ends[1], NULL), 0);
	close(ends[1]);
	pthread_join(reader, &all);
	assert_int_equal((size_t)all, MUCH);
	osml_buffer_free(b);
	close(ends[0]);
}

/* ---- The caller's word ---- */

static int asked;

static int give_up_the_second_time(void *context)
{
	(void)context;
	return ++asked >= 2;
}

static osml_buffer_options impatient(void)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;

	asked = 0;
	o.interrupted = give_up_the_second_time;
	return o;
}

/* No signal comes, and nothing else: time alone must do, or there are no deadlines. */
static void who_waits_for_nothing_is_asked_and_may_give_up(void **state)
{
	osml_buffer_options o;
	osml_buffer *b = (osml_buffer *)&b;
	int ends[2];

	(void)state;
	for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
		make_pipe(ends, flags);
		o = impatient();
		CHECK_RC(osml_buffer_from_fd(&b, ends[0], 100, &o, 0), -EINTR);
		assert_null(b);
		assert_int_equal(asked, 2);
		close(ends[0]);
		close(ends[1]);
	}
}

/* A writer that does not pause never lets the time between two questions pass. */
static void who_reads_without_waiting_is_asked_between_two_reads(void **state)
{
	static const char bytes[4096];
	osml_buffer_options o = impatient();
	osml_buffer *b;
	int ends[2];

	(void)state;
	make_pipe(ends, 0);
	assert_int_equal(write(ends[1], bytes, sizeof bytes), sizeof bytes);
	CHECK_RC(osml_buffer_from_fd(&b, ends[0], sizeof bytes - 1, &o, 0), -EINTR);
	assert_int_equal(asked, 2);
	close(ends[0]);
	close(ends[1]);
}

static void who_fills_a_buffer_little_by_little_is_asked_and_can_go_on(void **state)
{
	osml_buffer_options o = impatient();
	osml_buffer *b;
	size_t got;
	int ends[2];

	(void)state;
	CHECK_RC(osml_buffer_new(&b, 7, NULL), 0);
	make_pipe(ends, 0);
	to_feed = ends[1];
	feedings = 0;
	fake_hook("wait", feed);
	CHECK_RC(osml_buffer_read_fd(b, 0, 7, ends[0], &got, &o), -EINTR);
	assert_int_equal(got, 2);
	CHECK_RC(osml_buffer_read_fd(b, 2, 5, ends[0], &got, NULL), 0);
	fake_reset();
	assert_int_equal(got, 5);
	assert_memory_equal(osml_buffer_data(b), "hunter2", 7);
	osml_buffer_free(b);
	close(ends[0]);
	close(ends[1]);
}

static void who_writes_to_nobody_is_asked_and_may_give_up(void **state)
{
	osml_buffer_options o;
	osml_buffer *b;
	int ends[2];

	(void)state;
	CHECK_RC(osml_buffer_new(&b, MUCH, NULL), 0);
	for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
		make_pipe(ends, flags);
		o = impatient();
		CHECK_RC(osml_buffer_write_fd(b, ends[1], &o), -EINTR);
		close(ends[0]);
		close(ends[1]);
	}
	osml_buffer_free(b);
}

static char directory[] = "/tmp/osml-waits-XXXXXX";
static char path[sizeof directory + 8];

static void make_fifo(void)
{
	CHECK(mkfifo(path, 0600) == 0);
}

static void a_fifo_without_a_writer_is_waited_for_and_may_be_given_up(void **state)
{
	osml_buffer_options o = impatient();
	osml_buffer *b = (osml_buffer *)&b;
	size_t fds = support_open_fds();

	(void)state;
	make_fifo();
	CHECK_RC(osml_buffer_from_file(&b, path, 100, &o, 0), -EINTR);
	assert_null(b);
	assert_int_equal(support_open_fds(), fds);
	unlink(path);
}

static void *write_to_fifo(void *unused)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	(void)unused;
	CHECK(write(fd, "hunter2", 7) == 7);
	close(fd);
	return NULL;
}

static void the_first_writer_of_a_fifo_is_waited_for(void **state)
{
	pthread_t writer;
	osml_buffer *b;

	(void)state;
	make_fifo();
	assert_int_equal(pthread_create(&writer, NULL, write_to_fifo, NULL), 0);
	CHECK_RC(osml_buffer_from_file(&b, path, 100, NULL, 0), 0);
	pthread_join(writer, NULL);
	assert_string_equal(osml_buffer_data(b), "hunter2");
	osml_buffer_free(b);
	unlink(path);
}

static void the_other_end_of_a_pipe_is_refused_and_not_waited_for(void **state)
{
	osml_buffer_options o = impatient();
	osml_buffer *b = (osml_buffer *)&b;
	int ends[2];

	(void)state;
	make_pipe(ends, 0);
	CHECK_RC(osml_buffer_from_fd(&b, ends[1], 100, NULL, 0), -EBADF);
	assert_null(b);
	CHECK_RC(osml_buffer_new(&b, 8, NULL), 0);
	CHECK_RC(osml_buffer_write_fd(b, ends[0], NULL), -EBADF);
	CHECK_RC(osml_buffer_write_fd(b, ends[0], &o), -EBADF);
	osml_buffer_free(b);
	close(ends[0]);
	close(ends[1]);
}

/* ---- Messages ---- */

static void a_socket_of_messages_is_refused_and_the_message_stays(void **state)
{
	static const int kinds[] = { SOCK_DGRAM, SOCK_SEQPACKET };
	osml_buffer *b = (osml_buffer *)&b;
	char message[8];
	int ends[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(socketpair(AF_UNIX, kinds[i], 0, ends), 0);
		assert_int_equal(write(ends[1], "hunter2", 7), 7);
		CHECK_RC(osml_buffer_from_fd(&b, ends[0], 100, NULL, 0), -ESOCKTNOSUPPORT);
		assert_int_equal(read(ends[0], message, sizeof message), 7);
		close(ends[0]);
		close(ends[1]);
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0); /* control */
	assert_int_equal(write(ends[1], "hunter2", 7), 7);
	close(ends[1]);
	CHECK_RC(osml_buffer_from_fd(&b, ends[0], 100, NULL, OSML_PRIVATE), 0);
	osml_buffer_free(b);
	close(ends[0]);
}

static int give_up(void *context)
{
	(void)context;
	return 1;
}

/* With `interrupted`, so that a wait for ever has an end. */
static void a_socket_that_waits_for_connections_is_refused_at_once(void **state)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b = NULL, *key;
	int ends[2], listener = socket(AF_INET, SOCK_STREAM, 0);
	size_t got;

	(void)state;
	o.interrupted = give_up;
	assert_int_equal(listen(listener, 1), 0);
	CHECK_RC(osml_buffer_new(&key, 8, NULL), 0);
	CHECK_RC(osml_buffer_from_fd(&b, listener, 100, &o, 0), -ENOTCONN);
	CHECK_RC(osml_buffer_read_fd(key, 0, 8, listener, &got, &o), -ENOTCONN);
	CHECK_RC(osml_buffer_write_fd(key, listener, &o), -ENOTCONN);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0); /* control: one that is connected */
	CHECK_RC(osml_buffer_from_fd(&b, ends[0], 100, &o, 0), -EINTR);
	CHECK_RC(osml_buffer_write_fd(key, ends[0], &o), 0);
	osml_buffer_free(key);
	close(listener);
	close(ends[0]);
	close(ends[1]);
}

/* ---- A file of which another has a lease ---- */

#ifdef F_SETLEASE
static int leased;

static void end_lease(int signal)
{
	(void)signal;
	fcntl(leased, F_SETLEASE, F_UNLCK);
}

/* open(2) says EAGAIN at first, where it is not to wait. */
static void a_lease_is_waited_for_and_may_be_given_up(void **state)
{
	char path[] = "/tmp/osml-lease-XXXXXX";
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b = NULL;

	(void)state;
	leased = mkstemp(path);
	assert_int_equal(write(leased, "secret", 6), 6);
	signal(SIGIO, SIG_IGN);
	if (fcntl(leased, F_SETLEASE, F_WRLCK)) {
		unlink(path);
		SKIP("no leases here");
	}
	o.interrupted = give_up;
	CHECK_RC(osml_buffer_from_file(&b, path, 100, &o, 0), -EINTR);
	end_lease(0);
	signal(SIGIO, end_lease); /* the kernel asks the holder to */
	assert_int_equal(fcntl(leased, F_SETLEASE, F_WRLCK), 0);
	CHECK_RC(osml_buffer_from_file(&b, path, 100, NULL, 0), 0);
	assert_int_equal(osml_buffer_size(b), 6);
	osml_buffer_free(b);
	signal(SIGIO, SIG_DFL);
	close(leased);
	unlink(path);
}
#else
static void a_lease_is_waited_for_and_may_be_given_up(void **state)
{
	(void)state;
	SKIP("this system has no leases");
}
#endif

/* ---- A file as large as the quota ---- */

#define QUOTA ((size_t)4 << 20)

static void write_file(size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(ftruncate(fd, (off_t)n) == 0);
	CHECK(pwrite(fd, "\n", 1, (off_t)n - 1) == 1);
	close(fd);
}

static size_t largest(void)
{
	size_t n = QUOTA;
	osml_buffer *b;

	while (osml_buffer_new(&b, n, NULL))
		n -= 4096;
	osml_buffer_free(b);
	return n;
}

/* With and without a byte that is trimmed: there is no room for a second buffer without it. */
static void takes_a_large_file(void *unused)
{
	static const unsigned flags[] = { 0, OSML_TRIM_NEWLINE };
	osml_buffer *b;
	size_t n;

	(void)unused;
	support_limit_locked_memory(QUOTA);
	n = largest() / 10 * 9;
	write_file(n);
	for (size_t i = 0; i < 2; i++) {
		CHECK_RC(osml_buffer_from_file(&b, path, SIZE_MAX, NULL, flags[i]), 0);
		CHECK(osml_buffer_size(b) == n - i);
		CHECK(((unsigned char *)osml_buffer_data(b))[n - i] == 0);
		CHECK_RC(osml_buffer_close(b), 0);
		osml_buffer_free(b);
	}
	unlink(path);
}

static void a_file_of_nine_tenths_of_the_largest_buffer_can_be_read(void **state)
{
	(void)state;
	IN_CHILD(takes_a_large_file, NULL);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof path, "%s/it", directory);
	return 0;
}

static int cleanup(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slow_writer_to_a_descriptor_that_does_not_block_is_waited_for),
		cmocka_unit_test(a_read_that_finds_nothing_after_all_waits_again),
		cmocka_unit_test(write_fd_waits_for_a_slow_reader_and_writes_all),
		cmocka_unit_test(who_waits_for_nothing_is_asked_and_may_give_up),
		cmocka_unit_test(who_reads_without_waiting_is_asked_between_two_reads),
		cmocka_unit_test(who_fills_a_buffer_little_by_little_is_asked_and_can_go_on),
		cmocka_unit_test(who_writes_to_nobody_is_asked_and_may_give_up),
		cmocka_unit_test(a_fifo_without_a_writer_is_waited_for_and_may_be_given_up),
		cmocka_unit_test(the_first_writer_of_a_fifo_is_waited_for),
		cmocka_unit_test(the_other_end_of_a_pipe_is_refused_and_not_waited_for),
		cmocka_unit_test(a_socket_of_messages_is_refused_and_the_message_stays),
		cmocka_unit_test(a_socket_that_waits_for_connections_is_refused_at_once),
		cmocka_unit_test(a_lease_is_waited_for_and_may_be_given_up),
		cmocka_unit_test(a_file_of_nine_tenths_of_the_largest_buffer_can_be_read),
	};

	return cmocka_run_group_tests(tests, setup, cleanup);
}
