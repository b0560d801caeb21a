/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What p and logs show: no address and no variables of SWIG's. A copy would be an object without a handle. */
%{
static VALUE osmls_inspect(VALUE self)
{
	osml_buffer *b = (osml_buffer *)osmls_object(self);
	VALUE name = rb_class_name(rb_obj_class(self));
	uint32_t bits;

	if (!b)
		return rb_sprintf("#<%" PRIsVALUE ">", name);
	return rb_sprintf("#<%" PRIsVALUE " %" PRIuSIZE " bytes%s>", name, osml_buffer_size(b),
	                  osml_buffer_protections(b, &bits) == OSML_ECLOSED ? ", closed" : "");
}

static VALUE osmls_inspect_guard(VALUE self)
{
	return rb_sprintf("#<%" PRIsVALUE ">", rb_class_name(rb_obj_class(self)));
}

static VALUE osmls_no_copy(VALUE self, VALUE other)
{
	(void)other;
	rb_raise(rb_eTypeError, "an %" PRIsVALUE " cannot be copied or stored", rb_obj_class(self));
	return Qnil;
}
%}
%init %{
	rb_define_method(SwigClassLockedBuffer.klass, "inspect", osmls_inspect, 0);
	rb_define_method(SwigClassCoreDumpsGuard.klass, "inspect", osmls_inspect_guard, 0);
	for (int i = 0; i < 2; i++) {
		VALUE klass = i == 0 ? SwigClassLockedBuffer.klass : SwigClassCoreDumpsGuard.klass;

		rb_define_alias(klass, "to_s", "inspect");
		rb_define_method(klass, "initialize_copy", osmls_no_copy, 1);
		rb_define_method(klass, "encode_with", osmls_no_copy, 1); /* YAML */
	}
%}
