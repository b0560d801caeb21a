/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Ruby: blocks that close, Errno for what the system refused, IO for descriptors, and other threads that run while a source waits. */
%module osmemlock

#define OSMLS_RAISE(code, message) osmls_raise(code, message)
#define OSMLS_COLLECT (rb_funcall(rb_mGC, rb_intern("start"), 0), 1) /* rb_gc() puts off what frees objects of C */
%feature("compactdefaultargs"); /* one function each, not one for every number of arguments, which hides why an argument was refused */
%predicate LockedBuffer::closed;
%alias LockedBuffer::size "length";
%alias LockedBuffer::get_byte "[]";
%alias LockedBuffer::set_byte "[]=";

/* SWIG lets negative numbers wrap round. */
%{
#include <ruby/io.h>
#include <ruby/thread.h>

#include <fcntl.h>
#include <limits.h>

static long long osmls_number(VALUE given, long long least, long long most)
{
	long long number;

	if (!RB_INTEGER_TYPE_P(given))
		rb_raise(rb_eTypeError, "no Integer but a %" PRIsVALUE, rb_obj_class(given));
	number = NUM2LL(given);
	if (number < least || number > most)
		rb_raise(rb_eRangeError, "%lld is out of range", number);
	return number;
}

/*
 * An IO, or a bare number. What is written goes past Ruby's buffer, so that is flushed. Ruby makes pipes and sockets non-blocking and waits
 * in poll(); the core has no such loop, and Ruby itself needs the flag for nothing else.
 */
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

/* What SWIG has wrapped, which newer ones wrap differently; NULL before initialize. */
static void *osmls_object(VALUE object, swig_type_info *type)
{
	void *wrapped = NULL;

	return SWIG_IsOK(SWIG_ConvertPtr(object, &wrapped, type, 0)) ? wrapped : NULL;
}
%}
%typemap(in) size_t %{ $1 = (size_t)osmls_number($input, 0, LLONG_MAX); %}
%typemap(in) unsigned int %{ $1 = (unsigned int)osmls_number($input, 0, UINT_MAX); %}
%typemap(in) int fd %{ $1 = osmls_descriptor($input); %}
%typemap(in) const char * %{ $1 = StringValueCStr($input); %}
%typemap(in) const char *path %{
	$input = rb_get_path($input);
	$1 = StringValueCStr($input);
%}
%typemap(freearg) const char * ""

%typemap(check) size_t size %{
	if (osmls_object(self, $descriptor(LockedBuffer *)))
		rb_raise(rb_eTypeError, "initialized already");
%}

%typemap(in) (const void *bytes, size_t n) %{
	StringValue($input);
	$1 = RSTRING_PTR($input);
	$2 = (size_t)RSTRING_LEN($input);
%}
%typemap(in) (void *into, size_t n) %{
	StringValue($input);
	rb_str_modify($input);
	$1 = RSTRING_PTR($input);
	$2 = (size_t)RSTRING_LEN($input);
%}
/* The bytes of a String stay in place while nobody changes it, unless it is short: those lie in the object, which GC.compact moves. */
%typemap(in) (void *memory, size_t len) %{
	Check_Type($input, T_STRING);
	if (!RB_FL_TEST($input, RSTRING_NOEMBED))
		rb_raise(rb_eArgError, "a String this short may move; give it more bytes or use a LockedBuffer");
	$1 = RSTRING_PTR($input);
	$2 = (size_t)RSTRING_LEN($input);
%}

/* rb_ensure: making the String may raise NoMemoryError. */
%typemap(out) osml_view %{ $result = rb_ensure(osmls_string, (VALUE)&$1, osmls_unpin, (VALUE)&$1); %}

/* What makes an object takes a block as File.open does: the object is closed when the block is left, however. */
%typemap(out) LockedBuffer *, CoreDumpsGuard * %{
	$result = SWIG_NewPointerObj($1, $1_descriptor, $owner);
	if (rb_block_given_p())
		$result = rb_ensure(rb_yield, $result, osmls_leave_$*1_ltype, $result);
%}

%{
#include <osmemlock.h>

#include <stdbool.h>

/*
 * What may wait (bindings/README.md): the other threads run meanwhile, and after a signal Ruby's handlers do, of which one may raise. The
 * names of the core's functions are taken over, so that the shared files need not know.
 */
struct osmls_wait {
	osml_buffer **out;
	const osml_buffer *b;
	int fd;
	const char *text;
	size_t max;
	const osml_buffer_options *options;
	unsigned flags;
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
OSMLS_RUN(write_fd, wait->b, wait->fd)
OSMLS_RUN(from_fd, wait->out, wait->fd, wait->max, wait->options, wait->flags)
OSMLS_RUN(from_file, wait->out, wait->text, wait->max, wait->options, wait->flags)
OSMLS_RUN(from_credential, wait->out, wait->text, wait->max, wait->options, wait->flags)
OSMLS_RUN(prompt, wait->out, wait->text, wait->max, wait->options)

#define OSMLS_WAIT(name, ...) osmls_wait(osmls_run_##name, (struct osmls_wait) { __VA_ARGS__ })
#define osml_buffer_write_fd(b, fd) OSMLS_WAIT(write_fd, NULL, b, fd)
#define osml_buffer_from_fd(out, fd, max, options, flags) OSMLS_WAIT(from_fd, out, NULL, fd, NULL, max, options, flags)
#define osml_buffer_from_file(out, path, max, options, flags) OSMLS_WAIT(from_file, out, NULL, -1, path, max, options, flags)
#define osml_buffer_from_credential(out, name, max, options, flags) OSMLS_WAIT(from_credential, out, NULL, -1, name, max, options, flags)
#define osml_buffer_prompt(out, prompt, max, options) OSMLS_WAIT(prompt, out, NULL, -1, prompt, max, options)
%}

%include "../osmemlock.i"

%{
static OSMLS_THREAD_LOCAL int osmls_state; /* what a handler that raised left for rb_jump_tag() */

static VALUE osmls_check_ints(VALUE unused)
{
	rb_thread_check_ints();
	return unused;
}

static void *osmls_run_handlers(void *state)
{
	rb_protect(osmls_check_ints, Qnil, (int *)state);
	return NULL;
}

static int osmls_interrupted(void *context)
{
	(void)context;
	rb_thread_call_with_gvl(osmls_run_handlers, &osmls_state);
	return osmls_state != 0;
}

/* gvl2: the other one raises after the call too, and then nobody owns what was made. Where a handler has to run first, it runs nothing. */
static int osmls_wait(void *(*run)(void *), struct osmls_wait wait)
{
	while (!wait.ran) {
		rb_thread_check_ints();
		rb_thread_call_without_gvl2(run, &wait, RUBY_UBF_IO, NULL);
	}
	osmls_code = 0; /* a handler may have called this module */
	return wait.rc;
}

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

static VALUE osmls_string(VALUE view)
{
	return rb_str_new((const char *)((osml_view *)view)->data, (long)((osml_view *)view)->len);
}

static VALUE osmls_unpin(VALUE view)
{
	osml_buffer_unpin(((osml_view *)view)->pinned);
	return Qnil;
}

/* What closing has to tell gives way to the error that is under way. */
static VALUE osmls_left(int code)
{
	char message[OSMLS_MESSAGE];

	if (code == 0 || !NIL_P(rb_errinfo()))
		return Qnil;
	osmls_explain(message, code);
	osmls_raise(code, message);
	return Qnil;
}

static VALUE osmls_leave_LockedBuffer(VALUE object)
{
	return osmls_left(osml_buffer_close((LockedBuffer *)osmls_object(object, SWIGTYPE_p_LockedBuffer)));
}

static VALUE osmls_leave_CoreDumpsGuard(VALUE object)
{
	return osmls_left(release_guard((CoreDumpsGuard *)osmls_object(object, SWIGTYPE_p_CoreDumpsGuard)));
}

static VALUE osmls_open(int argc, VALUE *argv, VALUE type)
{
	VALUE object = rb_class_new_instance(argc, argv, type);

	return rb_block_given_p() ? rb_ensure(rb_yield, object, osmls_leave_LockedBuffer, object) : object;
}
%}
%init %{
	rb_define_singleton_method(SwigClassLockedBuffer.klass, "open", osmls_open, -1);
%}
