/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What support.h says of this system. */
#define _GNU_SOURCE
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Children ---- */

static pid_t test_process;
static pthread_t test_thread;

__attribute__((constructor)) static void remember_where_cmocka_runs(void)
{
	test_process = getpid();
	test_thread = pthread_self();
}

/* Who is started with SIGCHLD ignored learns nothing from waitpid(2). */
__attribute__((constructor)) static void know_children(void)
{
	signal(SIGCHLD, SIG_DFL);
}

void support_fail(const char *file, int line)
{
	if (getpid() == test_process && pthread_equal(pthread_self(), test_thread))
		_fail(file, line);
	_exit(CHILD_FAILED);
}

/* A test that is killed, by a timeout perhaps, leaves no child behind. */
static void end_with(pid_t parent)
{
	CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
	if (getppid() != parent) /* it was over before */
		_exit(CHILD_FAILED);
}

int support_in_child(void (*body)(void *arg), void *arg)
{
	int status;
	pid_t parent = getpid(), child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		end_with(parent);
		body(arg);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFSIGNALED(status) ? CHILD_SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

void support_set_lock_limit(size_t bytes)
{
	struct rlimit limit = { bytes, bytes };

	CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
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

/* ---- Where we run ---- */

bool support_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "/vgpreload");
}

size_t support_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* opendir() would allocate; what is open is asked of the kernel number by number. */
size_t support_open_fds(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

const char *support_proc_folder(void)
{
	return "/proc/self";
}
