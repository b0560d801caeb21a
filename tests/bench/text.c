/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A header joined from two pieces over writing them by hand; the codings over a plain base64 with tables, which a cache can leak. */
#include <osmemlock.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"

static void must(int rc)
{
	if (rc != 0)
		abort();
}

/* ---- Join ---- */

static const char words[] = "Authorization: Bearer ";
enum { WORDS = sizeof words - 1, TOKEN = 32 };
static osml_buffer *token;

static void make_token(void)
{
	must(osml_buffer_new(&token, TOKEN, NULL));
	must(osml_buffer_random(token, 0, TOKEN));
}

static void write_both(int times)
{
	for (int i = 0; i < times; i++) {
		osml_buffer *b;
		must(osml_buffer_new(&b, WORDS + TOKEN, NULL));
		must(osml_buffer_write(b, 0, words, WORDS));
		must(osml_buffer_write(b, WORDS, osml_buffer_data(token), TOKEN));
		osml_buffer_free(b);
	}
}

static void join_both(int times)
{
	const osml_piece pieces[] = { { NULL, words, 0, WORDS }, { token, NULL, 0, OSML_TO_END } };
	for (int i = 0; i < times; i++) {
		osml_buffer *b;
		must(osml_buffer_join(&b, pieces, 2, NULL));
		osml_buffer_free(b);
	}
}

static const struct contender joins[] = {
	{ "new, write, write, free", write_both },
	{ "the same again (control)", write_both },
	{ "join of two pieces, free", join_both },
};

struct comparison text_join = {
	.title = "a header of 54 bytes", .start = make_token, .contenders = joins, .count = 3, .rounds = 301, .times = 2000
};

/* ---- Codings ---- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static unsigned char values[256], text[TEXT_SIZE], bytes[TEXT_SIZE];
static unsigned char colons[TEXT_SIZE], blocks[TEXT_SIZE], lines[TEXT_SIZE]; /* digits with something in between */
static osml_buffer *secret;                                                  /* TEXT_SIZE bytes */

static void make_gaps(unsigned char *to, int group, unsigned char gap)
{
	for (int i = 0; i < TEXT_SIZE; i++)
		to[i] = i % (group + 1) == group ? gap : 'A';
}

static void make_texts(void)
{
	make_gaps(colons, 2, ':');
	make_gaps(blocks, 4, ' ');
	make_gaps(lines, 64, '\n');
	must(osml_buffer_new(&secret, TEXT_SIZE, NULL));
	must(osml_buffer_random(secret, 0, TEXT_SIZE));
	for (int i = 0; i < 64; i++)
		values[(unsigned char)alphabet[i]] = (unsigned char)i;
	for (int i = 0; i < TEXT_SIZE; i++)
		text[i] = (unsigned char)alphabet[i * 7 % 64];
}

static void encode_by_table(int times)
{
	const unsigned char *from = osml_buffer_data(secret);
	for (int i = 0; i < times; i++) {
		unsigned char *out = malloc(TEXT_SIZE / 3 * 4), *to = out;
		for (int at = 0; at < TEXT_SIZE; at += 3) {
			unsigned three = (unsigned)from[at] << 16 | (unsigned)from[at + 1] << 8 | from[at + 2];
			for (int shift = 18; shift >= 0; shift -= 6)
				*to++ = (unsigned char)alphabet[three >> shift & 63];
		}
		explicit_bzero(out, TEXT_SIZE / 3 * 4);
		free(out);
	}
}

static void decode_by_table(int times)
{
	for (int i = 0; i < times; i++) {
		unsigned char *to = bytes;
		for (int at = 0; at < TEXT_SIZE; at += 4) {
			unsigned three = (unsigned)values[text[at]] << 18 | (unsigned)values[text[at + 1]] << 12 |
			                 (unsigned)values[text[at + 2]] << 6 | values[text[at + 3]];
			*to++ = (unsigned char)(three >> 16), *to++ = (unsigned char)(three >> 8), *to++ = (unsigned char)three;
		}
		explicit_bzero(bytes, TEXT_SIZE);
	}
}

static void encode(int times, unsigned coding)
{
	for (int i = 0; i < times; i++) {
		osml_buffer *b;
		must(osml_buffer_encode(&b, secret, coding, NULL));
		osml_buffer_free(b);
	}
}

static void encode_base64(int times)
{
	encode(times, OSML_BASE64);
}

static void encode_hex(int times)
{
	encode(times, OSML_HEX);
}

/* The texts of the other codings are written with letters that all of them have. */
static void decode(int times, unsigned coding)
{
	for (int i = 0; i < times; i++) {
		osml_buffer *b;
		must(osml_buffer_new(&b, TEXT_SIZE, NULL));
		if (coding == OSML_BASE64)
			must(osml_buffer_write(b, 0, text, TEXT_SIZE));
		else
			must(osml_buffer_fill(b, 0, 'A', TEXT_SIZE));
		must(osml_buffer_decode(b, coding));
		osml_buffer_free(b);
	}
}

static void decode_base64(int times)
{
	decode(times, OSML_BASE64);
}

static void decode_hex(int times)
{
	decode(times, OSML_HEX);
}

static void decode_base32(int times)
{
	decode(times, OSML_BASE32);
}

static void decode_text(int times, unsigned coding, const unsigned char *from)
{
	for (int i = 0; i < times; i++) {
		osml_buffer *b;
		must(osml_buffer_new(&b, TEXT_SIZE, NULL));
		must(osml_buffer_write(b, 0, from, TEXT_SIZE));
		must(osml_buffer_decode(b, coding));
		osml_buffer_free(b);
	}
}

static void decode_colons(int times)
{
	decode_text(times, OSML_HEX, colons);
}

static void decode_blocks(int times)
{
	decode_text(times, OSML_BASE32, blocks);
}

static void decode_lines(int times)
{
	decode_text(times, OSML_BASE64, lines);
}

static const struct contender encoders[] = {
	{ "base64 by a table, malloc, wipe, free", encode_by_table },
	{ "the same again (control)", encode_by_table },
	{ "osml_buffer_encode, _free: base64", encode_base64 },
	{ "osml_buffer_encode, _free: hex", encode_hex },
};
static const struct contender decoders[] = {
	{ "base64 by a table, unchecked, wipe", decode_by_table },
	{ "the same again (control)", decode_by_table },
	{ "osml_buffer_new, _write, _decode, _free: base64", decode_base64 },
	{ "the same of hex", decode_hex },
	{ "the same of base32", decode_base32 },
	{ "the same of hex with colons", decode_colons },
	{ "the same of base32 in blocks of four", decode_blocks },
	{ "the same of base64 in lines of 64", decode_lines },
};

struct comparison text_encode = {
	.title = "encode 48 000 bytes", .start = make_texts, .contenders = encoders, .count = 4, .rounds = 101, .times = 4
};
struct comparison text_decode = {
	.title = "decode a text of 48 000 bytes", .start = make_texts, .contenders = decoders, .count = 8, .rounds = 101, .times = 4
};
