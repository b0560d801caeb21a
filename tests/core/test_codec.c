/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The decoders: what RFC 4648 says, what they refuse, and that no digit is left behind. */
#include "support.h"

typedef int decoder(osml_buffer *b);

static osml_buffer *buffer_of(const void *bytes, size_t n)
{
	osml_buffer *b;

	assert_int_equal(osml_buffer_new(&b, n, NULL), 0);
	assert_int_equal(osml_buffer_write(b, 0, bytes, n), 0);
	return b;
}

static void assert_decodes(decoder *decode, const char *text, const void *bytes, size_t n)
{
	osml_buffer *b = buffer_of(text, strlen(text));
	const unsigned char *data = osml_buffer_data(b);

	assert_int_equal(decode(b), 0);
	assert_int_equal(osml_buffer_len(b), n);
	assert_memory_equal(data, bytes, n);
	assert_int_equal(data[n], 0);
	assert_ptr_equal(osml_buffer_data(b), data);
	assert_int_equal(osml_buffer_close(b), 0); /* the canary lives */
	osml_buffer_free(b);
}

/* Refused, and not a byte is another. */
static void assert_refused(decoder *decode, const void *text, size_t n)
{
	osml_buffer *b = buffer_of(text, n);

	assert_int_equal(decode(b), OSML_EINVAL);
	assert_int_equal(osml_buffer_len(b), n);
	assert_memory_equal(osml_buffer_data(b), text, n);
	assert_int_equal(osml_buffer_close(b), 0);
	osml_buffer_free(b);
}

/* ---- Texts ---- */

static const struct {
	const char *bytes, *hex, *base64;
} vectors[] = {
	/* RFC 4648, section 10 */
	{ "", "", "" },
	{ "f", "66", "Zg==" },
	{ "fo", "666F", "Zm8=" },
	{ "foo", "666F6F", "Zm9v" },
	{ "foob", "666F6F62", "Zm9vYg==" },
	{ "fooba", "666F6F6261", "Zm9vYmE=" },
	{ "foobar", "666F6F626172", "Zm9vYmFy" },
};
#define VECTORS (sizeof vectors / sizeof *vectors)

static void the_vectors_of_rfc_4648_decode(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		assert_decodes(osml_buffer_decode_hex, vectors[i].hex, vectors[i].bytes, strlen(vectors[i].bytes));
		assert_decodes(osml_buffer_decode_base64, vectors[i].base64, vectors[i].bytes, strlen(vectors[i].bytes));
	}
}

static void base64_needs_no_padding(void **state)
{
	char text[16];

	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		strcpy(text, vectors[i].base64);
		text[strcspn(text, "=")] = 0;
		assert_decodes(osml_buffer_decode_base64, text, vectors[i].bytes, strlen(vectors[i].bytes));
	}
}

static void hex_digits_may_be_of_either_case(void **state)
{
	(void)state;
	assert_decodes(osml_buffer_decode_hex, "00ffFFaAbBcCdDeEfF9a", "\x00\xff\xff\xaa\xbb\xcc\xdd\xee\xff\x9a", 10);
}

static void base64_takes_either_alphabet(void **state)
{
	(void)state;
	assert_decodes(osml_buffer_decode_base64, "+/+/", "\xfb\xff\xbf", 3);
	assert_decodes(osml_buffer_decode_base64, "-_-_", "\xfb\xff\xbf", 3);
}

/* ---- Refusals ---- */

static void hex_of_odd_length_is_refused(void **state)
{
	(void)state;
	assert_refused(osml_buffer_decode_hex, "a", 1);
	assert_refused(osml_buffer_decode_hex, "00a", 3);
	assert_refused(osml_buffer_decode_hex, "00112233445566778", 17);
}

static void padding_that_does_not_belong_is_refused(void **state)
{
	static const char *const texts[] = { "=",        "==",    "===",   "====",  "Z",      "Z=",       "Z==",      "Z===",
		                             "Zg=",      "Zg===", "Zm8==", "Zm9v=", "Zm9v==", "Zm9v===",  "Zm9v====", "Zm9vYg=",
		                             "Zg==Zg==", "=Zg=",  "Z=g=",  "Zm9vY", "Zm9vY=", "Zm9vY===", "Zg==\n",   "Zm=v" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_refused(osml_buffer_decode_base64, texts[i], strlen(texts[i]));
}

/* RFC 4648, 3.5: one text for each value, or a signature over the text could be got round. */
static void bits_that_belong_to_no_byte_must_be_zero(void **state)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	(void)state;
	for (size_t last = 0; last < 64; last++) {
		char two[] = { 'Z', digits[last], '=', '=', 0 }, three[] = { 'Z', 'g', digits[last], '=', 0 };
		if (last % 16) {
			assert_refused(osml_buffer_decode_base64, two, 4);
			assert_refused(osml_buffer_decode_base64, two, 2);
		}
		if (last % 4) {
			assert_refused(osml_buffer_decode_base64, three, 4);
			assert_refused(osml_buffer_decode_base64, three, 3);
		}
	}
}

/* Each byte that is no digit, in each place, with NUL and the upper half among them. */
static void every_other_byte_is_refused_wherever_it_stands(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		for (size_t place = 0; place < 8; place++) {
			char text[8] = { '0', '1', '2', '3', '4', '5', '6', '7' };
			text[place] = (char)c;
			if (!c || !strchr("0123456789abcdefABCDEF", c))
				assert_refused(osml_buffer_decode_hex, text, sizeof text);
			if (!c || !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=", c))
				assert_refused(osml_buffer_decode_base64, text, sizeof text);
		}
	}
}

/* ---- The buffer afterwards ---- */

/* The places where five digits stand in a row. Fewer could be a canary's bytes by chance; five are with one chance in 2^40. */
static size_t runs_of(char digit, const unsigned char *data, size_t len)
{
	size_t found = 0;

	for (size_t i = 0; i + 5 <= len; i++)
		found += data[i] == (unsigned char)digit && !memcmp(data + i, data + i + 1, 4);
	return found;
}

/* The digits lie in the buffer's own memory: what the decoded bytes do not cover must be gone. */
static void assert_no_digit_is_left(decoder *decode, char digit, size_t len)
{
	osml_buffer *b;
	unsigned char *data;

	assert_int_equal(osml_buffer_new(&b, len, NULL), 0);
	assert_int_equal(osml_buffer_fill(b, 0, (unsigned char)digit, len), 0);
	data = osml_buffer_data(b);
	assert_int_equal(runs_of(digit, data, len), len - 4); /* control: the search sees the digits while they are there */
	assert_int_equal(decode(b), 0);
	assert_int_equal(runs_of(digit, data, len), 0);
	assert_int_equal(data[osml_buffer_len(b)], 0);
	osml_buffer_free(b);
}

static void decoding_wipes_the_tail(void **state)
{
	static const size_t lengths[] = { 8, 64, 100, 2000, 4000, 40000 };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		assert_no_digit_is_left(osml_buffer_decode_hex, '7', lengths[i]);
		assert_no_digit_is_left(osml_buffer_decode_base64, 'T', lengths[i]);
	}
}

static void a_write_beyond_the_new_length_is_out_of_range(void **state)
{
	osml_buffer *b = buffer_of("00112233", 8);

	(void)state;
	assert_int_equal(osml_buffer_decode_hex(b), 0);
	assert_int_equal(osml_buffer_write(b, 3, "x", 1), 0);
	assert_int_equal(osml_buffer_write(b, 4, "x", 1), OSML_ERANGE);
	osml_buffer_free(b);
}

/* A pin has handed out the old length. */
static void a_pinned_buffer_is_not_decoded(void **state)
{
	osml_buffer *b = buffer_of("66666666", 8);

	(void)state;
	assert_int_equal(osml_buffer_pin(b, NULL, NULL), 0);
	assert_int_equal(osml_buffer_decode_hex(b), OSML_EPINNED);
	assert_int_equal(osml_buffer_decode_base64(b), OSML_EPINNED);
	assert_memory_equal(osml_buffer_data(b), "66666666", 8);
	osml_buffer_unpin(b);
	assert_int_equal(osml_buffer_decode_hex(b), 0);
	osml_buffer_free(b);
}

static void after_a_refusal_the_buffer_can_be_decoded_otherwise(void **state)
{
	osml_buffer *b = buffer_of("Zm9v", 4);

	(void)state;
	assert_int_equal(osml_buffer_decode_hex(b), OSML_EINVAL);
	assert_int_equal(osml_buffer_decode_base64(b), 0);
	assert_memory_equal(osml_buffer_data(b), "foo", 4);
	osml_buffer_free(b);
}

/* ---- Round trips ---- */

static void encode_hex(char *text, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sprintf(text + 2 * i, i % 2 ? "%02X" : "%02x", bytes[i]);
	text[2 * n] = 0;
}

/* Bit by bit, so that it shares no idea with the decoder. */
static void encode_base64(char *text, const unsigned char *bytes, size_t n, const char *alphabet, int padded)
{
	size_t digits = (8 * n + 5) / 6;

	for (size_t d = 0; d < digits; d++) {
		unsigned value = 0;
		for (size_t bit = 6 * d; bit < 6 * d + 6; bit++)
			value = value << 1 | (bit < 8 * n ? bytes[bit / 8] >> (7 - bit % 8) & 1u : 0);
		text[d] = alphabet[value];
	}
	while (padded && digits % 4)
		text[digits++] = '=';
	text[digits] = 0;
}

static void assert_round_trips(const unsigned char *bytes, size_t n, char *text)
{
	static const char *const alphabets[] = { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
		                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" };

	encode_hex(text, bytes, n);
	assert_decodes(osml_buffer_decode_hex, text, bytes, n);
	for (int i = 0; i < 4; i++) {
		encode_base64(text, bytes, n, alphabets[i / 2], i % 2);
		assert_decodes(osml_buffer_decode_base64, text, bytes, n);
	}
}

static void all_256_byte_values_round_trip(void **state)
{
	unsigned char bytes[256];
	char text[600];

	(void)state;
	for (int i = 0; i < 256; i++)
		bytes[i] = (unsigned char)i;
	for (size_t n = 254; n <= 256; n++)
		assert_round_trips(bytes, n, text);
	for (int i = 0; i < 256; i++)
		assert_round_trips(&bytes[i], 1, text);
}

static void random_bytes_of_every_length_round_trip(void **state)
{
	unsigned char bytes[3000] = { 0 };
	char text[6001];
	unsigned x = 12345;

	(void)state;
	for (size_t n = 0; n < sizeof bytes; n += n < 70 ? 1 : 97) {
		for (size_t i = 0; i < n; i++)
			bytes[i] = (unsigned char)((x = x * 1103515245u + 12345u) >> 16);
		assert_round_trips(bytes, n, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_rfc_4648_decode),
		cmocka_unit_test(base64_needs_no_padding),
		cmocka_unit_test(hex_digits_may_be_of_either_case),
		cmocka_unit_test(base64_takes_either_alphabet),
		cmocka_unit_test(hex_of_odd_length_is_refused),
		cmocka_unit_test(padding_that_does_not_belong_is_refused),
		cmocka_unit_test(bits_that_belong_to_no_byte_must_be_zero),
		cmocka_unit_test(every_other_byte_is_refused_wherever_it_stands),
		cmocka_unit_test(decoding_wipes_the_tail),
		cmocka_unit_test(a_write_beyond_the_new_length_is_out_of_range),
		cmocka_unit_test(a_pinned_buffer_is_not_decoded),
		cmocka_unit_test(after_a_refusal_the_buffer_can_be_decoded_otherwise),
		cmocka_unit_test(all_256_byte_values_round_trip),
		cmocka_unit_test(random_bytes_of_every_length_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
