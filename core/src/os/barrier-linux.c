/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <sys/syscall.h>
#include <unistd.h>

/* membarrier(2), Linux 4.14: registered where it is first needed, which is rare, because that may take milliseconds. */
int osml__os_barrier(void)
{
#ifdef SYS_membarrier
	const int private_expedited = 1 << 3, register_private_expedited = 1 << 4;

	if (syscall(SYS_membarrier, private_expedited, 0) == 0)
		return 0;
	if (errno == EPERM && syscall(SYS_membarrier, register_private_expedited, 0) == 0 &&
	    syscall(SYS_membarrier, private_expedited, 0) == 0)
		return 0;
	return errno == ENOSYS || errno == EINVAL ? OSML_EUNSUPPORTED : -errno;
#else
	return OSML_EUNSUPPORTED;
#endif
}
