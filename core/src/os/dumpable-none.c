/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * No switch that makes the process undumpable: PR_SET_DUMPABLE is Linux's. FreeBSD's PROC_TRACE_CTL (procctl(2)) comes close and is not
 * written yet; macOS' PT_DENY_ATTACH (ptrace(2)) cannot be undone and stops debuggers only.
 */
#include "../os.h"

int osml__os_dumpable(int *dumpable)
{
	(void)dumpable;
	return OSML_EUNSUPPORTED;
}

int osml__os_set_dumpable(int dumpable)
{
	(void)dumpable;
	return OSML_EUNSUPPORTED;
}
