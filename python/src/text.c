/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The words around a secret: joined, cut out, found, split; the codings. */
#include "buffer.h"

/* ---- What is put into a buffer, or looked for in one: a LockedBuffer, text as UTF-8, or any contiguous buffer ---- */

/* The view is released by the caller; it has no object when it needs none. -1: raised. */
static int view_of(Py_buffer *view, PyObject *object)
{
	Py_ssize_t size;
	const char *text;

	*view = (Py_buffer){ .obj = NULL };
	if (!PyUnicode_Check(object))
		return PyObject_GetBuffer(object, view, PyBUF_SIMPLE);
	text = PyUnicode_AsUTF8AndSize(object, &size); /* it lives as long as the object */
	view->buf = (void *)text;
	view->len = size;
	return text ? 0 : -1;
}

/* ---- Buffers that are made of others ---- */

typedef int maker(osml_buffer **out, const void *of, const osml_buffer_options *options);

/* Garbage may hold the quota, so it is collected once (bindings/README.md). */
static PyObject *made(PyTypeObject *type, maker *make, const void *of, const struct osmlpy_options *o)
{
	struct buffer *self = osmlpy_buffer_empty(type);
	int rc = OSML_ELIMIT;

	for (int tries = 0; self && rc == OSML_ELIMIT && tries < 2; tries++) {
		PyThreadState *thread;
		if (tries)
			PyGC_Collect();
		thread = PyEval_SaveThread();
		rc = make(&self->handle, of, &o->core);
		PyEval_RestoreThread(thread);
	}
	return self ? osmlpy_buffer_done(self, rc, NULL) : NULL;
}

/* ---- Join ---- */

struct pieces {
	size_t count;
	osml_piece *pieces;
	Py_buffer *views; /* of those that are no LockedBuffer */
};

static int make_joined(osml_buffer **out, const void *of, const osml_buffer_options *options)
{
	const struct pieces *p = of;

	return osml_buffer_join(out, p->pieces, p->count, options);
}

static int add_piece(struct pieces *p, PyObject *item, PyTypeObject *type)
{
	osml_piece *piece = &p->pieces[p->count];
	Py_buffer *view = &p->views[p->count];

	if (Py_TYPE(item) == type) {
		*piece = (osml_piece){ .buffer = osmlpy_handle(item), .length = OSML_TO_END };
	} else {
		if (view_of(view, item))
			return -1;
		*piece = (osml_piece){ .bytes = view->buf, .length = (size_t)view->len };
	}
	p->count++;
	return 0;
}

static int pieces_answer(const struct pieces *p, PyTypeObject *type)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->count; i++)
		rc = osmlpy_bytes_view_answer(type, &p->views[i]);
	return rc;
}

static PyObject *join_items(PyTypeObject *type, PyObject *items, const struct osmlpy_options *o)
{
	size_t count = (size_t)PyTuple_Size(items);
	struct pieces p = { 0, PyMem_Calloc(count + 1, sizeof *p.pieces), PyMem_Calloc(count + 1, sizeof *p.views) };
	PyObject *self = NULL;
	bool good = p.pieces && p.views;

	if (!good)
		PyErr_NoMemory();
	for (size_t i = 0; good && i < count; i++)
		good = add_piece(&p, PyTuple_GetItem(items, (Py_ssize_t)i), type) == 0;
	if (good)
		self = made(type, make_joined, &p, o);
	if (self)
		self = osmlpy_buffer_done((struct buffer *)self, pieces_answer(&p, type), NULL);
	while (p.count--)
		PyBuffer_Release(&p.views[p.count]);
	PyMem_Free(p.pieces);
	PyMem_Free(p.views);
	return self;
}

OSMLPY_SOURCE(join)
{
	struct osmlpy_options o;
	PyObject *items, *self;

	osmlpy_options_start(&o, 0);
	if (osmlpy_one_argument(count, "join") || osmlpy_options_take(&o, OSMLPY_MAKES, args + count, names))
		return NULL;
	items = PySequence_Tuple(args[0]);
	if (!items)
		return NULL;
	self = join_items((PyTypeObject *)type, items, &o);
	Py_DECREF(items);
	return self;
}

/* ---- Slice ---- */

static PyObject *slice(PyObject *self, size_t from, size_t n, const struct osmlpy_options *o)
{
	osml_piece piece = { .buffer = osmlpy_handle(self), .offset = from, .length = n };
	struct pieces p = { 1, &piece, NULL };

	return made(Py_TYPE(self), make_joined, &p, o);
}

/* None, and what is left out, keep the value. */
static int read_place(Py_ssize_t *place, PyObject *const *args, Py_ssize_t count, Py_ssize_t which)
{
	if (which >= count || args[which] == Py_None)
		return 0;
	*place = PyNumber_AsSsize_t(args[which], NULL); /* far outside is the end, as in slices */
	return *place == -1 && PyErr_Occurred() ? -1 : 0;
}

PyObject *osmlpy_text_slice(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
	struct osmlpy_options o;
	Py_ssize_t start = 0, stop = PY_SSIZE_T_MAX, length;

	osmlpy_options_start(&o, 0);
	if (osmlpy_most_arguments(count, 0, 2, "slice") || read_place(&start, args, count, 0) || read_place(&stop, args, count, 1) ||
	    osmlpy_options_take(&o, OSMLPY_MAKES, args + count, names))
		return NULL;
	length = PySlice_AdjustIndices((Py_ssize_t)osml_buffer_size(osmlpy_handle(self)), &start, &stop, 1);
	return slice(self, (size_t)start, (size_t)length, &o);
}

/* ---- Find, split ---- */

/* Closed meanwhile, the bytes looked for may have been zeros. */
static int find(PyObject *self, size_t from, const Py_buffer *wanted, size_t *at)
{
	osml_buffer *b = osmlpy_handle(self);
	PyThreadState *thread = osmlpy_let_go(osmlpy_buffer_is_slow(b));
	int rc = osml_buffer_find(at, b, from, wanted->buf, (size_t)wanted->len);

	osmlpy_take_back(thread);
	if (rc == 0)
		rc = osmlpy_bytes_view_answer(Py_TYPE(self), wanted);
	if (rc)
		osmlpy_raise(osmlpy_state_of(self), rc, NULL);
	return rc ? -1 : 0;
}

PyObject *osmlpy_text_find(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
	Py_ssize_t start = 0, length = osmlpy_bytes_length(self);
	size_t at = OSML_NOT_FOUND;
	Py_buffer wanted;
	int failed = 0;

	if (length < 0 || osmlpy_most_arguments(count, 1, 2, "find") || read_place(&start, args, count, 1) || view_of(&wanted, args[0]))
		return NULL;
	if (start < 0)
		start = start + length < 0 ? 0 : start + length;
	if (start <= length)
		failed = find(self, (size_t)start, &wanted, &at);
	PyBuffer_Release(&wanted);
	return failed ? NULL : PyLong_FromSsize_t(at == OSML_NOT_FOUND ? -1 : (Py_ssize_t)at);
}

/* The next part; `*from` becomes where the one after it begins, or OSML_NOT_FOUND after the last. */
static int add_part(PyObject *parts, PyObject *self, size_t *from, const Py_buffer *delimiter, bool last, const struct osmlpy_options *o)
{
	size_t at = OSML_NOT_FOUND;
	PyObject *part;
	int failed;

	if (!last && find(self, *from, delimiter, &at))
		return -1;
	part = slice(self, *from, at == OSML_NOT_FOUND ? OSML_TO_END : at - *from, o);
	failed = part ? PyList_Append(parts, part) : -1;
	if (failed && part)
		osml_buffer_close(osmlpy_handle(part));
	Py_XDECREF(part);
	*from = at == OSML_NOT_FOUND ? at : at + (size_t)delimiter->len;
	return failed;
}

/* Dropped while open they would warn. */
static void discard(PyObject *parts)
{
	for (Py_ssize_t i = 0; i < PyList_Size(parts); i++)
		osml_buffer_close(osmlpy_handle(PyList_GetItem(parts, i)));
	Py_DECREF(parts);
}

static PyObject *split(PyObject *self, const Py_buffer *delimiter, Py_ssize_t most, const struct osmlpy_options *o)
{
	PyObject *parts = PyList_New(0);
	size_t from = 0;

	while (parts && from != OSML_NOT_FOUND) {
		if (add_part(parts, self, &from, delimiter, most == 0, o)) {
			discard(parts);
			return NULL;
		}
		most -= most > 0;
	}
	return parts;
}

PyObject *osmlpy_text_split(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
	struct osmlpy_options o;
	Py_ssize_t most = -1;
	Py_buffer delimiter;
	PyObject *parts = NULL;

	osmlpy_options_start(&o, 0);
	if (osmlpy_most_arguments(count, 1, 2, "split") || read_place(&most, args, count, 1) ||
	    osmlpy_options_take(&o, OSMLPY_MAKES, args + count, names) || view_of(&delimiter, args[0]))
		return NULL;
	if (delimiter.len)
		parts = split(self, &delimiter, most, &o);
	else
		PyErr_SetString(PyExc_ValueError, "empty delimiter");
	PyBuffer_Release(&delimiter);
	return parts;
}

/* ---- Codings ---- */

struct encoding {
	const osml_buffer *b;
	unsigned coding;
};

static int make_encoded(osml_buffer **out, const void *of, const osml_buffer_options *options)
{
	const struct encoding *e = of;

	return osml_buffer_encode(out, e->b, e->coding, options);
}

static PyObject *encoded(PyObject *self, unsigned coding, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
	struct encoding e = { osmlpy_handle(self), coding };
	struct osmlpy_options o;

	osmlpy_options_start(&o, 0);
	if (osmlpy_most_arguments(count, 0, 0, "encode") || osmlpy_options_take(&o, OSMLPY_MAKES, args, names))
		return NULL;
	return made(Py_TYPE(self), make_encoded, &e, &o);
}

static PyObject *decoded(PyObject *self, unsigned coding)
{
	osml_buffer *b = osmlpy_handle(self);
	PyThreadState *thread = osmlpy_let_go(osmlpy_buffer_is_slow(b));
	int rc = osml_buffer_decode(b, coding);

	osmlpy_take_back(thread);
	return osmlpy_answer(osmlpy_state_of(self), rc); /* on the same thread: the sentence is this one's */
}

#define CODING(name, coding)                                                                                          \
	PyObject *osmlpy_text_encode_##name(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names) \
	{                                                                                                             \
		return encoded(self, coding, args, count, names);                                                     \
	}                                                                                                             \
	PyObject *osmlpy_text_decode_##name(PyObject *self, PyObject *ignored)                                        \
	{                                                                                                             \
		(void)ignored;                                                                                        \
		return decoded(self, coding);                                                                         \
	}
CODING(hex, OSML_HEX)
CODING(base64, OSML_BASE64)
CODING(base64url, OSML_BASE64URL)
CODING(base32, OSML_BASE32)
