/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The life of a LockedBuffer: made, queried, closed, dropped. */
#include "buffer.h"

bool osmlpy_buffer_is_slow(const osml_buffer *b)
{
	uint32_t held;

	osml_buffer_protections(b, &held);
	return osml_buffer_size(b) > OSMLPY_QUICK || held & (OSML_GUARDED | OSML_SECRETMEM);
}

/* ---- How it is made ---- */

struct buffer *osmlpy_buffer_empty(PyTypeObject *type)
{
	struct buffer *self = PyObject_New(struct buffer, type);

	if (!self)
		return NULL;
	self->handle = NULL;
	self->weakrefs = NULL;
	return self;
}

PyObject *osmlpy_buffer_done(struct buffer *self, int rc, PyObject *filename)
{
	if (rc) {
		osmlpy_raise(osmlpy_state_of((PyObject *)self), rc, filename);
		osml_buffer_close(self->handle); /* or it would be dropped while open */
		Py_CLEAR(self);
	}
	return (PyObject *)self;
}

static int make(struct buffer *self, size_t len, const osml_buffer_options *options)
{
	PyThreadState *thread = osmlpy_let_go(options || len > OSMLPY_QUICK);
	int rc = osml_buffer_new(&self->handle, len, options);

	osmlpy_take_back(thread);
	return rc;
}

/* Garbage may hold the quota, so it is collected once (bindings/README.md). */
int osmlpy_buffer_make(struct buffer *self, size_t len, const osml_buffer_options *options)
{
	int rc = make(self, len, options);

	if (rc != OSML_ELIMIT)
		return rc;
	PyGC_Collect();
	return make(self, len, options);
}

PyObject *osmlpy_buffer_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
	struct osmlpy_options options;
	struct buffer *self;
	size_t size;

	if (PyTuple_Size(args) != 1) {
		PyErr_Format(PyExc_TypeError, "LockedBuffer() takes exactly one positional argument, the size (%zd given)",
		             PyTuple_Size(args));
		return NULL;
	}
	if (osmlpy_size(&size, PyTuple_GetItem(args, 0), "a size"))
		return NULL;
	if (keywords) {
		osmlpy_options_start(&options, 0);
		if (osmlpy_options_take_dict(&options, OSMLPY_MAKES, keywords))
			return NULL;
	}
	self = osmlpy_buffer_empty(type);
	return self ? osmlpy_buffer_done(self, osmlpy_buffer_make(self, size, keywords ? &options.core : NULL), NULL) : NULL;
}

/* ---- Its state ---- */

PyObject *osmlpy_buffer_closed(PyObject *self, void *ignored)
{
	uint32_t held;

	(void)ignored;
	return PyBool_FromLong(osml_buffer_protections(osmlpy_handle(self), &held) == OSML_ECLOSED);
}

PyObject *osmlpy_buffer_held(PyObject *self, void *ignored)
{
	uint32_t held;
	int rc = osml_buffer_protections(osmlpy_handle(self), &held);

	(void)ignored;
	return rc ? osmlpy_raise(osmlpy_state_of(self), rc, NULL) : osmlpy_protections(held);
}

PyObject *osmlpy_buffer_verify(PyObject *self, PyObject *ignored)
{
	PyThreadState *thread;
	uint32_t held;
	int rc;

	(void)ignored;
	thread = PyEval_SaveThread();
	rc = osml_buffer_verify(osmlpy_handle(self), &held);
	PyEval_RestoreThread(thread);
	return rc ? osmlpy_raise(osmlpy_state_of(self), rc, NULL) : osmlpy_protections(held);
}

/* Never the contents, and never an address, which would help whoever looks for them. */
PyObject *osmlpy_buffer_repr(PyObject *self)
{
	osml_buffer *b = osmlpy_handle(self);
	uint32_t held;
	int rc = osml_buffer_protections(b, &held);
	const char *state = held & OSML_LOCKED ? "locked" : "not locked";

	if (rc)
		state = rc == OSML_EFORKED ? "forked" : "closed";
	return PyUnicode_FromFormat("<osmemlock.LockedBuffer %zu bytes %s>", osml_buffer_size(b), state);
}

/* Else the text of repr() would be taken for the secret: as a password, or as the key of a signature that anybody can forge. */
PyObject *osmlpy_buffer_no_text(PyObject *self)
{
	(void)self;
	PyErr_SetString(PyExc_TypeError, "a LockedBuffer has no str(): its text would be taken for the secret. Where an API needs one, use "
	                                 "'with key.expose_str() as text:'; repr(key) is for messages");
	return NULL;
}

/* Else int() and float() would take the bytes for digits, and quote them in their exception. */
PyObject *osmlpy_buffer_no_number(PyObject *self)
{
	(void)self;
	PyErr_SetString(PyExc_TypeError,
	                "a LockedBuffer is no number; key[i] is one byte, and int.from_bytes(key) makes a copy that nobody wipes");
	return NULL;
}

PyObject *osmlpy_buffer_protect(PyObject *self, PyObject *access)
{
	PyThreadState *thread;
	static const struct osmlpy_word words[] = {
		{ "none", OSML_ACCESS_NONE },
		{ "read", OSML_ACCESS_READ },
		{ "readwrite", OSML_ACCESS_READWRITE },
		{ NULL, 0 },
	};
	static const struct osmlpy_words accesses = { "access", "'none', 'read' or 'readwrite'", words };
	uint32_t wanted;
	int rc;

	if (osmlpy_word(&wanted, access, &accesses))
		return NULL;
	thread = PyEval_SaveThread();
	rc = osml_buffer_protect(osmlpy_handle(self), wanted);
	PyEval_RestoreThread(thread);
	return osmlpy_answer(osmlpy_state_of(self), rc);
}

PyObject *osmlpy_buffer_reduce(PyObject *self, PyObject *ignored)
{
	(void)self;
	(void)ignored;
	PyErr_SetString(PyExc_TypeError, "a LockedBuffer cannot be copied or pickled, because the bytes would leave locked memory; "
	                                 "LockedBuffer.from_bytes(b) makes a second one, and a pipe takes one to another process");
	return NULL;
}

/* ---- How it ends ---- */

static int close_handle(osml_buffer *b)
{
	PyThreadState *thread = osmlpy_let_go(osmlpy_buffer_is_slow(b));
	int rc = osml_buffer_close(b);

	osmlpy_take_back(thread);
	return rc;
}

PyObject *osmlpy_buffer_close(PyObject *self, PyObject *ignored)
{
	int rc = close_handle(osmlpy_handle(self));

	(void)ignored;
	if (rc)
		return osmlpy_raise(osmlpy_state_of(self), rc, NULL);
	Py_RETURN_NONE;
}

PyObject *osmlpy_buffer_enter(PyObject *self, PyObject *ignored)
{
	uint32_t held;
	int rc = osml_buffer_protections(osmlpy_handle(self), &held);

	(void)ignored;
	return rc ? osmlpy_raise(osmlpy_state_of(self), rc, NULL) : Py_NewRef(self);
}

PyObject *osmlpy_buffer_exit(PyObject *self, PyObject *const *exception, Py_ssize_t count)
{
	int rc;

	if (!osmlpy_exit_arguments(count))
		return NULL;
	rc = close_handle(osmlpy_handle(self));
	if (rc)
		return osmlpy_left(osmlpy_state_of(self), rc, exception);
	Py_RETURN_FALSE;
}

/*
 * The memory is wiped before the warning, which may run any code. A view holds a reference, so none is alive. In a forked child an inherited
 * buffer returns OSML_EFORKED, and nobody forgot to close it there.
 */
void osmlpy_buffer_dealloc(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);
	osml_buffer *b = osmlpy_handle(self);
	uint32_t held;
	bool was_open = osml_buffer_protections(b, &held) == 0;
	int rc = was_open ? close_handle(b) : 0;

	if (((struct buffer *)self)->weakrefs)
		PyObject_ClearWeakRefs(self);
	if (was_open)
		osmlpy_warn_dropped(type, rc, "close() it, or use it in a with statement");
	osml_buffer_free(b);
	PyObject_Free(self);
	Py_DECREF(type);
}
