/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The environment is there twice: the C runtime's copy, which getenv() reads, narrow and perhaps wide, and the system's own block, which children
 * get. A value is in the code page of the process.
 */
#include "windows.h"

#include <stdlib.h>
#include <wchar.h>

int osml__os_env(char **value, const char *name)
{
	*value = getenv(name);
	return *value ? 0 : -ENOENT;
}

/* As long as the value was, so that the system writes it to the same place. */
static int overwrite_block(const wchar_t *name)
{
	DWORD units = GetEnvironmentVariableW(name, NULL, 0); /* with the NUL */
	wchar_t *zeros;
	int rc;

	if (units <= 1)
		return 0;
	zeros = malloc(units * sizeof *zeros);
	if (!zeros)
		return -ENOMEM;
	wmemset(zeros, L'0', units - 1);
	zeros[units - 1] = 0;
	rc = SetEnvironmentVariableW(name, zeros) ? 0 : osml__windows_error();
	free(zeros);
	return rc;
}

/* ---- The copies of each C runtime in the process: its variables now, and as they were at first; names are the same in either case of letters ---- */

static void wipe_narrow(char **strings, const char *name)
{
	size_t len = strlen(name);

	for (; strings && *strings; strings++)
		if (_strnicmp(*strings, name, len) == 0 && (*strings)[len] == '=')
			osml__wipe(*strings + len + 1, strlen(*strings + len + 1));
}

static void wipe_wide(wchar_t **strings, const wchar_t *name)
{
	size_t len = wcslen(name);

	for (; strings && *strings; strings++)
		if (_wcsnicmp(*strings, name, len) == 0 && (*strings)[len] == L'=')
			osml__wipe(*strings + len + 1, wcslen(*strings + len + 1) * sizeof **strings);
}

static void wipe_copies(const wchar_t *runtime, const char *name, const wchar_t *wide)
{
	static const char *const narrow_getters[] = { "__p__environ", "__p___initenv" }, *const wide_getters[] = { "__p__wenviron",
		                                                                                                   "__p___winitenv" };
	HMODULE module = GetModuleHandleW(runtime);

	for (unsigned i = 0; module && i < 2; i++) {
		FARPROC narrow_getter = GetProcAddress(module, narrow_getters[i]), wide_getter = GetProcAddress(module, wide_getters[i]);
		if (narrow_getter)
			wipe_narrow(*((char ***(*)(void))(void (*)(void))narrow_getter)(), name);
		if (wide_getter)
			wipe_wide(*((wchar_t * **(*)(void))(void (*)(void))wide_getter)(), wide);
	}
}

/* "NAME=" removes it from both, in the runtime's words. */
static int remove_both(const wchar_t *name)
{
	size_t len = wcslen(name);
	wchar_t *pair = malloc((len + 2) * sizeof *pair);
	int failed;

	if (!pair)
		return -ENOMEM;
	wmemcpy(pair, name, len);
	wmemcpy(pair + len, L"=", 2);
	failed = _wputenv(pair);
	free(pair);
	return failed ? -ENOMEM : 0;
}

int osml__os_env_remove(const char *name)
{
	wchar_t wide[1024];
	int rc;

	if (!MultiByteToWideChar(CP_ACP, 0, name, -1, wide, (int)(sizeof wide / sizeof *wide)))
		return osml__windows_error();
	wipe_copies(L"msvcrt.dll", name, wide);
	wipe_copies(L"ucrtbase.dll", name, wide);
	rc = overwrite_block(wide);
	return rc ? rc : remove_both(wide);
}
