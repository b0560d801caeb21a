/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The environment is there twice: the C runtime's copy, which getenv() reads, narrow and perhaps wide, and the system's own block, which children
 * get. A value is in the code page of the process.
 */
#include "windows.h"

#include <stdlib.h>
#include <wchar.h>

#define NAME_ROOM 1024 /* UTF-16 units */

static int widen(wchar_t wide[NAME_ROOM], const char *name)
{
	return MultiByteToWideChar(CP_ACP, 0, name, -1, wide, NAME_ROOM) ? 0 : osml__windows_error();
}

/* `room`: for the value in UTF-16, and behind it in the code page. */
static bool is_in_code_page(wchar_t *room, DWORD units)
{
	BOOL replaced = FALSE;
	char *bytes = (char *)(room + units);
	int n = WideCharToMultiByte(CP_ACP, WC_NO_BEST_FIT_CHARS, room, -1, bytes, (int)(units * sizeof *room), NULL, &replaced);

	return n > 0 && !replaced;
}

/* Where the system's value has characters that the code page has not, getenv() has others instead: that is another secret. */
static int check_characters(const char *name)
{
	wchar_t wide[NAME_ROOM], *room;
	DWORD units = GetACP() != CP_UTF8 && widen(wide, name) == 0 ? GetEnvironmentVariableW(wide, NULL, 0) : 0; /* with the NUL */
	int rc = 0;

	if (!units)
		return 0;
	room = malloc(2 * units * sizeof *room);
	if (!room)
		return -ENOMEM;
	if (GetEnvironmentVariableW(wide, room, units) < units && !is_in_code_page(room, units))
		rc = -ERROR_NO_UNICODE_TRANSLATION;
	osml__wipe(room, 2 * units * sizeof *room);
	free(room);
	return rc;
}

int osml__os_env(char **value, const char *name)
{
	*value = getenv(name);
	return *value ? check_characters(name) : -ENOENT;
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
	wchar_t wide[NAME_ROOM];
	int rc = widen(wide, name);

	if (rc)
		return rc;
	wipe_copies(L"msvcrt.dll", name, wide);
	wipe_copies(L"ucrtbase.dll", name, wide);
	rc = overwrite_block(wide);
	return rc ? rc : remove_both(wide);
}
