/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* a == b compares two buffers as equal() does. Ruby's own would tell whether they are one object, and equal secrets would differ. */
%{
static VALUE osmls_same(VALUE self, VALUE other)
{
	VALUE buffers = ((swig_class *)SWIGTYPE_p_LockedBuffer->clientdata)->klass;

	if (!RTEST(rb_obj_is_kind_of(other, buffers)) || !osmls_object(other))
		return Qfalse;
	return rb_funcall(self, rb_intern("equal"), 1, other);
}
%}
%init %{
	rb_define_method(SwigClassLockedBuffer.klass, "==", osmls_same, 1);
%}
