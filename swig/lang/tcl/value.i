/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Numbers, of which SWIG lets negative ones wrap round, and what a refusal of this module says. */
%{
#include <limits.h>
#include <stdbool.h>

static bool osmls_complain(Tcl_Interp *interp, const char *message)
{
	Tcl_SetErrorCode(interp, "TCL", "VALUE", NULL);
	Tcl_SetObjResult(interp, Tcl_NewStringObj(message, -1));
	return false;
}

static bool osmls_number(Tcl_Interp *interp, Tcl_Obj *given, Tcl_WideInt most, Tcl_WideInt *number)
{
	if (Tcl_GetWideIntFromObj(interp, given, number) != TCL_OK)
		return false;
	return (*number >= 0 && *number <= most) || osmls_complain(interp, "the number is out of range");
}
%}
