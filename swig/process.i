/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Hardening of the process: both return the steps that were done or undone. A step that fails is an error; the others are done all the same, and
 * the error's text names them, because nothing is returned beside an error. And the end of all buffers at once, of memory that is locked for none, and of what calls left on the stack.
 */
%constant unsigned int HARDEN_CORE_LIMIT = OSML_HARDEN_CORE_LIMIT;
%constant unsigned int HARDEN_UNDUMPABLE = OSML_HARDEN_UNDUMPABLE;
%constant unsigned int HARDEN_ALL = OSML_HARDEN_ALL;


%{
static void osmls_explain_steps(char *message, int code, unsigned int done)
{
	const char *step = done == OSML_HARDEN_CORE_LIMIT ? "HARDEN_CORE_LIMIT" : done == OSML_HARDEN_UNDUMPABLE ? "HARDEN_UNDUMPABLE" : "no step";
	size_t len;

	osmls_explain(message, code);
	len = strlen(message);
	snprintf(message + len, OSMLS_MESSAGE - len, " (done all the same: %s)", step);
}
%}

%define OSMLS_STEPS(function)
%exception function {
	osmls_code = 0;
	$action
	if (osmls_code < 0) {
		char message[OSMLS_MESSAGE];
		osmls_explain_steps(message, osmls_code, result);
		OSMLS_RAISE(osmls_code, message);
	}
}
%enddef
OSMLS_STEPS(osmls_harden)
OSMLS_STEPS(osmls_harden_undo)

%inline %{
/** Hardens the process by these steps. Returns those that were done. */
static unsigned int osmls_harden(unsigned int steps)
{
	uint32_t done = 0;

	check(osml_harden(&done, steps));
	return done;
}

/** Takes steps back. Returns those that were. */
static unsigned int osmls_harden_undo(unsigned int steps)
{
	uint32_t undone = 0;

	check(osml_harden_undo(&undone, steps));
	return undone;
}

/** Wipes and closes every buffer of the process. */
static void osmls_purge(void)
{
	check(osml_purge());
}

/** Gives idle locked memory back to the system. */
static void osmls_trim(void)
{
	check(osml_trim());
}
%}

/** Wipes what finished calls left on the stack and in vector registers. */
void osml_scrub(void);
