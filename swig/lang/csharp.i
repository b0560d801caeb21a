/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* C#: IDisposable over a SafeHandle, arrays that are pinned during the call, ObjectDisposedException after Dispose(). */
%module(imclassname="Native") Osml

/* Throws when the call is over: what an array was pinned by is released in C#. */
#define OSMLS_RAISE(code, message) osmls_throw(code, message)
#define OSMLS_REGIONS
#define OSMLS_ENUMS
#define OSMLS_PASCAL_CASE
%feature("except:canthrow", "1");

/* SWIG's size_t is a uint. */
%apply long long { size_t };
%apply unsigned long long { uint64_t };
%typemap(in, canthrow=1) size_t %{
	if ($input < 0) {
		SWIG_CSharpSetPendingExceptionArgument(SWIG_CSharpArgumentOutOfRangeException, "a negative number", "$1_name");
		return $null;
	}
	$1 = (size_t)$input;
%}

/* C's texts end at the first NUL. */
%typemap(csin) const char * "$imclassname.text($csinput)"

/* A pointer and a length travel as one structure. What must stay where it is for longer than a call, the caller pins. */
%define OSMLS_BYTES(pointer, size)
%typemap(ctype) (pointer, size) "osmls_bytes"
%typemap(imtype) (pointer, size) "Bytes"
%typemap(in) (pointer, size) %{
	$1 = $input.data;
	$2 = $input.length;
%}
%enddef
%define OSMLS_ARRAY(pointer, size)
OSMLS_BYTES(pointer, size)
%typemap(cstype) (pointer, size) "byte[]"
%typemap(csin, pre="    var pinned = $imclassname.pin($csinput);", post="      pinned.Free();") (pointer, size) "new $imclassname.Bytes(pinned)"
%enddef
OSMLS_ARRAY(const void *bytes, size_t n)
OSMLS_ARRAY(void *into, size_t n)
OSMLS_BYTES(void *memory, size_t len)
%typemap(cstype) (void *memory, size_t len) "global::System.Runtime.InteropServices.GCHandle"
%typemap(csin) (void *memory, size_t len) "new $imclassname.Bytes($csinput)"
%apply (void *memory, size_t len) { (void *held, size_t len) };

%ignore LockedBuffer::read; /* csharp/class.i, over read_into */
%ignore osml_view;

%{
#include <stddef.h>

typedef struct osmls_bytes {
	void *data;
	size_t length;
} osmls_bytes;

static void osmls_throw(int code, const char *message);
%}

%include "csharp/name.i"
%include "csharp/pending.i"
%include "../error.i"
%include "csharp/invoke.i"
%include "csharp/use.i"
%include "csharp/class.i"
%include "csharp/region.i"
%include "../osmemlock.i"

%{
static void osmls_throw(int code, const char *message)
{
	if (code == OSML_ECLOSED)
		SWIG_CSharpSetPendingException(OSMLS_ObjectDisposedException, message);
	else if (code == OSML_EFORKED || code == OSML_EPINNED || code == OSML_EACCESS)
		SWIG_CSharpSetPendingException(SWIG_CSharpInvalidOperationException, message);
	else if (code == OSML_ELIMIT) /* an OutOfMemoryException says that the program is lost (audit L10) */
		SWIG_CSharpSetPendingException(OSMLS_LimitException, message);
	else
		SWIG_CSharpException(osmls_category(code), message);
}
%}
