/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Numbers: SWIG lets negative ones wrap round. Texts: in UTF-16, of which StringValueCStr() takes any, a name would end behind its first letter. */
%{
#include <ruby/encoding.h>

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

static void osmls_check_text(VALUE text)
{
	rb_encoding *encoding = rb_enc_get(text);

	if (!rb_enc_asciicompat(encoding))
		rb_raise(rb_eArgError, "a text in %s, which is not ASCII-compatible", rb_enc_name(encoding));
}

/* A frozen copy, as other threads run while a source waits, and rb_get_path() makes one too. */
static const char *osmls_text(VALUE *given)
{
	*given = rb_str_new_frozen(StringValue(*given));
	osmls_check_text(*given);
	return StringValueCStr(*given);
}
%}
%define OSMLS_NUMBER(type, least, most)
%typemap(in) type %{ $1 = (type)osmls_number($input, least, most); %}
%enddef
OSMLS_NUMBER(size_t, 0, LLONG_MAX)
OSMLS_NUMBER(unsigned int, 0, UINT_MAX)
OSMLS_NUMBER(int, INT_MIN, INT_MAX)

/* The words of a program, too, have NULs between them. */
%define OSMLS_WORDS(name)
%exception LockedBuffer::name {
	osmls_check_text(argv[0]);
	osmls_code = 0;
	$action
	OSMLS_OUTCOME
}
%enddef
OSMLS_WORDS(from_command)
OSMLS_WORDS(piped)
