/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is done to a buffer's bytes. Each call holds the buffer meanwhile, so that closing it elsewhere cannot pull the memory away. */
#include "reason.h"
#include "storage.h"
#include "wait.h"
#include "word.h"

/* Holds `b` for an access to `n` bytes at `offset`. */
OSML__INLINE int enter(const osml_buffer *b, unsigned access, size_t offset, size_t n)
{
	int rc = osml__word_acquire(b, access);

	if (rc)
		return rc;
	if (offset <= osml__len(b) && n <= osml__len(b) - offset)
		return 0;
	osml__word_release(b);
	return OSML_ERANGE;
}

/* What is already known comes first; else a close meanwhile is. */
static int leave(const osml_buffer *b, int rc)
{
	int released = osml__word_release(b);

	return rc ? rc : released;
}

int osml_buffer_write(osml_buffer *b, size_t offset, const void *bytes, size_t n)
{
	int rc = bytes || !n ? enter(b, OSML_ACCESS_READWRITE, offset, n) : OSML_EINVAL;

	if (rc)
		return rc;
	osml__copy(b->data + offset, bytes, n);
	return osml__word_release(b);
}

int osml_buffer_read(const osml_buffer *b, size_t offset, void *bytes, size_t n)
{
	int rc = bytes || !n ? enter(b, OSML_ACCESS_READ, offset, n) : OSML_EINVAL;

	if (rc)
		return rc;
	osml__copy(bytes, b->data + offset, n);
	rc = osml__word_release(b);
	if (rc)
		osml__wipe(bytes, n);
	return rc;
}

int osml_buffer_fill(osml_buffer *b, size_t offset, unsigned char byte, size_t n)
{
	int rc = enter(b, OSML_ACCESS_READWRITE, offset, n);

	if (rc)
		return rc;
	memset(b->data + offset, byte, n);
	return osml__word_release(b);
}

OSML__COLD int osml_buffer_random(osml_buffer *b, size_t offset, size_t n)
{
	int rc = enter(b, OSML_ACCESS_READWRITE, offset, n);

	if (rc)
		return rc;
	rc = osml__os_random(b->data + offset, n);
	return leave(b, rc);
}

int osml_buffer_copy(osml_buffer *to, size_t to_offset, const osml_buffer *from, size_t from_offset, size_t n)
{
	int rc = enter(from, OSML_ACCESS_READ, from_offset, n);

	if (rc)
		return rc;
	rc = enter(to, OSML_ACCESS_READWRITE, to_offset, n);
	if (rc)
		return leave(from, rc);
	osml__copy(to->data + to_offset, from->data + from_offset, n);
	rc = osml__word_release(from);
	if (rc)
		osml__wipe(to->data + to_offset, n);
	return leave(to, rc);
}

int osml_buffer_wipe(osml_buffer *b)
{
	int rc = enter(b, OSML_ACCESS_READWRITE, 0, 0);

	if (rc)
		return rc;
	osml__wipe(b->data, osml__len(b));
	return osml__word_release(b);
}

#define AT_ONCE 4096u /* a pipe that can be written to takes so much without waiting: PIPE_BUF of Linux */

/* After it, one look at the state: a close meanwhile has wiped what is there, and zeros are no secret. */
static int write_some(const osml_buffer *b, int fd, const osml_buffer_options *options, size_t *done)
{
	size_t wrote, n = osml__len(b) - *done;
	uint32_t held;
	int rc = osml__os_write(fd, b->data + *done, osml__asks(options) && n > AT_ONCE ? AT_ONCE : n, &wrote);

	if (rc == -EAGAIN)
		return osml__wait(fd, true, options);
	if (rc && rc != -EINTR)
		return rc;
	*done += wrote;
	if (*done < osml__len(b) && !osml__may_continue(options)) /* A write that a signal cuts short tells so by its length alone. */
		return -EINTR;
	return osml_buffer_protections(b, &held);
}

struct write_job {
	const osml_buffer *b;
	int fd, rc;
	const osml_buffer_options *options;
};

OSML__COLD static void write_job(void *arg)
{
	struct write_job *job = arg;
	size_t done = 0;

	while (job->rc == 0 && done < osml__len(job->b)) {
		if (osml__asks(job->options))
			job->rc = osml__wait(job->fd, true, job->options);
		if (job->rc == 0)
			job->rc = write_some(job->b, job->fd, job->options, &done);
	}
}

/* The thread is cancelled while it waits. */
static void abandon_write_job(void *arg)
{
	struct write_job *job = arg;

	osml__buffer_release(job->b);
}

OSML__COLD int osml_buffer_write_fd(const osml_buffer *b, int fd, const osml_buffer_options *options)
{
	struct write_job job = { b, fd, options && !osml__options_known(options) ? OSML_EINVAL : enter(b, OSML_ACCESS_READ, 0, 0),
		                 options };

	osml__reason_set(0, OSML__REASON_NONE, 0);
	if (job.rc)
		return job.rc;
	osml__os_with_cleanup(write_job, abandon_write_job, &job);
	return leave(b, job.rc);
}
