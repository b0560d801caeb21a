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
