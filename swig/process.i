/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Hardening of the process: both return the steps that were done or undone. A step that fails is an error; the others are done all the same. */
%constant unsigned int HARDEN_CORE_LIMIT = OSML_HARDEN_CORE_LIMIT;
%constant unsigned int HARDEN_UNDUMPABLE = OSML_HARDEN_UNDUMPABLE;
%constant unsigned int HARDEN_ALL = OSML_HARDEN_ALL;

%rename(harden) osmls_harden;
%rename(harden_undo) osmls_harden_undo;

%inline %{
static unsigned int osmls_harden(unsigned int steps)
{
	uint32_t done = 0;

	check(osml_harden(&done, steps));
	return done;
}

static unsigned int osmls_harden_undo(unsigned int steps)
{
	uint32_t undone = 0;

	check(osml_harden_undo(&undone, steps));
	return undone;
}
%}
