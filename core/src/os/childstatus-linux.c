/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * From Linux 6.15 on, later than most headers, a pidfd that was opened before the end tells the status afterwards, too. That of a child which
 * has ended and was waited for before that stays unknown.
 */
#define _GNU_SOURCE
#include "childstatus.h"

#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

struct pidfd_information { /* the first version of the kernel's struct pidfd_info */
	uint64_t mask, cgroup;
	uint32_t numbers[11];
	int32_t status;
};
#define GET_INFORMATION _IOWR(0xFF, 11, struct pidfd_information)
#define OF_THE_EXIT     8u

int osml__os_childstatus_open(long process)
{
	return (int)syscall(SYS_pidfd_open, process, 0);
}

int osml__os_childstatus(int fd, int *status)
{
	struct pidfd_information told = { .mask = OF_THE_EXIT };

	if (fd < 0 || ioctl(fd, GET_INFORMATION, &told) || !(told.mask & OF_THE_EXIT))
		return -1;
	*status = told.status;
	return 0;
}
