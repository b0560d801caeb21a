/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A context ends what a call waits for. The core asks five times a second, on the thread that called, and that knows the handle of the context:
 * go/context.go keeps its goroutine on the thread meanwhile.
 */
%go_import("context", "runtime/cgo")

%insert(go_wrapper) %{
//export osmls_is_over
func osmls_is_over(handle uintptr) bool {
	return cgo.Handle(handle).Value().(context.Context).Err() != nil
}
%}

%{
static OSMLS_THREAD_LOCAL size_t osmls_context; /* 0: none */

extern unsigned char osmls_is_over(size_t handle);

static int osmls_interrupted(void *context)
{
	(void)context;
	return osmls_context && osmls_is_over(osmls_context);
}
#define OSMLS_INTERRUPTED osmls_interrupted
%}

%rename(within) osmls_within;
%inline %{
static void osmls_within(size_t context)
{
	osmls_context = context;
}
%}
