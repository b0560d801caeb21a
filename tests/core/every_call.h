/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Every function that takes a buffer and can refuse it, each called with arguments that are right for an open buffer of 8 bytes of "30". */
#ifndef OSML_TEST_EVERY_CALL_H
#define OSML_TEST_EVERY_CALL_H

#include "support.h"

#include <fcntl.h>
#include <unistd.h>

static int call_pin(osml_buffer *b)
{
	void *data;
	size_t len;
	int rc = osml_buffer_pin(b, &data, &len);

	if (rc == 0)
		osml_buffer_unpin(b);
	return rc;
}

static int call_write(osml_buffer *b)
{
	return osml_buffer_write(b, 0, "3030", 4);
}

static int call_read(osml_buffer *b)
{
	char bytes[4];

	return osml_buffer_read(b, 0, bytes, sizeof bytes);
}

static int call_fill(osml_buffer *b)
{
	return osml_buffer_fill(b, 0, '3', 4);
}

static int call_random(osml_buffer *b)
{
	return osml_buffer_random(b, 0, 0);
}

/* With a second, open buffer. */
static int with_another(osml_buffer *b, int (*call)(osml_buffer *b, osml_buffer *other))
{
	osml_buffer *other;
	int rc;

	CHECK_RC(osml_buffer_new(&other, 8, NULL), 0);
	rc = call(b, other);
	osml_buffer_free(other);
	return rc;
}

static int copy_from(osml_buffer *b, osml_buffer *other)
{
	return osml_buffer_copy(other, 0, b, 0, 4);
}

static int copy_to(osml_buffer *b, osml_buffer *other)
{
	CHECK_RC(osml_buffer_write(other, 0, "3030", 4), 0);
	return osml_buffer_copy(b, 0, other, 0, 4);
}

static int equal_first(osml_buffer *b, osml_buffer *other)
{
	int equal;

	return osml_buffer_equal(&equal, b, other);
}

static int equal_second(osml_buffer *b, osml_buffer *other)
{
	int equal;

	return osml_buffer_equal(&equal, other, b);
}

static int join_first(osml_buffer *b, osml_buffer *other)
{
	osml_buffer *out;
	int rc = osml_buffer_join(&out, (osml_piece[]){ { b, NULL, 0, OSML_TO_END }, { other, NULL, 0, OSML_TO_END } }, 2, NULL);

	osml_buffer_free(out);
	return rc;
}

static int join_second(osml_buffer *b, osml_buffer *other)
{
	osml_buffer *out;
	int rc = osml_buffer_join(&out, (osml_piece[]){ { other, NULL, 0, OSML_TO_END }, { b, NULL, 0, OSML_TO_END } }, 2, NULL);

	osml_buffer_free(out);
	return rc;
}

static int call_join_first(osml_buffer *b)
{
	return with_another(b, join_first);
}

static int call_join_second(osml_buffer *b)
{
	return with_another(b, join_second);
}

static int call_encode(osml_buffer *b)
{
	osml_buffer *out;
	int rc = osml_buffer_encode(&out, b, OSML_BASE64, NULL);

	osml_buffer_free(out);
	return rc;
}

static int call_find(osml_buffer *b)
{
	size_t at;

	return osml_buffer_find(&at, b, 0, "x", 1);
}

static int call_equal_bytes(osml_buffer *b)
{
	int equal;

	return osml_buffer_equal_bytes(&equal, b, "x", 1);
}

static int call_decode(osml_buffer *b)
{
	return osml_buffer_decode(b, OSML_HEX);
}

static int call_copy_from(osml_buffer *b)
{
	return with_another(b, copy_from);
}

static int call_copy_to(osml_buffer *b)
{
	return with_another(b, copy_to);
}

static int call_equal_first(osml_buffer *b)
{
	return with_another(b, equal_first);
}

static int call_equal_second(osml_buffer *b)
{
	return with_another(b, equal_second);
}

static int call_protect(osml_buffer *b)
{
	return osml_buffer_protect(b, OSML_ACCESS_READWRITE);
}

static int call_protections(osml_buffer *b)
{
	uint32_t bits;

	return osml_buffer_protections(b, &bits);
}

static int call_verify(osml_buffer *b)
{
	uint32_t bits;

	return osml_buffer_verify(b, &bits);
}

static int call_write_fd(osml_buffer *b)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC), rc = osml_buffer_write_fd(b, fd, NULL);

	close(fd);
	return rc;
}

static int call_read_fd(osml_buffer *b)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC), rc;
	size_t got;

	rc = osml_buffer_read_fd(b, 0, 1, fd, &got, NULL);
	close(fd);
	return rc;
}

static int call_command(osml_buffer *b)
{
	static const char *const argv[] = { "cat", NULL };
	osml_command command = OSML_COMMAND_INIT;
	osml_buffer *made;
	int rc;

	command.argv = argv;
	command.input = b;
	rc = osml_buffer_from_command(&made, b ? &command : NULL, SIZE_MAX, NULL, OSML_ALLOW_EMPTY); /* no input is no error */
	osml_buffer_free(made);
	return rc;
}

enum needs { NEEDS_NOTHING, NEEDS_READ, NEEDS_WRITE };

/* Decoding shortens, wiping makes the digits zero: they come last. */
static const struct every_call {
	const char *name;
	int (*call)(osml_buffer *b);
	enum needs needs; /* what access mode */
} every_call[] = {
	{ "pin", call_pin, NEEDS_READ },
	{ "write", call_write, NEEDS_WRITE },
	{ "read", call_read, NEEDS_READ },
	{ "fill", call_fill, NEEDS_WRITE },
	{ "random", call_random, NEEDS_WRITE },
	{ "copy from", call_copy_from, NEEDS_READ },
	{ "copy to", call_copy_to, NEEDS_WRITE },
	{ "equal, first", call_equal_first, NEEDS_READ },
	{ "equal, second", call_equal_second, NEEDS_READ },
	{ "protections", call_protections, NEEDS_NOTHING },
	{ "verify", call_verify, NEEDS_READ },
	{ "write_fd", call_write_fd, NEEDS_READ },
	{ "read_fd", call_read_fd, NEEDS_WRITE },
	{ "from_command", call_command, NEEDS_READ },
	{ "equal_bytes", call_equal_bytes, NEEDS_READ },
	{ "find", call_find, NEEDS_READ },
	{ "join, first", call_join_first, NEEDS_READ },
	{ "join, second", call_join_second, NEEDS_READ },
	{ "encode", call_encode, NEEDS_READ },
	{ "decode", call_decode, NEEDS_WRITE },
	{ "wipe", osml_buffer_wipe, NEEDS_WRITE },
	{ "protect", call_protect, NEEDS_NOTHING },
};
#define EVERY_CALL (sizeof every_call / sizeof *every_call)

/* All of them answer `expected`, and none leaves a pin behind (audit T6). */
static inline void check_every_call(osml_buffer *b, int expected)
{
	size_t before = 0, after = 0;
	int known = osml_buffer_pins(b, &before);

	for (size_t i = 0; i < EVERY_CALL; i++) {
		int rc = every_call[i].call(b);
		if (rc != expected)
			fprintf(stderr, "%s: %s, not %s\n", every_call[i].name, osml_error_name(rc), osml_error_name(expected));
		CHECK(rc == expected);
		CHECK(osml_buffer_pins(b, &after) == known && after == before);
	}
}

#endif
