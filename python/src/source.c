/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Sources: secrets read from the system straight into a LockedBuffer. */
#include "buffer.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define DEFAULT_MAX 65536u

int osmlpy_most_arguments(Py_ssize_t count, Py_ssize_t least, Py_ssize_t most, const char *name)
{
	if (count >= least && count <= most)
		return 0;
	PyErr_Format(PyExc_TypeError, "%s() takes from %zd to %zd positional arguments (%zd given)", name, least, most, count);
	return -1;
}

int osmlpy_one_argument(Py_ssize_t count, const char *name)
{
	if (count == 1)
		return 0;
	PyErr_Format(PyExc_TypeError, "%s() takes exactly one positional argument (%zd given)", name, count);
	return -1;
}

/* Every source takes one argument and the keywords it accepts. */
int osmlpy_read_arguments(struct osmlpy_options *o, unsigned accepted, const char *name, PyObject *const *args, Py_ssize_t count,
                          PyObject *names)
{
	osmlpy_options_start(o, DEFAULT_MAX);
	return osmlpy_one_argument(count, name) ? -1 : osmlpy_options_take(o, accepted, args + count, names);
}

/* -1: raised. */
static double monotonic(void)
{
	PyObject *time = PyImport_ImportModule("time");
	PyObject *now = time ? PyObject_CallMethod(time, "monotonic", NULL) : NULL;
	double seconds = now ? PyFloat_AsDouble(now) : -1;

	Py_XDECREF(time);
	Py_XDECREF(now);
	return seconds;
}

static int too_late(const struct osmlpy_wait *wait)
{
	double now = isinf(wait->deadline) ? 0 : monotonic();

	if (now >= wait->deadline)
		PyErr_SetString(PyExc_TimeoutError, "no secret came in time");
	return now < 0 || now >= wait->deadline;
}

int osmlpy_interrupted(void *context)
{
	struct osmlpy_wait *wait = context;
	bool held = !wait->thread;
	int raised;

	osmlpy_take_back(wait->thread);
	raised = PyErr_CheckSignals() || too_late(wait);
	wait->thread = osmlpy_let_go(!held);
	return raised;
}

int osmlpy_wait_start(struct osmlpy_wait *wait, double timeout)
{
	*wait = (struct osmlpy_wait){ NULL, INFINITY };
	if (!isinf(timeout))
		wait->deadline = monotonic() + timeout;
	return PyErr_Occurred() ? -1 : 0;
}

/* ---- From memory of this process ---- */

static int copy_bytes(struct buffer *self, const Py_buffer *data, const osml_buffer_options *options)
{
	int rc = osmlpy_buffer_make(self, (size_t)data->len, options);

	return rc ? rc : osml_buffer_write(self->handle, 0, data->buf, (size_t)data->len);
}

/* As osmlpy_buffer_make(), with a second try. */
static int take_bytes(struct buffer *self, const Py_buffer *data, const osml_buffer_options *options)
{
	int rc = osml_buffer_take(&self->handle, data->buf, (size_t)data->len, options);

	if (rc != OSML_ELIMIT)
		return rc;
	PyGC_Collect();
	return osml_buffer_take(&self->handle, data->buf, (size_t)data->len, options);
}

OSMLPY_SOURCE(bytes)
{
	struct osmlpy_options o;
	struct buffer *self = NULL;
	Py_buffer data;
	int rc;

	if (osmlpy_read_arguments(&o, OSMLPY_MAKES | OSMLPY_TAKES, "from_bytes", args, count, names) ||
	    (o.wipe ? osmlpy_writable(args[0], &data) : PyObject_GetBuffer(args[0], &data, PyBUF_SIMPLE)))
		return NULL;
	self = osmlpy_buffer_empty((PyTypeObject *)type);
	if (self) {
		rc = (o.wipe ? take_bytes : copy_bytes)(self, &data, &o.core);
		if (rc == 0)
			rc = osmlpy_bytes_view_answer((PyTypeObject *)type, &data);
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

	if (osmlpy_read_arguments(&o, OSMLPY_MAKES, "random", args, count, names) || osmlpy_size(&size, args[0], "a size"))
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
	const char *text;

	if (osmlpy_read_arguments(&o, OSMLPY_MAKES | OSMLPY_READS | OSMLPY_TRIMS, "from_env", args, count, names))
		return NULL;
	name = read_name(args[0]);
	if (!name)
		return NULL;
	text = PyBytes_AsString(name);
	if (*text && !strchr(text, '='))
		self = take_variable((PyTypeObject *)type, args[0], text, &o);
	else
		self = osmlpy_raise_text(PyType_GetModuleState((PyTypeObject *)type), OSML_EINVAL,
		                         "no variable can have this name: it is empty, or has \"=\"");
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
	return osml_buffer_prompt(out, from->text, o->max, &o->core, o->flags);
}

/* As input() does. */
static PyObject *no_answer(struct buffer *self)
{
	osmlpy_raise_class(PyExc_EOFError, OSML_EEMPTY, NULL);
	Py_DECREF(self);
	return NULL;
}

static PyObject *take(PyObject *type, reader read, const struct origin *from, struct osmlpy_options *o, PyObject *filename)
{
	struct buffer *self = osmlpy_buffer_empty((PyTypeObject *)type);
	struct osmlpy_wait wait;
	int rc;

	if (!self)
		return NULL;
	if (osmlpy_wait_start(&wait, o->timeout))
		return osmlpy_buffer_done(self, OSMLPY_INTERRUPTED, NULL);
	o->core.interrupted = osmlpy_interrupted;
	o->core.context = &wait;
	do {
		wait.thread = osmlpy_let_go(!from->quick);
		rc = read(&self->handle, from, o);
		osmlpy_take_back(wait.thread);
		/* The prompt does not ask about a signal of its own thread: the terminal is restored first. One whose handler returned is no
		 * reason to give up, but where they keep coming nobody else asks for the time. */
	} while (rc == OSMLPY_INTERRUPTED && !PyErr_Occurred() && PyErr_CheckSignals() == 0 && !too_late(&wait));
	if (rc == OSML_EEMPTY && read == ask)
		return no_answer(self);
	return osmlpy_buffer_done(self, rc, filename);
}

OSMLPY_SOURCE(fd)
{
	struct osmlpy_options o;
	struct origin from = { .fd = -1 };
	PyObject *self;
	int fd;

	if (osmlpy_read_arguments(&o, OSMLPY_MAKES | OSMLPY_READS | OSMLPY_TRIMS | OSMLPY_OPENS | OSMLPY_WAITS, "from_fd", args, count,
	                          names))
		return NULL;
	fd = osmlpy_file_input(args[0]);
	from.fd = fd < 0 ? -1 : osmlpy_file_hold(fd);
	if (from.fd < 0)
		return NULL;
	self = take(type, read_fd, &from, &o, NULL);
	osmlpy_file_let_go(from.fd, fd);
	return self;
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

	if (osmlpy_read_arguments(&o, OSMLPY_MAKES | OSMLPY_READS | OSMLPY_TRIMS | OSMLPY_OPENS | OSMLPY_WAITS, "from_file", args, count,
	                          names) ||
	    !PyUnicode_FSConverter(args[0], &path))
		return NULL;
	return take_named(type, read_file, path, &o, args[0]);
}

OSMLPY_SOURCE(credential)
{
	struct osmlpy_options o;

	if (osmlpy_read_arguments(&o, OSMLPY_MAKES | OSMLPY_READS | OSMLPY_TRIMS | OSMLPY_OPENS | OSMLPY_WAITS, "from_credential", args,
	                          count, names))
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

	osmlpy_options_start(&o, DEFAULT_MAX);
	if (osmlpy_options_take(&o, OSMLPY_MAKES | OSMLPY_READS | OSMLPY_WAITS, args + count, names))
		return NULL;
	if (count)
		from.text = osmlpy_one_argument(count, "prompt") ? NULL : prompt_text(args[0]);
	return from.text ? take(type, ask, &from, &o, NULL) : NULL;
}
