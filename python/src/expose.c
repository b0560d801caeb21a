/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * expose_bytes() and expose_str(): an ordinary object with a copy of the bytes, for the APIs that take no buffer, overwritten in place when its
 * scope ends (audit U7). An object that the whole interpreter shares must not be overwritten, so those are refused: one byte or Latin-1
 * character, and interned strings.
 */
#include "buffer.h"

struct exposure {
	PyObject_HEAD PyObject *buffer; /* NULL when its scope has begun */
	PyObject *object;               /* while the scope lasts */
	char *data;                     /* of the object */
	size_t size;                    /* bytes there */
	size_t whole;                   /* sizeof the str when it was made, if its text lies apart from its UTF-8; else 0 */
	bool text;
};

/* ---- A str from UTF-8 ---- */

/* The length of the sequence at `s`, of which `left` bytes are there, and its code point; 0: it is not UTF-8 (RFC 3629). */
static size_t code_point(uint32_t *point, const unsigned char *s, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *s < 0x80 ? 1 : *s < 0xC0 ? 0 : *s < 0xE0 ? 2 : *s < 0xF0 ? 3 : *s < 0xF8 ? 4 : 0;

	if (n == 0 || n > left)
		return 0;
	*point = n == 1 ? *s : *s & (0x7Fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		*point = *point << 6 | (s[i] & 0x3F);
	}
	return *point < least[n] || *point > 0x10FFFF || (*point >= 0xD800 && *point < 0xE000) ? 0 : n;
}

/* Returns how many wide characters it wrote, or -1 with an exception. `*widest` is the largest code point. */
static Py_ssize_t widen(wchar_t *wide, uint32_t *widest, const unsigned char *s, size_t len)
{
	wchar_t *out = wide;

	*widest = 0;
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t point = 0;

		n = code_point(&point, s + i, len - i);
		if (n == 0) {
			PyErr_Format(PyExc_UnicodeError, "the buffer is not UTF-8 text (byte %zu of %zu); expose_bytes() takes any bytes",
			             i, len);
			return -1;
		}
		*widest = point > *widest ? point : *widest;
		if (sizeof(wchar_t) == 2 && point > 0xFFFF) {
			*out++ = (wchar_t)(0xD7C0 + (point >> 10));
			point = 0xDC00 | (point & 0x3FF);
		}
		*out++ = (wchar_t)point;
	}
	return out - wide;
}

static size_t size_of(PyObject *object)
{
	PyObject *number = PyObject_CallMethod(object, "__sizeof__", NULL);
	size_t size = number ? PyLong_AsSize_t(number) : (size_t)-1;

	Py_XDECREF(number);
	return size;
}

/* osml_calloc() does not tell whether it was the limit on locked memory; a buffer of that size does. */
static int why_refused(size_t size)
{
	osml_buffer *probe;
	int rc = osml_buffer_new(&probe, size, NULL);

	osml_buffer_free(probe);
	return rc ? rc : -ENOMEM;
}

/*
 * By way of wide characters in locked memory, because the interpreter's own decoder leaves pieces of the text in memory that it frees. Not in a
 * buffer: a purge by another thread would wipe it, and of what is zero by then the interpreter makes a narrower str. The text of a str lies at its
 * end, with a NUL.
 */
static int make_wide_str(struct exposure *self, const unsigned char *s, size_t len)
{
	wchar_t *wide = osml_calloc(len, sizeof *wide);
	uint32_t widest;
	Py_ssize_t count;
	size_t unit;

	if (!wide) {
		osmlpy_raise(osmlpy_state_of(self->buffer), why_refused(len * sizeof *wide), NULL);
		return -1;
	}
	count = widen(wide, &widest, s, len);
	unit = widest < 0x100 ? 1 : widest < 0x10000 ? 2 : 4;
	if (count == 1 && unit == 1)
		PyErr_SetString(PyExc_ValueError, "all of Python shares the object of one character, so it cannot be overwritten");
	else if (count >= 0)
		self->object = PyUnicode_FromWideChar(wide, count);
	osml_free(wide);
	if (!self->object)
		return -1;
	self->whole = size_of(self->object);
	self->size = (size_t)PyUnicode_GetLength(self->object) * unit;
	self->data = (char *)self->object + self->whole - unit - self->size;
	return self->whole == (size_t)-1 ? -1 : 0;
}

static bool is_ascii(const unsigned char *s, size_t len)
{
	unsigned char all = 0;

	for (size_t i = 0; i < len; i++)
		all |= s[i];
	return all < 0x80;
}

/* ---- The object ---- */

/* Of ASCII a str has one copy, which is its UTF-8 too. */
static int make_narrow(struct exposure *self, const char *s, size_t len)
{
	if (len == 1) {
		PyErr_SetString(PyExc_ValueError, "all of Python shares the object of one byte, so it cannot be overwritten");
		return -1;
	}
	self->object = self->text ? PyUnicode_FromStringAndSize(s, (Py_ssize_t)len) : PyBytes_FromStringAndSize(s, (Py_ssize_t)len);
	if (!self->object)
		return -1;
	self->data = self->text ? (char *)(uintptr_t)PyUnicode_AsUTF8AndSize(self->object, NULL) : PyBytes_AsString(self->object);
	self->size = len;
	return self->data ? 0 : -1;
}

static int make(struct exposure *self)
{
	osml_buffer *b = osmlpy_handle(self->buffer);
	void *data;
	size_t len;
	int failed = 0, rc = osml_buffer_pin(b, &data, &len);

	if (!rc) {
		failed = self->text && !is_ascii(data, len) ? make_wide_str(self, data, len) : make_narrow(self, data, len);
		rc = osml_buffer_unpin(b);
	}
	if (rc) { /* closed meanwhile: all or some of those were zeros, which may be no text either */
		PyErr_Clear();
		osmlpy_raise(osmlpy_state_of(self->buffer), rc, NULL);
	}
	return rc ? -1 : failed;
}

/* -1: raised. From 3.13 on the interpreter tells; before, the two lowest bits behind the hash do. */
static int is_interned(const struct exposure *self)
{
	PyObject *ask, *answer;
	int interned = -1;

	if (!self->text)
		return 0;
	if (Py_Version < 0x030D0000)
		return *((const unsigned char *)self->object + sizeof(PyObject) + sizeof(Py_ssize_t) + sizeof(Py_hash_t)) & 3 ? 1 : 0;
	ask = PySys_GetObject("_is_interned");
	answer = ask ? PyObject_CallFunctionObjArgs(ask, self->object, NULL) : NULL;
	if (answer)
		interned = PyObject_IsTrue(answer);
	Py_XDECREF(answer);
	return ask ? interned : 0;
}

/* What C code asked for with PyUnicode_AsUTF8() is kept beside a text that is not ASCII. An exception that is under way stays. */
static void wipe(struct exposure *self)
{
	PyObject *kind, *value, *trace;
	Py_ssize_t len = 0;
	char *utf8 = NULL;

	PyErr_Fetch(&kind, &value, &trace);
	if (self->whole && size_of(self->object) != self->whole)
		utf8 = (char *)(uintptr_t)PyUnicode_AsUTF8AndSize(self->object, &len);
	osml_wipe(self->data, self->size);
	if (utf8)
		osml_wipe(utf8, (size_t)len);
	PyErr_Restore(kind, value, trace);
}

/* -1: unknown. sys.getrefcount(), because the field is not the same in all versions. */
static Py_ssize_t references(PyObject *object)
{
	PyObject *ask = PySys_GetObject("getrefcount"), *answer = ask ? PyObject_CallFunctionObjArgs(ask, object, NULL) : NULL;
	Py_ssize_t count = answer ? PyLong_AsSsize_t(answer) : -1;

	Py_XDECREF(answer);
	return count;
}

/* ---- The scope ---- */

static PyObject *enter(PyObject *object, PyObject *ignored)
{
	struct exposure *self = (struct exposure *)object;
	int failed;

	(void)ignored;
	if (!self->buffer) {
		PyErr_SetString(PyExc_ValueError, "an exposure is for one with statement");
		return NULL;
	}
	failed = make(self);
	Py_CLEAR(self->buffer);
	if (!failed)
		return Py_NewRef(self->object);
	if (self->object && self->data)
		wipe(self);
	Py_CLEAR(self->object);
	return NULL;
}

static PyObject *failure(const char *words, Py_ssize_t others)
{
	PyObject *message = others ? PyUnicode_FromFormat(words, others) : PyUnicode_FromString(words);
	PyObject *error = message ? PyObject_CallFunctionObjArgs(PyExc_RuntimeError, message, NULL) : NULL;

	Py_XDECREF(message);
	return error;
}

#define OWN_AND_VARIABLE 2 /* references of a scope that nobody else keeps the object of */

static PyObject *leave(PyObject *object, PyObject *const *exception, Py_ssize_t count)
{
	struct exposure *self = (struct exposure *)object;
	Py_ssize_t others;
	int interned;

	if (!osmlpy_exit_arguments(count))
		return NULL;
	if (!self->object)
		Py_RETURN_FALSE;
	interned = self->size ? is_interned(self) : 0;
	if (interned < 0)
		return NULL;
	if (interned) {
		Py_CLEAR(self->object);
		return osmlpy_left_failing(
		        failure("the exposed str was interned, which makes it the interpreter's: it was not overwritten", 0), exception);
	}
	others = self->size ? references(self->object) - OWN_AND_VARIABLE : 0;
	wipe(self);
	Py_CLEAR(self->object);
	if (PyErr_Occurred())
		return NULL;
	if (others > 0 && exception[1] == Py_None) /* the frames of an exception refer to it too */
		return osmlpy_left_failing(
		        failure("the exposed object is kept in %zd more places, where it reads as zeros from now on", others), exception);
	Py_RETURN_FALSE;
}

static void dealloc(PyObject *object)
{
	struct exposure *self = (struct exposure *)object;
	PyTypeObject *type = Py_TYPE(object);
	PyObject *kind, *value, *trace;

	PyErr_Fetch(&kind, &value, &trace);
	if (self->object && self->size && is_interned(self) == 0)
		wipe(self);
	PyErr_Restore(kind, value, trace);
	Py_CLEAR(self->object);
	Py_CLEAR(self->buffer);
	PyObject_Free(object);
	Py_DECREF(type);
}

static PyObject *expose(PyObject *buffer, bool text)
{
	struct exposure *self = PyObject_New(struct exposure, osmlpy_state_of(buffer)->exposure_type);

	if (!self)
		return NULL;
	self->buffer = Py_NewRef(buffer);
	self->object = NULL;
	self->data = NULL;
	self->size = self->whole = 0;
	self->text = text;
	return (PyObject *)self;
}

PyObject *osmlpy_expose_str(PyObject *self, PyObject *ignored)
{
	(void)ignored;
	return expose(self, true);
}

PyObject *osmlpy_expose_bytes(PyObject *self, PyObject *ignored)
{
	(void)ignored;
	return expose(self, false);
}

static PyMethodDef methods[] = {
	{ "__enter__", enter, METH_NOARGS, "__enter__($self, /)\n--\n\nThe object with the copy." },
	{ "__exit__", (PyCFunction)(void (*)(void))leave, METH_FASTCALL,
	  "__exit__($self, kind, error, trace, /)\n--\n\nOverwrites the object. RuntimeError when it is kept or interned." },
	{ NULL, NULL, 0, NULL },
};

static PyType_Slot slots[] = {
	{ Py_tp_doc, "A copy of a LockedBuffer for one scope. Made by its expose_bytes() and expose_str()." },
	{ Py_tp_dealloc, dealloc },
	{ Py_tp_methods, methods },
	{ 0, NULL },
};

static PyType_Spec spec = {
	.name = "osmemlock.Exposure",
	.basicsize = sizeof(struct exposure),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.slots = slots,
};

int osmlpy_expose_init(PyObject *module)
{
	struct state *state = PyModule_GetState(module);

	state->exposure_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &spec, NULL);
	return state->exposure_type ? 0 : -1;
}
