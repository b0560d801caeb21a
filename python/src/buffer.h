/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The type LockedBuffer, told in four files: its life (buffer.c), its bytes (bytes.c), its sources (source.c), its table (buffertype.c). */
#ifndef OSMLPY_BUFFER_H
#define OSMLPY_BUFFER_H

#include "core.h"

struct buffer {
	PyObject_HEAD osml_buffer *handle; /* set before the object can be seen, freed with it, never changed in between */
	PyObject *weakrefs;                /* the interpreter's */
};

/* The one way from an object to its handle. The state is the core's: ask it by using it. */
static inline osml_buffer *osmlpy_handle(PyObject *self)
{
	return ((struct buffer *)self)->handle;
}

/* buffer.c */
struct buffer *osmlpy_buffer_empty(PyTypeObject *type);
PyObject *osmlpy_buffer_done(struct buffer *self, int rc, PyObject *filename); /* the object, or raises and drops it */
int osmlpy_buffer_make(struct buffer *self, size_t len, const osml_buffer_options *options);
bool osmlpy_buffer_is_slow(const osml_buffer *b); /* a call on the whole of it may take long or enter the kernel */
PyObject *osmlpy_buffer_new(PyTypeObject *type, PyObject *args, PyObject *keywords);
void osmlpy_buffer_dealloc(PyObject *self);
PyObject *osmlpy_buffer_close(PyObject *self, PyObject *ignored);
PyObject *osmlpy_buffer_enter(PyObject *self, PyObject *ignored);
PyObject *osmlpy_buffer_exit(PyObject *self, PyObject *const *exception, Py_ssize_t count);
PyObject *osmlpy_buffer_reduce(PyObject *self, PyObject *ignored);
PyObject *osmlpy_buffer_repr(PyObject *self);
PyObject *osmlpy_buffer_closed(PyObject *self, void *ignored);
PyObject *osmlpy_buffer_held(PyObject *self, void *ignored);
PyObject *osmlpy_buffer_verify(PyObject *self, PyObject *ignored);
PyObject *osmlpy_buffer_protect(PyObject *self, PyObject *access);

/* bytes.c */
int osmlpy_bytes_get(PyObject *self, Py_buffer *view, int flags);
void osmlpy_bytes_release(PyObject *self, Py_buffer *view);
PyObject *osmlpy_bytes_exports(PyObject *self, void *ignored);
Py_ssize_t osmlpy_bytes_length(PyObject *self);
int osmlpy_bytes_bool(PyObject *self);
PyObject *osmlpy_bytes_subscript(PyObject *self, PyObject *key);
int osmlpy_bytes_assign(PyObject *self, PyObject *key, PyObject *value);
PyObject *osmlpy_bytes_compare(PyObject *self, PyObject *other, int operator);
PyObject *osmlpy_bytes_wipe(PyObject *self, PyObject *ignored);
PyObject *osmlpy_bytes_decode_hex(PyObject *self, PyObject *ignored);
PyObject *osmlpy_bytes_decode_base64(PyObject *self, PyObject *ignored);
PyObject *osmlpy_bytes_write_to(PyObject *self, PyObject *fd);

/*
 * source.c. Asked by the core, without the GIL and on the thread that called it, when a signal came; the context is the PyThreadState * that
 * was let go. A handler written in Python runs here (PEP 475), and what it raises waits in the thread until the call has come back.
 */
int osmlpy_interrupted(void *context);

/* source.c: class methods. */
#define OSMLPY_SOURCE(name) PyObject *osmlpy_source_##name(PyObject *type, PyObject *const *args, Py_ssize_t count, PyObject *names)
OSMLPY_SOURCE(bytes);
OSMLPY_SOURCE(random);
OSMLPY_SOURCE(fd);
OSMLPY_SOURCE(file);
OSMLPY_SOURCE(env);
OSMLPY_SOURCE(credential);
OSMLPY_SOURCE(command);
OSMLPY_SOURCE(prompt);

#endif
