/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Between buffers and descriptors; texts and what they decode to. */
#define _GNU_SOURCE
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LONGEST 8191u /* of fuzz_size(); less than a pipe holds */

static int file_with(const unsigned char *bytes, size_t n)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	EXPECT(fd >= 0);
	EXPECT(write(fd, bytes, n) == (ssize_t)n);
	EXPECT(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static int pipe_with(const unsigned char *bytes, size_t n)
{
	int ends[2];

	EXPECT(pipe(ends) == 0);
	EXPECT(write(ends[1], bytes, n) == (ssize_t)n);
	close(ends[1]);
	return ends[0];
}

static size_t trimmed(const unsigned char *bytes, size_t n, unsigned flags)
{
	if (!(flags & OSML_TRIM_NEWLINE) || !n || bytes[n - 1] != '\n')
		return n;
	return n > 1 && bytes[n - 2] == '\r' ? n - 2 : n - 1;
}

/* How it ends, and with which newline. */
static unsigned char *text_to_read(struct input *in, size_t *n)
{
	static const char *const ends[] = { "", "\n", "\r\n", "\n\n", "\r" };
	const char *end = ends[fuzz_byte(in) % 5];
	unsigned char *bytes;

	*n = fuzz_size(in);
	bytes = malloc(*n + 2);
	EXPECT(bytes != NULL);
	fuzz_bytes(in, bytes, *n);
	memcpy(bytes + *n, end, strlen(end));
	*n += strlen(end);
	return bytes;
}

void op_from_fd(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	struct options options;
	const osml_buffer_options *o = fuzz_options(in, &options);
	unsigned kind = fuzz_byte(in), flags = kind % 16 == 15 ? kind : kind & OSML_TRIM_NEWLINE;
	size_t max = fuzz_size(in), n;
	unsigned char *bytes = text_to_read(in, &n);
	int fd = kind & 2 ? file_with(bytes, n) : pipe_with(bytes, n);
	osml_buffer *b = (osml_buffer *)s;
	int rc = osml_buffer_from_fd(&b, fd, max, o, flags);

	close(fd);
	subject_drop(s);
	if (flags & ~OSML_TRIM_NEWLINE)
		EXPECT_RC(rc, OSML_EINVAL);
	else if (rc == OSML_ETOOBIG)
		EXPECT(n > max && !b);
	else if (model_made(rc, b, o)) {
		EXPECT(n <= max);
		subject_adopt(s, b, o, bytes, trimmed(bytes, n, flags));
	}
	free(bytes);
}

void op_write_fd(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	int fd = file_with(NULL, 0), rc = model_hold(s, OSML_ACCESS_READ);
	unsigned char bytes[2 * LONGEST];
	size_t n = rc ? 0 : s->len;

	EXPECT_RC(osml_buffer_write_fd(s->b, fd, NULL), rc);
	EXPECT(pread(fd, bytes, sizeof bytes, 0) == (ssize_t)n);
	EXPECT(n == 0 || !memcmp(bytes, s->bytes, n));
	close(fd);
}

/* Digits are rare among random bytes: this makes some. */
void op_write_text(struct input *in)
{
	static const char digits[] = "0123456789abcdefABCDEFghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ+/-_";
	struct subject *s = fuzz_subject(in);
	unsigned kinds = fuzz_byte(in) & 1 ? sizeof digits - 1 : 22, seed = fuzz_byte(in), padding = fuzz_byte(in) % 5;
	int rc = model_hold(s, OSML_ACCESS_READWRITE);

	if (rc)
		return;
	for (size_t i = 0; i < s->len; i++) {
		seed = seed * 1103515245u + 12345u;
		s->bytes[i] = (unsigned char)digits[(seed >> 16) % kinds];
	}
	for (size_t i = 0; i < padding && i < s->len; i++)
		s->bytes[s->len - 1 - i] = "=A="[i % 3];
	EXPECT_RC(osml_buffer_write(s->b, 0, s->bytes, s->len), 0);
}

static void decode(struct subject *s, int call(osml_buffer *b), size_t model(unsigned char *out, const unsigned char *text, size_t n))
{
	int rc = model_claim(s, OSML_ACCESS_READWRITE);
	unsigned char *bytes = malloc(s->len + 1);
	size_t n = rc ? SIZE_MAX : model(bytes, s->bytes, s->len);

	EXPECT(bytes != NULL);
	if (rc == 0 && n == SIZE_MAX)
		rc = OSML_EINVAL;
	EXPECT_RC(call(s->b), rc);
	if (rc == 0) {
		memcpy(s->bytes, bytes, n);
		s->len = n;
	}
	free(bytes);
}

void op_decode_hex(struct input *in)
{
	decode(fuzz_subject(in), osml_buffer_decode_hex, model_hex);
}

void op_decode_base64(struct input *in)
{
	decode(fuzz_subject(in), osml_buffer_decode_base64, model_base64);
}
