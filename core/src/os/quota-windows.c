/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The quota is the minimum working set, less some pages that the system needs itself and does not tell of; nor does it tell how much of it
 * is locked. A process may raise its own, so the library does that for its own locks, within a bound.
 */
#include "windows.h"

#define MOST_RAISED ((SIZE_T)64 << 20) /* in all, by this library */
#define OVERHEAD    16u                /* pages: what the system takes of the quota besides. 11 were measured by others */

static SRWLOCK mutex;
static SIZE_T raised;

static int raise_by(SIZE_T bytes)
{
	SIZE_T least, most;
	DWORD flags;

	if (!GetProcessWorkingSetSizeEx(GetCurrentProcess(), &least, &most, &flags))
		return osml__windows_error();
	if (!SetProcessWorkingSetSizeEx(GetCurrentProcess(), least + bytes, most + bytes, flags))
		return osml__windows_error();
	raised += bytes;
	return 0;
}

int osml__os_raise_lock_limit(size_t bytes)
{
	SIZE_T more;
	int rc = -ERROR_WORKING_SET_QUOTA;

	AcquireSRWLockExclusive(&mutex);
	more = MOST_RAISED - raised;
	if (bytes <= more) {
		if (bytes + OVERHEAD * osml__os_page_size() < more)
			more = bytes + OVERHEAD * osml__os_page_size();
		rc = raise_by(more);
	}
	ReleaseSRWLockExclusive(&mutex);
	return rc;
}

int osml__os_lock_quota(struct osml__quota *quota)
{
	SIZE_T least, most;
	DWORD flags;

	if (!GetProcessWorkingSetSizeEx(GetCurrentProcess(), &least, &most, &flags))
		return osml__windows_error();
	AcquireSRWLockShared(&mutex);
	*quota = (struct osml__quota){ .soft = least, .hard = least + MOST_RAISED - raised, .used = OSML_UNLIMITED };
	ReleaseSRWLockShared(&mutex);
	return 0;
}

int osml__os_lock_limit(uint64_t *bytes)
{
	struct osml__quota quota;
	int rc = osml__os_lock_quota(&quota);

	*bytes = rc ? OSML_UNLIMITED : quota.soft;
	return rc;
}

const char *osml__os_limit_advice(void)
{
	return "The limit is the minimum working set, which the library has raised by up to 64 MiB as far as Windows allows it. To raise "
	       "it further: "
	       "SetProcessWorkingSetSize() in the program, with a larger minimum.";
}

const char *osml__os_forbidden_advice(void)
{
	return "Windows refuses VirtualLock() here, or wine the mlock() below it: raise that limit with `ulimit -l`, or make the buffer "
	       "unlocked, "
	       "with the policy \"best effort\".";
}
