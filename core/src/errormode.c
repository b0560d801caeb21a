/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

int osml_set_windows_error_mode(uint32_t *previous, uint32_t mode)
{
	uint32_t before = 0;
	int rc = osml__os_error_mode(&before, mode);

	if (rc == 0 && previous)
		*previous = before;
	return rc;
}

int osml_suppress_windows_error_dialogs_for_process(uint32_t *previous)
{
	return osml_set_windows_error_mode(previous,
	                                   OSML_SEM_FAILCRITICALERRORS | OSML_SEM_NOGPFAULTERRORBOX | OSML_SEM_NOOPENFILEERRORBOX);
}
