/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is done to a buffer's bytes. Each call holds the buffer meanwhile, so that closing it elsewhere cannot pull the memory away. */
#include "source.h"

/* Holds `b` for an access to `n` bytes at `offset`. */
static int enter(const osml_buffer *b, unsigned access, size_t offset, size_t n)
{
	int rc = osml__buffer_hold(b, access);

	if (rc)
		return rc;
	if (offset <= b->len && n <= b->len - offset)
		return 0;
	osml__buffer_drop(b);
	return OSML_ERANGE;
}

int osml_buffer_write(osml_buffer *b, size_t offset, const void *bytes, size_t n)
{
	int rc = bytes || !n ? enter(b, OSML_ACCESS_READWRITE, offset, n) : OSML_EINVAL;

	if (rc)
		return rc;
	osml__copy(b->data + offset, bytes, n);
	osml__buffer_drop(b);
	return 0;
}

int osml_buffer_read(const osml_buffer *b, size_t offset, void *bytes, size_t n)
{
	int rc = bytes || !n ? enter(b, OSML_ACCESS_READ, offset, n) : OSML_EINVAL;

	if (rc)
		return rc;
	osml__copy(bytes, b->data + offset, n);
	osml__buffer_drop(b);
	return 0;
}

int osml_buffer_fill(osml_buffer *b, size_t offset, unsigned char byte, size_t n)
{
	int rc = enter(b, OSML_ACCESS_READWRITE, offset, n);

	if (rc)
		return rc;
	memset(b->data + offset, byte, n);
	osml__buffer_drop(b);
	return 0;
}

int osml_buffer_random(osml_buffer *b, size_t offset, size_t n)
{
	int rc = enter(b, OSML_ACCESS_READWRITE, offset, n);

	if (rc)
		return rc;
	rc = osml__os_random(b->data + offset, n);
	osml__buffer_drop(b);
	return rc;
}

int osml_buffer_copy(osml_buffer *to, size_t to_offset, const osml_buffer *from, size_t from_offset, size_t n)
{
	int rc = enter(from, OSML_ACCESS_READ, from_offset, n);

	if (rc)
		return rc;
	rc = enter(to, OSML_ACCESS_READWRITE, to_offset, n);
	if (rc == 0) {
		osml__copy(to->data + to_offset, from->data + from_offset, n);
		osml__buffer_drop(to);
	}
	osml__buffer_drop(from);
	return rc;
}

int osml_buffer_wipe(osml_buffer *b)
{
	int rc = enter(b, OSML_ACCESS_READWRITE, 0, 0);

	if (rc)
		return rc;
	osml__wipe(b->data, b->len);
	osml__buffer_drop(b);
	return 0;
}

/* No early end, and a barrier so that the compiler does not invent one. */
static int same_bytes(const unsigned char *a, const unsigned char *b, size_t n)
{
	unsigned char differs = 0;

	for (size_t i = 0; i < n; i++) {
		differs |= a[i] ^ b[i];
#if defined(__GNUC__)
		__asm__("" : "+r"(differs));
#endif
	}
	return differs == 0;
}

int osml_buffer_equal(int *equal, const osml_buffer *a, const osml_buffer *b)
{
	int rc = equal ? enter(a, OSML_ACCESS_READ, 0, 0) : OSML_EINVAL;

	if (equal)
		*equal = 0;
	if (rc)
		return rc;
	rc = enter(b, OSML_ACCESS_READ, 0, 0);
	if (rc == 0) {
		*equal = a->len == b->len && same_bytes(a->data, b->data, a->len);
		osml__buffer_drop(b);
	}
	osml__buffer_drop(a);
	return rc;
}

/* After it, one look at the state: a close meanwhile has wiped what is there, and zeros are no secret. */
static int write_some(const osml_buffer *b, int fd, const osml_buffer_options *options, size_t *done)
{
	size_t wrote;
	uint32_t held;
	int rc = osml__os_write(fd, b->data + *done, b->len - *done, &wrote);

	if (rc && rc != -EINTR)
		return rc;
	*done += wrote;
	if (*done < b->len && !osml__may_go_on(options)) /* A write that a signal cuts short tells so by its length alone. */
		return -EINTR;
	return osml_buffer_protections(b, &held);
}

int osml_buffer_write_fd(const osml_buffer *b, int fd, const osml_buffer_options *options)
{
	size_t done = 0;
	int rc = options && !osml__options_known(options) ? OSML_EINVAL : enter(b, OSML_ACCESS_READ, 0, 0);

	if (rc)
		return rc;
	while (rc == 0 && done < b->len)
		rc = write_some(b, fd, options, &done);
	osml__buffer_drop(b);
	return rc;
}
