/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What another program writes. Arrays of text travel to C in hardly any language, so its name and its arguments come as bytes: a NUL behind each,
 * the last may have none, as /proc/PID/cmdline shows them. What a language makes of that is in its own folder. This comes before buffer.i,
 * because SWIG puts the methods where the class is.
 */
%newobject LockedBuffer::from_command;
%newobject LockedBuffer::piped;

%{
#include <stdlib.h>

static osml_buffer_options osmls_options(unsigned int want, unsigned int policy);

/* One block: the array, and behind it the words. NULL: there is no memory. */
static const char **osmls_words(const void *bytes, size_t n)
{
	size_t count = 1, k = 0;
	const char **argv;
	char *at;

	for (size_t i = 0; i < n; i++)
		count += !((const char *)bytes)[i];
	argv = (const char **)malloc((count + 1) * sizeof *argv + n + 1);
	if (!argv)
		return NULL;
	at = (char *)(argv + count + 1);
	at[n] = 0;
	if (n)
		memcpy(at, bytes, n);
	for (char *end = at + n; at < end; at += strlen(at) + 1)
		argv[k++] = at;
	argv[k] = NULL;
	return argv;
}

static osml_buffer *osmls_program(const void *bytes, size_t n, const osml_buffer *input, size_t max, unsigned int flags, unsigned int want,
                                  unsigned int policy)
{
	osml_buffer_options options = osmls_options(want, policy);
	osml_command command = OSML_COMMAND_INIT;
	const char **argv = osmls_words(bytes, n);
	osml_buffer *b = NULL;

	command.argv = argv;
	command.input = input;
	check_named(argv ? osml_buffer_from_command(&b, &command, max, &options, flags) : -ENOMEM, argv ? argv[0] : NULL);
	free(argv);
	return b;
}
%}

%extend LockedBuffer {
	/** Runs a program and takes what it writes, straight into locked memory. `bytes`: its words, with a NUL behind each. */
	static LockedBuffer *from_command(const void *bytes, size_t n, size_t max, unsigned int flags = 0,
	                                  unsigned int want = OSML_DEFAULT_PROTECTIONS, unsigned int policy = OSML_POLICY_DEFAULT)
	{
		return osmls_program(bytes, n, NULL, max, flags, want, policy);
	}

	/** Runs a program that reads the bytes of this buffer, and takes what it writes. `bytes`: its words, with a NUL behind each. */
	LockedBuffer *piped(const void *bytes, size_t n, size_t max, unsigned int flags = 0,
	                    unsigned int want = OSML_DEFAULT_PROTECTIONS, unsigned int policy = OSML_POLICY_DEFAULT)
	{
		return osmls_program(bytes, n, $self, max, flags, want, policy);
	}
}
