/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_expect(bool holds, const char *text, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, text);
	abort();
}

void fuzz_expect_rc(int rc, int expected, const char *text, const char *file, int line)
{
	if (rc == expected)
		return;
	fprintf(stderr, "%s:%d: %s is %d (%s), expected %d (%s)\n", file, line, text, rc, osml_error_name(rc), expected,
	        osml_error_name(expected));
	abort();
}

/* ---- Input ---- */

unsigned fuzz_byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

size_t fuzz_size(struct input *in)
{
	unsigned first = fuzz_byte(in);

	return first < 224 ? first : (first - 224u) << 8 | fuzz_byte(in);
}

size_t fuzz_offset(struct input *in)
{
	if (in->left && *in->at == 223) {
		fuzz_byte(in);
		return SIZE_MAX - fuzz_byte(in);
	}
	return fuzz_size(in);
}

/* Long runs come from few input bytes: the rest counts on from the first. */
void fuzz_bytes(struct input *in, unsigned char *bytes, size_t n)
{
	unsigned seed = n ? fuzz_byte(in) : 0;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)(seed + i * 7);
}

/* ---- States ---- */

int model_hold(const struct subject *s, unsigned access)
{
	if (s->life == NONE)
		return OSML_EINVAL;
	if (s->life != OPEN)
		return OSML_ECLOSED;
	return access & ~s->access ? OSML_EACCESS : 0;
}

int model_enter(const struct subject *s, unsigned access, size_t offset, size_t n)
{
	int rc = model_hold(s, access);

	if (rc)
		return rc;
	return offset > s->len || n > s->len - offset ? OSML_ERANGE : 0;
}

int model_claim(const struct subject *s, unsigned access)
{
	int rc = model_hold(s, OSML_ACCESS_NONE);

	if (rc)
		return rc;
	return s->pins ? OSML_EPINNED : model_hold(s, access);
}

/* ---- Texts, decoded the plain way ---- */

static int value_in(const char *digits, unsigned char c)
{
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static int hex_digit(unsigned char c)
{
	int value = value_in("0123456789abcdef", c);

	return value >= 0 ? value : value_in("0123456789ABCDEF", c);
}

size_t model_hex(unsigned char *out, const unsigned char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (hex_digit(text[i]) < 0)
			return SIZE_MAX;
	if (n % 2)
		return SIZE_MAX;
	for (size_t i = 0; i < n; i += 2)
		out[i / 2] = (unsigned char)(hex_digit(text[i]) * 16 + hex_digit(text[i + 1]));
	return n / 2;
}

static int base64_digit(unsigned char c)
{
	int value = value_in("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", c);

	if (value < 0 && c == '-')
		return 62;
	return value < 0 && c == '_' ? 63 : value;
}

/* Four digits, or two or three at the end, to bytes; 0: they are none. */
static size_t base64_group(unsigned char *out, const unsigned char *text, size_t digits)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int value = i < digits ? base64_digit(text[i]) : 0;
		if (value < 0)
			return 0;
		bits = bits << 6 | (uint32_t)value;
	}
	for (size_t i = 0; i < 3; i++)
		if (i < digits - 1)
			out[i] = (unsigned char)(bits >> (16 - 8 * i));
		else if (bits >> (16 - 8 * i) & 0xFF)
			return 0; /* Bits that belong to no byte (RFC 4648, 3.5). */
	return digits - 1;
}

size_t model_base64(unsigned char *out, const unsigned char *text, size_t n)
{
	size_t done = 0;

	if (n && n % 4 == 0 && text[n - 1] == '=')
		n -= text[n - 2] == '=' ? 2 : 1;
	if (n % 4 == 1)
		return SIZE_MAX;
	for (size_t i = 0; i < n; i += 4) {
		size_t made = base64_group(out + done, text + i, n - i < 4 ? n - i : 4);
		if (!made)
			return SIZE_MAX;
		done += made;
	}
	return done;
}
