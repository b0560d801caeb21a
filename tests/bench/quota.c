/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "figures.h"
#include "grid.h"
#include "locks.h"

enum { SECRET = 32, MOST_SECRETS = 400000, CLOCK_EVERY = 256 };
static const double patience_ns = 3e9;

struct quota {
	const struct subject *subject;
	int confined, started, capped;
	size_t held, locked;
	long vmlck_kib;
};

/* capset(2) by number, as libcap would be one more thing to install. */
static int drop_ipc_lock(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	const unsigned bit = 1u << CAP_IPC_LOCK;
	if (syscall(SYS_capget, &header, data) != 0)
		return -1;
	data[0].effective &= ~bit;
	data[0].permitted &= ~bit;
	data[0].inheritable &= ~bit;
	return (int)syscall(SYS_capset, &header, data);
}

/* The confinement is tried out: without a control, a child that kept its privilege would report a wonder. */
static int confine(void)
{
	struct rlimit limit = { QUOTA_BYTES, QUOTA_BYTES };
	if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 || drop_ipc_lock() != 0)
		return 0;
	void *pages = mmap(NULL, QUOTA_BYTES * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int refused = pages != MAP_FAILED && mlock(pages, QUOTA_BYTES * 2) != 0 && errno == ENOMEM;
	munmap(pages, QUOTA_BYTES * 2);
	return refused;
}

static void fill(struct quota *quota, void **held)
{
	static const unsigned char secret[SECRET] = { 0xa5 };
	double began = now_ns();
	for (; quota->held < MOST_SECRETS; quota->held++) {
		held[quota->held] = quota->subject->hold(secret, SECRET);
		if (!held[quota->held])
			return;
		if (quota->held % CLOCK_EVERY == 0 && now_ns() - began > patience_ns)
			break;
	}
	quota->capped = 1;
}

static void quota_in_child(void *shared)
{
	static void *held[MOST_SECRETS];
	struct quota *quota = shared;
	quota->confined = confine();
	if (!quota->confined)
		return;
	/* As many as fit with no overhead at all, so that the arenas become as large as the quota. */
	quota->started = subject_start(quota->subject, SECRET, QUOTA_BYTES / SECRET, QUOTA_BYTES) == 0;
	if (!quota->started)
		return;
	fill(quota, held);
	quota->vmlck_kib = locks_vmlck_kib();
	quota->locked = locks_count(quota->subject, held, quota->held, SECRET);
}

static void print_quota(const struct quota *quota)
{
	printf("  %-27s | ", quota->subject->name);
	if (!quota->confined)
		printf("not measured: cannot set the limit, or it does not bind\n");
	else if (!quota->started)
		printf("fails at 0: cannot set up\n");
	else
		printf("%8s live, %8s of them locked, VmLck %ld KiB%s%s\n", number_text(quota->held), number_text(quota->locked),
		       quota->vmlck_kib, quota->capped ? ", stopped by time or number before it was refused" : "",
		       quota->locked < quota->held ? ", the rest unlocked in silence" : "");
	fflush(stdout);
}

size_t quota_measure(const struct subject *subject)
{
	static struct quota *quota;
	if (!quota)
		quota = shared_memory(sizeof *quota);
	memset(quota, 0, sizeof *quota);
	quota->subject = subject;
	if (run_in_child(quota_in_child, quota) != DONE) {
		printf("  %-27s | the process crashed or hung\n", subject->name);
		return 0;
	}
	print_quota(quota);
	return quota->locked;
}
