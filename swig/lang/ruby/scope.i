/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks that close, as that of File.open does: what makes an object in ruby.i hands it to one. */
%{
/* An error of closing does not replace the one that is under way. */
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
	return osmls_left(osml_buffer_close((LockedBuffer *)osmls_object(object)));
}

static VALUE osmls_leave_CoreDumpsGuard(VALUE object)
{
	return osmls_left(release_guard((CoreDumpsGuard *)osmls_object(object)));
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
