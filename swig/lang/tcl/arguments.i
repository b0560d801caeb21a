/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * wrong # args: should be "$b write offset bytes". SWIG's own message names a command that is none, and a length that goes with the bytes. Its text
 * is "oo|ooo:osmemlock::LockedBuffer_from_fd fd max ?flags? ?want? ?policy? ": an o for each argument, of which those behind | may be left out, and
 * names, whose question marks are at other places where there is such a length.
 */
%{
#undef SWIG_GetArgs
#define SWIG_GetArgs(interp, objc, objv, ...) osmls_count_arguments(interp, objc, objv, __VA_ARGS__, NULL)

static int osmls_count(const char *text, const char *end)
{
	int count = 0;

	for (; text < end; text++)
		count += *text == 'o';
	return count;
}

static bool osmls_has_length(const char *name)
{
	return strncmp(name, "bytes ", 6) == 0 || strncmp(name, "memory ", 7) == 0;
}

/* Of ":osmemlock::LockedBuffer_write self offset bytes ?n? ". */
static Tcl_Obj *osmls_usage(Tcl_Obj *command, const char *names, int least)
{
	Tcl_Obj *told = Tcl_NewStringObj("wrong # args: should be \"", -1);
	const char *name = strchr(names, ' ') + 1, *method = strchr(names, '_'), *end;
	bool is_length = false;

	Tcl_AppendObjToObj(told, command);
	for (; (end = strchr(name, ' ')); name = end + 1) {
		const char *mark = least > 0 ? "" : "?";
		int marked = *name == '?';

		if (is_length) {
			is_length = false;
			continue;
		}
		if (strncmp(name, "self ", 5) == 0)
			Tcl_AppendPrintfToObj(told, " %.*s", (int)(name - method - 2), method + 1);
		else
			Tcl_AppendPrintfToObj(told, " %s%.*s%s", mark, (int)(end - name) - 2 * marked, name + marked, mark);
		is_length = osmls_has_length(name);
		least--;
	}
	Tcl_AppendToObj(told, "\"", 1);
	return told;
}

static int osmls_count_arguments(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], const char *told, ...)
{
	const char *names = strchr(told, ':'), *optional = strchr(told, '|');
	int most = osmls_count(told, names), least = osmls_count(told, optional ? optional : names);

	if (objc - 1 >= least && objc - 1 <= most)
		return TCL_OK;
	Tcl_SetErrorCode(interp, "TCL", "WRONGARGS", NULL);
	Tcl_SetObjResult(interp, osmls_usage(objv[0], names, least));
	return TCL_ERROR;
}
%}
