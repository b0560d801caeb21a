/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One buffer is closed, and another comes into the object that SWIG made for it: index.js says why. */
%typemap(in) osmls_object object %{ $1 = osmls_wrapped($input); %}
%inline %{
static void renew(osmls_object object, size_t size, unsigned int want, unsigned int policy)
{
	LockedBuffer *made = new_LockedBuffer(size, want, policy);

	if (!made)
		return;
	osml_buffer_free((LockedBuffer *)object->self);
	object->self = made;
}

/* The size that it had. */
static size_t finish(osmls_object object)
{
	LockedBuffer *b = (LockedBuffer *)object->self;

	check(osml_buffer_close(b));
	return osml_buffer_size(b);
}
%}
