/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A context ends what a call waits for, and so does who closes its file. The core asks five times a second, on the thread that called, and that knows
 * the handle of a function which tells: go/context.go keeps its goroutine on the thread meanwhile.
 */
%go_import("runtime/cgo")

%insert(go_wrapper) %{
//export osmls_is_over
func osmls_is_over(handle uintptr) bool {
	return cgo.Handle(handle).Value().(func() bool)()
}
%}

%{
static OSMLS_THREAD_LOCAL size_t osmls_asked; /* 0: nobody */

extern unsigned char osmls_is_over(size_t handle);

static int osmls_interrupted(void *context)
{
	(void)context;
	return osmls_asked && osmls_is_over(osmls_asked);
}
#define OSMLS_INTERRUPTED osmls_interrupted
%}

%rename(within) osmls_within;
%inline %{
static size_t osmls_within(size_t asked)
{
	size_t before = osmls_asked;

	osmls_asked = asked;
	return before;
}
%}
