/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Descriptors, bare or inside a file object. A secret goes past the object, whose buffers nobody wipes. */
#include "core.h"

/* NULL, and nothing raised, where there is no such attribute. */
static PyObject *attribute(PyObject *object, const char *name)
{
	PyObject *value = PyObject_GetAttrString(object, name);

	if (!value && PyErr_ExceptionMatches(PyExc_AttributeError))
		PyErr_Clear();
	return value;
}

static int flush(PyObject *file)
{
	PyObject *method = attribute(file, "flush");
	PyObject *done = method ? PyObject_CallNoArgs(method) : NULL;

	Py_XDECREF(done);
	Py_XDECREF(method);
	return PyErr_Occurred() ? -1 : 0;
}

/* What the program wrote before comes first. */
int osmlpy_file_output(PyObject *file)
{
	if (!PyLong_Check(file) && flush(file))
		return -1;
	return PyObject_AsFileDescriptor(file);
}
