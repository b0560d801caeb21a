/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A source that waits asks whether a signal handler of Python raised; its exception then is the error. A handler may call this module: what it
 * failed with there is not the outcome of the call that waits.
 */
%{
static int osmls_interrupted(void *context)
{
	PyGILState_STATE held = PyGILState_Ensure();
	int raised = PyErr_CheckSignals();

	(void)context;
	osmls_code = 0;
	PyGILState_Release(held);
	return raised;
}
%}
