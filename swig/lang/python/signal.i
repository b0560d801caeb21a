/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A source that waits asks whether a signal handler of Python raised; its exception then is the error. */
%{
static int osmls_interrupted(void *context)
{
	PyGILState_STATE held = PyGILState_Ensure();
	int raised = PyErr_CheckSignals();

	(void)context;
	PyGILState_Release(held);
	return raised;
}

#define OSMLS_INTERRUPTED osmls_interrupted
%}
