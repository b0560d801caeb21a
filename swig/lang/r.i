/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * R: conditions whose class is the code's name, raw vectors, with() that closes, finalizers that also run at quit. SWIG's own typemaps take the
 * first of many, cut fractions and fall over on foreign objects, so nothing is left of them; r/package.i has what is written in R. A source that
 * waits cannot be interrupted: R sets SIGINT with SA_RESTART, and read(2) goes on.
 */
%module osmemlock

#define OSMLS_RAISE(code, message) osmls_raise(code, message)
#define OSMLS_REGIONS
#define OSMLS_COLLECT (R_gc(), 1) /* runs the finalizers too */

/* The R code around a call gives its arguments on as they are; what they may be is asked in C, in one place. */
%typemap(scoercein) size_t, unsigned int, int, const char * ""
%typemap(scheck) size_t, unsigned int, int, const char * ""
/* What may be left out has C's default, and so has NULL. */
%define OSMLS_OPTIONAL
unsigned int flags, unsigned int options, unsigned int want, unsigned int policy
%enddef
%typemap(scoercein) OSMLS_OPTIONAL "if (missing($input)) $input = NULL"

%include "r/value.i"
/* Numbers of R are doubles, which hold whole numbers up to 2^53. */
%typemap(in) size_t %{ $1 = (size_t)osmls_number($input, 0, 9007199254740992.0); %}
%typemap(in) unsigned int %{ $1 = (unsigned int)osmls_number($input, 0, UINT_MAX); %}
%typemap(in) OSMLS_OPTIONAL %{
	if (!Rf_isNull($input))
		$1 = (unsigned int)osmls_number($input, 0, UINT_MAX);
%}
%typemap(in) int %{ $1 = (int)osmls_number($input, INT_MIN, INT_MAX); %}
%typemap(out) size_t, unsigned int, uint64_t, long long %{ $result = osmls_from_number((double)$1); %}
%typemap(scoerceout) void "return(invisible())"
%typemap(in) const char * %{ $1 = (char *)osmls_text($input); %}
%typemap(in) const char *path %{ $1 = (char *)osmls_path($input); %}
%typemap(freearg) const char * ""

%define OSMLS_RAW(pointer, length, get)
%typemap(scoercein) (pointer, length) ""
%typemap(in) (pointer, length) %{
	$1 = (void *)get($input);
	$2 = (size_t)XLENGTH($input);
%}
%enddef
OSMLS_RAW(const void *bytes, size_t n, osmls_bytes)
OSMLS_RAW(void *into, size_t n, osmls_memory)
OSMLS_RAW(void *memory, size_t len, osmls_memory)
OSMLS_RAW(void *held, size_t len, osmls_memory)

%typemap(scoerceout) osml_view ""
%define OSMLS_OBJECT(class, kept)
%typemap(in) class * %{ $1 = (class *)osmls_pointer($input, #class, $disown); %}
%typemap(out) class * %{
	{
		struct osmls_made made = { $1, #class, kept, osmls_free_##class, osmls_finalize_##class };
		$result = R_UnwindProtect(osmls_wrap, &made, osmls_unmake, &made, NULL);
	}
%}
%typemap(scoercein) class * ""
%typemap(scoerceout) class * ""
%enddef
OSMLS_OBJECT(LockedBuffer, R_NilValue)
OSMLS_OBJECT(LockedRegion, held)
OSMLS_OBJECT(CoreDumpsGuard, R_NilValue)

%include "../error.i"
/* R may leave a function in C in the middle of it, when memory is short: R_UnwindProtect() cleans up then too. */
%typemap(out) osml_view {
	$result = R_UnwindProtect(osmls_raw, &$1, osmls_unpin, &$1, NULL);
	OSMLS_OUTCOME
}

%include "../osmemlock.i"
%include "r/object.i"
%include "r/expose.i"
%include "r/package.i"
