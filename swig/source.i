/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What makes a buffer of a secret that never passes through a string of the language. Each returns a new object that the caller owns. */
%constant unsigned int TRIM_NEWLINE = OSML_TRIM_NEWLINE;
%constant unsigned int TRIM_SPACE = OSML_TRIM_SPACE;
%constant unsigned int FIRST_LINE = OSML_FIRST_LINE;
%constant unsigned int ALLOW_EMPTY = OSML_ALLOW_EMPTY;
%constant unsigned int PRIVATE = OSML_PRIVATE;

%inline %{
/** Returns the number by which from_fd, read_fd and write_fd take a handle of Windows, which has 32 bits. Elsewhere that is the descriptor itself. */
static int osmls_fd_from_os_handle(int handle)
{
	int fd = osml_fd_from_os_handle(handle);

	check(fd < 0 ? fd : 0);
	return fd;
}
%}

%newobject LockedBuffer::from_fd;
%newobject LockedBuffer::from_file;
%newobject LockedBuffer::from_env;
%newobject LockedBuffer::from_credential;
%newobject LockedBuffer::prompt;

%define OSMLS_SOURCE(name, type, where)
	static LockedBuffer *name(type where, size_t max, unsigned int flags = 0, unsigned int want = OSML_DEFAULT_PROTECTIONS,
	                          unsigned int policy = OSML_POLICY_DEFAULT)
	{
		osml_buffer_options options = osmls_options(want, policy);
		osml_buffer *b = NULL;

		check_named(osml_buffer_##name(&b, where, max, &options, flags), OSMLS_NAMED_##name(where));
		return b;
	}
%enddef

%extend LockedBuffer {
	/** Reads a descriptor to its end, at most `max` bytes, straight into locked memory. `flags`: what is done to them. */
	OSMLS_SOURCE(from_fd, int, fd)
	/** Reads a file. */
	OSMLS_SOURCE(from_file, const char *, path)
	/** Takes a variable out of the environment, and wipes it there. */
	OSMLS_SOURCE(from_env, const char *, name)
	/** Reads a credential of systemd. */
	OSMLS_SOURCE(from_credential, const char *, name)
	/** Asks at the terminal, without an echo. */
	OSMLS_SOURCE(prompt, const char *, prompt)
}
