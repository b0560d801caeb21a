/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What puts secrets together and takes them apart, and the codings. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST 8191u         /* of fuzz_size() */
#define MOST    (2 * LONGEST) /* of a buffer; longer ones are not made */
#define PIECES  4u

/* Digits are rare among random bytes: this makes some, with what is passed over between them. */
void op_write_text(struct input *in)
{
	static const char digits[] = "0123456789abcdefABCDEF:- \nghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ+/-_";
	struct subject *s = fuzz_subject(in);
	unsigned kind = fuzz_byte(in), seed = fuzz_byte(in), padding = fuzz_byte(in) % 8;
	size_t kinds = kind & 1 ? sizeof digits - 1 : kind & 2 ? 22 : 26;
	int rc = model_hold(s, OSML_ACCESS_READWRITE);

	if (rc)
		return;
	for (size_t i = 0; i < s->len; i++) {
		seed = seed * 1103515245u + 12345u;
		s->bytes[i] = (unsigned char)digits[(seed >> 16) % kinds];
	}
	for (size_t i = 0; i < padding && i < s->len; i++)
		s->bytes[s->len - 1 - i] = "=A="[i % 3];
	if (kind & 4 && s->len > 2)
		memcpy(s->bytes, "0x", 2);
	EXPECT_RC(osml_buffer_write(s->b, 0, s->bytes, s->len), 0);
}

static void decode(struct subject *s, unsigned coding)
{
	int rc = model_claim(s, OSML_ACCESS_READWRITE);
	unsigned char *bytes = malloc(s->len + 1);
	size_t n = rc ? SIZE_MAX : model_decode(bytes, s->bytes, s->len, coding);

	EXPECT(bytes != NULL);
	if (rc == 0 && n == SIZE_MAX)
		rc = OSML_EFORMAT;
	EXPECT_RC(osml_buffer_decode(s->b, coding), rc);
	if (rc == 0) {
		memcpy(s->bytes, bytes, n);
		s->len = n;
	}
	free(bytes);
	EXPECT_RC(osml_buffer_decode(s->b, 0), OSML_EINVAL);
}

void op_decode_hex(struct input *in)
{
	decode(fuzz_subject(in), OSML_HEX);
}

void op_decode_base64(struct input *in)
{
	decode(fuzz_subject(in), OSML_BASE64);
}

void op_decode(struct input *in)
{
	struct subject *s = fuzz_subject(in);

	decode(s, OSML_HEX + fuzz_byte(in) % 4);
}

/* The new one takes the place of `to`. `rc`: what was found wrong before the options count. */
static void made(struct subject *to, int rc, int expected, osml_buffer *b, const osml_buffer_options *o, const unsigned char *bytes,
                 size_t n)
{
	if (expected) {
		EXPECT_RC(rc, expected);
		EXPECT(!b);
	} else if (model_made(rc, b, o)) {
		subject_drop(to);
		subject_adopt(to, b, o, bytes, n);
	}
}

void op_encode(struct input *in)
{
	struct subject *from = fuzz_subject(in), *to = fuzz_subject(in);
	struct options options;
	const osml_buffer_options *o = fuzz_options(in, &options);
	unsigned coding = OSML_HEX + fuzz_byte(in) % 4;
	int expected = model_hold(from, OSML_ACCESS_READ);
	unsigned char text[2 * MOST];
	size_t n = expected ? 0 : model_encode(text, from->bytes, from->len, coding);
	osml_buffer *b = (osml_buffer *)from; /* must be overwritten */
	int rc;

	if (n <= MOST) {
		rc = osml_buffer_encode(&b, from->b, coding, o);
		made(to, rc, expected, b, o, text, n);
	}
	EXPECT_RC(osml_buffer_encode(&b, from->b, 5, o), OSML_EINVAL);
}

/* The length of a piece that is wrong is not counted. */
static int add_piece(struct input *in, osml_piece *piece, unsigned char *bytes, size_t *total)
{
	const struct subject *s = fuzz_subject(in);
	size_t offset = fuzz_offset(in), n = fuzz_byte(in) & 1 ? OSML_TO_END : fuzz_offset(in);
	int rc = model_hold(s, OSML_ACCESS_READ);

	*piece = (osml_piece){ s->b, NULL, offset, n };
	if (!s->b)
		return n == OSML_TO_END || n ? OSML_EINVAL : offset == SIZE_MAX && n ? OSML_ERANGE : 0;
	if (rc)
		return rc;
	if (offset > s->len || (n != OSML_TO_END && n > s->len - offset))
		return OSML_ERANGE;
	n = n == OSML_TO_END ? s->len - offset : n;
	if (n && *total + n <= MOST)
		memcpy(bytes + *total, s->bytes + offset, n);
	*total += n;
	return 0;
}

void op_join(struct input *in)
{
	struct subject *to = fuzz_subject(in);
	struct options options;
	const osml_buffer_options *o = fuzz_options(in, &options);
	unsigned char bytes[MOST];
	osml_piece pieces[PIECES];
	size_t count = fuzz_byte(in) % (PIECES + 1), total = 0;
	osml_buffer *b = (osml_buffer *)to;
	int expected = 0;

	for (size_t i = 0; i < count; i++) {
		int rc = add_piece(in, &pieces[i], bytes, &total);
		expected = expected ? expected : rc;
	}
	if (total <= MOST) {
		int rc = osml_buffer_join(&b, pieces, count, o);
		made(to, rc, expected, b, o, bytes, total);
	}
}

void op_take(struct input *in)
{
	struct subject *to = fuzz_subject(in);
	struct options options;
	const osml_buffer_options *o = fuzz_options(in, &options);
	unsigned char bytes[LONGEST], taken[LONGEST], zeros[LONGEST] = { 0 };
	size_t n = fuzz_size(in);
	osml_buffer *b = (osml_buffer *)to;
	int rc;

	fuzz_bytes(in, bytes, n);
	memcpy(taken, bytes, n);
	rc = osml_buffer_take(&b, taken, n, o);
	EXPECT(!memcmp(taken, rc ? bytes : zeros, n));
	made(to, rc, 0, b, o, bytes, n);
}

void op_find(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	size_t from = fuzz_offset(in), n = fuzz_byte(in) % 4, at = 7, place;
	int rc = model_hold(s, OSML_ACCESS_READ);
	unsigned char wanted[4];

	fuzz_bytes(in, wanted, n);
	if (rc == 0 && from > s->len)
		rc = OSML_ERANGE;
	EXPECT_RC(osml_buffer_find(&at, s->b, from, wanted, n), rc);
	for (place = from; rc == 0 && place + n <= s->len && memcmp(s->bytes + place, wanted, n) != 0;)
		place++;
	EXPECT(at == (rc || place + n > s->len ? OSML_NOT_FOUND : place));
}

void op_equal_bytes(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	unsigned flip = fuzz_byte(in) % 3;
	int rc = model_hold(s, OSML_ACCESS_READ), equal = 7;
	unsigned char *bytes = malloc(s->len + 2);
	size_t n = rc ? 1 : s->len;

	EXPECT(bytes != NULL);
	if (rc == 0 && n)
		memcpy(bytes, s->bytes, n);
	if (flip == 1 && n)
		bytes[fuzz_size(in) % n] ^= 1;
	EXPECT_RC(osml_buffer_equal_bytes(&equal, s->b, bytes, n + (flip == 2)), rc);
	EXPECT(equal == (rc == 0 && flip != 2 && (flip == 0 || n == 0)));
	free(bytes);
}
