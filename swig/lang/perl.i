/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Perl: DESTROY at the end of the scope, die with the code's name in front, bytes read and written where they lie in a scalar. References are
 * counted, so no garbage can hold the quota that a collection would free.
 */
%module osmemlock

#define OSMLS_RAISE(code, message) { osmls_raise(aTHX_ message); SWIG_fail; }

/* A whole number, perhaps as text, as Perl has it. SWIG's own take fractions and undef. */
%{
static int osmls_number(pTHX_ SV *value, NV least, NV most)
{
	NV number;

	SvGETMAGIC(value);
	if (!SvOK(value) || SvROK(value) || !looks_like_number(value))
		return 0;
	number = SvNV_nomg(value);
	return number >= least && number <= most && number == Perl_floor(number);
}

/* Beyond 2**53 an NV is not exact, and no buffer is as long. */
#define OSMLS_MOST_SIZE 9007199254740992.0
%}
%define OSMLS_NUMBER(type, least, most, get)
%typemap(in) type %{
	if (!osmls_number(aTHX_ $input, least, most))
		SWIG_exception_fail(SWIG_ValueError, "not a whole number in range");
	$1 = ($1_ltype)get($input);
%}
%enddef
OSMLS_NUMBER(size_t, 0, OSMLS_MOST_SIZE, SvUV_nomg)
OSMLS_NUMBER(unsigned int, 0, UINT_MAX, SvUV_nomg)
OSMLS_NUMBER(int, INT_MIN, INT_MAX, SvIV_nomg)
%include "perl/handle.i"
%include "perl/usage.i"

/* A string of bytes; a number would be made a string for it, which is a copy. Wide characters die. */
%typemap(in) (const void *bytes, size_t n) (STRLEN length) %{
	SvGETMAGIC($input);
	if (!SvPOK($input))
		SWIG_exception_fail(SWIG_TypeError, "a string of bytes expected");
	$1 = (void *)SvPVbyte_nomg($input, length);
	$2 = (size_t)length;
%}
/*
 * The same, to be written: it gets memory of its own, which stays where it is until the string grows. For a constant it dies. What the string was is
 * left beside it: behind, where its characters had two bytes each, and in front, where a part was cut off. That goes with it.
 */
%{
#include <osmemlock.h>

static void *osmls_written(pTHX_ SV *string, STRLEN *length)
{
	char *bytes;

	SvPVbyte_force(string, *length);
	SvOOK_off(string);
	bytes = SvPVX(string);
	if (SvLEN(string) > *length)
		osml_wipe(bytes + *length, SvLEN(string) - *length);
	return bytes;
}
%}
%typemap(in) (void *into, size_t n) (STRLEN length) %{
	SvGETMAGIC($input);
	if (!SvPOK($input))
		SWIG_exception_fail(SWIG_TypeError, "a string of bytes expected");
	$1 = osmls_written(aTHX_ $input, &length);
	$2 = (size_t)length;
%}
%typemap(argout) (void *into, size_t n) "SvSETMAGIC($input);"
%apply (void *into, size_t n) { (void *memory, size_t len) };

/* A path or a name, which a NUL inside would cut. undef is NULL, which the core refuses. */
%typemap(in) const char * (SV *text, STRLEN length) %{
	text = sv_mortalcopy($input); /* an argument that is tied may change the original */
	$1 = SvOK(text) ? SvPV(text, length) : NULL;
	if ($1 && strlen($1) != length)
		SWIG_exception_fail(SWIG_ValueError, "a NUL inside");
%}
%typemap(freearg) const char * ""

/* What an object is, perl/object.i says. */
%define OSMLS_OBJECT(class)
%ignore class::~class;
%typemap(out) class * %{
	$result = osmls_new_object(aTHX_ $1, "osmemlock::" #class, &osmls_##class);
	argvi++;
%}
%typemap(in) class * (SV *object, void *handle) %{
	if (!osmls_handle(aTHX_ $input, &osmls_##class, &object, &handle))
		SWIG_exception_fail(SWIG_TypeError, "a " #class " expected");
	$1 = ($1_ltype)handle;
%}
%enddef
OSMLS_OBJECT(LockedBuffer)
OSMLS_OBJECT(CoreDumpsGuard)

%include "../error.i"
%include "perl/taint.i"
%include "perl/signal.i"

%include "../osmemlock.i"
%include "perl/object.i"
%include "perl/expose.i"
