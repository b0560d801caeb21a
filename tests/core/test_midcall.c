/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A buffer that is closed while a call reads it, so that the call must not answer 0 for zeros; and a purge that interrupts the end of a buffer (audit
 * C1, C18). The moment is exact: the call meets a page without access, and the handler of that fault opens the page, closes or purges, and lets the
 * call go on.
 */
#define _GNU_SOURCE
#include "shut.h"

#include <fcntl.h>
#include <pthread.h>

#include "os_fake.h"

#define LEN 3000u /* with the canary less than a page */

static osml_buffer *victim;

static void *close_it(void *unused)
{
	CHECK_RC(osml_buffer_close(victim), 0);
	return unused;
}

/* The handler waits: for the call it is as if the other thread had been quicker. */
static void another_thread_closes_it(void)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, close_it, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
}

static void a_purge_closes_it(void)
{
	CHECK_RC(osml_purge(), 0);
}

static void (*const ways[])(void) = { another_thread_closes_it, a_purge_closes_it };
#define WAYS 2u

static bool all_are(const unsigned char *bytes, unsigned char value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

/* ---- Read ---- */

/* The first half of the output can be written before the fault. */
static void read_while(void (*way)(void), int expected)
{
	size_t page = support_page_size();
	unsigned char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	              *out = pages + page - LEN / 2;

	CHECK(pages != MAP_FAILED);
	memset(pages, 1, 2 * page);
	victim = support_secret(LEN, OSML_DEFAULT_PROTECTIONS);
	meanwhile = way;
	shut_page_of(pages + page);
	CHECK_RC(osml_buffer_read(victim, 0, out, LEN), expected);
	CHECK(faults == 1);
	CHECK(all_are(out, expected ? 0 : 0xEE, LEN));
	CHECK(all_are(pages, 1, page - LEN / 2) && out[LEN] == 1);
	osml_buffer_free(victim);
	munmap(pages, 2 * page);
}

static void a_read_of_a_buffer_that_is_closed_meanwhile_is_eclosed_and_its_output_wiped(void **state)
{
	(void)state;
	if (support_valgrind())
		SKIP(NOT_EXACT);
	read_while(NULL, 0); /* control */
	for (size_t i = 0; i < WAYS; i++)
		read_while(ways[i], OSML_ECLOSED);
}

/* ---- Copy ---- */

static void copy_while(void (*way)(void), bool closed, int expected)
{
	osml_buffer *to = support_secret(LEN, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED);
	unsigned char *bytes = osml_buffer_data(to);

	CHECK_RC(osml_buffer_fill(to, 0, 1, LEN), 0);
	victim = support_secret(LEN, OSML_DEFAULT_PROTECTIONS);
	meanwhile = way;
	shut_page_of(bytes);
	CHECK_RC(osml_buffer_copy(to, 1, victim, 0, LEN - 1), expected);
	CHECK(faults == 1);
	CHECK(all_are(bytes + 1, expected ? 0 : 0xEE, LEN - 1));
	CHECK(bytes[0] == !closed);
	CHECK(!osml_buffer_data(to) == closed);
	osml_buffer_free(victim);
	osml_buffer_free(to);
}

static void so_is_a_copy(void **state)
{
	(void)state;
	if (support_valgrind())
		SKIP(NOT_EXACT);
	copy_while(NULL, false, 0); /* control */
	copy_while(another_thread_closes_it, false, OSML_ECLOSED);
	copy_while(a_purge_closes_it, true, OSML_ECLOSED);
}

/* ---- Comparisons ---- */

static void compare_while(void (*way)(void), bool victim_first, int expected)
{
	osml_buffer *other = support_secret(LEN, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED);
	int equal = 2;

	victim = support_secret(LEN, OSML_DEFAULT_PROTECTIONS);
	meanwhile = way;
	shut_page_of(osml_buffer_data(other));
	CHECK_RC(osml_buffer_equal(&equal, victim_first ? victim : other, victim_first ? other : victim), expected);
	CHECK(faults == 1 && equal == !expected);
	osml_buffer_free(victim);
	osml_buffer_free(other);
}

/* After a purge both are zeros, and would be equal. */
static void a_comparison_with_one_is_eclosed_and_not_equal(void **state)
{
	(void)state;
	if (support_valgrind())
		SKIP(NOT_EXACT);
	for (int first = 0; first < 2; first++) {
		compare_while(NULL, first, 0); /* control */
		for (size_t i = 0; i < WAYS; i++)
			compare_while(ways[i], first, OSML_ECLOSED);
	}
}

/* ---- Plain bytes beside the buffer ---- */

static int equals(const unsigned char *bytes, int expected)
{
	int equal = 2, rc = osml_buffer_equal_bytes(&equal, victim, bytes, LEN);

	CHECK(equal == !expected);
	return rc;
}

static int finds(const unsigned char *bytes, int expected)
{
	size_t at = 1;
	int rc = osml_buffer_find(&at, victim, 0, bytes, LEN);

	CHECK(at == (expected ? OSML_NOT_FOUND : 0));
	return rc;
}

/* Before the bytes of the page are seen the buffer is closed. */
static void beside_bytes_while(int (*call)(const unsigned char *bytes, int expected), void (*way)(void), int expected)
{
	size_t page = support_page_size();
	unsigned char *bytes = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(bytes != MAP_FAILED);
	memset(bytes, 0xEE, page);
	victim = support_secret(LEN, OSML_DEFAULT_PROTECTIONS);
	meanwhile = way;
	shut_page_of(bytes);
	CHECK_RC(call(bytes, expected), expected);
	CHECK(faults == 1);
	osml_buffer_free(victim);
	munmap(bytes, page);
}

static void so_are_a_search_and_a_comparison_with_bytes(void **state)
{
	(void)state;
	if (support_valgrind())
		SKIP(NOT_EXACT);
	beside_bytes_while(equals, NULL, 0); /* control */
	beside_bytes_while(finds, NULL, 0);  /* control */
	for (size_t i = 0; i < WAYS; i++) {
		beside_bytes_while(equals, ways[i], OSML_ECLOSED);
		beside_bytes_while(finds, ways[i], OSML_ECLOSED);
	}
}

/* ---- A purge in a handler that interrupts the end of a buffer ---- */

static const unsigned char *ending;
static size_t ending_len;
static bool wiped;

static void purge_and_look(void)
{
	CHECK_RC(osml_purge(), 0);
	wiped = all_are(ending, 0, ending_len);
}

static void look(void)
{
	wiped = all_are(ending, 0, ending_len);
}

static void close_then_free(osml_buffer *b)
{
	CHECK_RC(osml_buffer_close(b), 0);
	osml_buffer_free(b);
}

static void close_pinned(osml_buffer *b)
{
	CHECK_RC(osml_buffer_pin(b, NULL, NULL), 0);
	CHECK_RC(osml_buffer_close(b), 0);
	CHECK_RC(osml_buffer_unpin(b), OSML_ECLOSED);
	osml_buffer_free(b);
}

static void end_while(void (*end)(osml_buffer *b), void (*way)(void), size_t len, uint32_t want)
{
	struct support_snapshot before = support_snapshot();
	osml_buffer *b = support_secret(len, want);
	uint64_t corruptions = 1, live = 1;

	ending = osml_buffer_data(b);
	ending_len = len;
	meanwhile = way;
	shut_page_of((void *)ending);
	end(b);
	CHECK(faults == 1); /* the first touch, which is after the word has changed */
	CHECK(wiped == (way == purge_and_look));
	CHECK_RC(osml_info(OSML_INFO_CORRUPTIONS, &corruptions), 0);
	CHECK_RC(osml_info(OSML_INFO_LIVE_BUFFERS, &live), 0);
	CHECK(corruptions == 0 && live == 0);
	ASSERT_BACK_TO(before);
}

static void a_purge_wipes_what_the_interrupted_call_was_about_to_wipe(void **state)
{
	static void (*const ends[])(osml_buffer * b) = { osml_buffer_free, close_then_free, close_pinned };

	(void)state;
	if (support_valgrind())
		SKIP(NOT_EXACT);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		for (size_t len = 32; len <= 3232; len += 1600) {
			end_while(ends[i], look, len, OSML_DEFAULT_PROTECTIONS); /* control */
			end_while(ends[i], purge_and_look, len, OSML_DEFAULT_PROTECTIONS);
			end_while(ends[i], purge_and_look, len, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED);
			end_while(ends[i], purge_and_look, len, OSML_LOCKED | OSML_CANARY);
		}
}

/* ---- Calls to the system ---- */

static void in_the_call(void)
{
	if (meanwhile)
		meanwhile();
	meanwhile = NULL;
}

static void write_fd_while(void (*way)(void), int expected)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	victim = support_secret(LEN, OSML_DEFAULT_PROTECTIONS);
	meanwhile = way;
	fake_hook("write", in_the_call);
	CHECK_RC(osml_buffer_write_fd(victim, null, NULL), expected);
	fake_reset();
	osml_buffer_free(victim);
	close(null);
}

static void verify_while(void (*way)(void), int expected)
{
	uint32_t bits = 1;

	victim = support_secret(LEN, OSML_DEFAULT_PROTECTIONS);
	meanwhile = way;
	fake_hook("verify", in_the_call);
	CHECK_RC(osml_buffer_verify(victim, &bits), expected);
	CHECK(bits == (expected ? 0 : OSML_DEFAULT_PROTECTIONS));
	fake_reset();
	osml_buffer_free(victim);
}

/* What a call makes is locked before anything is copied into it. */
static void make_while(int (*make)(osml_buffer **out, const osml_buffer_options *o), void (*way)(void), int expected)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *out;

	o.want |= OSML_GUARDED;
	victim = support_secret(LEN, OSML_DEFAULT_PROTECTIONS);
	meanwhile = way;
	fake_hook("lock", in_the_call);
	CHECK_RC(make(&out, &o), expected);
	CHECK(!out == (expected != 0));
	fake_reset();
	osml_buffer_free(out);
	osml_buffer_free(victim);
}

static int join(osml_buffer **out, const osml_buffer_options *o)
{
	return osml_buffer_join(out, (osml_piece[]){ { NULL, "x", 0, 1 }, { victim, NULL, 0, OSML_TO_END } }, 2, o);
}

static int encode(osml_buffer **out, const osml_buffer_options *o)
{
	return osml_buffer_encode(out, victim, OSML_HEX, o);
}

static void what_is_made_of_one_that_is_closed_meanwhile_is_not_made(void **state)
{
	(void)state;
	make_while(join, NULL, 0);   /* control */
	make_while(encode, NULL, 0); /* control */
	make_while(join, another_thread_closes_it, OSML_ECLOSED);
	make_while(encode, another_thread_closes_it, OSML_ECLOSED);
	make_while(join, a_purge_closes_it, OSML_ECLOSED);
	make_while(encode, a_purge_closes_it, OSML_ECLOSED);
}

static void write_fd_and_verify_tell_it_as_well(void **state)
{
	(void)state;
	write_fd_while(NULL, 0); /* control */
	verify_while(NULL, 0);   /* control */
	for (size_t i = 0; i < WAYS; i++) {
		write_fd_while(ways[i], OSML_ECLOSED);
		verify_while(ways[i], OSML_ECLOSED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_of_a_buffer_that_is_closed_meanwhile_is_eclosed_and_its_output_wiped),
		cmocka_unit_test(so_is_a_copy),
		cmocka_unit_test(a_comparison_with_one_is_eclosed_and_not_equal),
		cmocka_unit_test(so_are_a_search_and_a_comparison_with_bytes),
		cmocka_unit_test(a_purge_wipes_what_the_interrupted_call_was_about_to_wipe),
		cmocka_unit_test(what_is_made_of_one_that_is_closed_meanwhile_is_not_made),
		cmocka_unit_test(write_fd_and_verify_tell_it_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
