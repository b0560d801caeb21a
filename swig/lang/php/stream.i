/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A stream, or a bare number. */
%{
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
%}
%typemap(in) int fd, int to %{
	if (!osmls_descriptor(&$input, &$1))
		SWIG_fail;
%}
