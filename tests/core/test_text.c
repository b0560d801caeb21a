/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What puts a secret together and takes it apart: take, join, find, and the comparison with plain bytes (audit U5). */
#include "support.h"

#include <errno.h>

#include "os_fake.h"

static osml_buffer *buffer_of(const void *bytes, size_t n)
{
	osml_buffer *b;

	assert_int_equal(osml_buffer_new(&b, n, NULL), 0);
	assert_int_equal(osml_buffer_write(b, 0, bytes, n), 0);
	return b;
}

static osml_buffer *text_of(const char *text)
{
	return buffer_of(text, strlen(text));
}

static void assert_holds(osml_buffer *b, const void *bytes, size_t n)
{
	assert_int_equal(osml_buffer_size(b), n);
	assert_memory_equal(osml_buffer_data(b), bytes, n);
	assert_int_equal(osml_buffer_close(b), 0); /* the canary lives */
	osml_buffer_free(b);
}

/* ---- Take ---- */

static void taken_bytes_are_in_the_buffer_and_nowhere_else(void **state)
{
	static const size_t lengths[] = { 0, 1, 7, 32, 257, 5000, 70000 };
	static unsigned char bytes[70002], before[70002];

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		osml_buffer *b;
		for (size_t at = 0; at < sizeof bytes; at++)
			bytes[at] = before[at] = (unsigned char)(at % 255 + 1);
		assert_int_equal(osml_buffer_take(&b, bytes + 1, lengths[i], NULL), 0);
		for (size_t at = 0; at < sizeof bytes; at++)
			assert_int_equal(bytes[at], at < 1 || at > lengths[i] ? before[at] : 0);
		assert_holds(b, before + 1, lengths[i]);
	}
}

static void a_take_that_fails_leaves_the_bytes(void **state)
{
	char secret[] = "sesame";
	osml_buffer_options unknown = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;

	(void)state;
	unknown.want = 1u << 31;
	b = (osml_buffer *)secret;
	assert_int_equal(osml_buffer_take(&b, secret, 6, &unknown), OSML_EINVAL);
	assert_null(b);
	b = (osml_buffer *)secret;
	assert_int_equal(osml_buffer_take(&b, NULL, 6, NULL), OSML_EINVAL);
	assert_null(b);
	assert_int_equal(osml_buffer_take(NULL, secret, 6, NULL), OSML_EINVAL);
	b = (osml_buffer *)secret;
	fake_fail_function("map", 1, 99, -ENOMEM);
	unknown.want = OSML_DEFAULT_PROTECTIONS | OSML_GUARDED;
	assert_int_equal(osml_buffer_take(&b, secret, 6, &unknown), -ENOMEM);
	fake_reset();
	assert_null(b);
	assert_string_equal(secret, "sesame");
	assert_int_equal(osml_buffer_take(&b, NULL, 0, NULL), 0);
	assert_holds(b, "", 0);
}

/* ---- Join ---- */

#define BYTES(text)                         \
	{                                   \
		NULL, text, 0, strlen(text) \
	}

static osml_buffer *joined(const osml_piece *pieces, size_t count)
{
	osml_buffer *b;

	assert_int_equal(osml_buffer_join(&b, pieces, count, NULL), 0);
	return b;
}

static void a_header_is_put_together_from_a_token(void **state)
{
	osml_buffer *token = text_of("t0k3n");
	const osml_piece pieces[] = { BYTES("Authorization: Bearer "), { token, NULL, 0, OSML_TO_END }, BYTES("\r\n") };

	(void)state;
	assert_holds(joined(pieces, 3), "Authorization: Bearer t0k3n\r\n", 29);
	assert_holds(token, "t0k3n", 5);
}

static void one_piece_is_a_slice(void **state)
{
	const char *digits = "0123456789";
	osml_buffer *b = text_of(digits);

	(void)state;
	for (size_t from = 0; from <= 10; from++) {
		for (size_t n = 0; from + n <= 10; n++)
			assert_holds(joined(&(osml_piece){ b, NULL, from, n }, 1), digits + from, n);
		assert_holds(joined(&(osml_piece){ b, NULL, from, OSML_TO_END }, 1), digits + from, 10 - from);
		assert_holds(joined(&(osml_piece){ NULL, digits, from, 10 - from }, 1), digits + from, 10 - from);
	}
	osml_buffer_free(b);
}

static void a_buffer_may_occur_many_times_and_pieces_may_be_empty(void **state)
{
	osml_buffer *b = text_of("ab"), *empty = text_of("");
	const osml_piece pieces[] = { { b, NULL, 1, 1 }, { NULL, NULL, 0, 0 }, { b, NULL, 0, OSML_TO_END }, { empty, NULL, 0, OSML_TO_END },
		                      { b, NULL, 2, 0 }, { b, NULL, 0, 1 } };

	(void)state;
	assert_holds(joined(pieces, 6), "baba", 4);
	assert_holds(joined(pieces, 0), "", 0);
	assert_holds(joined(NULL, 0), "", 0);
	osml_buffer_free(b);
	osml_buffer_free(empty);
}

static void large_pieces_arrive_whole(void **state)
{
	enum { SIZE = 100000 };
	osml_buffer *b, *two;
	const unsigned char *bytes;

	(void)state;
	assert_int_equal(osml_buffer_new(&b, SIZE, NULL), 0);
	assert_int_equal(osml_buffer_random(b, 0, SIZE), 0);
	bytes = osml_buffer_data(b);
	two = joined((osml_piece[]){ { b, NULL, 0, SIZE }, { b, NULL, 1, OSML_TO_END } }, 2);
	assert_int_equal(osml_buffer_size(two), 2 * SIZE - 1);
	assert_memory_equal(osml_buffer_data(two), bytes, SIZE);
	assert_memory_equal((unsigned char *)osml_buffer_data(two) + SIZE, bytes + 1, SIZE - 1);
	osml_buffer_free(two);
	osml_buffer_free(b);
}

static size_t pins_of(const osml_buffer *b)
{
	size_t pins = 99;

	assert_int_equal(osml_buffer_pins(b, &pins), 0);
	return pins;
}

/* What is refused leaves no hold: each buffer can be changed by one call alone afterwards. */
static void assert_join_refused(osml_buffer *b, osml_piece bad, int rc)
{
	for (size_t at = 0; at < 3; at++) {
		osml_piece pieces[3] = { { b, NULL, 0, OSML_TO_END }, { b, NULL, 0, OSML_TO_END }, { b, NULL, 0, OSML_TO_END } };
		osml_buffer *out = b;
		pieces[at] = bad;
		assert_int_equal(osml_buffer_join(&out, pieces, 3, NULL), rc);
		assert_null(out);
		assert_int_equal(pins_of(b), 0);
		assert_int_equal(osml_buffer_decode(b, OSML_HEX), OSML_EFORMAT); /* not OSML_EPINNED */
	}
}

static void a_wrong_piece_is_refused_wherever_it_stands(void **state)
{
	osml_buffer *b = text_of("xyz"), *closed = text_of("xyz");

	(void)state;
	assert_int_equal(osml_buffer_close(closed), 0);
	assert_join_refused(b, (osml_piece){ b, NULL, 4, 0 }, OSML_ERANGE);
	assert_join_refused(b, (osml_piece){ b, NULL, 4, OSML_TO_END }, OSML_ERANGE);
	assert_join_refused(b, (osml_piece){ b, NULL, 0, 4 }, OSML_ERANGE);
	assert_join_refused(b, (osml_piece){ b, NULL, 3, 1 }, OSML_ERANGE);
	assert_join_refused(b, (osml_piece){ b, NULL, 1, SIZE_MAX - 1 }, OSML_ERANGE);
	assert_join_refused(b, (osml_piece){ b, NULL, SIZE_MAX, 1 }, OSML_ERANGE);
	assert_join_refused(b, (osml_piece){ b, "xyz", 0, 1 }, OSML_EINVAL);
	assert_join_refused(b, (osml_piece){ NULL, "xyz", 0, OSML_TO_END }, OSML_EINVAL);
	assert_join_refused(b, (osml_piece){ NULL, NULL, 0, 1 }, OSML_EINVAL);
	assert_join_refused(b, (osml_piece){ NULL, "xyz", 2, SIZE_MAX - 1 }, OSML_ERANGE);
	assert_join_refused(b, (osml_piece){ closed, NULL, 0, 0 }, OSML_ECLOSED);
	osml_buffer_free(closed);
	osml_buffer_free(b);
}

static void lengths_that_together_do_not_fit_are_refused(void **state)
{
	const osml_piece huge = { NULL, "x", 0, SIZE_MAX / 2 }, pieces[] = { huge, huge, huge };
	osml_buffer *out = (osml_buffer *)&huge;

	(void)state;
	assert_int_equal(osml_buffer_join(&out, pieces, 3, NULL), OSML_ERANGE);
	assert_null(out);
	assert_int_equal(osml_buffer_join(&out, pieces, 1, NULL), -ENOMEM); /* no memory is as large */
	assert_null(out);
	assert_int_equal(osml_buffer_join(&out, NULL, 1, NULL), OSML_EINVAL);
	assert_null(out);
	assert_int_equal(osml_buffer_join(NULL, pieces, 0, NULL), OSML_EINVAL);
}

static void the_result_inherits_nothing(void **state)
{
	osml_buffer_options guarded = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b, *out;
	uint32_t held;

	(void)state;
	guarded.want |= OSML_GUARDED;
	assert_int_equal(osml_buffer_new(&b, 8, &guarded), 0);
	out = joined(&(osml_piece){ b, NULL, 0, OSML_TO_END }, 1);
	assert_int_equal(osml_buffer_protections(out, &held), 0);
	assert_false(held & OSML_GUARDED);
	osml_buffer_free(out);
	assert_int_equal(osml_buffer_join(&out, &(osml_piece){ NULL, "x", 0, 1 }, 1, &guarded), 0);
	assert_int_equal(osml_buffer_protections(out, &held), 0);
	assert_true(held & OSML_GUARDED);
	osml_buffer_free(out);
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_NONE), 0);
	assert_int_equal(osml_buffer_join(&out, &(osml_piece){ b, NULL, 0, OSML_TO_END }, 1, NULL), OSML_EACCESS);
	osml_buffer_free(b);
}

/* ---- Find ---- */

static size_t found(const osml_buffer *b, size_t from, const void *bytes, size_t n)
{
	size_t at = 12345;

	assert_int_equal(osml_buffer_find(&at, b, from, bytes, n), 0);
	return at;
}

/* All texts of eight letters a and b, and all words of up to four, beside a search that cannot be wrong. */
static void find_tells_the_first_place_at_or_after_the_start(void **state)
{
	char text[8], word[4];

	(void)state;
	for (unsigned t = 0; t < 256; t++) {
		osml_buffer *b;
		for (size_t i = 0; i < 8; i++)
			text[i] = t >> i & 1 ? 'a' : 'b';
		b = buffer_of(text, 8);
		for (unsigned w = 0; w < 31; w++) {
			size_t n = w < 16 ? 4 : w < 24 ? 3 : w < 28 ? 2 : w < 30 ? 1 : 0;
			for (size_t i = 0; i < n; i++)
				word[i] = w >> i & 1 ? 'a' : 'b';
			for (size_t from = 0; from <= 8; from++) {
				size_t at = from;
				while (at + n <= 8 && memcmp(text + at, word, n) != 0)
					at++;
				assert_int_equal(found(b, from, word, n), at + n <= 8 ? at : OSML_NOT_FOUND);
			}
		}
		osml_buffer_free(b);
	}
}

static void find_sees_every_byte_value_and_long_texts(void **state)
{
	enum { SIZE = 70000 };
	static unsigned char bytes[SIZE];
	osml_buffer *b;

	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (unsigned char)(i >> 8 ^ i * 7);
	b = buffer_of(bytes, SIZE);
	for (size_t at = 0; at < SIZE; at += 977) {
		size_t n = SIZE - at < 300 ? SIZE - at : 300;
		assert_memory_equal(bytes + found(b, 0, bytes + at, n), bytes + at, n);
		assert_true(found(b, 0, bytes + at, n) <= at);
		assert_int_equal(found(b, at, bytes + at, n), at);
	}
	assert_int_equal(found(b, 0, bytes, SIZE), 0);
	assert_int_equal(found(b, 1, bytes, SIZE), OSML_NOT_FOUND);
	assert_int_equal(found(b, SIZE, bytes, 1), OSML_NOT_FOUND);
	assert_int_equal(found(b, SIZE, NULL, 0), SIZE);
	osml_buffer_free(b);
}

/* Where sums alone would say yes: texts of Thue and Morse have the same sum by any factor. */
static void equal_sums_are_no_match(void **state)
{
	enum { HALF = 2048 };
	static unsigned char text[2 * HALF];
	osml_buffer *b;

	(void)state;
	for (size_t i = 0; i < 2 * HALF; i++)
		text[i] = (unsigned char)('a' + __builtin_parityll(i));
	b = buffer_of(text, HALF);
	assert_int_equal(found(b, 0, text, HALF), 0); /* control */
	assert_int_equal(found(b, 0, text + HALF, HALF), OSML_NOT_FOUND);
	osml_buffer_free(b);
}

static void a_wrong_search_is_refused(void **state)
{
	osml_buffer *b = text_of("sesame");
	size_t at = 1;

	(void)state;
	assert_int_equal(osml_buffer_find(&at, b, 7, "s", 1), OSML_ERANGE);
	assert_int_equal(at, OSML_NOT_FOUND);
	assert_int_equal(osml_buffer_find(&at, b, SIZE_MAX, "s", 1), OSML_ERANGE);
	assert_int_equal(osml_buffer_find(NULL, b, 0, "s", 1), OSML_EINVAL);
	at = 1;
	assert_int_equal(osml_buffer_find(&at, b, 0, NULL, 1), OSML_EINVAL);
	assert_int_equal(at, OSML_NOT_FOUND);
	at = 1;
	assert_int_equal(osml_buffer_find(&at, NULL, 0, "s", 1), OSML_EINVAL);
	assert_int_equal(at, OSML_NOT_FOUND);
	assert_int_equal(osml_buffer_find(&at, b, 6, "s", 1), 0);
	osml_buffer_free(b);
}

/* ---- Equal ---- */

static int equal_of(const osml_buffer *b, const void *bytes, size_t n)
{
	int equal = -1;

	assert_int_equal(osml_buffer_equal_bytes(&equal, b, bytes, n), 0);
	return equal;
}

static void equal_bytes_sees_each_single_bit_and_the_length(void **state)
{
	unsigned char tag[33];
	osml_buffer *b;

	(void)state;
	for (size_t i = 0; i < sizeof tag; i++)
		tag[i] = (unsigned char)(i * 31);
	b = buffer_of(tag, 32);
	assert_int_equal(equal_of(b, tag, 32), 1);
	assert_int_equal(equal_of(b, tag, 31), 0);
	assert_int_equal(equal_of(b, tag, 33), 0);
	assert_int_equal(equal_of(b, NULL, 0), 0);
	for (unsigned bit = 0; bit < 8 * 32; bit++) {
		tag[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_int_equal(equal_of(b, tag, 32), 0);
		tag[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	osml_buffer_free(b);
	b = text_of("");
	assert_int_equal(equal_of(b, NULL, 0), 1);
	osml_buffer_free(b);
}

static void a_wrong_comparison_is_refused_and_not_equal(void **state)
{
	osml_buffer *b = text_of("x");
	int equal = 1;

	(void)state;
	assert_int_equal(osml_buffer_equal_bytes(&equal, b, NULL, 1), OSML_EINVAL);
	assert_int_equal(equal, 0);
	equal = 1;
	assert_int_equal(osml_buffer_equal_bytes(&equal, NULL, "x", 1), OSML_EINVAL);
	assert_int_equal(equal, 0);
	assert_int_equal(osml_buffer_equal_bytes(NULL, b, "x", 1), OSML_EINVAL);
	osml_buffer_free(b);
}

static void a_text_that_has_no_buffer_says_why(void **state)
{
	osml_buffer_options wrong = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b = support_secret(6, OSML_DEFAULT_PROTECTIONS), *out = b;

	(void)state;
	wrong.alignment = 3;
	assert_int_equal(osml_buffer_encode(&out, b, OSML_HEX, &wrong), OSML_EINVAL);
	assert_null(out);
	assert_int_equal(osml_buffer_close(b), 0);
	assert_int_equal(osml_buffer_encode(&out, b, OSML_HEX, NULL), OSML_ECLOSED);
	osml_buffer_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_that_has_no_buffer_says_why),
		cmocka_unit_test(taken_bytes_are_in_the_buffer_and_nowhere_else),
		cmocka_unit_test(a_take_that_fails_leaves_the_bytes),
		cmocka_unit_test(a_header_is_put_together_from_a_token),
		cmocka_unit_test(one_piece_is_a_slice),
		cmocka_unit_test(a_buffer_may_occur_many_times_and_pieces_may_be_empty),
		cmocka_unit_test(large_pieces_arrive_whole),
		cmocka_unit_test(a_wrong_piece_is_refused_wherever_it_stands),
		cmocka_unit_test(lengths_that_together_do_not_fit_are_refused),
		cmocka_unit_test(the_result_inherits_nothing),
		cmocka_unit_test(find_tells_the_first_place_at_or_after_the_start),
		cmocka_unit_test(find_sees_every_byte_value_and_long_texts),
		cmocka_unit_test(equal_sums_are_no_match),
		cmocka_unit_test(a_wrong_search_is_refused),
		cmocka_unit_test(equal_bytes_sees_each_single_bit_and_the_length),
		cmocka_unit_test(a_wrong_comparison_is_refused_and_not_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
