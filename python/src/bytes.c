/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The bytes of a LockedBuffer. No call here makes a Python object of them but the one number that b[i] asks for. */
#include "buffer.h"

#include <math.h>

/* ---- Views. Each is a pin: closing the buffer wipes at once, and the memory is unmapped with the last view. ---- */

/* Only a guarded buffer can be read-only. The pin keeps protect() out until the view is released. */
static bool is_read_only(osml_buffer *b)
{
	uint32_t held;

	return osml_buffer_protections(b, &held) == 0 && held & OSML_GUARDED && osml_buffer_write(b, 0, NULL, 0) == OSML_EACCESS;
}

int osmlpy_bytes_get(PyObject *self, Py_buffer *view, int flags)
{
	osml_buffer *b = osmlpy_handle(self);
	void *data;
	size_t len;
	int rc = osml_buffer_pin(b, &data, &len);

	view->obj = NULL;
	if (rc) {
		osmlpy_raise(osmlpy_state_of(self), rc, NULL);
		return -1;
	}
	if (PyBuffer_FillInfo(view, self, data, (Py_ssize_t)len, is_read_only(b), flags)) {
		osml_buffer_unpin(b);
		return -1;
	}
	return 0;
}

/* The last view of a closed buffer may unmap it. Python cannot report an exporter's error here: check `closed` afterwards. */
void osmlpy_bytes_release(PyObject *self, Py_buffer *view)
{
	osml_buffer *b = osmlpy_handle(self);
	uint32_t held;
	PyThreadState *thread = osmlpy_let_go(osml_buffer_protections(b, &held) == OSML_ECLOSED);

	(void)view;
	osml_buffer_unpin(b);
	osmlpy_take_back(thread);
}

/*
 * What was read through a view counts only if the LockedBuffer it is one of, if any, is still open: else it may have been zeros. A memoryview,
 * which is what b[i:j] gives, exports itself.
 */
int osmlpy_bytes_view_answer(PyTypeObject *type, const Py_buffer *view)
{
	bool is_memoryview = view->obj && PyMemoryView_Check(view->obj);
	PyObject *owner = is_memoryview ? PyObject_GetAttrString(view->obj, "obj") : Py_XNewRef(view->obj);
	uint32_t held;
	int rc = owner && Py_TYPE(owner) == type ? osml_buffer_protections(osmlpy_handle(owner), &held) : 0;

	if (is_memoryview && !owner) {
		PyErr_Clear();
		return -ENOMEM;
	}
	Py_XDECREF(owner);
	return rc;
}

PyObject *osmlpy_bytes_pins(PyObject *self, void *ignored)
{
	size_t pins;

	(void)ignored;
	osml_buffer_pins(osmlpy_handle(self), &pins);
	return PyLong_FromSize_t(pins);
}

/* ---- Length, items, slices ---- */

Py_ssize_t osmlpy_bytes_length(PyObject *self)
{
	uint32_t held;
	int rc = osml_buffer_protections(osmlpy_handle(self), &held);

	if (rc) {
		osmlpy_raise(osmlpy_state_of(self), rc, NULL);
		return -1;
	}
	return (Py_ssize_t)osml_buffer_size(osmlpy_handle(self));
}

int osmlpy_bytes_bool(PyObject *self)
{
	uint32_t held;

	return osml_buffer_protections(osmlpy_handle(self), &held) == 0 && osml_buffer_size(osmlpy_handle(self)) > 0;
}

/* Negative ones count from the end. Those still outside become very large numbers, which the core refuses. */
static int read_index(size_t *index, PyObject *self, PyObject *key)
{
	Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);

	if (i == -1 && PyErr_Occurred())
		return -1;
	*index = (size_t)i + (i < 0 ? osml_buffer_size(osmlpy_handle(self)) : 0);
	return 0;
}

static PyObject *item(PyObject *self, PyObject *key)
{
	unsigned char byte;
	size_t index;
	int rc;

	if (read_index(&index, self, key))
		return NULL;
	rc = osml_buffer_read(osmlpy_handle(self), index, &byte, 1);
	return rc ? osmlpy_raise(osmlpy_state_of(self), rc, NULL) : PyLong_FromLong(byte);
}

/* A view, not a copy: it pins the buffer as long as it lives. */
static PyObject *slice(PyObject *self, PyObject *key)
{
	PyObject *whole = PyMemoryView_FromObject(self);
	PyObject *part = whole ? PyObject_GetItem(whole, key) : NULL;

	Py_XDECREF(whole);
	return part;
}

static void refuse_key(PyObject *key)
{
	PyErr_Format(PyExc_TypeError, "LockedBuffer indices must be integers or slices, not %R", Py_TYPE(key));
}

PyObject *osmlpy_bytes_subscript(PyObject *self, PyObject *key)
{
	if (PyIndex_Check(key))
		return item(self, key);
	if (PySlice_Check(key))
		return slice(self, key);
	refuse_key(key);
	return NULL;
}

static int answer(PyObject *self, int rc)
{
	if (rc)
		osmlpy_raise(osmlpy_state_of(self), rc, NULL);
	return rc ? -1 : 0;
}

static int assign_item(PyObject *self, PyObject *key, PyObject *value)
{
	Py_ssize_t number = PyNumber_AsSsize_t(value, NULL);
	unsigned char byte = (unsigned char)number;
	size_t index;

	if (number == -1 && PyErr_Occurred())
		return -1;
	if (number < 0 || number > 255) {
		PyErr_SetString(PyExc_ValueError, "a byte must be in range(0, 256)");
		return -1;
	}
	if (read_index(&index, self, key))
		return -1;
	return answer(self, osml_buffer_write(osmlpy_handle(self), index, &byte, 1));
}

static int check_slice(PyObject *self, PyObject *key, Py_ssize_t wanted, Py_ssize_t *start)
{
	Py_ssize_t stop, step, length;

	if (PySlice_Unpack(key, start, &stop, &step))
		return -1;
	length = PySlice_AdjustIndices((Py_ssize_t)osml_buffer_size(osmlpy_handle(self)), start, &stop, step);
	if (step != 1)
		PyErr_SetString(PyExc_ValueError, "only a slice of step 1 can be assigned; memoryview(b) takes others");
	else if (length != wanted)
		PyErr_Format(PyExc_ValueError, "a LockedBuffer keeps its length: cannot assign %zd bytes to a slice of %zd", wanted,
		             length);
	return step != 1 || length != wanted ? -1 : 0;
}

/* The core's copy, not the memoryview's: it leaves nothing in vector registers. */
static int assign_slice(PyObject *self, PyObject *key, PyObject *value)
{
	Py_buffer from;
	Py_ssize_t start;
	int failed;

	if (PyObject_GetBuffer(value, &from, PyBUF_SIMPLE))
		return -1;
	failed = check_slice(self, key, from.len, &start);
	if (!failed)
		failed = answer(self, osml_buffer_write(osmlpy_handle(self), (size_t)start, from.buf, (size_t)from.len));
	if (!failed)
		failed = answer(self, osmlpy_bytes_view_answer(Py_TYPE(self), &from));
	PyBuffer_Release(&from);
	return failed;
}

int osmlpy_bytes_assign(PyObject *self, PyObject *key, PyObject *value)
{
	if (!value) {
		PyErr_SetString(PyExc_TypeError, "bytes of a LockedBuffer cannot be deleted; wipe() sets them to zero");
		return -1;
	}
	if (PyIndex_Check(key))
		return assign_item(self, key, value);
	if (PySlice_Check(key))
		return assign_slice(self, key, value);
	refuse_key(key);
	return -1;
}

/* ---- Comparison: the time depends on the lengths only ---- */

static int compare(int *equal, PyObject *self, PyObject *other)
{
	Py_buffer view;
	int rc;

	if (Py_TYPE(other) == Py_TYPE(self))
		return answer(self, osml_buffer_equal(equal, osmlpy_handle(self), osmlpy_handle(other)));
	if (PyObject_GetBuffer(other, &view, PyBUF_SIMPLE))
		return -1;
	rc = osml_buffer_equal_bytes(equal, osmlpy_handle(self), view.buf, (size_t)view.len);
	if (rc == 0)
		rc = osmlpy_bytes_view_answer(Py_TYPE(self), &view);
	PyBuffer_Release(&view);
	return answer(self, rc);
}

PyObject *osmlpy_bytes_compare(PyObject *self, PyObject *other, int operator)
{
	int equal;

	if ((operator!= Py_EQ && operator!= Py_NE) || !PyObject_CheckBuffer(other))
		Py_RETURN_NOTIMPLEMENTED;
	if (compare(&equal, self, other))
		return NULL;
	return PyBool_FromLong(operator== Py_EQ ? equal : !equal);
}

/* ---- On the whole buffer ---- */

PyObject *osmlpy_bytes_wipe(PyObject *self, PyObject *ignored)
{
	osml_buffer *b = osmlpy_handle(self);
	PyThreadState *thread = osmlpy_let_go(osmlpy_buffer_is_slow(b));
	int rc = osml_buffer_wipe(b);

	(void)ignored;
	osmlpy_take_back(thread);
	return osmlpy_answer(osmlpy_state_of(self), rc);
}

/* -1: raised. Negative positions count from the end, as in slices. */
static int read_span(size_t span[2], size_t len, PyObject *const *args, Py_ssize_t count)
{
	Py_ssize_t offset = count > 1 ? PyNumber_AsSsize_t(args[1], PyExc_OverflowError) : 0;

	if (offset == -1 && PyErr_Occurred())
		return -1;
	if (offset < 0)
		offset += (Py_ssize_t)len;
	if (offset < 0 || (size_t)offset > len) {
		PyErr_SetString(PyExc_IndexError, "the offset is outside of the buffer");
		return -1;
	}
	span[0] = (size_t)offset;
	span[1] = len - span[0];
	return count > 2 && args[2] != Py_None ? osmlpy_size(&span[1], args[2], "a size") : 0;
}

static PyObject *fill_from(PyObject *self, int fd, const size_t span[2], double timeout)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	struct osmlpy_wait wait;
	size_t got = 0;
	int rc;

	if (osmlpy_wait_start(&wait, timeout))
		return NULL;
	options.interrupted = osmlpy_interrupted;
	options.context = &wait;
	wait.thread = osmlpy_let_go(true);
	rc = osml_buffer_read_fd(osmlpy_handle(self), span[0], span[1], fd, &got, &options);
	osmlpy_take_back(wait.thread);
	return rc ? osmlpy_answer(osmlpy_state_of(self), rc) : PyLong_FromSize_t(got);
}

PyObject *osmlpy_bytes_read_fd(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
	struct osmlpy_options o;
	size_t span[2];
	PyObject *count_read;
	int fd, held;

	osmlpy_options_start(&o, 0);
	if (osmlpy_most_arguments(count, 1, 3, "read_fd") || osmlpy_options_take(&o, OSMLPY_WAITS, args + count, names) ||
	    read_span(span, osml_buffer_size(osmlpy_handle(self)), args, count))
		return NULL;
	fd = osmlpy_file_input(args[0]);
	held = fd < 0 ? -1 : osmlpy_file_hold(fd);
	if (held < 0)
		return NULL;
	count_read = fill_from(self, held, span, o.timeout);
	osmlpy_file_let_go(held, fd);
	return count_read;
}

PyObject *osmlpy_bytes_write_fd(PyObject *self, PyObject *file)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	struct osmlpy_wait wait = { NULL, INFINITY };
	int rc, fd = osmlpy_file_output(file), held = fd < 0 ? -1 : osmlpy_file_hold(fd);

	if (held < 0)
		return NULL;
	options.interrupted = osmlpy_interrupted;
	options.context = &wait;
	wait.thread = osmlpy_let_go(true);
	rc = osml_buffer_write_fd(osmlpy_handle(self), held, &options);
	osmlpy_take_back(wait.thread);
	osmlpy_file_let_go(held, fd);
	return osmlpy_answer(osmlpy_state_of(self), rc);
}
