/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An OSError has its errno, and by it the class, such as FileNotFoundError. */
%{
static void osmls_raise(int code, const char *message)
{
	PyObject *arguments;

	if (PyErr_Occurred()) /* by a signal handler, in signal.i */
		return;
	if (osmls_category(code) != SWIG_IOError) {
		SWIG_Error(osmls_category(code), message);
		return;
	}
	arguments = Py_BuildValue("(is)", -code, message);
	if (arguments)
		PyErr_SetObject(PyExc_OSError, arguments);
	Py_XDECREF(arguments);
}
%}
