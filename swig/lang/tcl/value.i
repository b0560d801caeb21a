/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Numbers, of which SWIG lets negative ones wrap round, texts and paths, which Tcl has in UTF-8 and the system perhaps in another encoding, and
 * what a refusal of this module says.
 */
%{
#include <limits.h>
#include <stdbool.h>

static bool osmls_complain(Tcl_Interp *interp, const char *message)
{
	Tcl_SetErrorCode(interp, "TCL", "VALUE", NULL);
	Tcl_SetObjResult(interp, Tcl_NewStringObj(message, -1));
	return false;
}

static bool osmls_number(Tcl_Interp *interp, Tcl_Obj *given, Tcl_WideInt least, Tcl_WideInt most, Tcl_WideInt *number)
{
	if (Tcl_GetWideIntFromObj(interp, given, number) != TCL_OK)
		return false;
	return (*number >= least && *number <= most) || osmls_complain(interp, "the number is out of range");
}

/* As the system has it, to be freed; what a NUL inside would cut is refused. */
static char *osmls_text(Tcl_Interp *interp, Tcl_Obj *given)
{
	Tcl_DString external;
	char *text = NULL;
	int length;
	const char *utf = Tcl_GetStringFromObj(given, &length);

	Tcl_UtfToExternalDString(NULL, utf, length, &external);
	if (strlen(Tcl_DStringValue(&external)) == (size_t)Tcl_DStringLength(&external))
		text = strcpy(Tcl_Alloc((unsigned)Tcl_DStringLength(&external) + 1), Tcl_DStringValue(&external));
	else
		osmls_complain(interp, "a NUL inside");
	Tcl_DStringFree(&external);
	return text;
}

/* As open finds it: also behind a tilde. What lies in a file system of Tcl's own, such as an archive, has no path that the core could open. */
static const char *osmls_path(Tcl_Interp *interp, Tcl_Obj *given)
{
	const char *path = (const char *)Tcl_FSGetNativePath(given);

	if (!path)
		osmls_complain(interp, "no path of the system's");
	return path;
}
%}
