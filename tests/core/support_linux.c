/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What support.h says of Linux alone. */
#define _GNU_SOURCE
#include "support.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A test that is killed, by a timeout perhaps, leaves no child behind. */
void support_end_with(int parent)
{
	CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
	if (getppid() != parent) /* it was over before */
		_exit(CHILD_FAILED);
}

/* Root of a user namespace of its own has all capabilities there, and none that mlock(2) asks for (T38). */
static bool in_first_user_namespace(void)
{
	unsigned long inside = 1, outside = 1, count = 0;
	FILE *map = fopen("/proc/self/uid_map", "re");

	CHECK(map && fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3);
	fclose(map);
	return inside == 0 && outside == 0 && count == UINT32_MAX;
}

/* As the kernel has it: CAP_IPC_LOCK goes past the limit, and without one there is nothing to go past. */
bool support_lock_limit_binds(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	struct rlimit limit;

	CHECK(syscall(SYS_capget, &header, data) == 0);
	CHECK(getrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	return limit.rlim_cur != RLIM_INFINITY && !(data[0].effective & 1u << CAP_IPC_LOCK && in_first_user_namespace());
}

/* Raw system calls, so that the tests need no libcap. The bounding set matters only to a child that calls exec(). */
void support_limit_locked_memory(size_t bytes)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	support_set_lock_limit(bytes);
	prctl(PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0);
	CHECK(syscall(SYS_capget, &header, data) == 0);
	data[0].effective &= ~(1u << CAP_IPC_LOCK);
	data[0].permitted &= ~(1u << CAP_IPC_LOCK);
	data[0].inheritable &= ~(1u << CAP_IPC_LOCK);
	CHECK(syscall(SYS_capset, &header, data) == 0);
}

const char *support_proc_folder(void)
{
	return "/proc/self";
}
