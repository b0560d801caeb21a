/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What an object is, its class says. SWIG would note it in an instance variable, which everyone can set, and which takes longer than all else in making
 * an object.
 */
%begin %{
#include <ruby.h>
#undef rb_iv_set
#define rb_iv_set(object, name, value) ((void)0)
%}

/* What SWIG has wrapped, which newer ones wrap differently; NULL before initialize. */
%{
static void *osmls_object(VALUE object)
{
	void *wrapped = NULL;

	return SWIG_IsOK(SWIG_ConvertPtr(object, &wrapped, NULL, 0)) ? wrapped : NULL;
}

/* nil is NULL, which the core refuses. */
static void *osmls_argument(VALUE given, swig_type_info *type)
{
	VALUE wanted = ((swig_class *)type->clientdata)->klass;
	void *wrapped;

	if (NIL_P(given))
		return NULL;
	if (!RTEST(rb_obj_is_kind_of(given, wanted)))
		rb_raise(rb_eTypeError, "no %" PRIsVALUE " but a %" PRIsVALUE, wanted, rb_obj_class(given));
	wrapped = osmls_object(given);
	if (!wrapped)
		rb_raise(rb_eRuntimeError, "never initialized");
	return wrapped;
}
%}
%typemap(in) SWIGTYPE * %{ $1 = ($1_ltype)osmls_argument($input, $1_descriptor); %}

%typemap(check) size_t size %{
	if (osmls_object(self))
		rb_raise(rb_eTypeError, "initialized already");
%}
