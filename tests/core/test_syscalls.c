/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What system calls answer seldom: EINTR, fewer bytes than were asked for, none at all, no such call (audit T13, T17, T18). The functions of the C
 * library that make them are this program's own, and follow a script; then they go on to the true ones.
 */
#define _GNU_SOURCE
#include "support.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os_fake.h"

/* ---- The script: for each call the most bytes that it moves, or -errno; then REST ---- */

#define REST INT32_MAX

static const int *script;
static int scripted_fd = -1; /* reads and writes of other descriptors go their way */

static int next_step(void)
{
	return *script == REST ? REST : *script++;
}

static size_t at_most(int step, size_t n)
{
	return n < (size_t)step ? n : (size_t)step;
}

static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

ssize_t read(int fd, void *bytes, size_t n)
{
	ssize_t (*go_on)(int fd, void *bytes, size_t n);
	int step = fd == scripted_fd ? next_step() : REST;

	*(void **)&go_on = real("read");
	errno = step < 0 ? -step : EIO; /* after a success it may be anything */
	return step < 0 ? -1 : go_on(fd, bytes, at_most(step, n));
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	ssize_t (*go_on)(int fd, const void *bytes, size_t n);
	int step = fd == scripted_fd ? next_step() : REST;

	*(void **)&go_on = real("write");
	errno = step < 0 ? -step : EIO; /* after a success it may be anything */
	return step < 0 ? -1 : go_on(fd, bytes, at_most(step, n));
}

static bool random_is_scripted;
static unsigned char next_random;

/* Random bytes that are none: 1, 2, 3 ... in the order in which they were given out. */
static long give_bytes(unsigned char *to, size_t n)
{
	int step = next_step();

	if (step < 0) {
		errno = -step;
		return -1;
	}
	n = at_most(step, n);
	for (size_t i = 0; i < n; i++)
		to[i] = ++next_random;
	return (long)n;
}

long syscall(long number, ...)
{
	long (*go_on)(long number, ...);
	long a[6];
	va_list arguments;

	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);
	if (number == SYS_getrandom && random_is_scripted)
		return give_bytes((unsigned char *)a[0], (size_t)a[1]);
	*(void **)&go_on = real("syscall");
	return go_on(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static bool any_advice_is_taken;

int madvise(void *addr, size_t n, int advice)
{
	int (*go_on)(void *addr, size_t n, int advice);

	if (any_advice_is_taken)
		return 0;
	*(void **)&go_on = real("madvise");
	return go_on(addr, n, advice);
}

static int teardown(void **state)
{
	(void)state;
	random_is_scripted = any_advice_is_taken = false;
	scripted_fd = -1;
	fake_reset();
	return 0;
}

/* ---- Random bytes ---- */

#define N 40u

static osml_buffer *new_filled(void)
{
	osml_buffer *b;

	CHECK_RC(osml_buffer_new(&b, N + 2, NULL), 0);
	CHECK_RC(osml_buffer_fill(b, 0, 0xEE, N + 2), 0);
	return b;
}

/* Each byte once, in its place, and none beside. */
static void assert_random_is_whole(const int *steps)
{
	osml_buffer *b = new_filled();
	const unsigned char *bytes = osml_buffer_data(b);

	script = steps;
	next_random = 0;
	random_is_scripted = true;
	CHECK_RC(osml_buffer_random(b, 1, N), 0);
	random_is_scripted = false;
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(bytes[1 + i], i + 1);
	assert_int_equal(bytes[0], 0xEE);
	assert_int_equal(bytes[N + 1], 0xEE);
	assert_int_equal(next_random, N);
	osml_buffer_free(b);
}

static void random_bytes_that_come_in_pieces_fill_the_whole_range(void **state)
{
	static const int ones[] = { 1, 1, 1, REST }, pieces[] = { 7, 1, 30, 1, REST }, signals[] = { -EINTR, 3, -EINTR, -EINTR, 1, REST },
	                 none[] = { 0, 5, 0, REST }, at_once[] = { REST };

	(void)state;
	if (support_valgrind())
		SKIP("valgrind answers system calls itself");
	assert_random_is_whole(at_once);
	assert_random_is_whole(ones);
	assert_random_is_whole(pieces);
	assert_random_is_whole(signals);
	assert_random_is_whole(none);
}

/* A key that is half zeros must not pass for one. */
static void a_failure_of_the_generator_is_told_and_the_buffer_is_free(void **state)
{
	static const int broken[] = { 5, -EIO, REST };
	osml_buffer *b = new_filled();
	size_t pins = 9;

	(void)state;
	script = broken;
	random_is_scripted = true;
	CHECK_RC(osml_buffer_random(b, 0, N), -EIO);
	random_is_scripted = false;
	CHECK_RC(osml_buffer_pins(b, &pins), 0);
	assert_int_equal(pins, 0);
	CHECK_RC(osml_buffer_random(b, 0, N), 0); /* control */
	osml_buffer_free(b);
}

/* ---- Without the call: /dev/urandom, or what stands for it here ---- */

static char device[] = "/tmp/osml-device-XXXXXX";

static int make_device(void **state)
{
	unsigned char bytes[N];
	int fd = mkstemp(device);

	(void)state;
	for (unsigned i = 0; i < N; i++)
		bytes[i] = (unsigned char)(i + 1);
	if (write(fd, bytes, N) != N)
		return -1;
	return close(fd);
}

static int remove_device(void **state)
{
	(void)state;
	return unlink(device);
}

static void read_device(osml_buffer *b, const int *steps, size_t n, int expected)
{
	size_t fds = support_open_fds();
	int next = dup(0); /* what the device will be opened as */

	close(next);
	script = steps;
	scripted_fd = next;
	random_is_scripted = true;
	fake_redirect("/dev/urandom", device);
	CHECK_RC(osml_buffer_random(b, 1, n), expected);
	assert_int_equal(support_open_fds(), fds);
	teardown(NULL);
}

static void assert_device_is_read(int refusal)
{
	const int pieces[] = { refusal, 1, -EINTR, 7, -EINTR, -EINTR, 3, REST }, broken[] = { refusal, 5, -EIO, REST },
	          at_once[] = { refusal, REST };
	osml_buffer *b = new_filled();
	const unsigned char *bytes = osml_buffer_data(b);

	read_device(b, pieces, N, 0);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(bytes[1 + i], i + 1);
	assert_int_equal(bytes[0], 0xEE);
	assert_int_equal(bytes[N + 1], 0xEE);
	read_device(b, at_once, N + 1, OSML_EUNSUPPORTED); /* it ends too early */
	read_device(b, broken, N, -EIO);
	fake_fail_function("open", 1, 1, -ENOENT);
	read_device(b, at_once, N, OSML_EUNSUPPORTED);
	read_device(b, at_once, N, 0); /* control */
	osml_buffer_free(b);
}

static void without_the_call_the_device_is_read_to_the_last_byte(void **state)
{
	(void)state;
	if (support_valgrind())
		SKIP("valgrind answers system calls itself");
	assert_device_is_read(-ENOSYS);
	assert_device_is_read(-EPERM);
}

/* ---- Pipes ---- */

static const char text[] = "every byte of it, once, and in its place";

static void assert_written_whole(const int *steps)
{
	char got[2 * sizeof text] = { 0 };
	osml_buffer *b;
	int ends[2];

	CHECK_RC(osml_buffer_new(&b, strlen(text), NULL), 0);
	CHECK_RC(osml_buffer_write(b, 0, text, strlen(text)), 0);
	assert_int_equal(pipe(ends), 0);
	script = steps;
	scripted_fd = ends[1];
	CHECK_RC(osml_buffer_write_fd(b, ends[1], NULL), 0);
	scripted_fd = -1;
	assert_int_equal(read(ends[0], got, sizeof got), strlen(text));
	assert_string_equal(got, text);
	osml_buffer_free(b);
	close(ends[0]);
	close(ends[1]);
}

static void assert_read_whole(const int *steps)
{
	osml_buffer *b;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
	close(ends[1]);
	script = steps;
	scripted_fd = ends[0];
	CHECK_RC(osml_buffer_from_fd(&b, ends[0], 100, NULL, 0), 0);
	scripted_fd = -1;
	assert_string_equal(osml_buffer_data(b), text);
	assert_int_equal(osml_buffer_size(b), strlen(text));
	osml_buffer_free(b);
	close(ends[0]);
}

static void a_signal_or_a_short_count_neither_repeats_nor_loses_a_byte(void **state)
{
	static const int at_once[] = { REST }, ones[] = { 1, 1, 1, 1, REST }, signals[] = { -EINTR, -EINTR, 3, -EINTR, 1, -EINTR, REST };
	static const int nothing[] = { 0, 4, 0, 0, REST };

	(void)state;
	assert_written_whole(at_once);
	assert_written_whole(ones);
	assert_written_whole(signals);
	assert_written_whole(nothing);
	assert_read_whole(at_once);
	assert_read_whole(ones);
	assert_read_whole(signals);
}

static void an_error_in_the_middle_is_told(void **state)
{
	static const int broken[] = { 3, -EIO, REST };
	osml_buffer *b;
	int ends[2];

	(void)state;
	CHECK_RC(osml_buffer_new(&b, 100, NULL), 0);
	assert_int_equal(pipe(ends), 0);
	script = broken;
	scripted_fd = ends[1];
	CHECK_RC(osml_buffer_write_fd(b, ends[1], NULL), -EIO);
	osml_buffer_free(b);
	close(ends[1]);
	script = broken;
	scripted_fd = ends[0];
	CHECK_RC(osml_buffer_from_fd(&b, ends[0], 100, NULL, 0), -EIO);
	assert_null(b);
	close(ends[0]);
}

/* ---- A kernel that takes any advice ---- */

/* In a child, because the answer is remembered. */
static void finds_an_emulator(void *unused)
{
	uint64_t value = 7;
	uint32_t bits = ~0u;
	osml_buffer *b;

	(void)unused;
	any_advice_is_taken = true;
	CHECK_RC(osml_info(OSML_INFO_EMULATOR, &value), 0);
	CHECK(value == 1);
	CHECK_RC(osml_buffer_new(&b, 100, NULL), 0);
	CHECK_RC(osml_buffer_protections(b, &bits), 0);
	CHECK(bits == (OSML_LOCKED | OSML_CANARY));
	osml_buffer_free(b);
}

static void finds_none(void *unused)
{
	uint64_t value = 7;

	(void)unused;
	CHECK_RC(osml_info(OSML_INFO_EMULATOR, &value), 0);
	CHECK(value == (madvise(NULL, 0, -1) == 0));
}

/* Must be the first test: what a process has found out its children know. */
static void who_takes_advice_that_does_not_exist_is_an_emulator(void **state)
{
	(void)state;
	IN_CHILD(finds_an_emulator, NULL);
	IN_CHILD(finds_none, NULL); /* control */
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_takes_advice_that_does_not_exist_is_an_emulator),
		TEST(random_bytes_that_come_in_pieces_fill_the_whole_range),
		TEST(a_failure_of_the_generator_is_told_and_the_buffer_is_free),
		TEST(without_the_call_the_device_is_read_to_the_last_byte),
		TEST(a_signal_or_a_short_count_neither_repeats_nor_loses_a_byte),
		TEST(an_error_in_the_middle_is_told),
	};

	return cmocka_run_group_tests(tests, make_device, remove_device);
}
