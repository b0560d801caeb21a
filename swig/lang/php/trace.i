/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * #[SensitiveParameter]: a trace shows no secret that was on its way into a buffer, or is compared with one. Not in %init, which runs before there
 * are classes.
 */
%{
#include <Zend/zend_attributes.h>

static bool osmls_is_sensitive(const zend_internal_arg_info *parameter)
{
	return strcmp(parameter->name, "bytes") == 0 || strcmp(parameter->name, "into") == 0 || strcmp(parameter->name, "memory") == 0;
}

static void osmls_hide_parameters(zend_function *function)
{
	if (function->common.attributes) /* of an earlier request */
		return;
	for (uint32_t i = 0; i < function->common.num_args; i++) {
		if (osmls_is_sensitive(&function->internal_function.arg_info[i]))
			zend_add_parameter_attribute(function, i, zend_ce_sensitive_parameter->name, 0);
	}
}

static void osmls_hide_in_traces(zend_class_entry *type)
{
	const zend_module_entry *module = zend_hash_str_find_ptr(&module_registry, "osmemlock", strlen("osmemlock"));
	zend_function *method;

	ZEND_HASH_FOREACH_PTR(&type->function_table, method) {
		osmls_hide_parameters(method);
	} ZEND_HASH_FOREACH_END();
	for (const zend_function_entry *global = module->functions; global->fname; global++) {
		zend_string *name = zend_string_init(global->fname, strlen(global->fname), 0), *lower = zend_string_tolower(name);
		zend_function *function = zend_hash_find_ptr(EG(function_table), lower);

		if (function && function->type == ZEND_INTERNAL_FUNCTION) /* else disable_functions names it */
			osmls_hide_parameters(function);
		zend_string_release(lower);
		zend_string_release(name);
	}
}
%}
%rinit %{
	osmls_hide_in_traces(SWIG_Php_ce_LockedBuffer);
%}
