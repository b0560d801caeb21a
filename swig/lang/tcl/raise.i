/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* errorCode is POSIX where the system refused. */
%{
static void osmls_raise(Tcl_Interp *interp, int code, const char *message)
{
	if (code > OSML_EUNSUPPORTED) {
		Tcl_SetErrno(-code);
		Tcl_PosixError(interp);
	} else {
		Tcl_SetErrorCode(interp, "OSMEMLOCK", osml_error_name(code), NULL);
	}
	Tcl_SetObjResult(interp, Tcl_NewStringObj(message, -1));
}
%}
