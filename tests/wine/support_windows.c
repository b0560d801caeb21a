/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What tests/core/support.h says of Windows. Below wine the kernel's word is that of Linux: OSML_UNIX_PID is the number of this process there. */
#include "support.h"

#include <io.h>
#include <windows.h>

#include "impossible.h"
#include "scenery.h"

static DWORD test_thread;

__attribute__((constructor)) static void remember_where_cmocka_runs(void)
{
	test_thread = GetCurrentThreadId();
	setvbuf(stdout, NULL, _IONBF, 0);
}

void support_fail(const char *file, int line)
{
	if (GetCurrentThreadId() == test_thread)
		_fail(file, line);
	_exit(CHILD_FAILED);
}

/* ---- Children ---- */

int support_in_child(void (*body)(void *arg), void *arg)
{
	(void)body;
	(void)arg;
	SKIP("there is no fork() on Windows");
	return 0;
}

void support_limit_locked_memory(size_t bytes)
{
	(void)bytes;
	SKIP("there is no RLIMIT_MEMLOCK on Windows");
}

void support_set_lock_limit(size_t bytes)
{
	support_limit_locked_memory(bytes);
}

/* The working set always does. */
bool support_lock_limit_binds(void)
{
	return true;
}

/* ---- Where we run ---- */

bool support_valgrind(void)
{
	return false;
}

size_t support_page_size(void)
{
	SYSTEM_INFO info;

	GetSystemInfo(&info);
	return info.dwPageSize;
}

size_t support_open_fds(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 64; fd++)
		count += _get_osfhandle(fd) != -1;
	return count;
}

const char *support_proc_folder(void)
{
	static char folder[64];

	snprintf(folder, sizeof folder, "Z:/proc/%s", getenv("OSML_UNIX_PID"));
	return folder;
}

size_t fake_peek(void *to, const void *from, size_t n)
{
	SIZE_T got = 0;

	ReadProcessMemory(GetCurrentProcess(), from, to, n, &got);
	return got;
}

/* ---- What cannot hold here ---- */

static const char *reason_of(const char *test)
{
	for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++)
		if (!strcmp(impossible[i].test, test))
			return impossible[i].reason;
	return NULL;
}

static void skip_with_reason(void **state)
{
	SKIP((const char *)*state);
}

/* Instead of cmocka's own. Its last line is the verdict, because wine's exit code means nothing (M11). */
int __real__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count, CMFixtureFunction before,
                                   CMFixtureFunction after);
int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count, CMFixtureFunction before,
                                   CMFixtureFunction after);
int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count, CMFixtureFunction before,
                                   CMFixtureFunction after)
{
	struct CMUnitTest *mine = calloc(count, sizeof *mine);
	int failed;

	memcpy(mine, tests, count * sizeof *mine);
	for (size_t i = 0; i < count; i++)
		if (reason_of(mine[i].name))
			mine[i] = (struct CMUnitTest){ mine[i].name, skip_with_reason, NULL, NULL, (void *)reason_of(mine[i].name) };
	failed = __real__cmocka_run_group_tests(name, mine, count, before, after);
	printf("wine: %zu tests, %d failed\n", count, failed);
	return failed;
}
