/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Locks by address: what VirtualLock does for osml_mlock() and osml_munlock(), believed only when the kernel counts the pages. */
#include "wine.h"

static void test_locks_whole_pages(void)
{
	char *mem = map_pages(4);
	long before = locked_kb();

	check_rc(osml_mlock(mem, 4 * page_size()), 0, "mlock: four pages");
	check_locked(before, 4, "mlock: the kernel counts four pages");
	check_rc(osml_munlock(mem, 4 * page_size()), 0, "munlock: four pages");
	check_locked(before, 0, "munlock: the kernel counts none");
	VirtualFree(mem, 0, MEM_RELEASE);
}

static void test_locks_touched_pages(void)
{
	char *mem = map_pages(3);
	char *edge = mem + page_size() - 1;
	long before = locked_kb();

	check_rc(osml_mlock(mem + 100, 1), 0, "mlock: one byte, unaligned (S7)");
	check_locked(before, 1, "mlock: one byte locks one page (S7)");
	check_rc(osml_munlock(mem + 200, 1), 0, "munlock: another byte of that page");
	check_locked(before, 0, "munlock: unlocks that page");
	check_rc(osml_mlock(edge, 2), 0, "mlock: two bytes over a page's edge");
	check_locked(before, 2, "mlock: locks the pages on both sides");
	check_rc(osml_munlock(edge, 2), 0, "munlock: two bytes over a page's edge");
	check_locked(before, 0, "munlock: unlocks both");
	VirtualFree(mem, 0, MEM_RELEASE);
}

static void test_locks_do_not_count(void)
{
	char *mem = map_pages(1);
	long before = locked_kb();

	check_rc(osml_mlock(mem, 1), 0, "mlock: once");
	check_rc(osml_mlock(mem, 1), 0, "mlock: twice");
	check_rc(osml_munlock(mem, 1), 0, "munlock: once");
	check_locked(before, 0, "munlock: one undoes two locks (S11)");
	VirtualFree(mem, 0, MEM_RELEASE);
}

static void test_keeps_contents(void)
{
	char *mem = map_pages(1);

	memset(mem, 0x5a, page_size());
	check_rc(osml_mlock(mem, page_size()), 0, "mlock: a page with contents");
	check_rc(osml_munlock(mem, page_size()), 0, "munlock: a page with contents");
	check(mem[0] == 0x5a && mem[page_size() - 1] == 0x5a, "munlock: never writes to the memory");
	VirtualFree(mem, 0, MEM_RELEASE);
}

static void test_empty_ranges(void)
{
	int local = 0;

	check_rc(osml_mlock(NULL, 0), 0, "mlock: NULL, 0 (S2)");
	check_rc(osml_munlock(NULL, 0), 0, "munlock: NULL, 0 (S2)");
	check_rc(osml_mlock(&local, 0), 0, "mlock: an address, 0 (S2)");
	check_rc(osml_munlock(&local, 0), 0, "munlock: an address, 0 (S2)");
	check_rc(osml_mlock((void *)UINTPTR_MAX, 0), 0, "mlock: the last address, 0 (S2)");
}

/* Windows' own answer to the same call, so that nothing about its numbers is assumed. */
static int windows_says(BOOL(WINAPI *call)(void *, SIZE_T), void *addr, size_t len)
{
	SetLastError(0);
	return call(addr, len) ? 0 : -(int)GetLastError();
}

static void test_system_errors_pass_unchanged(void)
{
	char *gone = map_pages(1);

	check(windows_says(VirtualLock, NULL, 1) < 0, "control: VirtualLock refuses NULL");
	check_rc(osml_mlock(NULL, 1), windows_says(VirtualLock, NULL, 1), "mlock: NULL, 1 is -GetLastError() (S5)");
	check_rc(osml_munlock(NULL, 1), -ERROR_NOT_LOCKED, "munlock: NULL, 1 is not locked");
	VirtualFree(gone, 0, MEM_RELEASE); /* not before: the first call may map something there */
	check(windows_says(VirtualLock, gone, 1) < 0, "control: VirtualLock refuses unmapped memory");
	check_rc(osml_mlock(gone, 1), windows_says(VirtualLock, gone, 1), "mlock: unmapped memory is -GetLastError() (S5)");
}

static void test_unlock_of_unlocked(void)
{
	char *mem = map_pages(1);

	check_rc(osml_munlock(mem, 1), -ERROR_NOT_LOCKED, "munlock: a page never locked is as on Windows, also on wine (S10, T7)");
	VirtualFree(mem, 0, MEM_RELEASE);
}

/* wine's VirtualLock says yes to these (T1), so a 0 here would be the system's. */
static void test_overflow(void)
{
	char *mem = map_pages(1);
	void *last = (void *)(UINTPTR_MAX - 10);
	long before = locked_kb();

	check_rc(osml_mlock(mem, SIZE_MAX), OSML_EINVAL, "mlock: SIZE_MAX (S9)");
	check_rc(osml_mlock(mem + 16, SIZE_MAX), OSML_EINVAL, "mlock: SIZE_MAX, unaligned (S9)");
	check_rc(osml_mlock(mem, SIZE_MAX - page_size()), OSML_EINVAL, "mlock: SIZE_MAX less a page (S9)");
	check_rc(osml_mlock(last, 100), OSML_EINVAL, "mlock: a range that wraps");
	check_rc(osml_mlock(last, 1), OSML_EINVAL, "mlock: a range whose last page ends at 2^64");
	check_rc(osml_munlock(mem, SIZE_MAX), OSML_EINVAL, "munlock: SIZE_MAX");
	check_rc(osml_munlock(last, 100), OSML_EINVAL, "munlock: a range that wraps");
	check_locked(before, 0, "overflow: nothing got locked");
	VirtualFree(mem, 0, MEM_RELEASE);
}

/* For a process that may lock 16 KiB: the control must pass, or the refusal proves nothing. */
void test_quota(void)
{
	size_t many = 256;
	char *mem = map_pages(many);
	int theirs = windows_says(VirtualLock, mem, many * page_size());

	check(theirs < 0, "control: VirtualLock refuses what is over the quota");
	check_rc(osml_mlock(mem, many * page_size()), theirs, "mlock: over the quota is -GetLastError()");
	check_rc(osml_munlock(mem, many * page_size()), -ERROR_NOT_LOCKED, "munlock: a refused lock has locked nothing");
	check_rc(osml_mlock(mem, 1), 0, "control: one page is within the quota");
	check_rc(osml_munlock(mem, 1), 0, "munlock: that page");
	VirtualFree(mem, 0, MEM_RELEASE);
}

void test_locks(void)
{
	test_locks_whole_pages();
	test_locks_touched_pages();
	test_locks_do_not_count();
	test_keeps_contents();
	test_empty_ranges();
	test_system_errors_pass_unchanged();
	test_unlock_of_unlocked();
	test_overflow();
}
