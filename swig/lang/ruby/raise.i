/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An error of the system is an Errno. */
%{
/* Not NoMemoryError for the lock quota: `rescue` lets that pass, and mlock(2) says ENOMEM. */
static void osmls_raise(int code, const char *message)
{
	int category = osmls_category(code), state = osmls_state;

	osmls_state = 0;
	if (state)
		rb_jump_tag(state);
	if (category == SWIG_IOError || category == SWIG_MemoryError)
		rb_exc_raise(rb_syserr_new(category == SWIG_IOError ? -code : ENOMEM, message));
	rb_raise(SWIG_Ruby_ErrorType(category), "%s", message);
}
%}
