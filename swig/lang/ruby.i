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

%include "../error.i"
%include "ruby/value.i"
%include "ruby/object.i"
%include "ruby/io.i"

%typemap(in) const char * %{ $1 = (char *)osmls_text(&$input); %}
%typemap(in) const char *path %{
	$input = rb_get_path($input);
	$1 = StringValueCStr($input);
%}
%typemap(freearg) const char * ""

%typemap(in) (const void *bytes, size_t n) %{
	StringValue($input);
	$1 = RSTRING_PTR($input);
	$2 = (size_t)RSTRING_LEN($input);
%}
/* What was cut off behind goes with it. What was cut off in front is out of reach: others may share it, and so rb_str_modify() makes a copy. */
%{
static void *osmls_written(VALUE *given)
{
	char *bytes;
	size_t len;

	rb_str_modify(StringValue(*given));
	bytes = RSTRING_PTR(*given);
	len = (size_t)RSTRING_LEN(*given);
	osml_wipe(bytes + len, rb_str_capacity(*given) - len);
	return bytes;
}
%}
%typemap(in) (void *into, size_t n) %{
	$1 = osmls_written(&$input);
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

%include "ruby/wait.i"
%include "../osmemlock.i"
%include "ruby/signal.i"
%include "ruby/raise.i"
%include "ruby/scope.i"
%include "ruby/compare.i"
%include "ruby/show.i"
%include "../lend.i"
%include "ruby/expose.i"

%{
static VALUE osmls_string(VALUE view)
{
	return rb_str_new((const char *)((osml_view *)view)->data, (long)((osml_view *)view)->len);
}

static VALUE osmls_unpin(VALUE view)
{
	return osmls_left(osmls_give_back((osml_view *)view));
}
%}
