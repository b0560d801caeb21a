/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * An IO, or a bare number. What is written goes past Ruby's buffer, so that is flushed. Ruby makes pipes and sockets non-blocking and waits
 * in poll(); the core has no such loop, and Ruby itself needs the flag for nothing else.
 */
%{
#include <ruby/io.h>

#include <fcntl.h>

static int osmls_descriptor(VALUE given)
{
	VALUE io = rb_io_check_io(given);
	int fd, mode;

	if (NIL_P(io))
		return (int)osmls_number(given, INT_MIN, INT_MAX);
	fd = NUM2INT(rb_funcall(rb_io_flush(io), rb_intern("fileno"), 0));
	mode = fcntl(fd, F_GETFL);
	if (mode < 0 || ((mode & O_NONBLOCK) && fcntl(fd, F_SETFL, mode & ~O_NONBLOCK) < 0))
		rb_sys_fail("fcntl");
	return fd;
}
%}
%typemap(in) int fd, int to %{ $1 = osmls_descriptor($input); %}
