/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What support.h says of every system but Windows. */
#define _GNU_SOURCE
#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
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

int support_in_child(void (*body)(void *arg), void *arg)
{
	int status;
	pid_t parent = getpid(), child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		support_end_with(parent);
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
