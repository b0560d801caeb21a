/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Python beside the hand-written extension: with, Py_buffer held for the whole call, OSError with errno. For -builtin: types in C, without which
 * new and close take five times as long.
 */
%module osmemlock_swig

#define OSMLS_RAISE(code, message) { osmls_raise(code, message); SWIG_fail; }
#define OSMLS_COLLECT (PyGC_Collect(), 1)
#define OSMLS_REGIONS

/* The GIL is released around what may wait (bindings/README.md), and around nothing else. */
%nothread;
%thread LockedBuffer::LockedBuffer;
%thread LockedBuffer::close;
%thread LockedBuffer::random;
%thread LockedBuffer::verify;
%thread LockedBuffer::write_fd;
%thread LockedBuffer::read_fd;
%thread LockedBuffer::from_fd;
%thread LockedBuffer::from_file;
%thread LockedBuffer::from_credential;
%thread LockedBuffer::prompt;
%thread LockedBuffer::from_command;
%thread LockedBuffer::piped;
%thread LockedRegion::LockedRegion;

/* Not pybuffer.i: that releases the buffer before the call (E7). An argument before it may fail, so
 * the view starts empty: releasing that does nothing. */
%define OSMLS_BUFFER(flags, pointer, length)
%typemap(in) (pointer, length) (Py_buffer view = { NULL }) %{
	if (PyObject_GetBuffer($input, &view, flags) < 0)
		SWIG_fail;
	$1 = view.buf;
	$2 = (size_t)view.len;
%}
%typemap(freearg) (pointer, length) %{
	PyBuffer_Release(&view$argnum);
%}
%enddef
OSMLS_BUFFER(PyBUF_SIMPLE, const void *bytes, size_t n)
OSMLS_BUFFER(PyBUF_WRITABLE, void *into, size_t n)
OSMLS_BUFFER(PyBUF_WRITABLE, void *memory, size_t len)
OSMLS_BUFFER(PyBUF_WRITABLE, void *held, size_t len)

/* A region has a view of its own, so that nobody resizes or frees the memory. */
%typemap(argout) (void *held, size_t len) %{
	result->view = view$argnum;
	view$argnum.obj = NULL;
%}

/* Paths and names as open() takes them; one with a NUL inside would be cut by SWIG's own, and is refused. None is NULL. */
%typemap(in) const char * (PyObject *encoded = NULL) %{
	if ($input != Py_None && !PyUnicode_FSConverter($input, &encoded))
		SWIG_fail;
	$1 = encoded ? PyBytes_AS_STRING(encoded) : NULL;
%}
%typemap(freearg) const char * %{
	Py_XDECREF(encoded$argnum);
%}

%{
#define OSMLS_HOLDER Py_buffer view;
#define OSMLS_LET_GO(region) PyBuffer_Release(&(region)->view)

static int osmls_interrupted(void *context); /* in signal.i, which needs what the shared files declare */
#define OSMLS_INTERRUPTED osmls_interrupted
%}

%include "python/type.i"
%include "../error.i"
/* A bytearray, because it can be wiped. */
%typemap(out) osml_view {
	$result = PyByteArray_FromStringAndSize((const char *)$1.data, (Py_ssize_t)$1.len);
	if (osmls_give_back(&$1) != 0)
		Py_CLEAR($result);
	OSMLS_OUTCOME
}

%include "../osmemlock.i"
%include "python/signal.i"
%include "python/scope.i"
%include "python/raise.i"
