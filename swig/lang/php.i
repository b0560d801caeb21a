/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * PHP: a name space, strict types, streams for descriptors, strings that are wiped where they lie, and errors with errno as their code. To
 * close on every way out of a block there is try ... finally.
 */
%module osmemlock

#define OSMLS_RAISE(code, message) { osmls_raise(code, message); SWIG_fail; }
#define OSMLS_COLLECT (gc_collect_cycles(), 1)
%feature("compactdefaultargs"); /* one function each, not one for every number of arguments, which hides why an argument was refused */
%feature("php:type", "0");      /* the checks below are what holds; declarations would name classes without their name space */

%rename(PRIVATE_FILE) PRIVATE;  /* the other is a word of PHP */

%include "php/namespace.i"
%include "php/value.i"
%include "php/object.i"
%include "php/stream.i"

%define OSMLS_NUMBER(type, least, most)
%typemap(in) type (zend_long number) %{
	if (!osmls_number(&$input, least, most, &number))
		SWIG_fail;
	$1 = (type)number;
%}
%enddef
OSMLS_NUMBER(size_t, 0, ZEND_LONG_MAX)
OSMLS_NUMBER(unsigned int, 0, UINT_MAX)
OSMLS_NUMBER(int, INT_MIN, INT_MAX)

%typemap(in) const char * %{
	if (!osmls_text(&$input, (const char **)&$1))
		SWIG_fail;
%}

/* A string stays where it is while nobody changes it. */
%typemap(in) (const void *bytes, size_t n), (void *memory, size_t len) %{
	if (!osmls_readable(&$input, (const void **)&$1, &$2))
		SWIG_fail;
%}
%typemap(in, byref=1) (void *into, size_t n) %{
	if (!osmls_writable(&$input, &$1, &$2))
		SWIG_fail;
%}

%include "../error.i"
%typemap(out) osml_view {
	RETVAL_STRINGL((const char *)$1.data, $1.len);
	osmls_give_back(&$1);
	OSMLS_OUTCOME
}

%include "php/expose.i"
%include "php/raise.i"
%include "php/allow.i"
%include "../osmemlock.i"
%include "php/compare.i"
%include "php/trace.i"
