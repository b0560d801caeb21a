/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What SWIG has wrapped, which newer ones wrap differently; NULL before initialize. */
%{
static void *osmls_object(VALUE object, swig_type_info *type)
{
	void *wrapped = NULL;

	return SWIG_IsOK(SWIG_ConvertPtr(object, &wrapped, type, 0)) ? wrapped : NULL;
}
%}

%typemap(check) size_t size %{
	if (osmls_object(self, $descriptor(LockedBuffer *)))
		rb_raise(rb_eTypeError, "initialized already");
%}
