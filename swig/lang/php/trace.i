/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* #[SensitiveParameter]: a trace shows no secret that was on its way into a buffer. Not in %init, which runs before there are classes. */
%{
#include <Zend/zend_attributes.h>
%}
%rinit %{
	zend_function *write = zend_hash_str_find_ptr(&SWIG_Php_ce_LockedBuffer->function_table, "write", strlen("write"));

	if (!write->common.attributes)
		zend_add_parameter_attribute(write, 1, zend_ce_sensitive_parameter->name, 0);
%}
