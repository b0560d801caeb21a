/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What an administrator forbids: files outside of open_basedir, and programs where proc_open is among disable_functions, which names no methods. */
%{
#include <main/fopen_wrappers.h>

static bool osmls_may_open(const char *path)
{
	if (!path || php_check_open_basedir_ex(path, 0) == 0)
		return true;
	osmls_raise(-EPERM, "EPERM: open_basedir does not allow the file");
	return false;
}

/* A script can set the variable. What is no path is for the core to refuse. */
static bool osmls_may_open_credential(const char *name)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char *path;
	bool may;

	if (!folder || !name)
		return true;
	spprintf(&path, 0, "%s/%s", folder, name);
	may = osmls_may_open(path);
	efree(path);
	return may;
}

/* A script may define a function of that name where there is none. */
static bool osmls_may_run(void)
{
	const zend_function *run = zend_hash_str_find_ptr(EG(function_table), "proc_open", strlen("proc_open"));

	if (run && run->type == ZEND_INTERNAL_FUNCTION)
		return true;
	osmls_raise(-EPERM, "EPERM: disable_functions has proc_open, and so no program is run");
	return false;
}
%}
%define OSMLS_IF(condition, name)
%exception LockedBuffer::name {
	osmls_code = 0;
	if (!condition)
		SWIG_fail;
	$action
	OSMLS_OUTCOME
}
%enddef
OSMLS_IF(osmls_may_open(arg1), from_file)
OSMLS_IF(osmls_may_open_credential(arg1), from_credential)
OSMLS_IF(osmls_may_run(), from_command)
OSMLS_IF(osmls_may_run(), piped)
