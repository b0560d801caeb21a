/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core.h"

#include <stdio.h>
#include <string.h>

/* The exceptions that error.def names. */
#define CLASS_ValueError(state)       PyExc_ValueError
#define CLASS_IndexError(state)       PyExc_IndexError
#define CLASS_BufferError(state)      PyExc_BufferError
#define CLASS_OSError(state)          PyExc_OSError
#define CLASS_PermissionError(state)  PyExc_PermissionError
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
	if (rc == OSML_ELIMIT)
		return ENOMEM;
	return rc == OSML_EEXPOSED ? EACCES : -rc;
}

/* Sentences of the system are in the language and coding of the locale; on Windows the library asks for UTF-8. */
static PyObject *decode(const char *text)
{
#ifdef _WIN32
	return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "surrogateescape");
#else
	return PyUnicode_DecodeLocale(text, "surrogateescape");
#endif
}

/* What the core's sentence advises, in words of Python. NULL: that sentence names nothing that has others here. */
static const char *advice_of(int rc)
{
	switch (rc) {
	case OSML_EFORKED:
		return "fork='keep' makes a buffer that children keep.";
	case OSML_EPINNED:
		return "memoryviews of it are released by `with` or release().";
	case OSML_EEMPTY:
		return "allow_empty=True takes an empty one.";
	case OSML_ETOOBIG:
		return "max=... sets the maximum.";
	case OSML_EUNSUPPORTED:
		return "guarded=True gives guard pages; policy='best_effort' does without what is not there.";
	default:
		return NULL;
	}
}

/* An OSError shows its number and the file by itself; to other exceptions the file is added as an OSError has it. Takes the text; NULL: raised. */
static PyObject *with_file(PyObject *class, PyObject *text, PyObject *filename)
{
	PyObject *whole;

	if (!text || !filename || PyObject_IsSubclass(class, PyExc_OSError) == 1)
		return text;
	whole = PyUnicode_FromFormat("%U: %R", text, filename);
	Py_DECREF(text);
	return whole;
}

/* A sentence for a person. That of an OSError begins without the code's name, which its number stands for. */
static PyObject *message_of(PyObject *class, int rc, PyObject *filename)
{
	const char *name = osml_error_name(rc);
	size_t skipped = 0, len;
	char text[1024];

	osml_explain(rc, text, sizeof text);
	if (advice_of(rc))
		snprintf(text + strlen(text), sizeof text - strlen(text), " %s", advice_of(rc));
	if (class == PyExc_OSError && strncmp(text, name, strlen(name)) == 0)
		skipped = strlen(name) + strlen(": ");
	len = strlen(text);
	if (len && text[len - 1] == '.' && (filename || (rc > OSML_EUNSUPPORTED && !strstr(text, ". "))))
		text[len - 1] = 0; /* the file follows, or it is the system's phrase alone */
	return with_file(class, decode(text + skipped), filename);
}

/* OSError picks the subclass by errno; on Windows it finds that by winerror, which the system's codes are there (audit R4). */
static PyObject *make_os_error(PyObject *class, int rc, PyObject *message, PyObject *filename)
{
#ifdef _WIN32
	if (rc > OSML_EUNSUPPORTED)
		return PyObject_CallFunction(class, "iOOi", 0, message, filename ? filename : Py_None, -rc);
#endif
	if (filename)
		return PyObject_CallFunction(class, "iOO", errno_of(rc), message, filename);
	return PyObject_CallFunction(class, "iO", errno_of(rc), message);
}

static PyObject *make(PyObject *class, int rc, PyObject *message, PyObject *filename)
{
	int is_os_error = PyObject_IsSubclass(class, PyExc_OSError);

	if (is_os_error < 0)
		return NULL;
	return is_os_error ? make_os_error(class, rc, message, filename) : PyObject_CallFunctionObjArgs(class, message, NULL);
}

/* Takes the message; NULL: raised. */
static PyObject *new_error(PyObject *class, int rc, PyObject *message, PyObject *filename)
{
	PyObject *exception = message ? make(class, rc, message, filename) : NULL;
	PyObject *code = exception ? PyUnicode_FromString(osml_error_name(rc)) : NULL;

	if (!code || PyObject_SetAttrString(exception, "code", code))
		Py_CLEAR(exception);
	Py_XDECREF(code);
	Py_XDECREF(message);
	return exception;
}

/* To be called on the thread of the failed call, before its next one: osml_explain() tells of that. */
PyObject *osmlpy_error(struct state *state, int rc, PyObject *filename)
{
	return new_error(class_of(state, rc), rc, message_of(class_of(state, rc), rc, filename), filename);
}

/* Takes the exception; NULL: raised. */
static PyObject *set_error(PyObject *exception)
{
	if (exception)
		PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
	Py_XDECREF(exception);
	return NULL;
}

PyObject *osmlpy_raise_class(PyObject *class, int rc, PyObject *filename)
{
	if (rc == OSMLPY_INTERRUPTED && PyErr_Occurred())
		return NULL; /* A signal handler raised; that is what the caller must see. */
	return set_error(new_error(class, rc, message_of(class, rc, filename), filename));
}

PyObject *osmlpy_raise_text(struct state *state, int rc, const char *text)
{
	return set_error(new_error(class_of(state, rc), rc, PyUnicode_FromString(text), NULL));
}

PyObject *osmlpy_raise(struct state *state, int rc, PyObject *filename)
{
	return osmlpy_raise_class(class_of(state, rc), rc, filename);
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
	if (rc == 0)
		Py_RETURN_FALSE;
	return osmlpy_left_failing(osmlpy_error(state, rc, NULL), exception);
}

PyObject *osmlpy_left_failing(PyObject *failure, PyObject *const *exception)
{
	PyObject *note = NULL, *added = NULL;

	if (failure && exception[1] == Py_None) {
		PyErr_SetObject((PyObject *)Py_TYPE(failure), failure);
		Py_DECREF(failure);
		return NULL;
	}
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
 * survives both. The object is being destroyed and must not be passed on, so its type is named instead.
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
		  "Unavailable on this operating system, kernel or build, or for this buffer. errno is ENOTSUP." },
		{ &state->lock_limit_error, PyExc_OSError, "osmemlock.LockLimitError",
		  "The limit on locked memory is reached. errno is ENOMEM; the message names the limit, its use and what to type." },
		{ &state->forked_error, PyExc_ValueError, "osmemlock.ForkedError",
		  "The object was made before fork(), and its contents stayed in the parent." },
		{ &state->corruption_error, PyExc_RuntimeError, "osmemlock.CorruptionError",
		  "Some code of this process wrote outside its buffer: the canary beside this one is corrupted." },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		*rows[i].class = PyErr_NewExceptionWithDoc(rows[i].name, rows[i].doc, rows[i].base, NULL);
		if (!*rows[i].class || PyModule_AddObjectRef(module, strchr(rows[i].name, '.') + 1, *rows[i].class))
			return -1;
	}
	return 0;
}
