/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A channel. A pipeline has a descriptor for each direction. */
%{
#include <stdint.h>

/* What is written goes past the channel's buffer, so that is flushed first; and what is read may be the answer to it. */
static bool osmls_flush(Tcl_Interp *interp, Tcl_Channel channel)
{
	int rc;

	Tcl_RegisterChannel(NULL, channel); /* flushing may run a script, and that may close it */
	rc = Tcl_Flush(channel);
	if (rc != TCL_OK)
		Tcl_SetObjResult(interp, Tcl_NewStringObj(Tcl_PosixError(interp), -1));
	Tcl_UnregisterChannel(NULL, channel);
	return rc == TCL_OK;
}

static bool osmls_descriptor(Tcl_Interp *interp, Tcl_Obj *given, int direction, int *fd)
{
	int mode;
	ClientData handle;
	const char *name = Tcl_GetString(given);
	Tcl_Channel channel = Tcl_GetChannel(interp, name, &mode);

	if (!channel || ((mode & TCL_WRITABLE) && !osmls_flush(interp, channel)))
		return false;
	channel = Tcl_GetChannel(interp, name, &mode); /* that script may have closed it */
	if (!channel)
		return false;
	if (!(mode & direction))
		return osmls_complain(interp, direction == TCL_READABLE ? "the channel is not open for reading"
		                                                        : "the channel is not open for writing");
	if (Tcl_GetChannelHandle(channel, direction, &handle) != TCL_OK)
		return osmls_complain(interp, "the channel has no descriptor");
	if (direction == TCL_READABLE && Tcl_InputBuffered(channel) > 0)
		return osmls_complain(interp, "the channel has read ahead; "
		                              "read nothing from it before, or call fconfigure with -buffersize 1 first");
	*fd = (int)(intptr_t)handle;
	return true;
}
%}
%define OSMLS_DESCRIPTOR(name, direction)
%typemap(in) int name %{
	if (!osmls_descriptor(interp, $input, direction, &$1))
		SWIG_fail;
%}
%enddef
OSMLS_DESCRIPTOR(fd, TCL_READABLE)
OSMLS_DESCRIPTOR(to, TCL_WRITABLE)
