/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What makes a buffer of a secret that never passes through a string of the language. Each returns a new object that the caller owns. */
%constant unsigned int TRIM_NEWLINE = OSML_TRIM_NEWLINE;

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

		check(osml_buffer_##name(&b, where, max, &options, flags));
		return b;
	}
%enddef

%extend LockedBuffer {
	OSMLS_SOURCE(from_fd, int, fd)
	OSMLS_SOURCE(from_file, const char *, path)
	OSMLS_SOURCE(from_env, const char *, name)
	OSMLS_SOURCE(from_credential, const char *, name)

	static LockedBuffer *prompt(const char *prompt, size_t max, unsigned int want = OSML_DEFAULT_PROTECTIONS,
	                            unsigned int policy = OSML_POLICY_DEFAULT)
	{
		osml_buffer_options options = osmls_options(want, policy);
		osml_buffer *b = NULL;

		check(osml_buffer_prompt(&b, prompt, max, &options));
		return b;
	}
}
