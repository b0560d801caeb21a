/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Secrets that go from a descriptor straight into a buffer. */
#include "source.h"

#include "reason.h"
#include "storage.h"
#include "textflags.h"
#include "wait.h"
#include "word.h"

int osml__source_check(osml_buffer **out, const void *source, unsigned flags, unsigned known)
{
	osml__reason_set(0, OSML__REASON_NONE, 0);
	if (!out)
		return OSML_EINVAL;
	*out = NULL;
	return source && !(flags & ~known) ? 0 : OSML_EINVAL;
}

/* What cannot wait is read at once. A FIFO without a writer reads as its end unless one waits for the first. */
static int read_some(const osml_buffer_options *options, int fd, bool waits, void *at, size_t n, size_t *got)
{
	int rc;

	*got = 0;
	do {
		rc = waits ? osml__wait(fd, false, options) : 0;
		if (rc)
			return rc;
		rc = osml__os_read(fd, at, n, got);
		waits |= rc == -EAGAIN;
	} while (rc == -EAGAIN || (rc == -EINTR && osml__may_continue(options)));
	return rc;
}

/* Where there is no room only the end of the input should follow, so the byte that does must not need a larger buffer before it is there. */
int osml__source_read_more(struct osml__reader *r, int fd, bool waits, size_t *got)
{
	unsigned char *at, extra = 0;
	size_t room = osml__reader_room(r, &at);
	int rc = read_some(r->options, fd, waits, room ? at : &extra, room ? room : 1, got);

	if (rc == 0)
		rc = osml__word_check(r->b); /* After a purge the secret is lost: do not wait for the rest. */
	if (rc == 0 && room)
		r->got += *got;
	else if (rc == 0 && *got)
		rc = osml__reader_put(r, extra);
	osml__wipe(&extra, 1);
	return rc;
}

/* Between two reads: who writes little by little never lets a wait last until the next question. */
static int go_on(const osml_buffer_options *options, bool waits)
{
	return !waits || osml__may_continue(options) ? 0 : -EINTR;
}

int osml__source_read(struct osml__reader *r, int fd, bool waits)
{
	size_t got;
	int rc;

	do {
		rc = osml__source_read_more(r, fd, waits, &got);
		if (rc || !got || osml__text_line_ends(r->b->data + r->got - got, got, r->flags))
			return rc;
		rc = go_on(r->options, waits);
	} while (rc == 0);
	return rc;
}

struct read_job {
	struct osml__reader reader;
	int fd, rc;
	bool own_fd, waits;
};

static void read_job(void *arg)
{
	struct read_job *job = arg;

	job->rc = osml__source_read(&job->reader, job->fd, job->waits);
}

/* The thread is cancelled while it waits. */
static void abandon_read_job(void *arg)
{
	struct read_job *job = arg;

	osml__reader_abandon(&job->reader);
	if (job->own_fd)
		osml__os_close(job->fd);
}

static int look(struct osml__file *file, int fd, unsigned flags)
{
	int rc = osml__os_file(file, fd);

	if (rc || !(flags & OSML_PRIVATE))
		return rc;
	if (file->mode == OSML__MODE_UNKNOWN)
		return OSML_EUNSUPPORTED;
	return file->mode & (flags & OSML__CREDENTIAL ? 004 : 044) ? osml__reason_set(OSML_EEXPOSED, OSML__REASON_MODE, file->mode) : 0;
}

static int from_fd(osml_buffer **out, int fd, bool own_fd, size_t max, const osml_buffer_options *options, unsigned flags)
{
	struct read_job job = { .fd = fd, .own_fd = own_fd };
	struct osml__file file;
	int rc = look(&file, fd, flags);

	if (rc == 0)
		rc = osml__reader_start(&job.reader, max, options, flags, file.size);
	if (rc)
		return rc;
	job.waits = !file.regular;
	osml__os_with_cleanup(read_job, abandon_read_job, &job);
	return osml__reader_finish(out, &job.reader, job.rc);
}

int osml_fd_from_os_handle(intptr_t handle)
{
	return osml__os_fd_from_handle(handle);
}

int osml_buffer_from_fd(osml_buffer **out, int fd, size_t max, const osml_buffer_options *options, unsigned flags)
{
	int rc = osml__source_check(out, "", flags, OSML__SOURCE_FLAGS);

	return rc ? rc : from_fd(out, fd, false, max, options, flags);
}

int osml__source_file(osml_buffer **out, const char *path, size_t max, const osml_buffer_options *options, unsigned flags, unsigned more)
{
	int fd, cancellation, rc = osml__source_check(out, path, flags, OSML__SOURCE_FLAGS);

	if (rc)
		return rc;
	flags |= more;
	do
		rc = osml__os_open(&fd, path);
	while (rc == -EINTR && osml__may_continue(options));
	if (rc)
		return rc;
	rc = from_fd(out, fd, true, max, options, flags);
	cancellation = osml__os_cancellation_off(); /* a thread that ended here would leave descriptor and secret behind */
	osml__os_close(fd);
	osml__os_cancellation_restore(cancellation);
	return rc;
}

int osml_buffer_from_file(osml_buffer **out, const char *path, size_t max, const osml_buffer_options *options, unsigned flags)
{
	return osml__source_file(out, path, max, options, flags, 0);
}

/* ---- Into a buffer that is there ---- */

struct fill_job {
	osml_buffer *b;
	unsigned char *at;
	size_t n, *got;
	int fd, rc;
	bool waits;
	const osml_buffer_options *options;
};

/* Looks at the state after each read: when the buffer was closed meanwhile, the rest is not waited for. */
static void fill_job(void *arg)
{
	struct fill_job *job = arg;
	size_t got = 1;
	uint32_t held;

	while (job->rc == 0 && got && *job->got < job->n) {
		job->rc = read_some(job->options, job->fd, job->waits, job->at + *job->got, job->n - *job->got, &got);
		*job->got += got;
		if (job->rc == 0)
			job->rc = osml_buffer_protections(job->b, &held);
		if (job->rc == 0 && got && *job->got < job->n)
			job->rc = go_on(job->options, job->waits);
	}
}

/* The thread is cancelled while it waits. */
static void abandon_fill_job(void *arg)
{
	struct fill_job *job = arg;

	osml__buffer_release(job->b);
}

/* With a reference. */
static int fill(struct fill_job *job, size_t offset)
{
	struct osml__file file;

	if (offset > osml__len(job->b) || job->n > osml__len(job->b) - offset)
		return OSML_ERANGE;
	job->rc = osml__os_file(&file, job->fd);
	if (job->rc)
		return job->rc;
	job->at = job->b->data + offset;
	job->waits = !file.regular;
	osml__os_with_cleanup(fill_job, abandon_fill_job, job);
	if (job->rc == OSML_ECLOSED)
		osml__wipe(job->at, job->n);
	return job->rc;
}

int osml_buffer_read_fd(osml_buffer *b, size_t offset, size_t n, int fd, size_t *got, const osml_buffer_options *options)
{
	struct fill_job job = { .b = b, .n = n, .got = got, .fd = fd, .options = options };
	int rc, released;

	osml__reason_set(0, OSML__REASON_NONE, 0);
	if (got)
		*got = 0;
	if (!got || (options && !osml__options_known(options)))
		return OSML_EINVAL;
	rc = osml__buffer_acquire(b, OSML_ACCESS_READWRITE);
	if (rc)
		return rc;
	rc = fill(&job, offset);
	released = osml__buffer_release(b);
	if (rc == 0)
		rc = released;
	if (rc == OSML_ECLOSED)
		*got = 0;
	return rc;
}
