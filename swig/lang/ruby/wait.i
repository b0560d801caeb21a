/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What may wait (bindings/README.md): the other threads run meanwhile, and after a signal Ruby's handlers do, of which one may raise. The
 * names of the core's functions are taken over, so that the shared files need not know.
 */
%{
#include <osmemlock.h>
#include <ruby/thread.h>

#include <stdbool.h>

struct osmls_wait {
	osml_buffer **out;
	const osml_buffer *b;
	int fd;
	const char *text;
	size_t max;
	const osml_buffer_options *options;
	unsigned flags;
	osml_buffer *into;
	size_t offset, *got;
	osml_command *command;
	VALUE *io; /* whose descriptor it is; NULL where there is none */
	bool ran;
	int rc;
};

static int osmls_wait(void *(*run)(void *), struct osmls_wait wait);
static int osmls_interrupted(void *context);
#define OSMLS_INTERRUPTED osmls_interrupted

#define OSMLS_RUN(name, ...) \
	static void *osmls_run_##name(void *given) \
	{ \
		struct osmls_wait *wait = (struct osmls_wait *)given; \
\
		wait->ran = true; \
		wait->rc = osml_buffer_##name(__VA_ARGS__); \
		return NULL; \
	}
OSMLS_RUN(write_fd, wait->b, wait->fd, wait->options)
OSMLS_RUN(read_fd, wait->into, wait->offset, wait->max, wait->fd, wait->got, wait->options)
OSMLS_RUN(from_fd, wait->out, wait->fd, wait->max, wait->options, wait->flags)
OSMLS_RUN(from_file, wait->out, wait->text, wait->max, wait->options, wait->flags)
OSMLS_RUN(from_credential, wait->out, wait->text, wait->max, wait->options, wait->flags)
OSMLS_RUN(from_command, wait->out, wait->command, wait->max, wait->options, wait->flags)
OSMLS_RUN(prompt, wait->out, wait->text, wait->max, wait->options, wait->flags)

#define OSMLS_WAIT(name, ...) osmls_wait(osmls_run_##name, (struct osmls_wait) { __VA_ARGS__ })
#define osml_buffer_write_fd(b, fd, options) OSMLS_WAIT(write_fd, NULL, b, fd, NULL, 0, options, .io = &osmls_given_io)
#define osml_buffer_read_fd(b, offset, n, fd, got, options) \
	OSMLS_WAIT(read_fd, NULL, NULL, fd, NULL, n, options, 0, b, offset, got, .io = &osmls_given_io)
#define osml_buffer_from_fd(out, fd, max, options, flags) \
	OSMLS_WAIT(from_fd, out, NULL, fd, NULL, max, options, flags, .io = &osmls_given_io)
#define osml_buffer_from_file(out, path, max, options, flags) OSMLS_WAIT(from_file, out, NULL, -1, path, max, options, flags)
#define osml_buffer_from_credential(out, name, max, options, flags) OSMLS_WAIT(from_credential, out, NULL, -1, name, max, options, flags)
#define osml_buffer_from_command(out, command, max, options, flags) \
	OSMLS_WAIT(from_command, out, NULL, -1, NULL, max, options, flags, NULL, 0, NULL, command)
#define osml_buffer_prompt(out, prompt, max, options, flags) OSMLS_WAIT(prompt, out, NULL, -1, prompt, max, options, flags)
%}
