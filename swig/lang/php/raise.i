/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The code: errno where the system refused, else the core's own, which is negative. */
%{
#include <ext/spl/spl_exceptions.h>

static void osmls_raise(int code, const char *message)
{
	int category = osmls_category(code);
	zend_class_entry *type = spl_ce_RuntimeException;

	if (category == SWIG_ValueError)
		type = zend_ce_value_error;
	else if (category == SWIG_IndexError)
		type = spl_ce_OutOfBoundsException;
	zend_throw_exception(type, message, code > OSML_EUNSUPPORTED ? -code : code);
}
%}
