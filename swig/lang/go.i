/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Go: what SWIG makes is the package osmemlock/internal/swig, whose functions panic. go/ is the package that programs import: it turns panics
 * into errors, closes and frees. There is no collection and second try when the quota is used up: finalizers run on a goroutine of their own,
 * and nobody can wait for it.
 */
%module swig

/* Old versions of Go refuse -Wl,-z,now here. The core does without: it is built with -fno-plt, so what it calls is bound at the start. */
%insert(cgo_comment_typedefs) %{
#cgo CFLAGS: -I${SRCDIR}
#cgo LDFLAGS: ${SRCDIR}/libosmemlock.a -pthread
%}

/* A panic never comes back to C, so no typemap here holds memory that would have to be freed. */
#define OSMLS_RAISE(code, message) osmls_panic(code, message)
#define OSMLS_REGIONS
#define OSMLS_PASCAL_CASE

/* SWIG's own convert without a look. */
%define OSMLS_NUMBER(type, least, most)
%typemap(in) type %{
	if ($input < least || (unsigned long long)$input > most)
		osmls_panic(OSML_EINVAL, "OSML_EINVAL: a number is out of range");
	$1 = ($1_ltype)$input;
%}
%enddef
OSMLS_NUMBER(size_t, 0, SIZE_MAX)
OSMLS_NUMBER(unsigned int, 0, UINT_MAX)
%typemap(in) int %{
	if ($input < INT_MIN || $input > INT_MAX)
		osmls_panic(OSML_EINVAL, "OSML_EINVAL: a number is out of range");
	$1 = (int)$input;
%}

/* Go's strings have no NUL at the end. */
%typemap(goin) const char * %{ $result = $input + "\x00" %}
%typemap(in) const char * %{
	if (memchr($input.p, 0, (size_t)$input.n - 1))
		osmls_panic(OSML_EINVAL, "OSML_EINVAL: a NUL in a text");
	$1 = $input.p;
%}
%typemap(freearg) const char * ""

/* What a slice refers to stays where it is while it can be reached: Go's collector moves nothing, and what goes to C is never on a stack. */
%define OSMLS_SLICE(pointer, length)
%typemap(gotype) (pointer, length) "[]byte"
%typemap(in) (pointer, length) %{
	$1 = $input.array;
	$2 = (size_t)$input.len;
%}
%enddef
OSMLS_SLICE(const void *bytes, size_t n)
OSMLS_SLICE(void *into, size_t n)
OSMLS_SLICE(void *memory, size_t len)
OSMLS_SLICE(void *held, size_t len)

%ignore LockedBuffer::close; /* go/handle.go, over finish */
%ignore LockedBuffer::read; /* go/buffer.go, over read_into */
%ignore osml_view;

%{
#include <limits.h>
#include <stdint.h>

static void osmls_panic(int code, const char *message);
%}

%include "../error.i"
%include "go/context.i"
%include "../osmemlock.i"

/* go/handle.go, and the pin of a scope in go/use.go. */
%extend LockedBuffer {
	/* Returns the size that it had. */
	size_t finish()
	{
		check(osml_buffer_close($self));
		return osml_buffer_size($self);
	}

	void hold()
	{
		check(osml_buffer_pin($self, NULL, NULL));
	}

	void let_go()
	{
		check(osml_buffer_unpin($self));
	}
}

/* The library's own codes, as OSML_EINVAL and so on. */
#define OSML_ERROR(code, python, lua, swig) %constant int code = code;
%include "../../bindings/error.def"

%{
/* "-10002 OSML_EINVAL: what happened", which go/error.go takes apart. */
static void osmls_panic(int code, const char *message)
{
	char numbered[OSMLS_MESSAGE];

	snprintf(numbered, sizeof numbered, "%d %s", code, message);
	_swig_gopanic(numbered);
}
%}
