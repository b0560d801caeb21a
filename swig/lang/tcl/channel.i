/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A channel. What is written goes past its buffer, so that is flushed first. */
%{
#include <stdint.h>

static bool osmls_descriptor(Tcl_Interp *interp, Tcl_Obj *given, int *fd)
{
	int mode;
	ClientData handle;
	Tcl_Channel channel = Tcl_GetChannel(interp, Tcl_GetString(given), &mode);

	if (!channel || ((mode & TCL_WRITABLE) && Tcl_Flush(channel) != TCL_OK))
		return false;
	if (Tcl_GetChannelHandle(channel, mode & TCL_READABLE ? TCL_READABLE : TCL_WRITABLE, &handle) != TCL_OK)
		return osmls_complain(interp, "the channel has no descriptor");
	*fd = (int)(intptr_t)handle;
	return true;
}
%}
%typemap(in) int fd, int to %{
	if (!osmls_descriptor(interp, $input, &$1))
		SWIG_fail;
%}
