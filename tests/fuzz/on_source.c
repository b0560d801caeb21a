/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Between buffers and descriptors. */
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

#define TEXT  (OSML_TRIM_NEWLINE | OSML_TRIM_SPACE | OSML_FIRST_LINE)
#define FLAGS (TEXT | OSML_ALLOW_EMPTY)

/* Where the secret starts and how long it is, told once more; NULL: it is UTF-16. */
static unsigned char *secret_in(unsigned char *bytes, size_t *n, unsigned flags)
{
	static const unsigned char space[] = " \t\n\v\f\r";

	if (!(flags & TEXT))
		return bytes;
	if (*n >= 2 && bytes[0] + bytes[1] == 0xFF + 0xFE && bytes[0] >= 0xFE)
		return NULL;
	if (*n >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3)) {
		bytes += 3;
		*n -= 3;
	}
	if (flags & OSML_FIRST_LINE)
		for (size_t i = 0; i < *n; i++)
			if (bytes[i] == '\n' || bytes[i] == '\r')
				*n = i;
	if (flags & OSML_TRIM_NEWLINE && *n && bytes[*n - 1] == '\n' && --*n && bytes[*n - 1] == '\r')
		--*n;
	while (flags & OSML_TRIM_SPACE && *n && memchr(space, bytes[*n - 1], sizeof space))
		--*n;
	return bytes;
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
	unsigned kind = fuzz_byte(in), flags = kind % 16 == 15 ? fuzz_byte(in) : (kind >> 2) & FLAGS;
	size_t max = fuzz_size(in), n;
	unsigned char *bytes = text_to_read(in, &n), *text;
	int fd = kind & 2 ? file_with(bytes, n) : pipe_with(bytes, n);
	osml_buffer *b = (osml_buffer *)s;
	int rc = osml_buffer_from_fd(&b, fd, max, o, flags);

	close(fd);
	subject_drop(s);
	text = secret_in(bytes, &n, flags);
	if (flags & ~(FLAGS | OSML_PRIVATE))
		EXPECT_RC(rc, OSML_EINVAL);
	else if (rc == OSML_ETOOBIG)
		EXPECT(!b); /* white space that is trimmed counts */
	else if (rc == OSML_EEXPOSED)
		EXPECT(flags & OSML_PRIVATE && !b);
	else if (rc == OSML_EFORMAT)
		EXPECT(!text && !b);
	else if (rc == OSML_EEMPTY)
		EXPECT(n == 0 && !(flags & OSML_ALLOW_EMPTY) && !b);
	else if (model_made(rc, b, o)) {
		EXPECT(text && n <= max && (n || flags & OSML_ALLOW_EMPTY));
		subject_adopt(s, b, o, text, n);
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

/* Through a program, and back. */
void op_from_command(struct input *in)
{
	static const char *const argv[] = { "cat", NULL };
	struct subject *given = fuzz_subject(in), *s = fuzz_subject(in);
	struct options options;
	const osml_buffer_options *o = fuzz_options(in, &options);
	osml_command command = OSML_COMMAND_INIT;
	size_t max = fuzz_size(in);
	osml_buffer *b = NULL;
	int rc, held = given == s ? OSML_EINVAL : model_hold(given, OSML_ACCESS_READ);

	command.argv = held == OSML_EINVAL ? NULL : argv;
	command.input = given->b;
	rc = osml_buffer_from_command(&b, &command, max, o, OSML_ALLOW_EMPTY);
	if (rc == OSML_ETOOBIG)
		EXPECT(given->len > max && !b);
	else if (held)
		EXPECT(rc && !b);
	else if (model_made(rc, b, o)) {
		subject_drop(s);
		subject_adopt(s, b, o, given->bytes, given->len);
	}
}

void op_read_fd(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	unsigned kind = fuzz_byte(in);
	size_t offset = fuzz_size(in), n = fuzz_size(in), len, got = 1;
	unsigned char *bytes = text_to_read(in, &len);
	int fd = kind & 2 ? file_with(bytes, len) : pipe_with(bytes, len), rc = model_hold(s, OSML_ACCESS_READWRITE);

	if (rc == 0 && (offset > s->len || n > s->len - offset))
		rc = OSML_ERANGE;
	EXPECT_RC(osml_buffer_read_fd(s->b, offset, n, kind & 4 ? osml_fd_from_os_handle(fd) : fd, &got, NULL), rc);
	EXPECT(got == (rc ? 0 : n < len ? n : len));
	if (rc == 0)
		memcpy(s->bytes + offset, bytes, got);
	EXPECT(kind & 2 ? lseek(fd, 0, SEEK_CUR) == (off_t)got : read(fd, bytes, len) == (ssize_t)(len - got)); /* the rest is there */
	close(fd);
	free(bytes);
}
