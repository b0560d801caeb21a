/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * An error of the system is an Errno, a closed buffer a ClosedError, which is an ArgumentError as all other misuse is. Each of them is an
 * Osmemlock::Error too, and its `code` is the name of the code.
 */
%{
static VALUE osmls_error, osmls_closed_error;

/* Ruby begins with the system's own phrase, which is not told twice: "No such file or directory - ENOENT: /nowhere". */
static VALUE osmls_system_error(int number, const char *message)
{
	VALUE end = rb_sprintf(": %s.", strerror(number));
	long length = (long)strlen(message) - RSTRING_LEN(end);

	if (length < 0 || strcmp(message + length, StringValueCStr(end)) != 0)
		length = (long)strlen(message);
	return rb_syserr_new_str(number, rb_str_new(message, length));
}

/* Not NoMemoryError for the lock quota: `rescue` lets that pass, and mlock(2) says ENOMEM. */
static VALUE osmls_exception(int code, const char *message)
{
	int category = osmls_category(code);

	if (code == OSML_ECLOSED)
		return rb_exc_new_cstr(osmls_closed_error, message);
	if (category == SWIG_IOError || category == SWIG_MemoryError)
		return osmls_system_error(category == SWIG_IOError ? -code : ENOMEM, message);
	return rb_exc_new_cstr(SWIG_Ruby_ErrorType(category), message);
}

static void osmls_raise(int code, const char *message)
{
	int state = osmls_state;
	VALUE exception;

	osmls_state = 0;
	if (state)
		rb_jump_tag(state);
	exception = osmls_exception(code, message);
	rb_extend_object(exception, osmls_error);
	rb_ivar_set(exception, rb_intern("@code"), ID2SYM(rb_intern(osml_error_name(code))));
	rb_exc_raise(exception);
}
%}
%init %{
	osmls_error = rb_define_module_under(mOsmemlock, "Error");
	rb_define_attr(osmls_error, "code", 1, 0);
	osmls_closed_error = rb_define_class_under(mOsmemlock, "ClosedError", rb_eArgError);
%}
