/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An IO, a Tempfile or a bare number. What popen returns has a descriptor for each direction. */
%{
#include <ruby/io.h>

#include <fcntl.h>
#include <stdbool.h>

/*
 * Ruby makes pipes and sockets non-blocking and waits in poll(); the core has no such loop, and Ruby itself needs the flag for nothing
 * else.
 */
static int osmls_blocking(VALUE io)
{
	int fd = NUM2INT(rb_funcall(io, rb_intern("fileno"), 0));
	int mode = fcntl(fd, F_GETFL);

	if (mode < 0 || ((mode & O_NONBLOCK) && fcntl(fd, F_SETFL, mode & ~O_NONBLOCK) < 0))
		rb_sys_fail("fcntl");
	return fd;
}

static bool osmls_is_tempfile(VALUE given)
{
	ID name = rb_intern("Tempfile");

	return rb_const_defined(rb_cObject, name) && RTEST(rb_obj_is_kind_of(given, rb_const_get(rb_cObject, name)));
}

/* nil for a number. Not all that has a to_io: that of a GzipWriter or an SSLSocket is what lies below, where a secret passes as it is. */
static VALUE osmls_io(VALUE given)
{
	VALUE io = osmls_is_tempfile(given) ? rb_io_check_io(given) : given;

	if (RB_TYPE_P(io, T_FILE))
		return io;
	if (!RB_INTEGER_TYPE_P(given))
		rb_raise(rb_eTypeError, "neither an IO nor an Integer but a %" PRIsVALUE, rb_obj_class(given));
	return Qnil;
}

/* What wait.i waits for; nil for a number, which is the caller's own to look after. */
static OSMLS_THREAD_LOCAL VALUE osmls_given_io = Qnil;

/* At last: before, a handler may wait for another one. */
static int osmls_give(VALUE io, int fd)
{
	osmls_given_io = io;
	return fd;
}

/* What was written before is flushed: what is read may be the answer. What Ruby has taken from the descriptor would be missing. */
static int osmls_readable(VALUE given)
{
	VALUE io = osmls_io(given);
	rb_io_t *file;

	if (NIL_P(io))
		return osmls_give(Qnil, (int)osmls_number(given, INT_MIN, INT_MAX));
	GetOpenFile(io, file);
	rb_io_check_readable(file);
	if (rb_io_read_pending(file))
		rb_raise(rb_eIOError, "the IO has read ahead; read nothing from it before, or only with sysread");
	return osmls_give(io, osmls_blocking(io));
}

/* And here, what is written goes past Ruby's buffer. */
static int osmls_writable(VALUE given)
{
	VALUE io = osmls_io(given);
	rb_io_t *file;

	if (NIL_P(io))
		return osmls_give(Qnil, (int)osmls_number(given, INT_MIN, INT_MAX));
	io = rb_io_get_write_io(io);
	GetOpenFile(io, file);
	rb_io_check_writable(file);
	return osmls_give(io, osmls_blocking(rb_io_flush(io)));
}
%}
%typemap(in) int fd %{ $1 = osmls_readable($input); %}
%typemap(in) int to %{ $1 = osmls_writable($input); %}
