/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Numbers, texts and bytes. SWIG takes what PHP can make a number of, and lets negative ones wrap round. */
%{
#include <limits.h>
#include <stdbool.h>

static bool osmls_number(zval *given, zend_long least, zend_long most, zend_long *number)
{
	ZVAL_DEREF(given);
	if (Z_TYPE_P(given) != IS_LONG) {
		zend_type_error("expected int, %s given", zend_zval_type_name(given));
		return false;
	}
	*number = Z_LVAL_P(given);
	if (*number < least || *number > most)
		zend_value_error("the number is out of range");
	return !EG(exception);
}

static bool osmls_is_string(zval *given)
{
	if (Z_TYPE_P(given) != IS_STRING)
		zend_type_error("expected string, %s given", zend_zval_type_name(given));
	return !EG(exception);
}

/* NULL is for the core to refuse. */
static bool osmls_text(zval *given, const char **text)
{
	ZVAL_DEREF(given);
	*text = NULL;
	if (Z_TYPE_P(given) == IS_NULL)
		return true;
	if (!osmls_is_string(given))
		return false;
	*text = Z_STRVAL_P(given);
	if (strlen(*text) != Z_STRLEN_P(given))
		zend_value_error("expected text without NUL bytes");
	return !EG(exception);
}

/* Of a string that others share the caller gets his own, as with any change of a string. */
static bool osmls_writable(zval *given, void **into, size_t *n)
{
	ZVAL_DEREF(given);
	if (!osmls_is_string(given))
		return false;
	ZVAL_STR(given, zend_string_separate(Z_STR_P(given), 0));
	*into = Z_STRVAL_P(given);
	*n = Z_STRLEN_P(given);
	return true;
}

static bool osmls_readable(zval *given, const void **bytes, size_t *n)
{
	ZVAL_DEREF(given);
	if (!osmls_is_string(given))
		return false;
	*bytes = Z_STRVAL_P(given);
	*n = Z_STRLEN_P(given);
	return true;
}
%}
