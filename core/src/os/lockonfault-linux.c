/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* mlock(2) looks up each page once more to have it in memory, and so does mprotect(2) for what mlock(2) locked. mlock2(2) is as old as Linux 4.4. */
int osml__os_lock_on_fault(const void *addr, size_t size)
{
	static _Atomic bool absent; /* asked once: valgrind 3.19 prints a warning each time */

	if (absent)
		return OSML_EUNSUPPORTED;
	if (syscall(SYS_mlock2, addr, size, MLOCK_ONFAULT) == 0)
		return 0;
	absent = errno == ENOSYS;
	return OSML_EUNSUPPORTED;
}
