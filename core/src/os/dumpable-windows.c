/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The list of who may do what with this process. While it is undumpable that is its own system, and of all others its owner, who may wait for it, ask
 * how it is, and end it. OWNER RIGHTS (S-1-3-4) stands for the owner, who could change the list if he were named in another way. Who has the
 * privilege to debug asks no list.
 */
#include "windows.h"

#include <sddl.h>

/* PROCESS_TERMINATE, PROCESS_QUERY_LIMITED_INFORMATION, READ_CONTROL, SYNCHRONIZE; and all. */
static const wchar_t restricted[] = L"D:P(A;;0x121001;;;S-1-3-4)(A;;0x1fffff;;;SY)";

static PSECURITY_DESCRIPTOR before; /* NULL: dumpable. Under OSML__MUTEX_HARDEN. */

static int set(PSECURITY_DESCRIPTOR list)
{
	return SetKernelObjectSecurity(GetCurrentProcess(), DACL_SECURITY_INFORMATION, list) ? 0 : osml__windows_error();
}

static int get(PSECURITY_DESCRIPTOR *list)
{
	HANDLE self = GetCurrentProcess();
	DWORD size = 0;
	int rc;

	if (GetKernelObjectSecurity(self, DACL_SECURITY_INFORMATION, NULL, 0, &size) || GetLastError() != ERROR_INSUFFICIENT_BUFFER)
		return osml__windows_error();
	*list = LocalAlloc(LMEM_FIXED, size);
	if (!*list)
		return -ENOMEM;
	if (GetKernelObjectSecurity(self, DACL_SECURITY_INFORMATION, *list, size, &size))
		return 0;
	rc = osml__windows_error();
	LocalFree(*list);
	return rc;
}

static int restrict_to_owner(void)
{
	PSECURITY_DESCRIPTOR list, found;
	int rc;

	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(restricted, SDDL_REVISION_1, &list, NULL))
		return osml__windows_error();
	rc = get(&found);
	if (rc == 0) {
		rc = set(list);
		if (rc == 0)
			before = found;
		else
			LocalFree(found);
	}
	LocalFree(list);
	return rc;
}

int osml__os_dumpable(int *dumpable)
{
	*dumpable = !before;
	return 0;
}

int osml__os_set_dumpable(int dumpable)
{
	int rc = dumpable ? set(before) : restrict_to_owner();

	if (rc == 0 && dumpable) {
		LocalFree(before);
		before = NULL;
	}
	return rc;
}
