/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP_IPC_LOCK 14 /* linux/capability.h */

static uint64_t from_rlim(rlim_t limit)
{
	return limit == RLIM_INFINITY ? OSML_UNLIMITED : limit;
}

static int read_text(const char *path, char *text, size_t size)
{
	size_t have = 0, got = 1;
	int cancellation = osml__os_cancellation_off();
	int fd, rc = osml__os_open(&fd, path);

	if (rc) {
		osml__os_cancellation_restore(cancellation);
		return rc;
	}
	while (rc == 0 && got && have < size - 1) {
		do
			rc = osml__os_read(fd, text + have, size - 1 - have, &got);
		while (rc == -EINTR);
		have += rc ? 0 : got;
	}
	text[have] = 0;
	osml__os_close(fd);
	osml__os_cancellation_restore(cancellation);
	return rc;
}

static uint64_t number_after(const char *text, const char *key, int base, uint64_t otherwise)
{
	const char *at = strstr(text, key);

	return at ? strtoull(at + strlen(key), NULL, base) : otherwise;
}

/*
 * mlock(2) asks for the capability in the first user namespace: root in a container with a namespace of its own has none (T38). Asked once: a
 * process that changes its namespace later gives up its capabilities in the first one.
 */
static bool in_first_user_namespace(void)
{
	static _Atomic int known; /* 0: not asked yet; 1: no; 2: yes */
	int answer = atomic_load_explicit(&known, memory_order_relaxed);
	char map[128], *next;

	if (!answer) {
		int rc = read_text("/proc/self/uid_map", map, sizeof map);
		bool other = rc == 0 &&
		             (strtoull(map, &next, 10) != 0 || strtoull(next, &next, 10) != 0 || strtoull(next, NULL, 10) != UINT32_MAX);
		answer = other ? 1 : 2;
		if (rc == 0)
			atomic_store_explicit(&known, answer, memory_order_relaxed);
	}
	return answer == 2;
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

	return in_first_user_namespace() && syscall(SYS_capget, &header, sets) == 0 && sets[0].effective >> CAP_IPC_LOCK & 1;
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

/* As in verify-linux.c. */
static int read_status(char *text, size_t size)
{
	int rc = read_text("/proc/thread-self/status", text, size);

	return rc == -ENOENT ? read_text("/proc/self/status", text, size) : rc;
}

int osml__os_lock_quota(struct osml__quota *quota)
{
	struct rlimit limit;
	char status[4096];
	uint64_t kib;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return -errno;
	*quota = (struct osml__quota){
		.soft = from_rlim(limit.rlim_cur),
		.hard = from_rlim(limit.rlim_max),
		.used = OSML_UNLIMITED,
		.exempt = is_exempt(),
	};
	if (read_status(status, sizeof status))
		return 0;
	kib = number_after(status, "\nVmLck:", 10, OSML_UNLIMITED);
	if (kib != OSML_UNLIMITED)
		quota->used = kib * 1024;
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
