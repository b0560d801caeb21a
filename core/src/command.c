/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Secrets that another program writes. */
#include "life.h"
#include "reason.h"
#include "source.h"
#include "storage.h"
#include "textflags.h"
#include "wait.h"
#include "word.h"

struct command_job {
	struct osml__reader reader;
	struct osml__child child;
	const osml_command *command;
	size_t fed;    /* bytes of the input */
	bool has_line; /* the secret is there; what follows is read as well, since a program that cannot write it would fail */
	int rc, *status;
};

/* ---- While it runs ---- */

/* After it, one look at the state, as in osml_buffer_write_fd(). */
static int feed(struct command_job *job)
{
	const osml_buffer *input = job->command->input;
	size_t wrote, n = osml__len(input) - job->fed;
	uint32_t held;
	int rc = n ? osml__os_child_feed(&job->child, input->data + job->fed, n, &wrote) : -EPIPE;

	if (rc == -EAGAIN || rc == -EINTR)
		return 0;
	if (rc && rc != -EPIPE)
		return rc;
	job->fed += rc ? 0 : wrote;
	if (rc || job->fed == osml__len(input))
		osml__os_child_shut(&job->child, OSML__CHILD_READS);
	return osml_buffer_protections(input, &held);
}

static int drop(int fd, size_t *got)
{
	unsigned char rest[2048];
	int rc = osml__os_read(fd, rest, sizeof rest, got);

	osml__wipe(rest, sizeof rest);
	return rc == -EINTR ? 0 : rc;
}

static int take(struct command_job *job)
{
	struct osml__reader *r = &job->reader;
	size_t got = 1;
	int rc = job->has_line ? drop(job->child.out, &got) : osml__source_read_more(r, job->child.out, false, &got);

	if (rc == 0 && !job->has_line && got)
		job->has_line = osml__text_line_ends(r->b->data + r->got - got, got, r->flags);
	if (rc == 0 && !got)
		osml__os_child_shut(&job->child, OSML__CHILD_WRITES);
	return rc;
}

/* Asks each time: a program that writes without a pause never lets the wait end by itself. */
static int turn(struct command_job *job)
{
	unsigned ready;
	int rc = osml__os_child_wait(&job->child, &ready, osml__asks(job->reader.options) ? OSML__BETWEEN_QUESTIONS : -1);

	if ((rc == 0 || rc == -EAGAIN || rc == -EINTR) && !osml__may_continue(job->reader.options))
		return -EINTR;
	if (rc == -EAGAIN || rc == -EINTR)
		return 0;
	if (rc == 0 && ready & OSML__CHILD_WRITES)
		rc = take(job);
	if (rc == 0 && ready & OSML__CHILD_READS)
		rc = feed(job);
	return rc;
}

/* Most programs end with their output; who is slower is looked after less and less often. */
static int wait_for_end(struct command_job *job)
{
	const osml_buffer_options *o = job->reader.options;
	int rc, pause = osml__asks(o) ? 1 : -1;

	do {
		rc = osml__os_child_end(&job->child, job->status, pause);
		if (pause > 0 && 2 * pause <= OSML__BETWEEN_QUESTIONS)
			pause *= 2;
	} while ((rc == -EAGAIN || rc == -EINTR) && osml__may_continue(o));
	return rc == -EAGAIN ? -EINTR : rc;
}

static void command_job(void *arg)
{
	struct command_job *job = arg;

	while (job->rc == 0 && (job->child.out >= 0 || job->child.in >= 0))
		job->rc = turn(job);
	if (job->rc == 0)
		job->rc = wait_for_end(job);
}

/* The thread is cancelled while it waits. */
static void abandon_command_job(void *arg)
{
	struct command_job *job = arg;

	osml__os_child_close(&job->child);
	osml__reader_abandon(&job->reader);
	if (job->command->input)
		osml__buffer_release(job->command->input);
}

/* ---- Before and after ---- */

/* Of the first four bits of a status: on Windows an exception has 8, C or, of a language, E; and exit(-1) is no signal's doing. */
#define EXCEPTIONS (1u << 0x8 | 1u << 0xC | 1u << 0xE)

static int verdict(int rc, int status)
{
	if (rc == -ECHILD)
		return osml__reason_set(rc, OSML__REASON_STOLEN, 0);
	if (rc || !status)
		return rc;
	if (status < 0 && status >= -osml__os_child_signals)
		return osml__reason_set(OSML_ECOMMAND, OSML__REASON_KILLED, (unsigned)-status);
	return osml__reason_set(OSML_ECOMMAND, EXCEPTIONS >> ((unsigned)status >> 28) & 1 ? OSML__REASON_EXCEPTION : OSML__REASON_STATUS,
	                        (unsigned)status);
}

/* With a reference to the input. */
static int run(osml_buffer **out, struct command_job *job)
{
	int rc, cancellation = osml__os_cancellation_off();

	rc = osml__os_child_start(&job->child, job->command);
	osml__os_cancellation_restore(cancellation);
	if (rc) {
		osml__reader_abandon(&job->reader);
		return rc;
	}
	osml__os_with_cleanup(command_job, abandon_command_job, job);
	cancellation = osml__os_cancellation_off();
	osml__os_child_close(&job->child);
	osml__os_cancellation_restore(cancellation);
	return osml__reader_finish(out, &job->reader, verdict(job->rc, *job->status));
}

static int hold_and_run(osml_buffer **out, struct command_job *job, size_t max, const osml_buffer_options *options, unsigned flags)
{
	int released, rc = osml__reader_start(&job->reader, max, options, flags, 0);

	if (rc)
		return rc;
	rc = job->command->input ? osml__buffer_acquire(job->command->input, OSML_ACCESS_READ) : 0;
	if (rc) {
		osml__reader_abandon(&job->reader);
		return rc;
	}
	rc = run(out, job);
	released = job->command->input ? osml__buffer_release(job->command->input) : 0;
	return osml__buffer_made(out, rc ? rc : released);
}

static void command_forked(uint32_t generation)
{
	(void)generation;
	osml__os_children_forget();
}

int osml_buffer_from_command(osml_buffer **out, osml_command *command, size_t max, const osml_buffer_options *options, unsigned flags)
{
	struct command_job job = { .command = command };
	int rc = osml__source_check(out, command, flags, OSML__SOURCE_FLAGS & ~OSML_PRIVATE);

	if (rc)
		return rc;
	if (command->struct_size != sizeof *command || !command->argv || !command->argv[0])
		return OSML_EINVAL;
	osml__on_fork(OSML__FORK_COMMANDS, command_forked);
	command->status = 0;
	job.status = &command->status;
	return hold_and_run(out, &job, max, options, flags);
}
