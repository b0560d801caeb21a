/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core.h"

#include <string.h>

/* The exceptions that error.def names. */
#define CLASS_ValueError(state)       PyExc_ValueError
#define CLASS_IndexError(state)       PyExc_IndexError
#define CLASS_BufferError(state)      PyExc_BufferError
#define CLASS_OSError(state)          PyExc_OSError
#define CLASS_UnsupportedError(state) (state)->unsupported_error
#define CLASS_LockLimitError(state)   (state)->lock_limit_error
#define CLASS_ForkedError(state)      (state)->forked_error
#define CLASS_CorruptionError(state)  (state)->corruption_error

static PyObject *class_in(const struct state *state, int rc)
{
	switch (rc) {
#define OSML_ERROR(code, python, lua, swig) \
	case code:                          \
		return CLASS_##python(state);
#define OSML_ERRNO(code, python, lua, swig) OSML_ERROR(-code, python, lua, swig)
#define OSML_SYSTEM(python, lua, swig) \
	default:                       \
		return CLASS_##python(state);
#include "error.def"
	}
}

/* A finalizer may run after the collector has emptied the module, at the end of the interpreter. */
static PyObject *class_of(const struct state *state, int rc)
{
	PyObject *class = state ? class_in(state, rc) : NULL;

	return class ? class : PyExc_RuntimeError;
}

static int errno_of(int rc)
{
	if (rc == OSML_EUNSUPPORTED)
		return ENOTSUP;
	return rc == OSML_ELIMIT ? ENOMEM : -rc;
}

/* An OSError of the system shows its number and file by itself, so its text is the bare phrase; the rest is a sentence for a person. */
static PyObject *message_of(const struct state *state, int rc)
{
	char text[1024];

	if (class_of(state, rc) == PyExc_OSError)
		return PyUnicode_DecodeLocale(osml_strerror(rc), "surrogateescape");
	osml_explain(rc, text, sizeof text);
	return PyUnicode_DecodeLocale(text, "surrogateescape");
}

static PyObject *make(PyObject *class, int rc, PyObject *message, PyObject *filename)
{
	int is_os_error = PyObject_IsSubclass(class, PyExc_OSError);

	if (is_os_error < 0)
		return NULL;
	if (!is_os_error)
		return PyObject_CallFunctionObjArgs(class, message, NULL);
	if (filename)
		return PyObject_CallFunction(class, "iOO", errno_of(rc), message, filename);
	return PyObject_CallFunction(class, "iO", errno_of(rc), message);
}

/* To be called on the thread of the failed call, before its next one: osml_explain() tells of that. */
PyObject *osmlpy_error(struct state *state, int rc, PyObject *filename)
{
	PyObject *message = message_of(state, rc);
	PyObject *exception = message ? make(class_of(state, rc), rc, message, filename) : NULL;
	PyObject *code = exception ? PyUnicode_FromString(osml_error_name(rc)) : NULL;

	if (!code || PyObject_SetAttrString(exception, "code", code))
		Py_CLEAR(exception);
	Py_XDECREF(code);
	Py_XDECREF(message);
	return exception;
}

PyObject *osmlpy_raise(struct state *state, int rc, PyObject *filename)
{
	PyObject *exception;

	if (rc == -EINTR && PyErr_Occurred())
		return NULL; /* A signal handler raised; that is what the caller must see. */
	exception = osmlpy_error(state, rc, filename);
	if (exception)
		PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
	Py_XDECREF(exception);
	return NULL;
}

PyObject *osmlpy_answer(struct state *state, int rc)
{
	if (rc)
		return osmlpy_raise(state, rc, NULL);
	Py_RETURN_NONE;
}

/*
 * A failure while a scope is left by an exception must not hide that one: it goes along as a note (PEP 678), which every traceback shows.
 */
PyObject *osmlpy_left(struct state *state, int rc, PyObject *const *exception)
{
	PyObject *failure, *note = NULL, *added = NULL;

	if (rc == 0)
		Py_RETURN_FALSE;
	if (exception[1] == Py_None)
		return osmlpy_raise(state, rc, NULL);
	failure = osmlpy_error(state, rc, NULL);
	if (failure)
		note = PyObject_Str(failure);
	if (note)
		added = PyObject_CallMethod(exception[1], "add_note", "O", note);
	if (!added)
		PyErr_WriteUnraisable(exception[1]);
	Py_XDECREF(failure);
	Py_XDECREF(note);
	Py_XDECREF(added);
	Py_RETURN_FALSE;
}

bool osmlpy_exit_arguments(Py_ssize_t count)
{
	if (count != 3)
		PyErr_Format(PyExc_TypeError, "__exit__() takes 3 arguments (%zd given)", count);
	return count == 3;
}

/*
 * For finalizers, after the work, which answered `rc`: the warning may run any code, or become an exception. An exception that is under way
 * survives both. The object itself is as good as gone and must not be passed on, so the type stands for it.
 */
void osmlpy_warn_dropped(PyTypeObject *type, int rc, const char *how_to_end)
{
	PyObject *kind, *value, *trace;

	PyErr_Fetch(&kind, &value, &trace);
	if (PyErr_ResourceWarning(NULL, 1, "%R was dropped while open: %s", type, how_to_end))
		PyErr_WriteUnraisable((PyObject *)type);
	if (rc) {
		struct state *state = PyType_GetModuleState(type);
		PyErr_Clear();
		osmlpy_raise(state, rc, NULL);
		PyErr_WriteUnraisable((PyObject *)type);
	}
	PyErr_Restore(kind, value, trace);
}

int osmlpy_error_init(PyObject *module)
{
	struct state *state = PyModule_GetState(module);
	const struct {
		PyObject **class, *base;
		const char *name, *doc;
	} rows[] = {
		{ &state->unsupported_error, PyExc_OSError, "osmemlock.UnsupportedError",
		  "This operating system, kernel or build cannot do that. errno is ENOTSUP." },
		{ &state->lock_limit_error, PyExc_OSError, "osmemlock.LockLimitError",
		  "The limit on locked memory is reached. errno is ENOMEM; the message tells the limit, its use and what to type." },
		{ &state->forked_error, PyExc_ValueError, "osmemlock.ForkedError",
		  "The object was made before fork(), and its contents stayed in the parent." },
		{ &state->corruption_error, PyExc_RuntimeError, "osmemlock.CorruptionError",
		  "Some code of this process wrote outside its buffer: the bytes that guard this one have changed." },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		*rows[i].class = PyErr_NewExceptionWithDoc(rows[i].name, rows[i].doc, rows[i].base, NULL);
		if (!*rows[i].class || PyModule_AddObjectRef(module, strchr(rows[i].name, '.') + 1, *rows[i].class))
			return -1;
	}
	return 0;
}
