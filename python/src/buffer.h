/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The type LockedBuffer, in six files: its life (buffer.c), its bytes (bytes.c), what is made of them (text.c), its sources (source.c), its
 * copies for one scope (expose.c), its table (buffertype.c).
 */
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
PyObject *osmlpy_buffer_no_text(PyObject *self);
PyObject *osmlpy_buffer_no_number(PyObject *self);
PyObject *osmlpy_buffer_closed(PyObject *self, void *ignored);
PyObject *osmlpy_buffer_held(PyObject *self, void *ignored);
PyObject *osmlpy_buffer_verify(PyObject *self, PyObject *ignored);
PyObject *osmlpy_buffer_protect(PyObject *self, PyObject *access);

/* bytes.c */
int osmlpy_bytes_get(PyObject *self, Py_buffer *view, int flags);
void osmlpy_bytes_release(PyObject *self, Py_buffer *view);
int osmlpy_bytes_view_answer(PyTypeObject *type, const Py_buffer *view); /* a code: whether what was read through the view counts */
PyObject *osmlpy_bytes_pins(PyObject *self, void *ignored);
Py_ssize_t osmlpy_bytes_length(PyObject *self);
int osmlpy_bytes_bool(PyObject *self);
PyObject *osmlpy_bytes_subscript(PyObject *self, PyObject *key);
int osmlpy_bytes_assign(PyObject *self, PyObject *key, PyObject *value);
PyObject *osmlpy_bytes_compare(PyObject *self, PyObject *other, int operator);
PyObject *osmlpy_bytes_wipe(PyObject *self, PyObject *ignored);
PyObject *osmlpy_bytes_read_fd(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names);
PyObject *osmlpy_bytes_write_fd(PyObject *self, PyObject *fd);

/* expose.c */
PyObject *osmlpy_expose_str(PyObject *self, PyObject *ignored);
PyObject *osmlpy_expose_bytes(PyObject *self, PyObject *ignored);

/* text.c */
PyObject *osmlpy_text_slice(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names);
PyObject *osmlpy_text_find(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *osmlpy_text_split(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names);
#define OSMLPY_CODING(name)                                                                                            \
	PyObject *osmlpy_text_encode_##name(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names); \
	PyObject *osmlpy_text_decode_##name(PyObject *self, PyObject *ignored)
OSMLPY_CODING(hex);
OSMLPY_CODING(base64);
OSMLPY_CODING(base64url);
OSMLPY_CODING(base32);

/*
 * source.c. Asked by the core, without the GIL and on the thread that called it, when a signal came; the context is the PyThreadState * that
 * was let go. A handler written in Python runs here (PEP 475), and what it raises waits in the thread until the call has come back.
 */
struct osmlpy_wait {
	PyThreadState *thread; /* as osmlpy_let_go() gave it */
	double deadline;       /* of time.monotonic(); infinity: none */
};
int osmlpy_wait_start(struct osmlpy_wait *wait, double timeout); /* in seconds; -1: raised */
int osmlpy_interrupted(void *wait);                              /* runs signal handlers, and raises TimeoutError when it is too late */

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
OSMLPY_SOURCE(join);                                                                              /* text.c */
int osmlpy_most_arguments(Py_ssize_t count, Py_ssize_t least, Py_ssize_t most, const char *name); /* -1: raised */
int osmlpy_read_arguments(struct osmlpy_options *o, unsigned accepted, const char *name, PyObject *const *args, Py_ssize_t count,
                          PyObject *names);                  /* of a source; -1: raised */
int osmlpy_one_argument(Py_ssize_t count, const char *name); /* -1: raised */

#endif
