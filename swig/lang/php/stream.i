/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A stream, or a bare number. */
%{
/*
 * INTERNAL is without PHP's own warning that what was read ahead is lost, which a write does not lose. Asked without a place for the descriptor,
 * PHP makes no file of what it has in memory. FOR_SELECT does not seek to where PHP believes the descriptor to be, which it is not when others
 * use it; only the position has to be moved back over what was read ahead.
 */
static bool osmls_cast(php_stream *stream, int *fd)
{
	int how = (stream->writepos > stream->readpos ? PHP_STREAM_AS_FD : PHP_STREAM_AS_FD_FOR_SELECT) | PHP_STREAM_CAST_INTERNAL;

	if (php_stream_cast(stream, PHP_STREAM_AS_FD | PHP_STREAM_CAST_INTERNAL, NULL, 0) != SUCCESS || php_stream_flush(stream) != 0)
		return false;
	return php_stream_cast(stream, how, (void **)fd, 0) == SUCCESS;
}

/* The core moved the descriptor. */
static void osmls_moved(php_stream *stream, int fd)
{
	zend_off_t now = stream ? lseek(fd, 0, SEEK_CUR) : -1;

	if (now >= 0)
		stream->position = now;
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

static bool osmls_descriptor(zval *given, bool reads, php_stream **stream, int *fd)
{
	zend_long number;

	ZVAL_DEREF(given);
	if (Z_TYPE_P(given) == IS_RESOURCE) {
		php_stream_from_zval_no_verify(*stream, given);
		return osmls_stream(*stream, reads, fd);
	}
	if (!osmls_number(given, INT_MIN, INT_MAX, &number))
		return false;
	*fd = (int)number;
	return true;
}
%}
%define OSMLS_DESCRIPTOR(name, reads)
%typemap(in) int name (php_stream *stream = NULL) %{
	if (!osmls_descriptor(&$input, reads, &stream, &$1))
		SWIG_fail;
%}
%typemap(argout) int name %{ osmls_moved(stream$argnum, $1); %}
%enddef
OSMLS_DESCRIPTOR(fd, true)
OSMLS_DESCRIPTOR(to, false)
