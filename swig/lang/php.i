/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * PHP: a name space, strict types, streams for descriptors, strings that are wiped where they lie, and errors with errno as their code. To
 * close on every way out of a block there is try ... finally.
 */
%module osmemlock

#define OSMLS_RAISE(code, message) { osmls_raise(code, message); SWIG_fail; }
#define OSMLS_COLLECT (gc_collect_cycles(), 1)
%feature("compactdefaultargs"); /* one function each, not one for every number of arguments, which hides why an argument was refused */
%feature("php:type", "0");      /* the checks below are what holds; declarations would name classes without their name space */

%{
#include <Zend/zend_attributes.h>
#include <ext/spl/spl_exceptions.h>

#include <limits.h>
#include <stdbool.h>

/* Everything would be global: functions called info() and wipe(), a constant LOCKED. SWIG 4.1 has no option for that. */
#undef PHP_FE
#define PHP_FE(name, arginfo) ZEND_NS_FE("osmemlock", name, arginfo)
#undef INIT_CLASS_ENTRY
#define INIT_CLASS_ENTRY(entry, name, functions) \
	do { \
		INIT_CLASS_ENTRY_EX(entry, "osmemlock\\" name, sizeof("osmemlock\\" name) - 1, functions); \
		entry.ce_flags |= ZEND_ACC_NOT_SERIALIZABLE; \
	} while (0)
#undef SWIG_LONG_CONSTANT
#define SWIG_LONG_CONSTANT(name, value) REGISTER_NS_LONG_CONSTANT("osmemlock", #name, (zend_long)(value), CONST_CS | CONST_PERSISTENT)

/* SWIG takes what PHP can make a number of, and lets negative ones wrap round. */
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

static bool osmls_descriptor(zval *given, int *fd)
{
	zend_long number;
	php_stream *stream = NULL;

	ZVAL_DEREF(given);
	if (Z_TYPE_P(given) == IS_RESOURCE) {
		php_stream_from_zval_no_verify(stream, given);
		if (stream && php_stream_cast(stream, PHP_STREAM_AS_FD, (void **)fd, 0) == SUCCESS)
			return true;
		zend_type_error("the resource has no descriptor");
		return false;
	}
	if (!osmls_number(given, INT_MIN, INT_MAX, &number))
		return false;
	*fd = (int)number;
	return true;
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

/* SWIG's own falls over on an object whose constructor never ran. */
static bool osmls_object(zval *given, void **object, swig_type_info *type)
{
	ZVAL_DEREF(given);
	*object = NULL;
	if (Z_TYPE_P(given) == IS_NULL)
		return true;
	if (Z_TYPE_P(given) == IS_OBJECT && instanceof_function(Z_OBJCE_P(given), (zend_class_entry *)type->clientdata))
		*object = SWIG_Z_FETCH_OBJ_P(given)->ptr;
	else
		zend_type_error("expected osmemlock\\LockedBuffer, %s given", zend_zval_type_name(given));
	return !EG(exception);
}

static void osmls_raise(int code, const char *message);
%}
%typemap(in) size_t (zend_long number) %{
	if (!osmls_number(&$input, 0, ZEND_LONG_MAX, &number))
		SWIG_fail;
	$1 = (size_t)number;
%}
%typemap(in) unsigned int (zend_long number) %{
	if (!osmls_number(&$input, 0, UINT_MAX, &number))
		SWIG_fail;
	$1 = (unsigned int)number;
%}
%typemap(in) int (zend_long number) %{
	if (!osmls_number(&$input, INT_MIN, INT_MAX, &number))
		SWIG_fail;
	$1 = (int)number;
%}
%typemap(in) int fd %{
	if (!osmls_descriptor(&$input, &$1))
		SWIG_fail;
%}
%typemap(in) const char * %{
	if (!osmls_text(&$input, (const char **)&$1))
		SWIG_fail;
%}
%typemap(check) size_t size %{
	if (SWIG_Z_FETCH_OBJ_P(ZEND_THIS)->ptr) {
		zend_throw_error(NULL, "made already");
		SWIG_fail;
	}
%}

/* A string stays where it is while nobody changes it. */
%typemap(in) (const void *bytes, size_t n), (void *memory, size_t len) %{
	if (!osmls_readable(&$input, (const void **)&$1, &$2))
		SWIG_fail;
%}
%typemap(in, byref=1) (void *into, size_t n) %{
	if (!osmls_writable(&$input, &$1, &$2))
		SWIG_fail;
%}
%typemap(out) osml_view %{
	RETVAL_STRINGL((const char *)$1.data, $1.len);
	osml_buffer_unpin($1.pinned);
%}

%typemap(in) LockedBuffer * %{
	if (!osmls_object(&$input, (void **)&$1, $1_descriptor))
		SWIG_fail;
%}

%include "../osmemlock.i"

%{
/* The code: errno where the system refused, else the core's own, which is negative. */
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
/* #[SensitiveParameter]: a trace shows no secret that was on its way into a buffer. Not in %init, which runs before there are classes. */
%rinit %{
	zend_function *write = zend_hash_str_find_ptr(&SWIG_Php_ce_LockedBuffer->function_table, "write", strlen("write"));

	if (!write->common.attributes)
		zend_add_parameter_attribute(write, 1, zend_ce_sensitive_parameter->name, 0);
%}
