/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Secrets that go from the system straight into a buffer. */
#include "source.h"

#include <stdio.h>

#define FIRST_GUESS 504u /* most secrets are shorter; longer ones double it until they fit */

/* Moves `n` bytes to a buffer of `len` bytes; the old one is wiped and freed. On failure the old one is freed too. */
static int move(osml_buffer **b, size_t len, size_t n, const osml_buffer_options *options)
{
	osml_buffer *next;
	int rc = osml_buffer_new(&next, len, options);

	if (rc == 0)
		osml__copy(next->data, (*b)->data, n);
	osml_buffer_free(*b);
	*b = next;
	return rc;
}

int osml__intake_start(struct osml__intake *in, size_t max, const osml_buffer_options *options)
{
	*in = (struct osml__intake){ .max = max, .options = options };
	return osml_buffer_new(&in->b, max < FIRST_GUESS ? max : FIRST_GUESS, options);
}

int osml__intake_room(struct osml__intake *in, unsigned char **at, size_t *room)
{
	size_t len = in->b->len;

	if (in->got == len && len < in->max) {
		int rc = move(&in->b, len > in->max / 2 ? in->max : 2 * len, in->got, in->options);
		if (rc)
			return rc;
	}
	*at = in->b->data + in->got;
	*room = in->b->len - in->got;
	return 0;
}

static size_t without_newline(const unsigned char *text, size_t n)
{
	if (n && text[n - 1] == '\n')
		n--;
	else
		return n;
	return n && text[n - 1] == '\r' ? n - 1 : n;
}

/* The buffer ends exactly where the secret does, and is no larger than it need be. */
int osml__intake_finish(osml_buffer **out, struct osml__intake *in, int rc, unsigned flags)
{
	size_t n;

	if (rc) {
		osml_buffer_free(in->b);
		return rc;
	}
	n = flags & OSML_TRIM_NEWLINE ? without_newline(in->b->data, in->got) : in->got;
	if (n < in->b->len)
		rc = move(&in->b, n, n, in->options);
	if (rc == 0)
		*out = in->b;
	return rc;
}

static int check(osml_buffer **out, const void *source, unsigned flags)
{
	if (!out)
		return OSML_EINVAL;
	*out = NULL;
	return source && !(flags & ~OSML_TRIM_NEWLINE) ? 0 : OSML_EINVAL;
}

/* Options of an unknown size have no such field; osml_buffer_new() refuses them. */
bool osml__may_go_on(const osml_buffer_options *o)
{
	return !o || o->struct_size < sizeof *o || !o->interrupted || o->interrupted(o->context) == 0;
}

static bool again(int rc, const osml_buffer_options *o)
{
	return rc == -EINTR && osml__may_go_on(o);
}

static int read_some(const struct osml__intake *in, int fd, void *at, size_t n, size_t *got)
{
	int rc;

	do
		rc = osml__os_read(fd, at, n, got);
	while (again(rc, in->options));
	return rc;
}

static int read_all(struct osml__intake *in, int fd)
{
	unsigned char *at, extra;
	size_t room, got;
	int rc;

	do {
		rc = osml__intake_room(in, &at, &room);
		if (rc)
			return rc;
		if (room)
			rc = read_some(in, fd, at, room, &got);
		else
			rc = read_some(in, fd, &extra, 1, &got); /* Only the end of the input may follow. */
		if (rc)
			return rc;
		if (got && !room) {
			osml__wipe(&extra, 1);
			return OSML_ETOOBIG;
		}
		in->got += got;
	} while (got);
	return 0;
}

int osml_buffer_from_fd(osml_buffer **out, int fd, size_t max, const osml_buffer_options *options, unsigned flags)
{
	struct osml__intake in;
	int rc = check(out, "", flags);

	if (rc == 0)
		rc = osml__intake_start(&in, max, options);
	return rc ? rc : osml__intake_finish(out, &in, read_all(&in, fd), flags);
}

int osml_buffer_from_file(osml_buffer **out, const char *path, size_t max, const osml_buffer_options *options, unsigned flags)
{
	int fd, rc = check(out, path, flags);

	if (rc)
		return rc;
	do /* A FIFO waits for its writer. */
		rc = osml__os_open(&fd, path);
	while (again(rc, options));
	if (rc)
		return rc;
	rc = osml_buffer_from_fd(out, fd, max, options, flags);
	osml__os_close(fd);
	return rc;
}

/*
 * Interpreters copy the environment before anybody can look, and leave the first one where it was, which is what /proc/PID/environ shows. An
 * argument of that form goes as well.
 */
static void wipe_first(const char *name)
{
	char *at, *end;
	size_t prefix = strlen(name);

	for (osml__os_first_strings(&at, &end); at < end; at += strlen(at) + 1)
		if (strncmp(at, name, prefix) == 0 && at[prefix] == '=')
			osml__wipe(at + prefix + 1, strlen(at + prefix + 1));
}

int osml_buffer_from_env(osml_buffer **out, const char *name, size_t max, const osml_buffer_options *options, unsigned flags)
{
	char *value, cut[2];
	size_t len, n;
	int rc = check(out, name, flags);

	if (rc == 0 && (!*name || strchr(name, '=')))
		rc = OSML_EINVAL;
	if (rc)
		return rc;
	rc = osml__os_env(&value, name);
	if (rc)
		return rc;
	len = strlen(value);
	if (len > max)
		return OSML_ETOOBIG;
	n = flags & OSML_TRIM_NEWLINE ? without_newline((unsigned char *)value, len) : len;
	rc = osml_buffer_new(out, n, options);
	if (rc)
		return rc;
	osml__copy((*out)->data, value, n);
	memcpy(cut, value + n, len - n);
	osml__wipe(value, len);
	rc = osml__os_env_remove(name);
	if (rc) { /* as it was */
		osml__copy(value, (*out)->data, n);
		memcpy(value + n, cut, len - n);
		osml_buffer_free(*out);
		*out = NULL;
		return rc;
	}
	wipe_first(name);
	return 0;
}

int osml_buffer_from_credential(osml_buffer **out, const char *name, size_t max, const osml_buffer_options *options, unsigned flags)
{
	char path[4096], *directory;
	int n, rc = check(out, name, flags);

	if (rc == 0 && (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..")))
		rc = OSML_EINVAL;
	if (rc == 0)
		rc = osml__os_env(&directory, "CREDENTIALS_DIRECTORY");
	if (rc)
		return rc;
	n = snprintf(path, sizeof path, "%s/%s", directory, name);
	if (n < 0 || (size_t)n >= sizeof path)
		return OSML_EINVAL;
	return osml_buffer_from_file(out, path, max, options, flags);
}
