/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "source.h"

#define BETWEEN_QUESTIONS 200 /* ms */

/*
 * A signal that another thread got does not end this wait; with a handler all that it leaves is a mark that the caller knows of (in Python the
 * one that becomes KeyboardInterrupt). So the caller is asked now and then, if he wants to be.
 */
static int read_some(const struct osml__intake *in, struct osml__terminal *t, void *at, size_t n, size_t *got)
{
	bool asked = in->options && in->options->interrupted;
	int rc;

	do
		rc = osml__os_terminal_read(t, at, n, got, asked ? BETWEEN_QUESTIONS : -1);
	while (rc == -EAGAIN && osml__may_go_on(in->options));
	return rc == -EAGAIN ? -EINTR : rc;
}

/* One line, read in whatever pieces the terminal gives. */
static int read_line(struct osml__intake *in, struct osml__terminal *t)
{
	unsigned char *at, extra;
	size_t room, got;
	int rc;

	for (;;) {
		rc = osml__intake_room(in, &at, &room);
		if (rc == 0)
			rc = read_some(in, t, room ? at : &extra, room ? room : 1, &got);
		if (rc || !got)
			return rc;
		if (!room) {
			bool newline = extra == '\n';
			osml__wipe(&extra, 1);
			return newline ? 0 : OSML_ETOOBIG;
		}
		in->got += got;
		if (at[got - 1] == '\n') {
			in->got--;
			at[got - 1] = 0;
			return 0;
		}
	}
}

int osml_buffer_prompt(osml_buffer **out, const char *prompt, size_t max, const osml_buffer_options *options)
{
	struct osml__terminal t;
	struct osml__intake in;
	int rc;

	if (!out)
		return OSML_EINVAL;
	*out = NULL;
	if (!prompt)
		return OSML_EINVAL;
	rc = osml__intake_start(&in, max, options);
	if (rc)
		return rc;
	rc = osml__os_terminal_open(&t, prompt);
	if (rc == 0) {
		rc = read_line(&in, &t);
		if (rc) /* Wipe before a pending signal can end the process. */
			osml_buffer_wipe(in.b);
		osml__os_terminal_close(&t);
	}
	return osml__intake_finish(out, &in, rc, 0);
}
