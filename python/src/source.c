/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Secrets that go from the world straight into a LockedBuffer. */
#include "buffer.h"

#include <string.h>

#define DEFAULT_MAX        65536u
#define DEFAULT_PROMPT_MAX 1024u

static int one_argument(Py_ssize_t count, const char *name)
{
	if (count == 1)
		return 0;
	PyErr_Format(PyExc_TypeError, "%s() takes exactly one positional argument (%zd given)", name, count);
	return -1;
}

/* Every source takes one argument and the keywords it accepts. */
static int read_arguments(struct osmlpy_options *o, unsigned accepted, const char *name, PyObject *const *args, Py_ssize_t count,
                          PyObject *names)
{
	osmlpy_options_start(o, DEFAULT_MAX);
	return one_argument(count, name) ? -1 : osmlpy_options_take(o, accepted, args + count, names);
}

int osmlpy_interrupted(void *context)
{
	PyThreadState **thread = context;
	bool held = !*thread;
	int raised;

	osmlpy_take_back(*thread);
	raised = PyErr_CheckSignals();
	*thread = osmlpy_let_go(!held);
	return raised;
}

/* ---- From memory of this process ---- */

OSMLPY_SOURCE(bytes)
{
	struct osmlpy_options o;
	struct buffer *self = NULL;
	Py_buffer data;
	int rc;

	if (read_arguments(&o, OSMLPY_MAKES, "from_bytes", args, count, names) || PyObject_GetBuffer(args[0], &data, PyBUF_SIMPLE))
		return NULL;
	self = osmlpy_buffer_empty((PyTypeObject *)type);
	if (self) {
		rc = osmlpy_buffer_make(self, (size_t)data.len, &o.core);
		if (rc == 0)
			rc = osml_buffer_write(self->handle, 0, data.buf, (size_t)data.len);
		self = (struct buffer *)osmlpy_buffer_done(self, rc, NULL);
	}
	PyBuffer_Release(&data);
	return (PyObject *)self;
}

OSMLPY_SOURCE(random)
{
	PyThreadState *thread;
	struct osmlpy_options o;
	struct buffer *self;
	size_t size;
	int rc;

	if (read_arguments(&o, OSMLPY_MAKES, "random", args, count, names) || osmlpy_size(&size, args[0], "a size"))
		return NULL;
	self = osmlpy_buffer_empty((PyTypeObject *)type);
	if (!self)
		return NULL;
	rc = osmlpy_buffer_make(self, size, &o.core);
	if (rc == 0) {
		thread = PyEval_SaveThread();
		rc = osml_buffer_random(self->handle, 0, size);
		PyEval_RestoreThread(thread);
	}
	return osmlpy_buffer_done(self, rc, NULL);
}

/*
 * The environment stays under the GIL: that is what keeps other Python threads from changing it meanwhile. The bytes of os.environ are a copy
 * which the interpreter made when it started; deleting its item (without a look at the value, which would make yet another copy) is all that
 * can be done.
 */
static int forget_in_python(PyObject *name)
{
	PyObject *os = PyImport_ImportModule("os");
	PyObject *mapping = os ? PyObject_GetAttrString(os, "environ") : NULL;
	int failed = mapping ? PyObject_DelItem(mapping, name) : -1;

	if (failed && PyErr_ExceptionMatches(PyExc_KeyError)) {
		PyErr_Clear(); /* Set by C code, after the start. */
		failed = 0;
	}
	Py_XDECREF(os);
	Py_XDECREF(mapping);
	return failed;
}

static PyObject *take_variable(PyTypeObject *type, PyObject *name, const char *text, const struct osmlpy_options *o)
{
	struct buffer *self = osmlpy_buffer_empty(type);
	int rc;

	if (!self)
		return NULL;
	rc = osml_buffer_from_env(&self->handle, text, o->max, &o->core, o->flags);
	if (rc == OSML_ELIMIT) {
		PyGC_Collect();
		rc = osml_buffer_from_env(&self->handle, text, o->max, &o->core, o->flags);
	}
	if (rc == 0 && forget_in_python(name))
		PyErr_WriteUnraisable(name); /* An audit hook, say. By now the buffer has the only copy that libc knew of. */
	return osmlpy_buffer_done(self, rc, name);
}

/* A name as the C library has it, in a bytes object; NULL: raised. */
static PyObject *read_name(PyObject *name)
{
	PyObject *encoded = NULL;

	if (!PyUnicode_Check(name))
		PyErr_Format(PyExc_TypeError, "the name must be a str, not %R", Py_TYPE(name));
	else if (!PyUnicode_FSConverter(name, &encoded))
		return NULL;
	return encoded;
}

OSMLPY_SOURCE(env)
{
	struct osmlpy_options o;
	PyObject *self, *name;

	if (read_arguments(&o, OSMLPY_MAKES | OSMLPY_READS | OSMLPY_TRIMS, "from_env", args, count, names))
		return NULL;
	name = read_name(args[0]);
	if (!name)
		return NULL;
	self = take_variable((PyTypeObject *)type, args[0], PyBytes_AsString(name), &o);
	Py_DECREF(name);
	return self;
}

/* ---- From outside: without the GIL, and not twice ----
 *
 * There is no second try after a collection, as making a buffer has: what was read is gone from a pipe or a terminal, and the rest alone would
 * be a wrong secret.
 */

struct origin {
	int fd;
	const char *text; /* a path, a name or a prompt */
	bool quick;       /* the GIL is kept, because that guards the environment: a credential, which is a small file */
};
typedef int (*reader)(osml_buffer **out, const struct origin *from, const struct osmlpy_options *o);

static int read_fd(osml_buffer **out, const struct origin *from, const struct osmlpy_options *o)
{
	return osml_buffer_from_fd(out, from->fd, o->max, &o->core, o->flags);
}

static int read_file(osml_buffer **out, const struct origin *from, const struct osmlpy_options *o)
{
	return osml_buffer_from_file(out, from->text, o->max, &o->core, o->flags);
}

static int read_credential(osml_buffer **out, const struct origin *from, const struct osmlpy_options *o)
{
	return osml_buffer_from_credential(out, from->text, o->max, &o->core, o->flags);
}

static int ask(osml_buffer **out, const struct origin *from, const struct osmlpy_options *o)
{
	return osml_buffer_prompt(out, from->text, o->max, &o->core);
}

static PyObject *take(PyObject *type, reader read, const struct origin *from, struct osmlpy_options *o, PyObject *filename)
{
	struct buffer *self = osmlpy_buffer_empty((PyTypeObject *)type);
	PyThreadState *thread;
	int rc;

	if (!self)
		return NULL;
	o->core.interrupted = osmlpy_interrupted;
	o->core.context = &thread;
	do {
		thread = osmlpy_let_go(!from->quick);
		rc = read(&self->handle, from, o);
		osmlpy_take_back(thread);
		/* The prompt does not ask about a signal of its own thread: the terminal is restored first. One whose handler returned is no
		 * reason to give up. */
	} while (rc == -EINTR && !PyErr_Occurred() && PyErr_CheckSignals() == 0);
	return osmlpy_buffer_done(self, rc, filename);
}

OSMLPY_SOURCE(fd)
{
	struct osmlpy_options o;
	struct origin from = { .fd = -1 };

	if (read_arguments(&o, OSMLPY_MAKES | OSMLPY_READS | OSMLPY_TRIMS, "from_fd", args, count, names))
		return NULL;
	from.fd = osmlpy_file_input(args[0]);
	return from.fd < 0 ? NULL : take(type, read_fd, &from, &o, NULL);
}

static PyObject *take_named(PyObject *type, reader read, PyObject *encoded, struct osmlpy_options *o, PyObject *filename)
{
	struct origin from = { .fd = -1, .text = encoded ? PyBytes_AsString(encoded) : NULL, .quick = read == read_credential };
	PyObject *self = encoded ? take(type, read, &from, o, filename) : NULL;

	Py_XDECREF(encoded);
	return self;
}

OSMLPY_SOURCE(file)
{
	struct osmlpy_options o;
	PyObject *path = NULL;

	if (read_arguments(&o, OSMLPY_MAKES | OSMLPY_READS | OSMLPY_TRIMS, "from_file", args, count, names) ||
	    !PyUnicode_FSConverter(args[0], &path))
		return NULL;
	return take_named(type, read_file, path, &o, args[0]);
}

OSMLPY_SOURCE(credential)
{
	struct osmlpy_options o;

	if (read_arguments(&o, OSMLPY_MAKES | OSMLPY_READS | OSMLPY_TRIMS, "from_credential", args, count, names))
		return NULL;
	return take_named(type, read_credential, read_name(args[0]), &o, args[0]);
}

static const char *prompt_text(PyObject *prompt)
{
	Py_ssize_t size;
	const char *text = PyUnicode_AsUTF8AndSize(prompt, &size);

	if (text && strlen(text) != (size_t)size) {
		PyErr_SetString(PyExc_ValueError, "embedded null character");
		return NULL;
	}
	return text;
}

OSMLPY_SOURCE(prompt)
{
	struct osmlpy_options o;
	struct origin from = { .fd = -1, .text = "Password: " };

	osmlpy_options_start(&o, DEFAULT_PROMPT_MAX);
	if (osmlpy_options_take(&o, OSMLPY_MAKES | OSMLPY_READS, args + count, names))
		return NULL;
	if (count)
		from.text = one_argument(count, "prompt") ? NULL : prompt_text(args[0]);
	return from.text ? take(type, ask, &from, &o, NULL) : NULL;
}

/* ---- From a command: Python's own subprocess runs it, and from_fd() reads its pipe ---- */

static PyObject *options_dict(PyObject *const *values, PyObject *names)
{
	PyObject *options = PyDict_New();
	Py_ssize_t count = names ? PyTuple_Size(names) : 0;

	for (Py_ssize_t i = 0; options && i < count; i++)
		if (PyDict_SetItem(options, PyTuple_GetItem(names, i), values[i]))
			Py_CLEAR(options);
	return options;
}

OSMLPY_SOURCE(command)
{
	struct osmlpy_options o;
	PyObject *module, *options, *self = NULL;

	(void)type;
	/* Refused here already, before a process is started. */
	if (read_arguments(&o, OSMLPY_MAKES | OSMLPY_READS | OSMLPY_TRIMS, "from_command", args, count, names))
		return NULL;
	module = PyImport_ImportModule("osmemlock._command");
	options = module ? options_dict(args + count, names) : NULL;
	if (options)
		self = PyObject_CallMethod(module, "from_command", "OO", args[0], options);
	Py_XDECREF(module);
	Py_XDECREF(options);
	return self;
}
