/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "proc.h"

#include "../internal.h"

#include <stdio.h>

/* A line has no limit: it may have a path whose newlines are written as \012, or 65536 groups. */
struct lines {
	void (*take)(void *context, const char *line);
	void *context;
	char text[4096];
	size_t have;
	bool is_rest; /* what comes next is of a line whose beginning has been given */
};

/* Of this thread: the process's own folder tells little when its first thread has ended. Before Linux 3.17 there is no other. */
static int open_file(int *fd, const char *name)
{
	static const char *const folders[] = { "thread-self", "self" };
	int rc = -ENOENT;

	for (size_t i = 0; i < sizeof folders / sizeof *folders && rc == -ENOENT; i++) {
		char path[64];

		snprintf(path, sizeof path, "/proc/%s/%s", folders[i], name);
		rc = osml__os_open(fd, path);
	}
	return rc;
}

static void give(struct lines *l, const char *line, bool has_end)
{
	if (!l->is_rest)
		l->take(l->context, line);
	l->is_rest = !has_end;
}

static void give_what_came(struct lines *l)
{
	char *line = l->text, *end;

	while ((end = strchr(line, '\n'))) {
		*end = 0;
		give(l, line, true);
		line = end + 1;
	}
	l->have -= (size_t)(line - l->text);
	memmove(l->text, line, l->have);
	if (l->have == sizeof l->text - 1) {
		give(l, l->text, false);
		l->have = 0;
	}
}

static int read_lines(struct lines *l, int fd)
{
	size_t got;

	for (;;) {
		int rc = osml__os_read(fd, l->text + l->have, sizeof l->text - 1 - l->have, &got);

		if (rc == -EINTR)
			continue;
		if (rc || !got)
			return rc;
		l->have += got;
		l->text[l->have] = 0;
		give_what_came(l);
	}
}

int osml__os_proc_lines(const char *name, void (*take)(void *context, const char *line), void *context)
{
	struct lines l = { .take = take, .context = context };
	int cancellation = osml__os_cancellation_off();
	int fd, rc = open_file(&fd, name);

	if (rc == 0) {
		rc = read_lines(&l, fd);
		osml__os_close(fd);
	}
	osml__os_cancellation_restore(cancellation);
	return rc;
}
