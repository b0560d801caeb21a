/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where SWIG's own falls over. */
%{
static bool osmls_is_magic(const char *name)
{
	return strcmp(name, "__get") == 0 || strcmp(name, "__set") == 0 || strcmp(name, "__isset") == 0;
}

/*
 * SWIG's magic methods take what is no string for one, and with `$b->thisown = 0` a buffer is never freed. The table lives as long as the
 * class.
 */
static const zend_function_entry *osmls_methods(const zend_function_entry *all)
{
	zend_function_entry *kept, *next;
	size_t count = 1;

	for (const zend_function_entry *entry = all; entry && entry->fname; entry++)
		count++;
	kept = next = (zend_function_entry *)pecalloc(count, sizeof *kept, 1);
	for (; all && all->fname; all++) {
		if (!osmls_is_magic(all->fname))
			*next++ = *all;
	}
	return kept;
}

/* An argument may be an object whose constructor never ran. */
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
