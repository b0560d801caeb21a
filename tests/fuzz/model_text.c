/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Texts, coded the plain way: by a table, and bit by bit. */
#include "fuzz.h"

#include <string.h>

static const struct {
	const char *digits;
	size_t bits, group; /* with padding; 0: none is read */
	bool pads;
	const char *others, *others_are; /* read as well, and what they mean */
} codings[] = {
	[OSML_HEX] = { "0123456789abcdef", 4, 0, false, "ABCDEF", "abcdef" },
	[OSML_BASE64] = { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6, 4, true, "-_", "+/" },
	[OSML_BASE64URL] = { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 6, 4, false, "+/", "-_" },
	[OSML_BASE32] = { "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5, 8, true, "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
};

static int value_of(unsigned char c, unsigned coding)
{
	const char *at;

	if (!c)
		return -1;
	at = strchr(codings[coding].others, c);
	at = strchr(codings[coding].digits, at ? codings[coding].others_are[at - codings[coding].others] : c);
	return at ? (int)(at - codings[coding].digits) : -1;
}

static bool is_passed(unsigned char c, unsigned coding)
{
	return c && strchr(coding == OSML_HEX ? " \t\n\v\f\r:-" : " \t\n\v\f\r", c);
}

size_t model_decode(unsigned char *out, const unsigned char *text, size_t n, unsigned coding)
{
	const size_t bits = codings[coding].bits, group = codings[coding].group;
	size_t at = 0, digits = 0, padding = 0;
	unsigned held = 0;

	memset(out, 0, n);
	while (at < n && is_passed(text[at], coding))
		at++;
	if (coding == OSML_HEX && n - at >= 2 && text[at] == '0' && (text[at + 1] == 'x' || text[at + 1] == 'X'))
		at += 2;
	for (; at < n; at++) {
		int value = value_of(text[at], coding);
		if (value >= 0 && !padding) {
			for (size_t bit = 0; bit < bits; bit++)
				if ((unsigned)value >> (bits - 1 - bit) & 1)
					out[(digits * bits + bit) / 8] |= (unsigned char)(0x80 >> (digits * bits + bit) % 8);
			held = (unsigned)value;
			digits++;
		} else if (text[at] == '=') {
			padding++;
		} else if (!is_passed(text[at], coding)) {
			return SIZE_MAX;
		}
	}
	if (padding && (!group || padding >= group || (digits + padding) % group))
		return SIZE_MAX;
	if (digits * bits % 8 >= bits || held & ((1u << digits * bits % 8) - 1))
		return SIZE_MAX;
	return digits * bits / 8;
}

size_t model_encode(unsigned char *out, const unsigned char *bytes, size_t n, unsigned coding)
{
	const size_t bits = codings[coding].bits;
	size_t digits = 0;

	for (; digits * bits < 8 * n; digits++) {
		unsigned value = 0;
		for (size_t bit = digits * bits; bit < digits * bits + bits; bit++)
			value = value << 1 | (bit < 8 * n ? bytes[bit / 8] >> (7 - bit % 8) & 1u : 0);
		out[digits] = (unsigned char)codings[coding].digits[value];
	}
	while (codings[coding].pads && digits % codings[coding].group)
		out[digits++] = '=';
	return digits;
}
