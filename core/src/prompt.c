/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "reason.h"
#include "source.h"
#include "storage.h"
#include "textflags.h"
#include "wait.h"

#define BETWEEN_QUESTIONS 200 /* ms */
#define MARK              6u  /* bytes */

static int read_key(const struct osml__reader *r, struct osml__terminal *t, unsigned char *key, size_t *got)
{
	int rc;

	do
		rc = osml__os_terminal_read(t, key, got, osml__asks(r->options) ? BETWEEN_QUESTIONS : -1);
	while (rc == -EAGAIN && osml__may_continue(r->options));
	return rc == -EAGAIN ? -EINTR : rc;
}

/* ---- The answer is edited here, because the system's editor has lines of 4095 bytes, and knows UTF-8 only where it is told to ---- */

static void drop(struct osml__reader *r, size_t n)
{
	r->got -= n;
	osml__wipe(r->b->data + r->got, n);
}

static void drop_character(struct osml__reader *r)
{
	size_t n = 0;

	while (n < r->got && (r->b->data[r->got - ++n] & 0xC0) == 0x80)
		;
	drop(r, n);
}

static void drop_word(struct osml__reader *r)
{
	while (r->got && r->b->data[r->got - 1] == ' ')
		drop(r, 1);
	while (r->got && r->b->data[r->got - 1] != ' ')
		drop(r, 1);
}

/* What a terminal puts around a paste in bracketed paste mode. */
static void drop_mark(struct osml__reader *r)
{
	const unsigned char *end = r->b->data + r->got;

	if (r->got >= MARK && (!memcmp(end - MARK, "\033[200~", MARK) || !memcmp(end - MARK, "\033[201~", MARK)))
		drop(r, MARK);
}

static bool is_key(unsigned char c, unsigned char key)
{
	return key && c == key;
}

/* What is too long is read to its end all the same: the rest is a piece of the secret, and the next reader may be a shell. */
static int take(struct osml__reader *r, const struct osml__terminal *t, unsigned char c)
{
	int rc = 0;

	if (is_key(c, t->erase) || c == 0x7F || c == '\b')
		drop_character(r);
	else if (is_key(c, t->erase_all))
		drop(r, r->got);
	else if (is_key(c, t->erase_word))
		drop_word(r);
	else
		rc = osml__reader_put(r, c);
	if (rc == 0 && c == '~')
		drop_mark(r);
	return rc;
}

static int read_line(struct osml__reader *r, struct osml__terminal *t)
{
	bool ends = false, too_long = false;
	int rc = 0;

	while (rc == 0 && !ends) {
		unsigned char c;
		size_t got;
		rc = read_key(r, t, &c, &got);
		if (rc)
			break;
		ends = got && (c == '\n' || c == '\r');
		if (!got || is_key(c, t->end))
			rc = OSML_EEMPTY;
		else if (!ends && !too_long)
			rc = take(r, t, c);
		osml__wipe(&c, 1);
		if (rc == OSML_ETOOBIG) {
			too_long = true;
			rc = 0;
		}
		if (rc == 0 && !ends && !osml__may_continue(r->options))
			rc = -EINTR;
	}
	return rc == 0 && too_long ? OSML_ETOOBIG : rc;
}

/* Two at once would each restore what the other had set. Of a process that was forked meanwhile the child asks nothing yet. */
static _Atomic uint64_t asking;

static int begin_asking(void)
{
	uint64_t self = osml__os_process_id() + 1, other = atomic_load(&asking); /* where no process has a child its number is 0 */

	return other != self && atomic_compare_exchange_strong(&asking, &other, self) ? 0 : -EBUSY;
}

struct prompt_job {
	struct osml__reader reader;
	struct osml__terminal terminal;
	int rc;
};

static void prompt_job(void *arg)
{
	struct prompt_job *job = arg;

	job->rc = read_line(&job->reader, &job->terminal);
	if (job->rc) /* Wipe before a pending signal can end the process. */
		osml_buffer_wipe(job->reader.b);
}

/* The thread is cancelled while it waits. */
static void abandon_prompt_job(void *arg)
{
	struct prompt_job *job = arg;

	osml__reader_abandon(&job->reader);
	osml__os_terminal_close(&job->terminal);
	atomic_store(&asking, 0);
}

static int ask(struct prompt_job *job, const char *prompt)
{
	int rc = osml__os_terminal_open(&job->terminal, prompt);

	if (rc)
		return rc == -ENXIO ? osml__reason_set(rc, OSML__REASON_TERMINAL, 0) : rc;
	osml__os_with_cleanup(prompt_job, abandon_prompt_job, job);
	osml__os_terminal_close(&job->terminal);
	return job->rc;
}

int osml_buffer_prompt(osml_buffer **out, const char *prompt, size_t max, const osml_buffer_options *options, unsigned flags)
{
	struct prompt_job job;
	int rc = osml__source_check(out, prompt, flags, OSML_ALLOW_EMPTY | OSML_TRIM_SPACE);

	if (rc)
		return rc;
	rc = begin_asking();
	if (rc)
		return rc;
	job.terminal = (struct osml__terminal){ 0 };
	rc = osml__reader_start(&job.reader, max, options, flags, 0);
	if (rc == 0) {
		job.reader.most += job.reader.most < SIZE_MAX - 2 * MARK ? 2 * MARK : 0; /* which do not stay */
		rc = ask(&job, prompt);
		rc = osml__reader_finish(out, &job.reader, rc);
	}
	atomic_store(&asking, 0);
	return rc;
}
