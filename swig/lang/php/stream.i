/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A stream, or a bare number. */
%{
/* INTERNAL is without PHP's own warning that what was read ahead is lost, which a write does not lose. */
static bool osmls_cast(php_stream *stream, int *fd)
{
	return php_stream_cast(stream, PHP_STREAM_AS_FD | PHP_STREAM_CAST_INTERNAL, (void **)fd, 0) == SUCCESS;
}

/* PHP does not hand out a descriptor below a filter or encryption. A wrapper written in PHP may, for stream_select(). */
static bool osmls_stream(php_stream *stream, bool reads, int *fd)
{
	if (reads && stream && stream->writepos > stream->readpos)
		zend_value_error("the stream has read ahead; read nothing from it before, or call stream_set_chunk_size() with 1 first");
	else if (!stream || php_stream_is(stream, PHP_STREAM_IS_USERSPACE) || !osmls_cast(stream, fd))
		zend_type_error("the resource has no descriptor of its own");
	return !EG(exception);
}

static bool osmls_descriptor(zval *given, bool reads, int *fd)
{
	zend_long number;
	php_stream *stream = NULL;

	ZVAL_DEREF(given);
	if (Z_TYPE_P(given) == IS_RESOURCE) {
		php_stream_from_zval_no_verify(stream, given);
		return osmls_stream(stream, reads, fd);
	}
	if (!osmls_number(given, INT_MIN, INT_MAX, &number))
		return false;
	*fd = (int)number;
	return true;
}
%}
%define OSMLS_DESCRIPTOR(name, reads)
%typemap(in) int name %{
	if (!osmls_descriptor(&$input, reads, &$1))
		SWIG_fail;
%}
%enddef
OSMLS_DESCRIPTOR(fd, true)
OSMLS_DESCRIPTOR(to, false)
