/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The codings: what RFC 4648 says, what is passed over and what is refused, and that no digit is left behind. */
#include "support.h"

#include <limits.h>

static osml_buffer *buffer_of(const void *bytes, size_t n)
{
	osml_buffer *b;

	assert_int_equal(osml_buffer_new(&b, n, NULL), 0);
	assert_int_equal(osml_buffer_write(b, 0, bytes, n), 0);
	return b;
}

static void assert_decodes(unsigned coding, const char *text, const void *bytes, size_t n)
{
	osml_buffer *b = buffer_of(text, strlen(text));
	const unsigned char *data = osml_buffer_data(b);

	assert_int_equal(osml_buffer_decode(b, coding), 0);
	assert_int_equal(osml_buffer_size(b), n);
	assert_memory_equal(data, bytes, n);
	assert_int_equal(data[n], 0);
	assert_ptr_equal(osml_buffer_data(b), data);
	assert_int_equal(osml_buffer_close(b), 0); /* the canary lives */
	osml_buffer_free(b);
}

/* Refused, and not a byte is another. */
static void assert_refused(unsigned coding, const void *text, size_t n)
{
	osml_buffer *b = buffer_of(text, n);

	assert_int_equal(osml_buffer_decode(b, coding), OSML_EFORMAT);
	assert_int_equal(osml_buffer_size(b), n);
	assert_memory_equal(osml_buffer_data(b), text, n);
	assert_int_equal(osml_buffer_close(b), 0);
	osml_buffer_free(b);
}

/* ---- Texts ---- */

static const struct {
	const char *bytes, *hex, *base64, *base64url, *base32;
} vectors[] = {
	/* RFC 4648, section 10; base64url without padding */
	{ "", "", "", "", "" },
	{ "f", "66", "Zg==", "Zg", "MY======" },
	{ "fo", "666f", "Zm8=", "Zm8", "MZXQ====" },
	{ "foo", "666f6f", "Zm9v", "Zm9v", "MZXW6===" },
	{ "foob", "666f6f62", "Zm9vYg==", "Zm9vYg", "MZXW6YQ=" },
	{ "fooba", "666f6f6261", "Zm9vYmE=", "Zm9vYmE", "MZXW6YTB" },
	{ "foobar", "666f6f626172", "Zm9vYmFy", "Zm9vYmFy", "MZXW6YTBOI======" },
};
#define VECTORS (sizeof vectors / sizeof *vectors)

static void assert_encodes(unsigned coding, const void *bytes, size_t n, const char *text)
{
	osml_buffer *b = buffer_of(bytes, n), *encoded;

	assert_int_equal(osml_buffer_encode(&encoded, b, coding, NULL), 0);
	assert_int_equal(osml_buffer_size(encoded), strlen(text));
	assert_string_equal(osml_buffer_data(encoded), text);
	assert_memory_equal(osml_buffer_data(b), bytes, n);
	assert_int_equal(osml_buffer_close(encoded), 0); /* the canary lives */
	osml_buffer_free(encoded);
	osml_buffer_free(b);
}

static void assert_both_ways(unsigned coding, const void *bytes, size_t n, const char *text)
{
	assert_encodes(coding, bytes, n, text);
	assert_decodes(coding, text, bytes, n);
}

static void the_vectors_of_rfc_4648_go_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		size_t n = strlen(vectors[i].bytes);
		assert_both_ways(OSML_HEX, vectors[i].bytes, n, vectors[i].hex);
		assert_both_ways(OSML_BASE64, vectors[i].bytes, n, vectors[i].base64);
		assert_both_ways(OSML_BASE64URL, vectors[i].bytes, n, vectors[i].base64url);
		assert_both_ways(OSML_BASE32, vectors[i].bytes, n, vectors[i].base32);
	}
}

static void padding_may_be_there_or_not(void **state)
{
	char text[20];

	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		assert_decodes(OSML_BASE64URL, vectors[i].base64, vectors[i].bytes, strlen(vectors[i].bytes));
		assert_decodes(OSML_BASE64, vectors[i].base64url, vectors[i].bytes, strlen(vectors[i].bytes));
		strcpy(text, vectors[i].base32);
		text[strcspn(text, "=")] = 0;
		assert_decodes(OSML_BASE32, text, vectors[i].bytes, strlen(vectors[i].bytes));
	}
}

static void digits_may_be_of_either_case(void **state)
{
	(void)state;
	assert_decodes(OSML_BASE32, "mzXw6yTbOi", "foobar", 6);
	assert_decodes(OSML_HEX, "00ffFFaAbBcCdDeEfF9a", "\x00\xff\xff\xaa\xbb\xcc\xdd\xee\xff\x9a", 10);
}

static void base64_takes_either_alphabet(void **state)
{
	(void)state;
	assert_decodes(OSML_BASE64, "+/+/", "\xfb\xff\xbf", 3);
	assert_decodes(OSML_BASE64, "-_-_", "\xfb\xff\xbf", 3);
	assert_decodes(OSML_BASE64URL, "+/+/", "\xfb\xff\xbf", 3);
	assert_encodes(OSML_BASE64, "\xfb\xff\xbf", 3, "+/+/");
	assert_encodes(OSML_BASE64URL, "\xfb\xff\xbf", 3, "-_-_");
}

/* Of the samples of audit P9, those that were refused. */
static void what_people_put_between_digits_is_passed_over(void **state)
{
	static const struct {
		unsigned coding;
		const char *text;
	} texts[] = {
		{ OSML_HEX, "0x666f6f626172\n" },        { OSML_HEX, " \r\n\t0X666F6F626172" }, { OSML_HEX, "66:6f:6f:62:61:72" },
		{ OSML_HEX, "666f6f62-6172\r\n" },       { OSML_HEX, " 66 6f 6f 62 61 72\n" },  { OSML_HEX, "666f6f\n626172\n\n" },
		{ OSML_HEX, "6 6\v6\ff 6f\t6 26172 " },  { OSML_HEX, &"00x666f6f626172"[1] },   { OSML_BASE64, "Zm9v\nYmFy\n" },
		{ OSML_BASE64, "Zm9v\r\nYmFy\r\n\r\n" }, { OSML_BASE64, "  Zm9vYmFy  " },       { OSML_BASE64, "Z\nm\n9\nv\nY\nm\nF\ny\n" },
		{ OSML_BASE64URL, "Zm9v YmFy" },         { OSML_BASE32, "mzxw 6ytb oi" },       { OSML_BASE32, "MZXW6YTB\nOI==\n====\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_decodes(texts[i].coding, texts[i].text, "foobar", 6);
	assert_decodes(OSML_HEX, " \n", "", 0);
	assert_decodes(OSML_HEX, "0x", "", 0);
	assert_decodes(OSML_BASE64, "Zm9vYg=\n=\n", "foob", 4);
}

/* Lines of each length, so that each place of a word of eight characters is where a line ends. */
static void lines_may_be_of_any_length(void **state)
{
	static const char digits[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f";
	unsigned char bytes[48];
	char text[2 * sizeof digits];

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)i;
	for (size_t columns = 1; columns < 40; columns++) {
		size_t n = 0;
		for (size_t i = 0; digits[i]; i++) {
			text[n++] = digits[i];
			if (i % columns == columns - 1)
				text[n++] = '\n';
		}
		text[n] = 0;
		assert_decodes(OSML_HEX, text, bytes, sizeof bytes);
	}
}

/* ---- Refusals ---- */

static void hex_of_odd_length_is_refused(void **state)
{
	(void)state;
	assert_refused(OSML_HEX, "a", 1);
	assert_refused(OSML_HEX, "00a", 3);
	assert_refused(OSML_HEX, "00112233445566778", 17);
}

static void padding_that_does_not_belong_is_refused(void **state)
{
	static const char *const texts[] = { "=",        "==",    "===",   "====",  "Z",      "Z=",       "Z==",      "Z===",
		                             "Zg=",      "Zg===", "Zm8==", "Zm9v=", "Zm9v==", "Zm9v===",  "Zm9v====", "Zm9vYg=",
		                             "Zg==Zg==", "=Zg=",  "Z=g=",  "Zm9vY", "Zm9vY=", "Zm9vY===", "Zg== =",   "Zm=v" };
	static const char *const of_base32[] = {
		"M",       "MY=",      "MY=====", "MY=======", "MZX",       "MZX=====",         "MZXW6==",
		"MZXW6YT", "MZXW6YT=", "=",       "========",  "MZXW6YTB=", "MZXW6YTB========", "M=Y====="
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_refused(OSML_BASE64, texts[i], strlen(texts[i]));
	for (size_t i = 0; i < sizeof of_base32 / sizeof *of_base32; i++)
		assert_refused(OSML_BASE32, of_base32[i], strlen(of_base32[i]));
	assert_refused(OSML_HEX, "66=", 3);
	assert_refused(OSML_HEX, "=", 1);
}

/* RFC 4648, 3.5: one text for each value, or a signature over the text could be got round. */
static void bits_that_belong_to_no_byte_must_be_zero(void **state)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	(void)state;
	for (size_t last = 0; last < 64; last++) {
		char two[] = { 'Z', digits[last], '=', '=', 0 }, three[] = { 'Z', 'g', digits[last], '=', 0 };
		if (last % 16) {
			assert_refused(OSML_BASE64, two, 4);
			assert_refused(OSML_BASE64, two, 2);
		}
		if (last % 4) {
			assert_refused(OSML_BASE64, three, 4);
			assert_refused(OSML_BASE64, three, 3);
		}
	}
}

/* Each byte that is no digit, in each place, with NUL and the upper half among them. */
static void every_other_byte_is_refused_wherever_it_stands(void **state)
{
	static const char *const passed[] = {
		[OSML_HEX] = "0123456789abcdefABCDEF:-",
		[OSML_BASE64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=",
		[OSML_BASE64URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=",
		[OSML_BASE32] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567=",
	};

	(void)state;
	for (unsigned coding = OSML_HEX; coding <= OSML_BASE32; coding++) {
		assert_decodes(coding, "AAAAAAAAAAAA", coding == OSML_HEX ? "\xaa\xaa\xaa\xaa\xaa\xaa" : "\0\0\0\0\0\0\0\0\0",
		               (size_t[]){ 0, 6, 9, 9, 7 }[coding]); /* control */
		for (int c = 0; c < 256; c++) {
			for (size_t place = 0; place < 12; place++) {
				char text[] = "AAAAAAAAAAAA";
				text[place] = (char)c;
				if (!c || (!strchr(passed[coding], c) && !strchr(" \t\n\v\f\r", c)))
					assert_refused(coding, text, 12);
			}
		}
	}
}

/* Only as the very first characters. */
static void a_prefix_is_passed_over_once(void **state)
{
	(void)state;
	assert_refused(OSML_HEX, "0x0x66", 6);
	assert_refused(OSML_HEX, "660x66", 6);
	assert_refused(OSML_HEX, "0 x66", 5);
	assert_refused(OSML_HEX, "x66", 3);
	assert_refused(OSML_HEX, "1x66", 4);
	assert_refused(OSML_HEX, "0x6", 3);
	assert_refused(OSML_BASE32, "0xMY", 4);
}

static void an_unknown_coding_is_invalid(void **state)
{
	osml_buffer *b = buffer_of("66", 2), *out = b;

	(void)state;
	assert_int_equal(osml_buffer_decode(b, 0), OSML_EINVAL);
	assert_int_equal(osml_buffer_decode(b, OSML_BASE32 + 1), OSML_EINVAL);
	assert_int_equal(osml_buffer_encode(&out, b, 0, NULL), OSML_EINVAL);
	assert_null(out);
	out = b;
	assert_int_equal(osml_buffer_encode(&out, b, UINT_MAX, NULL), OSML_EINVAL);
	assert_null(out);
	assert_int_equal(osml_buffer_encode(NULL, b, OSML_HEX, NULL), OSML_EINVAL);
	out = b;
	assert_int_equal(osml_buffer_encode(&out, NULL, OSML_HEX, NULL), OSML_EINVAL);
	assert_null(out);
	assert_memory_equal(osml_buffer_data(b), "66", 2);
	osml_buffer_free(b);
}

/* P6: the sentence names the line of the first bad digit, and never what stands there. */
static void a_refusal_names_the_line(void **state)
{
	static const struct {
		unsigned coding;
		const char *text, *sentence;
	} texts[] = {
		{ OSML_HEX, "66\n6?", "Line 2 of the text has a character that is no digit of the coding." },
		{ OSML_HEX, "\n\n0x66\r\n66 66\n\n6666666 666666666g\n?",
		  "Line 6 of the text has a character that is no digit of the coding." },
		{ OSML_HEX, "66\n666\n\n", "Line 2 of the text ends within a byte: digits are missing." },
		{ OSML_BASE64, "Zm9v\nZm8==", "Line 2 of the text ends with the wrong number of =." },
		{ OSML_BASE64, "Zm9v\nZm9=\n", "Line 2 of the text ends with a digit that holds bits of no byte." },
		{ OSML_BASE64, "Zg==\nZg==\n", "Line 2 of the text has a character that is no digit of the coding." },
		{ OSML_BASE32, "=", "Line 1 of the text ends with the wrong number of =." },
	};
	char sentence[200];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_refused(texts[i].coding, texts[i].text, strlen(texts[i].text));
		osml_explain(OSML_EFORMAT, sentence, sizeof sentence);
		assert_string_equal(sentence, texts[i].sentence);
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
static void assert_no_digit_is_left(unsigned coding, char digit, size_t len, bool corrupted)
{
	osml_buffer *b;
	unsigned char *data;

	assert_int_equal(osml_buffer_new(&b, len, NULL), 0);
	assert_int_equal(osml_buffer_fill(b, 0, (unsigned char)digit, len), 0);
	data = osml_buffer_data(b);
	assert_int_equal(runs_of(digit, data, len), len - 4); /* control: the search sees the digits while they are there */
	if (corrupted)
		data[len] ^= 1; /* then no new canary is written over the tail */
	assert_int_equal(osml_buffer_decode(b, coding), 0);
	assert_int_equal(runs_of(digit, data, len), 0);
	assert_int_equal(data[osml_buffer_size(b)], 0);
	assert_int_equal(osml_buffer_close(b), corrupted ? OSML_ECORRUPT : 0);
	osml_buffer_free(b);
}

static void decoding_wipes_the_tail(void **state)
{
	static const size_t lengths[] = { 8, 64, 100, 2000, 4000, 40000 };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		for (int corrupted = 0; corrupted < 2; corrupted++) {
			assert_no_digit_is_left(OSML_HEX, '7', lengths[i], corrupted);
			assert_no_digit_is_left(OSML_BASE64, 'T', lengths[i], corrupted);
		}
	}
}

static void a_write_beyond_the_new_length_is_out_of_range(void **state)
{
	osml_buffer *b = buffer_of("00112233", 8);

	(void)state;
	assert_int_equal(osml_buffer_decode(b, OSML_HEX), 0);
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
	assert_int_equal(osml_buffer_decode(b, OSML_HEX), OSML_EPINNED);
	assert_int_equal(osml_buffer_decode(b, OSML_BASE64), OSML_EPINNED);
	assert_memory_equal(osml_buffer_data(b), "66666666", 8);
	osml_buffer_unpin(b);
	assert_int_equal(osml_buffer_decode(b, OSML_HEX), 0);
	osml_buffer_free(b);
}

/* ---- Round trips ---- */

/* Bit by bit, so that it shares no idea with the library. */
static void write_text(char *text, const unsigned char *bytes, size_t n, const char *alphabet, size_t bits, size_t group)
{
	size_t digits = (8 * n + bits - 1) / bits;

	for (size_t d = 0; d < digits; d++) {
		unsigned value = 0;
		for (size_t bit = bits * d; bit < bits * d + bits; bit++)
			value = value << 1 | (bit < 8 * n ? bytes[bit / 8] >> (7 - bit % 8) & 1u : 0);
		text[d] = alphabet[value];
	}
	while (digits % group)
		text[digits++] = '=';
	text[digits] = 0;
}

static void assert_round_trips(const unsigned char *bytes, size_t n, char *text)
{
	static const struct {
		unsigned coding;
		const char *alphabet;
		size_t bits, group;
	} codings[] = {
		{ OSML_HEX, "0123456789abcdef", 4, 1 },
		{ OSML_BASE64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6, 4 },
		{ OSML_BASE64URL, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 6, 1 },
		{ OSML_BASE32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5, 8 },
	};

	for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
		write_text(text, bytes, n, codings[i].alphabet, codings[i].bits, codings[i].group);
		assert_both_ways(codings[i].coding, bytes, n, text);
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

static void a_secret_that_cannot_be_read_is_not_encoded(void **state)
{
	osml_buffer_options guarded = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b, *out;

	(void)state;
	guarded.want |= OSML_GUARDED;
	assert_int_equal(osml_buffer_new(&b, 4, &guarded), 0);
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_NONE), 0);
	assert_int_equal(osml_buffer_encode(&out, b, OSML_HEX, NULL), OSML_EACCESS);
	assert_null(out);
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_READ), 0);
	assert_int_equal(osml_buffer_decode(b, OSML_HEX), OSML_EACCESS);
	assert_int_equal(osml_buffer_encode(&out, b, OSML_HEX, NULL), 0);
	assert_memory_equal(osml_buffer_data(out), "00000000", 8);
	osml_buffer_free(out);
	osml_buffer_free(b);
}

/* Wherever in its pages the text lies: before the first is a guard. */
static void decode_what_is_hardly_there(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < 40; i++) {
		osml_buffer *none, *padding; /* stay open */

		CHECK_RC(osml_buffer_new(&none, 0, NULL), 0);
		CHECK_RC(osml_buffer_decode(none, OSML_BASE64), 0);
		CHECK_RC(osml_buffer_decode(none, OSML_HEX), 0);
		CHECK_RC(osml_buffer_new(&padding, 1, NULL), 0);
		CHECK_RC(osml_buffer_fill(padding, 0, '=', 1), 0);
		CHECK_RC(osml_buffer_decode(padding, OSML_BASE64), OSML_EFORMAT);
	}
}

static void nothing_is_looked_at_before_the_text(void **state)
{
	(void)state;
	IN_CHILD(decode_what_is_hardly_there, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_rfc_4648_go_both_ways),
		cmocka_unit_test(padding_may_be_there_or_not),
		cmocka_unit_test(digits_may_be_of_either_case),
		cmocka_unit_test(base64_takes_either_alphabet),
		cmocka_unit_test(what_people_put_between_digits_is_passed_over),
		cmocka_unit_test(lines_may_be_of_any_length),
		cmocka_unit_test(hex_of_odd_length_is_refused),
		cmocka_unit_test(padding_that_does_not_belong_is_refused),
		cmocka_unit_test(bits_that_belong_to_no_byte_must_be_zero),
		cmocka_unit_test(every_other_byte_is_refused_wherever_it_stands),
		cmocka_unit_test(a_prefix_is_passed_over_once),
		cmocka_unit_test(an_unknown_coding_is_invalid),
		cmocka_unit_test(a_refusal_names_the_line),
		cmocka_unit_test(decoding_wipes_the_tail),
		cmocka_unit_test(a_write_beyond_the_new_length_is_out_of_range),
		cmocka_unit_test(a_pinned_buffer_is_not_decoded),
		cmocka_unit_test(all_256_byte_values_round_trip),
		cmocka_unit_test(random_bytes_of_every_length_round_trip),
		cmocka_unit_test(a_secret_that_cannot_be_read_is_not_encoded),
		cmocka_unit_test(nothing_is_looked_at_before_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
