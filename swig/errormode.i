/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The error mode of Windows; unsupported elsewhere. Both calls return the mode that was set before. */
%constant unsigned int SEM_FAILCRITICALERRORS = OSML_SEM_FAILCRITICALERRORS;
%constant unsigned int SEM_NOGPFAULTERRORBOX = OSML_SEM_NOGPFAULTERRORBOX;
%constant unsigned int SEM_NOOPENFILEERRORBOX = OSML_SEM_NOOPENFILEERRORBOX;


%inline %{
/** Sets the error mode of Windows, and returns the one before. */
static unsigned int osmls_set_windows_error_mode(unsigned int mode)
{
	uint32_t previous = 0;

	check(osml_set_windows_error_mode(&previous, mode));
	return previous;
}

/** Lets Windows show no error dialogs, and returns the mode before. */
static unsigned int osmls_suppress_windows_error_dialogs_for_process(void)
{
	uint32_t previous = 0;

	check(osml_suppress_windows_error_dialogs_for_process(&previous));
	return previous;
}
%}
