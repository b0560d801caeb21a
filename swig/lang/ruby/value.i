/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Numbers: SWIG lets negative ones wrap round. */
%{
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
%}
%define OSMLS_NUMBER(type, most)
%typemap(in) type %{ $1 = (type)osmls_number($input, 0, most); %}
%enddef
OSMLS_NUMBER(size_t, LLONG_MAX)
OSMLS_NUMBER(unsigned int, UINT_MAX)
