/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A channel. A pipeline has a descriptor for each direction. */
%{
#include <stdint.h>

/* What a transformation such as zlib or TLS makes of the bytes is not what passes through the descriptor below it. */
static bool osmls_handle(Tcl_Interp *interp, Tcl_Channel lowest, int direction, int *fd)
{
	ClientData handle;

	if (Tcl_GetTopChannel(lowest) != lowest)
		return osmls_complain(interp, "the channel has a transformation, and the descriptor lies below it");
	if (Tcl_GetChannelHandle(lowest, direction, &handle) != TCL_OK)
		return osmls_complain(interp, "the channel has no descriptor");
	*fd = (int)(intptr_t)handle;
	return true;
}

/*
 * What is written goes past the channel's buffer, so that is flushed first; and what is read may be the answer to it. No script runs
 * meanwhile: what runs one is a transformation or has no descriptor.
 */
static bool osmls_flush(Tcl_Interp *interp, Tcl_Channel channel)
{
	if (Tcl_Flush(channel) == TCL_OK)
		return true;
	Tcl_SetObjResult(interp, Tcl_NewStringObj(Tcl_PosixError(interp), -1));
	return false;
}

static bool osmls_descriptor(Tcl_Interp *interp, Tcl_Obj *given, int direction, int *fd)
{
	int mode;
	Tcl_Channel channel = Tcl_GetChannel(interp, Tcl_GetString(given), &mode);

	if (!channel)
		return false;
	if (!(mode & direction))
		return osmls_complain(interp, direction == TCL_READABLE ? "the channel is not open for reading"
		                                                        : "the channel is not open for writing");
	if (!osmls_handle(interp, channel, direction, fd))
		return false;
	if (direction == TCL_READABLE && Tcl_InputBuffered(channel) > 0)
		return osmls_complain(interp, "the channel has read ahead; "
		                              "read nothing from it before, or call fconfigure with -buffersize 1 first");
	if ((mode & TCL_WRITABLE) && !osmls_flush(interp, channel))
		return false;
	if (direction == TCL_WRITABLE && Tcl_InputBuffered(channel) > 0)
		Tcl_Seek(channel, 0, SEEK_CUR); /* as puts does: behind what was read, not what was read ahead */
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
