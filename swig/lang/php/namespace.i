/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Everything would be global: functions called info() and wipe(), a constant LOCKED. SWIG 4.1 has no option for that. */
%{
#undef PHP_FE
#define PHP_FE(name, arginfo) ZEND_NS_FE("osmemlock", name, arginfo)
#undef INIT_CLASS_ENTRY
#define INIT_CLASS_ENTRY(entry, name, functions) \
	do { \
		INIT_CLASS_ENTRY_EX(entry, "osmemlock\\" name, sizeof("osmemlock\\" name) - 1, osmls_methods(functions)); \
		entry.ce_flags |= ZEND_ACC_NOT_SERIALIZABLE; \
	} while (0)
#undef SWIG_LONG_CONSTANT
#define SWIG_LONG_CONSTANT(name, value) REGISTER_NS_LONG_CONSTANT("osmemlock", #name, (zend_long)(value), CONST_CS | CONST_PERSISTENT)
%}
