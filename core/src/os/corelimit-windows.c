/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * There are no core files, but the dumps of Windows Error Reporting, which it does not write for a process with SEM_NOGPFAULTERRORBOX in its error
 * mode: that is a limit of 0 here, and there is no other.
 */
#include <windows.h>

#include "../os.h"

int osml__os_core_limit(uint64_t *soft, uint64_t *hard)
{
	*soft = GetErrorMode() & SEM_NOGPFAULTERRORBOX ? 0 : OSML_UNLIMITED;
	*hard = OSML_UNLIMITED;
	return 0;
}

int osml__os_set_core_limit(uint64_t soft)
{
	UINT mode = GetErrorMode();

	SetErrorMode(soft ? mode & ~SEM_NOGPFAULTERRORBOX : mode | SEM_NOGPFAULTERRORBOX);
	return 0;
}
