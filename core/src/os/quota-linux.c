/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"
#include "proc.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP_IPC_LOCK 14 /* linux/capability.h */

static uint64_t from_rlim(rlim_t limit)
{
	return limit == RLIM_INFINITY ? OSML_UNLIMITED : limit;
}

/* The first namespaces of the system have lower numbers than those that are made later (PROC_DYNAMIC_FIRST of the kernel). */
#define MADE_LATER 0xF0000000u

/*
 * mlock(2) asks for the capability in the first user namespace: root in a container with a namespace of its own has none (T38), though all users may
 * be themselves there. Asked each time: a process can enter another one, in which capget(2) then says that it has all capabilities.
 */
static bool in_first_user_namespace(void)
{
	struct stat own;

	return stat("/proc/self/ns/user", &own) || own.st_ino < MADE_LATER;
}

/* capget(2), which works without /proc, and has no function in libc. */
static bool is_exempt(void)
{
	struct {
		uint32_t version;
		int pid;
	} header = { 0x20080522, 0 };
	struct {
		uint32_t effective, permitted, inheritable;
	} sets[2] = { { 0 } };

	return syscall(SYS_capget, &header, sets) == 0 && sets[0].effective >> CAP_IPC_LOCK & 1 && in_first_user_namespace();
}

int osml__os_lock_limit(uint64_t *bytes)
{
	struct rlimit limit;

	*bytes = OSML_UNLIMITED;
	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return -errno;
	if (limit.rlim_cur != RLIM_INFINITY && !is_exempt())
		*bytes = limit.rlim_cur;
	return 0;
}

static void take_locked(void *used, const char *line)
{
	if (!strncmp(line, "VmLck:", 6))
		*(uint64_t *)used = strtoull(line + 6, NULL, 10) * 1024;
}

int osml__os_lock_quota(struct osml__quota *quota)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return -errno;
	*quota = (struct osml__quota){
		.soft = from_rlim(limit.rlim_cur),
		.hard = from_rlim(limit.rlim_max),
		.used = OSML_UNLIMITED,
		.exempt = is_exempt(),
	};
	osml__os_proc_lines("status", take_locked, &quota->used);
	return 0;
}

/* The limit is for an administrator to raise. */
int osml__os_raise_lock_limit(size_t bytes)
{
	(void)bytes;
	return OSML_EUNSUPPORTED;
}

const char *osml__os_limit_advice(void)
{
	return "To raise it: `ulimit -l unlimited` in the shell (when that is refused, `* - memlock unlimited` in "
	       "/etc/security/limits.conf "
	       "and a new login), LimitMEMLOCK=infinity in a systemd unit, `--ulimit memlock=-1` for docker or podman, or the capability "
	       "CAP_IPC_LOCK (in Kubernetes securityContext.capabilities.add: [IPC_LOCK], and in an image whose user is not root "
	       "`setcap cap_ipc_lock+ep PROGRAM`).";
}

const char *osml__os_forbidden_advice(void)
{
	return "A seccomp profile or a security module refuses mlock(): allow mlock, mlock2 and munlock there (SystemCallFilter=@memlock "
	       "in a systemd unit, the names in the file of `--security-opt seccomp=FILE` for docker or podman), or make the buffer "
	       "unlocked, "
	       "with the policy \"best effort\".";
}
