/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is done to a buffer's bytes: each range to the last byte and not one further. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define LEN 100u

static osml_buffer *new_buffer(size_t len)
{
	osml_buffer *b;

	assert_int_equal(osml_buffer_new(&b, len, NULL), 0);
	return b;
}

/* A buffer with the bytes first, first+1, ... */
static osml_buffer *counting_buffer(size_t len, unsigned char first)
{
	osml_buffer *b = new_buffer(len);
	unsigned char *data = osml_buffer_data(b);

	for (size_t i = 0; i < len; i++)
		data[i] = (unsigned char)(first + i);
	return b;
}

static const unsigned char *data_of(const osml_buffer *b)
{
	return osml_buffer_data(b);
}

/* Ranges of a buffer of LEN bytes, among them those whose end wraps round to a small number. */
static const struct {
	size_t offset, n;
	int rc;
} ranges[] = {
	{ 0, 0, 0 },
	{ 0, 1, 0 },
	{ 0, LEN, 0 },
	{ LEN - 1, 1, 0 },
	{ LEN, 0, 0 },
	{ 50, 50, 0 },
	{ 0, LEN + 1, OSML_ERANGE },
	{ LEN, 1, OSML_ERANGE },
	{ LEN + 1, 0, OSML_ERANGE },
	{ 50, 51, OSML_ERANGE },
	{ SIZE_MAX, 0, OSML_ERANGE },
	{ SIZE_MAX, 1, OSML_ERANGE },
	{ SIZE_MAX, SIZE_MAX, OSML_ERANGE },
	{ 1, SIZE_MAX, OSML_ERANGE },
	{ 0, SIZE_MAX, OSML_ERANGE },
	{ SIZE_MAX - 9, 20, OSML_ERANGE },
};
#define RANGES (sizeof ranges / sizeof *ranges)

/* Bytes inside the range are `inside`, all others still count from 0. */
static void assert_only_range_is(const osml_buffer *b, size_t i, unsigned char inside)
{
	for (size_t at = 0; at < LEN; at++) {
		int in = ranges[i].rc == 0 && at >= ranges[i].offset && at - ranges[i].offset < ranges[i].n;
		assert_int_equal(data_of(b)[at], in ? inside : (unsigned char)at);
	}
}

static void write_changes_its_range_or_nothing(void **state)
{
	unsigned char bytes[LEN];

	(void)state;
	memset(bytes, 0xEE, sizeof bytes);
	for (size_t i = 0; i < RANGES; i++) {
		osml_buffer *b = counting_buffer(LEN, 0);
		assert_int_equal(osml_buffer_write(b, ranges[i].offset, bytes, ranges[i].n), ranges[i].rc);
		assert_only_range_is(b, i, 0xEE);
		osml_buffer_free(b);
	}
}

static void fill_changes_its_range_or_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < RANGES; i++) {
		osml_buffer *b = counting_buffer(LEN, 0);
		assert_int_equal(osml_buffer_fill(b, ranges[i].offset, 0xEE, ranges[i].n), ranges[i].rc);
		assert_only_range_is(b, i, 0xEE);
		osml_buffer_free(b);
	}
}

static void read_gives_its_range_or_nothing(void **state)
{
	osml_buffer *b = counting_buffer(LEN, 0);

	(void)state;
	for (size_t i = 0; i < RANGES; i++) {
		unsigned char bytes[LEN];
		memset(bytes, 0xEE, sizeof bytes);
		assert_int_equal(osml_buffer_read(b, ranges[i].offset, bytes, ranges[i].n), ranges[i].rc);
		for (size_t at = 0; at < LEN; at++) {
			int got = ranges[i].rc == 0 && at < ranges[i].n;
			assert_int_equal(bytes[at], got ? (unsigned char)(ranges[i].offset + at) : 0xEE);
		}
	}
	osml_buffer_free(b);
}

static void random_refuses_ranges_that_do_not_fit_and_changes_nothing(void **state)
{
	osml_buffer *b = counting_buffer(LEN, 0);

	(void)state;
	for (size_t i = 0; i < RANGES; i++) {
		if (ranges[i].rc == 0)
			continue;
		assert_int_equal(osml_buffer_random(b, ranges[i].offset, ranges[i].n), OSML_ERANGE);
		assert_only_range_is(b, i, 0);
	}
	osml_buffer_free(b);
}

/* Over 64 rounds a byte of random is 0 each time with a chance of 2^-512: then it was not filled at all. */
static void random_covers_both_ends_of_its_range_and_nothing_more(void **state)
{
	osml_buffer *b = new_buffer(LEN);
	unsigned char seen[LEN] = { 0 };

	(void)state;
	for (int round = 0; round < 64; round++) {
		assert_int_equal(osml_buffer_random(b, 10, 80), 0);
		for (size_t at = 0; at < LEN; at++)
			seen[at] |= data_of(b)[at];
	}
	for (size_t at = 0; at < LEN; at++)
		assert_int_equal(seen[at] != 0, at >= 10 && at < 90);
	osml_buffer_free(b);
}

static void random_differs_from_call_to_call_and_in_large_buffers(void **state)
{
	osml_buffer *a = new_buffer(100000), *b = new_buffer(100000);
	int equal;

	(void)state;
	assert_int_equal(osml_buffer_random(a, 0, 100000), 0);
	assert_int_equal(osml_buffer_random(b, 0, 100000), 0);
	assert_int_equal(osml_buffer_equal(&equal, a, b), 0);
	assert_int_equal(equal, 0);
	for (size_t at = 0; at + 16 <= 100000; at += 16)
		assert_memory_not_equal(data_of(a) + at, data_of(b) + at, 16);
	osml_buffer_free(a);
	osml_buffer_free(b);
}

static void copy_moves_a_range_between_buffers(void **state)
{
	osml_buffer *from = counting_buffer(LEN, 0), *to = counting_buffer(LEN, 100);

	(void)state;
	assert_int_equal(osml_buffer_copy(to, 90, from, 5, 10), 0);
	for (size_t at = 0; at < LEN; at++) {
		assert_int_equal(data_of(to)[at], at >= 90 ? at - 90 + 5 : at + 100);
		assert_int_equal(data_of(from)[at], at);
	}
	osml_buffer_free(from);
	osml_buffer_free(to);
}

static void copy_checks_the_range_on_either_side(void **state)
{
	osml_buffer *from = counting_buffer(LEN, 0), *to = counting_buffer(LEN, 0);

	(void)state;
	for (size_t i = 0; i < RANGES; i++) {
		assert_int_equal(osml_buffer_copy(to, ranges[i].offset, from, ranges[i].offset, ranges[i].n), ranges[i].rc);
		if (ranges[i].rc == 0)
			continue;
		assert_int_equal(osml_buffer_copy(to, 0, from, ranges[i].offset, ranges[i].n), OSML_ERANGE);
		assert_int_equal(osml_buffer_copy(to, ranges[i].offset, from, 0, ranges[i].n), OSML_ERANGE);
		for (size_t at = 0; at < LEN; at++)
			assert_int_equal(data_of(to)[at], at);
	}
	osml_buffer_free(from);
	osml_buffer_free(to);
}

static void copy_within_one_buffer_is_right_when_it_overlaps(void **state)
{
	static const struct {
		size_t to, from, n;
	} moves[] = { { 1, 0, 99 }, { 0, 1, 99 }, { 10, 0, 50 }, { 0, 10, 50 }, { 7, 7, 30 }, { 0, 0, LEN } };

	(void)state;
	for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
		osml_buffer *b = counting_buffer(LEN, 0);
		assert_int_equal(osml_buffer_copy(b, moves[i].to, b, moves[i].from, moves[i].n), 0);
		for (size_t at = 0; at < LEN; at++) {
			int moved = at >= moves[i].to && at - moves[i].to < moves[i].n;
			assert_int_equal(data_of(b)[at], moved ? at - moves[i].to + moves[i].from : at);
		}
		osml_buffer_free(b);
	}
}

/* As memmove(), on both sides of each length where another way of copying begins (core/src/copy.c), however the two ranges lie. */
static void a_copy_of_any_length_is_right_at_any_alignment_and_overlap(void **state)
{
	static const size_t lengths[] = { 31, 32, 63, 64, 65, 159, 160, 255, 256, 257, 288, 289, 383, 384, 385, 511, 512, 513, 4097 };
	static const size_t places[] = { 0, 1, 15, 16, 33, 300 };
	enum { MOST = 4097 + 300, PLACES = sizeof places / sizeof *places };
	static unsigned char before[MOST], wanted[MOST], back[MOST], zeros[MOST];
	osml_buffer *b = new_buffer(MOST);

	(void)state;
	for (size_t at = 0; at < MOST; at++)
		before[at] = (unsigned char)(at * 7 + at / 251);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths * PLACES * PLACES; i++) {
		size_t n = lengths[i / PLACES / PLACES], to = places[i / PLACES % PLACES], from = places[i % PLACES];

		memcpy(wanted, before, MOST);
		memmove(wanted + to, wanted + from, n);
		assert_int_equal(osml_buffer_write(b, 0, before, MOST), 0);
		assert_int_equal(osml_buffer_copy(b, to, b, from, n), 0);
		assert_memory_equal(data_of(b), wanted, MOST);
		memset(back, 0, MOST);
		assert_int_equal(osml_buffer_read(b, from, back + to, n), 0);
		assert_memory_equal(back + to, wanted + from, n);
		assert_memory_equal(back, zeros, to);
		assert_memory_equal(back + to + n, zeros, MOST - to - n);
	}
	osml_buffer_free(b);
}

static void wipe_zeroes_every_byte_and_keeps_the_length(void **state)
{
	static const size_t lengths[] = { 0, 1, 7, 8, 100, 2056, 2057, 100000 };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		osml_buffer *b = new_buffer(lengths[i]);
		assert_int_equal(osml_buffer_fill(b, 0, 0xEE, lengths[i]), 0);
		assert_int_equal(osml_buffer_wipe(b), 0);
		assert_int_equal(osml_buffer_size(b), lengths[i]);
		for (size_t at = 0; at < lengths[i]; at++)
			assert_int_equal(data_of(b)[at], 0);
		assert_int_equal(osml_buffer_close(b), 0);
		osml_buffer_free(b);
	}
}

static int equal_of(const osml_buffer *a, const osml_buffer *b)
{
	int equal = -1;

	assert_int_equal(osml_buffer_equal(&equal, a, b), 0);
	return equal;
}

static void equal_sees_each_single_bit(void **state)
{
	osml_buffer *a = counting_buffer(LEN, 3), *b = counting_buffer(LEN, 3);
	unsigned char *data = osml_buffer_data(b);

	(void)state;
	assert_int_equal(equal_of(a, b), 1);
	for (unsigned bit = 0; bit < 8 * LEN; bit++) {
		data[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_int_equal(equal_of(a, b), 0);
		data[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	assert_int_equal(equal_of(a, b), 1);
	assert_int_equal(equal_of(a, a), 1);
	osml_buffer_free(a);
	osml_buffer_free(b);
}

static void equal_of_different_lengths_is_no_even_where_the_bytes_agree(void **state)
{
	osml_buffer *empty = new_buffer(0), *other_empty = new_buffer(0), *one = new_buffer(1), *two = new_buffer(2);

	(void)state;
	assert_int_equal(equal_of(empty, other_empty), 1);
	assert_int_equal(equal_of(empty, one), 0);
	assert_int_equal(equal_of(one, two), 0);
	assert_int_equal(equal_of(two, one), 0);
	osml_buffer_free(empty);
	osml_buffer_free(other_empty);
	osml_buffer_free(one);
	osml_buffer_free(two);
}

/* ---- write_fd ---- */

struct reader {
	int fd;
	unsigned char *bytes;
	size_t size, got;
};

static void *read_everything(void *argument)
{
	struct reader *r = argument;
	ssize_t n;

	while ((n = read(r->fd, r->bytes + r->got, r->size - r->got)) > 0)
		r->got += (size_t)n;
	return NULL;
}

/* The pipe holds one page, so that a large buffer goes out in many short writes. */
static void write_fd_delivers_every_byte_through_a_small_pipe(void **state)
{
	enum { SIZE = 300001 };
	osml_buffer *b = new_buffer(SIZE);
	struct reader r = { .bytes = calloc(1, SIZE + 1), .size = SIZE + 1 };
	pthread_t thread;
	int ends[2];

	(void)state;
	assert_int_equal(osml_buffer_random(b, 0, SIZE), 0);
	assert_int_equal(pipe(ends), 0);
#ifdef F_SETPIPE_SZ
	fcntl(ends[1], F_SETPIPE_SZ, 4096);
#endif
	r.fd = ends[0];
	assert_int_equal(pthread_create(&thread, NULL, read_everything, &r), 0);
	assert_int_equal(osml_buffer_write_fd(b, ends[1], NULL), 0);
	close(ends[1]);
	pthread_join(thread, NULL);
	close(ends[0]);
	assert_int_equal(r.got, SIZE);
	assert_memory_equal(r.bytes, data_of(b), SIZE);
	free(r.bytes);
	osml_buffer_free(b);
}

#if !defined(__SANITIZE_THREAD__) /* which rightly calls it a race: that is what is tested */
struct closer {
	osml_buffer *b;
	int fd;
};

static void *close_and_drain(void *closer)
{
	struct closer *c = closer;
	char bytes[4096];

	if (read(c->fd, bytes, sizeof bytes) > 0)
		osml_buffer_close(c->b);
	while (read(c->fd, bytes, sizeof bytes) > 0)
		;
	return NULL;
}

/* The rest would be zeros, and the other side would take them for the secret. */
static void write_fd_of_a_buffer_that_is_closed_meanwhile_is_eclosed(void **state)
{
	struct closer c = { .b = new_buffer(75 * support_page_size() + 1) }; /* a pipe takes 16 pages */
	pthread_t thread;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	c.fd = ends[0];
	assert_int_equal(pthread_create(&thread, NULL, close_and_drain, &c), 0);
	assert_int_equal(osml_buffer_write_fd(c.b, ends[1], NULL), OSML_ECLOSED);
	close(ends[1]);
	pthread_join(thread, NULL);
	close(ends[0]);
	osml_buffer_free(c.b);
}
#endif

static void write_fd_of_an_empty_buffer_writes_nothing(void **state)
{
	osml_buffer *b = new_buffer(0);
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(osml_buffer_write_fd(b, ends[1], NULL), 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	osml_buffer_free(b);
}

static void write_fd_to_a_closed_descriptor_is_ebadf(void **state)
{
	osml_buffer *b = counting_buffer(LEN, 0);
	int fd = dup(0);

	(void)state;
	close(fd);
	assert_int_equal(osml_buffer_write_fd(b, fd, NULL), -EBADF);
	assert_int_equal(osml_buffer_write_fd(b, -1, NULL), -EBADF);
	osml_buffer_free(b);
}

static void write_fd_to_a_pipe_without_a_reader_is_epipe_when_sigpipe_is_ignored(void **state)
{
	osml_buffer *b = counting_buffer(LEN, 0);
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(osml_buffer_write_fd(b, ends[1], NULL), -EPIPE);
	close(ends[1]);
	signal(SIGPIPE, before);
	osml_buffer_free(b);
}

/* A failure must not leave the buffer held: then it could never be changed again. */
static void after_a_failure_the_buffer_is_not_held(void **state)
{
	osml_buffer *b = counting_buffer(LEN, 0);

	(void)state;
	assert_int_equal(osml_buffer_write_fd(b, -1, NULL), -EBADF);
	assert_int_equal(osml_buffer_write(b, LEN, "x", 1), OSML_ERANGE);
	assert_int_equal(osml_buffer_copy(b, LEN, b, 0, 1), OSML_ERANGE);
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_READ), OSML_EUNSUPPORTED); /* not OSML_EPINNED */
	osml_buffer_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(write_changes_its_range_or_nothing),
		cmocka_unit_test(fill_changes_its_range_or_nothing),
		cmocka_unit_test(read_gives_its_range_or_nothing),
		cmocka_unit_test(random_refuses_ranges_that_do_not_fit_and_changes_nothing),
		cmocka_unit_test(random_covers_both_ends_of_its_range_and_nothing_more),
		cmocka_unit_test(random_differs_from_call_to_call_and_in_large_buffers),
		cmocka_unit_test(copy_moves_a_range_between_buffers),
		cmocka_unit_test(copy_checks_the_range_on_either_side),
		cmocka_unit_test(copy_within_one_buffer_is_right_when_it_overlaps),
		cmocka_unit_test(a_copy_of_any_length_is_right_at_any_alignment_and_overlap),
		cmocka_unit_test(wipe_zeroes_every_byte_and_keeps_the_length),
		cmocka_unit_test(equal_sees_each_single_bit),
		cmocka_unit_test(equal_of_different_lengths_is_no_even_where_the_bytes_agree),
		cmocka_unit_test(write_fd_delivers_every_byte_through_a_small_pipe),
#if !defined(__SANITIZE_THREAD__)
		cmocka_unit_test(write_fd_of_a_buffer_that_is_closed_meanwhile_is_eclosed),
#endif
		cmocka_unit_test(write_fd_of_an_empty_buffer_writes_nothing),
		cmocka_unit_test(write_fd_to_a_closed_descriptor_is_ebadf),
		cmocka_unit_test(write_fd_to_a_pipe_without_a_reader_is_epipe_when_sigpipe_is_ignored),
		cmocka_unit_test(after_a_failure_the_buffer_is_not_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
