/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* SWIG's own falls over on an object whose constructor never ran. */
%{
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
%}
%typemap(in) LockedBuffer * %{
	if (!osmls_object(&$input, (void **)&$1, $1_descriptor))
		SWIG_fail;
%}

%typemap(check) size_t size %{
	if (SWIG_Z_FETCH_OBJ_P(ZEND_THIS)->ptr) {
		zend_throw_error(NULL, "made already");
		SWIG_fail;
	}
%}
