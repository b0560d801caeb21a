/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <stdlib.h>
#include <sys/resource.h>

#define CAP_IPC_LOCK 14 /* linux/capability.h */

static uint64_t from_rlim(rlim_t limit)
{
	return limit == RLIM_INFINITY ? OSML_UNLIMITED : limit;
}

static int read_text(const char *path, char *text, size_t size)
{
	size_t have = 0, got = 1;
	int fd, rc = osml__os_open(&fd, path);

	if (rc)
		return rc;
	while (rc == 0 && got && have < size - 1) {
		do
			rc = osml__os_read(fd, text + have, size - 1 - have, &got);
		while (rc == -EINTR);
		have += rc ? 0 : got;
	}
	text[have] = 0;
	osml__os_close(fd);
	return rc;
}

static uint64_t number_after(const char *text, const char *key, int base, uint64_t otherwise)
{
	const char *at = strstr(text, key);

	return at ? strtoull(at + strlen(key), NULL, base) : otherwise;
}

/* mlock(2) asks for the capability in the first user namespace: root in a container with a namespace of its own has none (item T38). */
static bool in_first_user_namespace(void)
{
	char map[128], *next;

	if (read_text("/proc/self/uid_map", map, sizeof map))
		return true;
	return strtoull(map, &next, 10) == 0 && strtoull(next, &next, 10) == 0 && strtoull(next, NULL, 10) == UINT32_MAX;
}

int osml__os_lock_quota(struct osml__quota *quota)
{
	struct rlimit limit;
	char status[4096];
	uint64_t kib, capabilities;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return -errno;
	*quota = (struct osml__quota){ .soft = from_rlim(limit.rlim_cur), .hard = from_rlim(limit.rlim_max), .used = OSML_UNLIMITED };
	if (read_text("/proc/self/status", status, sizeof status))
		return 0;
	kib = number_after(status, "\nVmLck:", 10, OSML_UNLIMITED);
	if (kib != OSML_UNLIMITED)
		quota->used = kib * 1024;
	capabilities = number_after(status, "\nCapEff:", 16, 0);
	quota->exempt = (capabilities >> CAP_IPC_LOCK & 1) && in_first_user_namespace();
	return 0;
}

const char *osml__os_limit_advice(void)
{
	return "To raise it: `ulimit -l unlimited` in the shell (when that is refused, `* - memlock unlimited` in "
	       "/etc/security/limits.conf and a "
	       "new login), LimitMEMLOCK=infinity in a systemd unit, `--ulimit memlock=-1` for docker or podman, or the capability "
	       "CAP_IPC_LOCK "
	       "(in Kubernetes securityContext.capabilities.add: [IPC_LOCK]).";
}
