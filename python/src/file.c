/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Descriptors, bare or inside a file object. A secret goes past the object, whose buffers nobody wipes. So the object must change nothing
 * of what passes: the fileno() of a GzipFile or an SSLSocket is that of the file below it, which would get the secret as it is.
 */
#include "core.h"

#ifndef _WIN32
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

/* What lies below one of these has to be asked in turn. */
static const struct layer {
	const char *module, *class, *below; /* `below` is an attribute, or NULL */
} layers[] = {
	{ "io", "FileIO", NULL },
	{ "io", "BufferedReader", "raw" },
	{ "io", "BufferedWriter", "raw" },
	{ "io", "BufferedRandom", "raw" },
	{ "io", "TextIOWrapper", "buffer" },
	{ "socket", "SocketIO", "_sock" },
	{ "socketserver", "_SocketWriter", "_sock" },
	{ "tempfile", "SpooledTemporaryFile", "_file" },
	/* These have no descriptor, which their fileno() says. */
	{ "io", "BytesIO", NULL },
	{ "io", "StringIO", NULL },
	{ "io", "BufferedRWPair", NULL },
};

/* Of anything else, the first that it is decides. A raw class of one's own is taken at its word: what compresses is a buffered one. */
static const struct kind {
	const char *module, *class;
	bool changes;
} kinds[] = {
	{ "ssl", "SSLSocket", true },
	{ "OpenSSL.SSL", "Connection", true },
	{ "io", "RawIOBase", false },
	{ "io", "IOBase", true },
};

/* The fileno() of these is a handle of the system: on Windows no descriptor. */
static const struct {
	const char *module, *class;
} handles[] = {
	{ "socket", "socket" },
	{ "multiprocessing.connection", "_ConnectionBase" },
	{ "asyncio.windows_utils", "PipeHandle" },
};

struct file {
	bool reads;
	bool is_handle; /* what lies below all layers is one of `handles` */
};

/* NULL, and nothing raised, where there is no such attribute. */
static PyObject *attribute(PyObject *object, const char *name)
{
	PyObject *value = PyObject_GetAttrString(object, name);

	if (!value && PyErr_ExceptionMatches(PyExc_AttributeError))
		PyErr_Clear();
	return value;
}

/* 1, 0, or -1: raised. Nothing is imported: of a module that nobody has imported there is no object. */
static int is_a(PyObject *object, const char *module_name, const char *class_name)
{
	PyObject *name = PyUnicode_FromString(module_name);
	PyObject *module = name ? PyImport_GetModule(name) : NULL;
	PyObject *class = module ? attribute(module, class_name) : NULL;
	int answer = PyErr_Occurred() ? -1 : 0;

	if (class && PyType_Check(class))
		answer = PyObject_IsInstance(object, class);
	Py_XDECREF(class);
	Py_XDECREF(module);
	Py_XDECREF(name);
	return answer;
}

/* `found` is NULL when it is none of them. */
static int find_layer(const struct layer **found, PyObject *file)
{
	int is = 0;

	*found = NULL;
	for (size_t i = 0; !is && i < sizeof layers / sizeof *layers; i++) {
		is = is_a(file, layers[i].module, layers[i].class);
		if (is > 0)
			*found = &layers[i];
	}
	return is < 0 ? -1 : 0;
}

/* ---- Read-ahead ---- */

/* NULL, and nothing raised, where there is none: in a pipe, say. */
static PyObject *position(PyObject *file)
{
	PyObject *number = PyObject_CallMethod(file, "tell", NULL);

	if (!number && (PyErr_ExceptionMatches(PyExc_OSError) || PyErr_ExceptionMatches(PyExc_AttributeError)))
		PyErr_Clear();
	return number;
}

/* io.UnsupportedOperation, which is both: of a layer that was made when there were none below it. */
static bool knows_no_positions(void)
{
	return PyErr_ExceptionMatches(PyExc_OSError) && PyErr_ExceptionMatches(PyExc_ValueError);
}

/*
 * What a file object has taken from below but not handed out would be missing in the secret. Only where there are positions can that be
 * seen: peek(), the one public question about the buffer of a pipe, reads when there is nothing in it. A TextIOWrapper that is iterated
 * over does not tell its position, because it has read ahead.
 */
static int check_position(PyObject *file, PyObject *below)
{
	PyObject *there = position(below);
	PyObject *here = there ? PyObject_CallMethod(file, "tell", NULL) : NULL;
	int same = PyErr_Occurred() ? -1 : 1;

	if (here)
		same = PyObject_RichCompareBool(here, there, Py_EQ);
	else if (there && PyErr_ExceptionMatches(PyExc_OSError))
		same = knows_no_positions();
	if (same >= 0)
		PyErr_Clear();
	if (same == 0)
		PyErr_Format(PyExc_ValueError,
		             "%R has read ahead, or holds back what was written; open it with buffering=0, or read nothing from it before",
		             Py_TYPE(file));
	Py_XDECREF(here);
	Py_XDECREF(there);
	return same > 0 ? 0 : -1;
}

/* ---- What lies below ---- */

static int check(struct file *way, PyObject *file);

/* What is closed or detached has None below it, and an exception of its own for who uses it. */
static int check_below(struct file *way, PyObject *file, const char *name)
{
	PyObject *below = PyObject_GetAttrString(file, name);
	int failed = below ? 0 : -1;

	if (below && below != Py_None)
		failed = check(way, below) || (way->reads && check_position(file, below)) ? -1 : 0;
	Py_XDECREF(below);
	return failed;
}

/* NULL, and nothing raised, when there is none. tempfile's wrapper puts a function around the method of its file. */
static PyObject *owner_of_fileno(PyObject *file)
{
	PyObject *method = attribute(file, "fileno");
	PyObject *inner = method ? attribute(method, "__wrapped__") : NULL;
	PyObject *owner = NULL;

	if (method && !PyErr_Occurred())
		owner = attribute(inner ? inner : method, "__self__");
	Py_XDECREF(inner);
	Py_XDECREF(method);
	return owner;
}

/* Whatever has a fileno() is taken at its word; a wrapper that hands out the method of another object, at that one's. */
static int check_owner(struct file *way, PyObject *file)
{
	PyObject *owner = owner_of_fileno(file);
	int failed = PyErr_Occurred() ? -1 : 0;

	if (owner && owner != file)
		failed = check(way, owner);
	Py_XDECREF(owner);
	return failed;
}

static int refuse(PyObject *file)
{
	PyErr_Format(PyExc_TypeError, "a descriptor or a plain file is needed, not %R, which may change what passes", Py_TYPE(file));
	return -1;
}

/* 1, 0, or -1: raised. */
static int may_change(PyObject *file)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		int is = is_a(file, kinds[i].module, kinds[i].class);
		if (is)
			return is < 0 ? -1 : kinds[i].changes;
	}
	return 0;
}

/* 1, 0, or -1: raised. */
static int has_handle(PyObject *file)
{
	int is = 0;

	for (size_t i = 0; !is && i < sizeof handles / sizeof *handles; i++)
		is = is_a(file, handles[i].module, handles[i].class);
	return is;
}

static int check_one(struct file *way, PyObject *file)
{
	const struct layer *layer;
	int changes, handle;

	if (find_layer(&layer, file))
		return -1;
	if (layer)
		return layer->below ? check_below(way, file, layer->below) : 0;
	changes = may_change(file);
	if (changes)
		return changes > 0 ? refuse(file) : -1;
	handle = has_handle(file);
	way->is_handle = handle > 0;
	return handle < 0 ? -1 : check_owner(way, file);
}

/* An object may name itself as what lies below it. */
static int check(struct file *way, PyObject *file)
{
	int failed;

	if (Py_EnterRecursiveCall(" in a chain of file objects"))
		return -1;
	failed = check_one(way, file);
	Py_LeaveRecursiveCall();
	return failed;
}

/* ---- The two directions ---- */

static int number_of(const struct file *way, PyObject *file)
{
	int fd = PyObject_AsFileDescriptor(file);

	if (fd < 0 || !way->is_handle)
		return fd;
	fd = osml_fd_from_os_handle(fd);
	if (fd < 0)
		PyErr_SetString(PyExc_ValueError, "what its fileno() returns is no handle");
	return fd < 0 ? -1 : fd;
}

int osmlpy_file_input(PyObject *file)
{
	struct file way = { .reads = true };

	return !PyLong_Check(file) && check(&way, file) ? -1 : number_of(&way, file);
}

static int flush(PyObject *file)
{
	PyObject *method = attribute(file, "flush");
	PyObject *done = method && PyCallable_Check(method) ? PyObject_CallNoArgs(method) : NULL;
	PyObject *awaited = done ? attribute(done, "__await__") : NULL;

	if (awaited)
		PyErr_Format(PyExc_TypeError, "a descriptor or a plain file is needed, not %R, whose flush() is to be awaited",
		             Py_TYPE(file));
	Py_XDECREF(awaited);
	Py_XDECREF(done);
	Py_XDECREF(method);
	return PyErr_Occurred() ? -1 : 0;
}

/* What the program wrote before comes first. */
int osmlpy_file_output(PyObject *file)
{
	struct file way = { .reads = false };

	return !PyLong_Check(file) && (check(&way, file) || flush(file)) ? -1 : number_of(&way, file);
}

/* ---- While a call waits ---- */

#ifdef _WIN32
/* The number that the caller gave: one of osml_fd_from_os_handle() cannot be duplicated here. Who closes that meanwhile may have another file used. */
int osmlpy_file_hold(int fd)
{
	return fd;
}

void osmlpy_file_let_go(int held, int fd)
{
	(void)held, (void)fd;
}
#else
/* A regular file is not waited for, and the end of another descriptor of it would end the locks that this process has on it: fcntl(2). */
int osmlpy_file_hold(int fd)
{
	struct stat status;
	int held = fd;

	if (fstat(fd, &status) == 0 && !S_ISREG(status.st_mode))
		held = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (held < 0)
		PyErr_SetFromErrno(PyExc_OSError);
	return held;
}

void osmlpy_file_let_go(int held, int fd)
{
	if (held != fd)
		close(held);
}
#endif
