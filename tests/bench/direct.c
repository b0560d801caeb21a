/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The direct wrappers over the bare system calls. Where nothing changes the call is at its cheapest, so an overhead is at its largest. */
#include <osmemlock.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "figures.h"

static void *page;
static size_t page_size;

static void map_page(void)
{
	page_size = (size_t)sysconf(_SC_PAGESIZE);
	page = mmap(NULL, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		abort();
	*(char *)page = 1;
}

static void map_locked_page(void)
{
	map_page();
	if (syscall(SYS_mlock, page, page_size) != 0)
		abort();
}

static void bare_lock(int times)
{
	for (int i = 0; i < times; i++)
		if (syscall(SYS_mlock, page, page_size) != 0)
			abort();
}

static void direct_lock(int times)
{
	for (int i = 0; i < times; i++)
		if (osml_mlock(page, page_size) != 0)
			abort();
}

static void bare_unlock(int times)
{
	for (int i = 0; i < times; i++)
		if (syscall(SYS_munlock, page, page_size) != 0)
			abort();
}

static void direct_unlock(int times)
{
	for (int i = 0; i < times; i++)
		if (osml_munlock(page, page_size) != 0)
			abort();
}

static void bare_both(int times)
{
	for (int i = 0; i < times; i++)
		if (syscall(SYS_mlock, page, page_size) != 0 || syscall(SYS_munlock, page, page_size) != 0)
			abort();
}

static void direct_both(int times)
{
	for (int i = 0; i < times; i++)
		if (osml_mlock(page, page_size) != 0 || osml_munlock(page, page_size) != 0)
			abort();
}

static const struct contender lock[] = {
	{ "syscall(SYS_mlock)", bare_lock },
	{ "the same again (control)", bare_lock },
	{ "osml_mlock", direct_lock },
};
static const struct contender unlock[] = {
	{ "syscall(SYS_munlock)", bare_unlock },
	{ "the same again (control)", bare_unlock },
	{ "osml_munlock", direct_unlock },
};
static const struct contender both[] = {
	{ "syscall(SYS_mlock), syscall(SYS_munlock)", bare_both },
	{ "the same again (control)", bare_both },
	{ "osml_mlock, osml_munlock", direct_both },
};

struct comparison direct_comparisons[DIRECT_COMPARISONS] = {
	{ .title = "lock of a page that is locked", .start = map_locked_page, .contenders = lock, .count = 3, .rounds = 601, .times = 200 },
	{ .title = "unlock of a page that is not locked",
	  .start = map_page,
	  .contenders = unlock,
	  .count = 3,
	  .rounds = 601,
	  .times = 200 },
	{ .title = "lock and unlock of a page", .start = map_page, .contenders = both, .count = 3, .rounds = 301, .times = 50 },
};
