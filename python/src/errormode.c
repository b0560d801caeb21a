/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core.h"

static PyObject *previous_mode(PyObject *module, int rc, uint32_t previous)
{
	if (rc == OSML_EUNSUPPORTED)
		return osmlpy_raise_text(PyModule_GetState(module), rc, "only Windows has an error mode");
	return rc ? osmlpy_raise(PyModule_GetState(module), rc, NULL) : PyLong_FromUnsignedLong(previous);
}

static PyObject *set_mode(PyObject *module, PyObject *mode)
{
	unsigned long number = PyLong_AsUnsignedLong(mode);
	uint32_t previous = 0;

	if (number == (unsigned long)-1 && PyErr_Occurred())
		return NULL;
	if (number > UINT32_MAX) {
		PyErr_SetString(PyExc_OverflowError, "an error mode has 32 bits");
		return NULL;
	}
	return previous_mode(module, osml_set_windows_error_mode(&previous, (uint32_t)number), previous);
}

static PyObject *suppress(PyObject *module, PyObject *ignored)
{
	uint32_t previous = 0;

	(void)ignored;
	return previous_mode(module, osml_suppress_windows_error_dialogs_for_process(&previous), previous);
}

static PyMethodDef functions[] = {
	{ "set_windows_error_mode", set_mode, METH_O,
	  "set_windows_error_mode($module, mode, /)\n"
	  "--\n\n"
	  "Replaces the process-wide error mode of Windows (SetErrorMode) by an OR of SEM_ constants,\n"
	  "and returns the one before, ready to be set again. Child processes inherit it.\n"
	  "UnsupportedError elsewhere." },
	{ "suppress_windows_error_dialogs_for_process", suppress, METH_NOARGS,
	  "suppress_windows_error_dialogs_for_process($module, /)\n"
	  "--\n\n"
	  "Sets the three SEM_ bits and no other, for the whole process, and returns the mode before.\n"
	  "UnsupportedError elsewhere." },
	{ NULL, NULL, 0, NULL },
};

static const struct {
	const char *name;
	long value;
} constants[] = {
	{ "SEM_FAILCRITICALERRORS", OSML_SEM_FAILCRITICALERRORS },
	{ "SEM_NOGPFAULTERRORBOX", OSML_SEM_NOGPFAULTERRORBOX },
	{ "SEM_NOOPENFILEERRORBOX", OSML_SEM_NOOPENFILEERRORBOX },
};

int osmlpy_errormode_init(PyObject *module)
{
	for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
		if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value))
			return -1;
	return PyModule_AddFunctions(module, functions);
}
