/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The environment is there twice: the system's own block, in UTF-16, which children get; and the C runtime's copies, which getenv() reads, narrow
 * in the code page of the process and perhaps wide. The block has all characters, so the value is taken from there.
 */
#include "windows.h"

#include <stdlib.h>
#include <wchar.h>

#define NAME_ROOM 1024 /* UTF-16 units */

static int widen(wchar_t wide[NAME_ROOM], const char *name)
{
	return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1, wide, NAME_ROOM) ? 0 : osml__windows_error();
}

/* ---- The value in UTF-8, in pages of its own ---- */

#define UTF8_UNIT 3u /* bytes that a unit of UTF-16 has at most */

struct copy {
	size_t size;
	wchar_t text[]; /* and behind it the same in UTF-8 */
};

/* Where a lock is refused it does without: the block itself is not locked. */
static int make_copy(struct copy **copy, DWORD units)
{
	size_t page = osml__os_page_size(), size = sizeof **copy + units * (sizeof(wchar_t) + UTF8_UNIT);
	void *pages;
	int rc;

	size = (size + page - 1) / page * page;
	rc = osml__os_map(&pages, size, 0);
	if (rc)
		return rc;
	osml__os_nodump(pages, size);
	osml__os_lock(pages, size);
	*copy = pages;
	(*copy)->size = size;
	return 0;
}

static void end_copy(struct copy *copy)
{
	size_t size = copy->size;

	osml__wipe(copy, size);
	osml__os_unmap(copy, size, 0);
}

static int fill_copy(struct copy *copy, const wchar_t *name, DWORD units, char *value)
{
	if (GetEnvironmentVariableW(name, copy->text, units) >= units)
		return -EBUSY; /* it grew meanwhile */
	return WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, copy->text, -1, value, (int)(units * UTF8_UNIT), NULL, NULL)
	               ? 0
	               : osml__windows_error();
}

int osml__os_env(char **value, const char *name)
{
	wchar_t wide[NAME_ROOM];
	struct copy *copy;
	DWORD units;
	int rc = widen(wide, name);

	if (rc)
		return rc;
	units = GetEnvironmentVariableW(wide, NULL, 0); /* with the NUL */
	if (!units)
		return GetLastError() == ERROR_ENVVAR_NOT_FOUND ? -ENOENT : osml__windows_error();
	rc = make_copy(&copy, units);
	if (rc)
		return rc;
	*value = (char *)(copy->text + units);
	rc = fill_copy(copy, wide, units, *value);
	if (rc)
		end_copy(copy);
	return rc;
}

/* It is not at the start of its page, but all that was allocated begins with the copy's. */
void osml__os_env_end(char *value)
{
	MEMORY_BASIC_INFORMATION info;

	if (VirtualQuery(value, &info, sizeof info))
		end_copy(info.AllocationBase);
}

/* ---- The copies of each C runtime in the process: its variables now, and as they were at first; names are the same in either case of letters ---- */

static bool is_same(const wchar_t *a, size_t len, const wchar_t *b)
{
	return CompareStringOrdinal(a, (int)len, b, -1, TRUE) == CSTR_EQUAL;
}

static void wipe_wide(wchar_t **strings, const wchar_t *name)
{
	for (; strings && *strings; strings++) {
		size_t len = wcscspn(*strings, L"=");

		if ((*strings)[len] && is_same(*strings, len, name))
			osml__wipe(*strings + len + 1, wcslen(*strings + len + 1) * sizeof **strings);
	}
}

static void wipe_narrow(char **strings, const wchar_t *name)
{
	wchar_t wide[NAME_ROOM];

	for (; strings && *strings; strings++) {
		size_t len = strcspn(*strings, "=");
		int units = MultiByteToWideChar(CP_ACP, 0, *strings, (int)len, wide, NAME_ROOM);

		if ((*strings)[len] && units > 0 && is_same(wide, (size_t)units, name))
			osml__wipe(*strings + len + 1, strlen(*strings + len + 1));
	}
}

/* What the runtime makes of a name whose characters the code page has not. */
static void through_code_page(wchar_t to[NAME_ROOM], const wchar_t *name)
{
	char bytes[4 * NAME_ROOM];

	to[0] = 0;
	if (WideCharToMultiByte(CP_ACP, 0, name, -1, bytes, sizeof bytes, NULL, NULL))
		MultiByteToWideChar(CP_ACP, 0, bytes, -1, to, NAME_ROOM);
}

static void wipe_copies(const wchar_t *runtime, const wchar_t *name)
{
	static const char *const narrow_getters[] = { "__p__environ", "__p___initenv" }, *const wide_getters[] = { "__p__wenviron",
		                                                                                                   "__p___winitenv" };
	HMODULE module = GetModuleHandleW(runtime);
	wchar_t narrow_name[NAME_ROOM];

	through_code_page(narrow_name, name);
	for (unsigned i = 0; module && i < 2; i++) {
		FARPROC narrow_getter = GetProcAddress(module, narrow_getters[i]), wide_getter = GetProcAddress(module, wide_getters[i]);
		if (narrow_getter)
			wipe_narrow(*((char ***(*)(void))(void (*)(void))narrow_getter)(), narrow_name);
		if (wide_getter)
			wipe_wide(*((wchar_t * **(*)(void))(void (*)(void))wide_getter)(), name);
	}
}

/* ---- The end of it ---- */

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

/* What can fail comes first, while the variable is as it was. "NAME=" removes it from both, in the runtime's words. */
int osml__os_env_remove(const char *name)
{
	wchar_t pair[NAME_ROOM + 1];
	int rc = widen(pair, name);

	if (rc == 0)
		rc = overwrite_block(pair);
	if (rc)
		return rc;
	wipe_copies(L"msvcrt.dll", pair);
	wipe_copies(L"ucrtbase.dll", pair);
	SetEnvironmentVariableW(pair, NULL);
	wcscat(pair, L"=");
	_wputenv(pair);
	return 0;
}
