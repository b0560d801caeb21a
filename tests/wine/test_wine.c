/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The library on Windows: the calls of the crate os-memlock (S1 to S26, A10), and an honest "cannot" from all others.
 * One line a check; the last line is the verdict, because wine's exit code means nothing (M11).
 *
 *   test_wine           every check. At "vmlck?" it reads what the kernel counts as locked, in kB, from its standard input; when nobody
 *                       answers, those checks are skipped.
 *   test_wine quota     only the checks for a process that may lock 16 KiB.
 *   test_wine prompt    only those of a prompt, which somebody must answer; into prompt.txt.
 *   test_wine access N  exits with what it may not do with process N.
 *   test_wine command   what it is told: the program that the commands' checks run.
 *   test_wine errormode exits with its own error mode: the child of the inheritance check.
 */
#include "wine.h"

static int passed, failed, skipped;

void check(int right, const char *promise)
{
	printf("%s %s\n", right ? "ok  " : "FAIL", promise);
	if (right)
		passed++;
	else
		failed++;
}

void skip(const char *reason)
{
	printf("SKIP: %s\n", reason);
	skipped++;
}

void check_rc(int rc, int expected, const char *promise)
{
	check(rc == expected, promise);
	if (rc != expected)
		printf("     answered %d (%s), not %d (%s)\n", rc, osml_error_name(rc), expected, osml_error_name(expected));
}

void check_contents(osml_buffer *b, const char *expected, const char *promise)
{
	check(b && osml_buffer_size(b) == strlen(expected) && memcmp(osml_buffer_data(b), expected, strlen(expected)) == 0, promise);
}

size_t page_size(void)
{
	SYSTEM_INFO info;

	GetSystemInfo(&info);
	return info.dwPageSize;
}

char *map_pages(size_t pages)
{
	char *mem = VirtualAlloc(NULL, pages * page_size(), MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);

	if (!mem) {
		printf("FAIL no memory to test with\nwine: %d passed, %d failed, %d skipped\n", passed, failed + 1, skipped);
		exit(1);
	}
	return mem;
}

long locked_kb(void)
{
	char line[32];

	puts("vmlck?");
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) ? strtol(line, NULL, 10) : -1;
}

void check_locked(long before, long pages, const char *promise)
{
	long now = before < 0 ? -1 : locked_kb();

	if (now < 0) {
		puts("     nobody answers vmlck?");
		skip(promise);
		return;
	}
	check(now - before == pages * (long)page_size() / 1024, promise);
	if (now - before != pages * (long)page_size() / 1024)
		printf("     %ld kB before, %ld kB now, expected %ld pages more\n", before, now, pages);
}

DWORD run_self(const char *part)
{
	STARTUPINFOA start = { .cb = sizeof(start) };
	PROCESS_INFORMATION child;
	char self[MAX_PATH], command[MAX_PATH + 64];
	DWORD code = 0xdead;

	GetModuleFileNameA(NULL, self, sizeof(self));
	snprintf(command, sizeof(command), "\"%s\" %s", self, part);
	if (!CreateProcessA(self, command, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child))
		return code;
	WaitForSingleObject(child.hProcess, INFINITE);
	GetExitCodeProcess(child.hProcess, &code);
	CloseHandle(child.hThread);
	CloseHandle(child.hProcess);
	printf("     %s: %lu\n", part, code);
	return code;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (strcmp(part, "errormode") == 0)
		return (int)GetErrorMode();
	if (strcmp(part, "access") == 0)
		return access_child((DWORD)atol(argv[2]));
	if (strcmp(part, "command") == 0)
		return command_child(argc, argv);
	if (strcmp(part, "environment") == 0)
		return environment_child();
	if (strcmp(part, "quota") == 0) {
		test_quota();
	} else if (strcmp(part, "prompt") == 0) {
		freopen("prompt.txt", "w", stdout);
		test_prompt();
	} else {
		check(strlen(osml_version()) > 0, "version");
		test_locks();
		test_absent();
		test_errors();
		test_sources();
		test_handles();
		test_harden();
		test_commands();
	}
	printf("wine: %d passed, %d failed, %d skipped\n", passed, failed, skipped);
	return failed > 0;
}
