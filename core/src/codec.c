/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* In-place decoders. Digits are secret: their values come from arithmetic, not from tables or branches that a cache could betray. */
#include "storage.h"

/* All ones when lo <= c <= hi, else 0. */
static unsigned in_range(unsigned c, unsigned lo, unsigned hi)
{
	return 0u - (unsigned)!(((c - lo) | (hi - c)) >> 8);
}

/* The value of a digit, or something above `max` when it is none. */
static unsigned hex_value(unsigned c)
{
	unsigned value = 0;

	value |= in_range(c, '0', '9') & (c - '0' + 1);
	value |= in_range(c | 0x20, 'a', 'f') & ((c | 0x20) - 'a' + 11);
	return value - 1;
}

static unsigned base64_value(unsigned c)
{
	unsigned value = 0;

	value |= in_range(c, 'A', 'Z') & (c - 'A' + 1);
	value |= in_range(c, 'a', 'z') & (c - 'a' + 27);
	value |= in_range(c, '0', '9') & (c - '0' + 53);
	value |= (in_range(c, '+', '+') | in_range(c, '-', '-')) & 63;
	value |= (in_range(c, '/', '/') | in_range(c, '_', '_')) & 64;
	return value - 1;
}

static bool all_digits(const unsigned char *text, size_t n, unsigned (*value_of)(unsigned c), unsigned max)
{
	unsigned bad = 0;

	for (size_t i = 0; i < n; i++)
		bad |= value_of(text[i]) & ~max;
	return !bad;
}

static int decode_hex(osml_buffer *b)
{
	if (b->len % 2 || !all_digits(b->data, b->len, hex_value, 15))
		return OSML_EINVAL;
	for (size_t i = 0; i < b->len / 2; i++)
		b->data[i] = (unsigned char)(hex_value(b->data[2 * i]) << 4 | hex_value(b->data[2 * i + 1]));
	osml__storage_shrink(b, b->len / 2);
	return 0;
}

/* The number of digits without the padding, or SIZE_MAX when there is padding that does not belong. */
static size_t base64_digits(const unsigned char *text, size_t len)
{
	size_t n = len;

	while (n && len - n < 2 && text[n - 1] == '=')
		n--;
	return n % 4 == 1 || (n < len && len % 4) ? SIZE_MAX : n;
}

static int decode_base64(osml_buffer *b)
{
	size_t digits = base64_digits(b->data, b->len), done = 0;
	unsigned bits = 0, held = 0;

	if (digits == SIZE_MAX || !all_digits(b->data, digits, base64_value, 63))
		return OSML_EINVAL;
	/* Bits of the last digit that belong to no byte must be zero: one text for each value (RFC 4648, 3.5). */
	if (digits % 4 && base64_value(b->data[digits - 1]) & (digits % 4 == 2 ? 15 : 3))
		return OSML_EINVAL;
	for (size_t i = 0; i < digits; i++) {
		bits = (bits << 6 | base64_value(b->data[i])) & 0xFFF;
		held += 6;
		if (held >= 8) {
			held -= 8;
			b->data[done++] = (unsigned char)(bits >> held);
		}
	}
	osml__storage_shrink(b, done);
	return 0;
}

static int with_claim(osml_buffer *b, int (*decode)(osml_buffer *b))
{
	int rc = osml__buffer_claim(b, OSML_ACCESS_READWRITE);

	if (rc)
		return rc;
	rc = decode(b);
	osml__buffer_unclaim(b);
	return rc;
}

int osml_buffer_decode_hex(osml_buffer *b)
{
	return with_claim(b, decode_hex);
}

int osml_buffer_decode_base64(osml_buffer *b)
{
	return with_claim(b, decode_base64);
}
