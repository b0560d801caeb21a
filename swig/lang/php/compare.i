/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* PHP takes two objects without properties for equal. Buffers are equal when their bytes are, guards when they are one and the same. */
%{
static LockedBuffer *osmls_buffer_in(zval *given)
{
	if (Z_TYPE_P(given) != IS_OBJECT || !instanceof_function(Z_OBJCE_P(given), (zend_class_entry *)SWIGTYPE_p_LockedBuffer->clientdata))
		return NULL;
	return (LockedBuffer *)SWIG_Z_FETCH_OBJ_P(given)->ptr;
}

static int osmls_compare(zval *one, zval *other)
{
	LockedBuffer *left = osmls_buffer_in(one), *right = osmls_buffer_in(other);
	char message[OSMLS_MESSAGE];
	int equal = 0, rc = 0;

	if (left && right)
		rc = osml_buffer_equal(&equal, left, right);
	if (rc != 0) {
		osmls_explain(message, rc);
		osmls_raise(rc, message);
	}
	return equal ? 0 : ZEND_UNCOMPARABLE;
}
%}
/* Not in %init, which runs before there are classes. */
%rinit %{
	LockedBuffer_object_handlers.compare = osmls_compare;
	CoreDumpsGuard_object_handlers.compare = osmls_compare;
%}
