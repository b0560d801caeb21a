/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* LockedBuffer.from_command(). */
#include "buffer.h"

#include <string.h>

/* What the core borrows for the call: lists of C strings, and the objects that hold them. */
struct texts {
	PyObject *holders; /* a list of bytes objects */
	const char **texts;
};

static void texts_end(struct texts *t)
{
	Py_XDECREF(t->holders);
	PyMem_Free(t->texts);
}

/* Takes the list. -1: raised. */
static int texts_of(struct texts *t, PyObject *holders)
{
	Py_ssize_t count = holders ? PyList_Size(holders) : 0;

	t->holders = holders;
	t->texts = holders ? PyMem_Calloc((size_t)count + 1, sizeof *t->texts) : NULL;
	if (!t->texts)
		return holders ? (PyErr_NoMemory(), -1) : -1;
	for (Py_ssize_t i = 0; i < count; i++)
		t->texts[i] = PyBytes_AsString(PyList_GetItem(holders, i));
	return 0;
}

static int append_encoded(PyObject *list, PyObject *item)
{
	PyObject *encoded = NULL;
	int failed = PyUnicode_FSConverter(item, &encoded) ? PyList_Append(list, encoded) : -1;

	Py_XDECREF(encoded);
	return failed;
}

/* One text would be a sequence too: of letters. */
static PyObject *encode_words(PyObject *argv)
{
	PyObject *list = NULL, *words = NULL;
	Py_ssize_t count = 0;

	if (PyUnicode_Check(argv) || PyBytes_Check(argv))
		PyErr_SetString(PyExc_TypeError, "argv must be a sequence of words, not one text");
	else
		words = PySequence_Tuple(argv);
	if (words && (count = PyTuple_Size(words)) == 0)
		PyErr_SetString(PyExc_ValueError, "argv is empty: its first item names the program");
	else if (words)
		list = PyList_New(0);
	for (Py_ssize_t i = 0; list && i < count; i++)
		if (append_encoded(list, PyTuple_GetItem(words, i)))
			Py_CLEAR(list);
	Py_XDECREF(words);
	return list;
}

/* Any other would set another variable, or none. */
static bool is_name(PyObject *encoded)
{
	const char *name = PyBytes_AsString(encoded);

	if (*name && !strchr(name, '='))
		return true;
	PyErr_SetString(PyExc_ValueError, "env has a name that no variable can have: empty, or with \"=\"");
	return false;
}

static int append_variable(PyObject *list, PyObject *item)
{
	PyObject *name = NULL, *value = NULL, *both = NULL;
	int failed = -1;

	if (PyUnicode_FSConverter(PyTuple_GetItem(item, 0), &name) && is_name(name) &&
	    PyUnicode_FSConverter(PyTuple_GetItem(item, 1), &value)) {
		both = PyBytes_FromFormat("%s=%s", PyBytes_AsString(name), PyBytes_AsString(value));
		failed = both ? PyList_Append(list, both) : -1;
	}
	Py_XDECREF(name);
	Py_XDECREF(value);
	Py_XDECREF(both);
	return failed;
}

static PyObject *encode_environment(PyObject *env)
{
	PyObject *items = PyMapping_Items(env), *list = items ? PyList_New(0) : NULL;
	Py_ssize_t count = items ? PyList_Size(items) : 0;

	for (Py_ssize_t i = 0; list && i < count; i++) {
		PyObject *item = PyList_GetItem(items, i);
		if (!PyTuple_Check(item) || PyTuple_Size(item) != 2)
			PyErr_SetString(PyExc_TypeError, "env must be a mapping");
		if (PyErr_Occurred() || append_variable(list, item))
			Py_CLEAR(list);
	}
	Py_XDECREF(items);
	return list;
}

/* ---- The input ---- */

/* Of other bytes a copy, for the core writes from a buffer: locked as far as that goes, since they were not before. NULL: raised. */
static osml_buffer *copy_input(PyObject *self, PyObject *given)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b = NULL;
	Py_buffer view;
	int rc;

	if (PyObject_GetBuffer(given, &view, PyBUF_SIMPLE))
		return NULL;
	options.policy = OSML_POLICY_BEST_EFFORT;
	rc = osml_buffer_new(&b, (size_t)view.len, &options);
	if (rc == 0)
		rc = osml_buffer_write(b, 0, view.buf, (size_t)view.len);
	if (rc == 0)
		rc = osmlpy_bytes_view_answer(Py_TYPE(self), &view);
	if (rc) {
		osmlpy_raise(osmlpy_state_of(self), rc, NULL);
		osml_buffer_free(b);
		b = NULL;
	}
	PyBuffer_Release(&view);
	return b;
}

/* ---- The call ---- */

/* As subprocess has it: a negative one is a signal, of which Windows has none, and a code of 32 bits without a sign there. */
#ifdef _WIN32
#define RETURN_CODE(status) ((long long)(unsigned)(status))
#else
#define RETURN_CODE(status) ((long long)(status))
#endif

static PyObject *failed(int status, PyObject *argv)
{
	PyObject *module = PyImport_ImportModule("subprocess");
	PyObject *class = module ? PyObject_GetAttrString(module, "CalledProcessError") : NULL;
	PyObject *error = class ? PyObject_CallFunction(class, "LO", RETURN_CODE(status), argv) : NULL;

	if (error)
		PyErr_SetObject(class, error);
	Py_XDECREF(error);
	Py_XDECREF(class);
	Py_XDECREF(module);
	return NULL;
}

/* Either may be what does not exist, and the system does not tell which. 1: the folder is there and may be entered; -1: raised. */
static int is_folder(PyObject *cwd)
{
	PyObject *os = PyImport_ImportModule("os"), *path = os ? PyObject_GetAttrString(os, "path") : NULL;
	PyObject *is = path ? PyObject_CallMethod(path, "isdir", "O", cwd) : NULL;
	int there = is ? PyObject_IsTrue(is) : -1;

	Py_XDECREF(is);
	is = there == 1 ? PyObject_CallMethod(os, "access", "Oi", cwd, 1) : NULL; /* os.X_OK */
	if (there == 1)
		there = is ? PyObject_IsTrue(is) : -1;
	Py_XDECREF(is);
	Py_XDECREF(path);
	Py_XDECREF(os);
	return there;
}

/* What an error names: the folder where that is what is missing, the program otherwise. A new reference, or NULL. */
static PyObject *blamed(int rc, const struct osmlpy_options *o, PyObject *argv)
{
	PyObject *name = NULL;
	int there;

	if (PyErr_Occurred())
		return NULL; /* A signal handler's, or the deadline's. */
	there = o->cwd && rc > OSML_EUNSUPPORTED ? is_folder(o->cwd) : 1;
	if (there >= 0)
		name = there ? PySequence_GetItem(argv, 0) : Py_NewRef(o->cwd);
	if (!name)
		PyErr_Clear();
	return name;
}

/* Not twice: what the program did may not be repeated. */
static PyObject *run(struct buffer *self, osml_command *command, struct osmlpy_options *o, PyObject *argv)
{
	struct osmlpy_wait wait;
	PyObject *name;
	int rc;

	if (osmlpy_wait_start(&wait, o->timeout))
		return osmlpy_buffer_done(self, OSMLPY_INTERRUPTED, NULL);
	o->core.interrupted = osmlpy_interrupted;
	o->core.context = &wait;
	wait.thread = osmlpy_let_go(true);
	rc = osml_buffer_from_command(&self->handle, command, o->max, &o->core, o->flags);
	osmlpy_take_back(wait.thread);
	if (rc == OSML_ECOMMAND) {
		Py_DECREF(self);
		return failed(command->status, argv);
	}
	name = rc ? blamed(rc, o, argv) : NULL;
	argv = osmlpy_buffer_done(self, rc, name);
	Py_XDECREF(name);
	return argv;
}

static PyObject *give_and_run(struct buffer *self, osml_command *command, struct osmlpy_options *o, PyObject *argv)
{
	bool is_ours = o->input && Py_TYPE(o->input) == Py_TYPE((PyObject *)self);
	osml_buffer *copy = o->input && !is_ours ? copy_input((PyObject *)self, o->input) : NULL;
	PyObject *made;

	if (o->input && !is_ours && !copy) {
		Py_DECREF(self);
		return NULL;
	}
	command->input = is_ours ? osmlpy_handle(o->input) : copy;
	made = run(self, command, o, argv);
	osml_buffer_free(copy);
	return made;
}

OSMLPY_SOURCE(command)
{
	struct texts words = { NULL, NULL }, environment = { NULL, NULL };
	osml_command command = OSML_COMMAND_INIT;
	struct osmlpy_options o;
	PyObject *directory = NULL, *made = NULL;
	struct buffer *self;

	if (osmlpy_read_arguments(&o, OSMLPY_MAKES | OSMLPY_READS | OSMLPY_TRIMS | OSMLPY_WAITS | OSMLPY_RUNS, "from_command", args, count,
	                          names))
		return NULL;
	if (texts_of(&words, encode_words(args[0])) == 0 && (!o.env || texts_of(&environment, encode_environment(o.env)) == 0) &&
	    (!o.cwd || PyUnicode_FSConverter(o.cwd, &directory))) {
		command.argv = words.texts;
		command.envp = environment.texts;
		command.directory = directory ? PyBytes_AsString(directory) : NULL;
		self = osmlpy_buffer_empty((PyTypeObject *)type);
		made = self ? give_and_run(self, &command, &o, args[0]) : NULL;
	}
	Py_XDECREF(directory);
	texts_end(&words);
	texts_end(&environment);
	return made;
}
