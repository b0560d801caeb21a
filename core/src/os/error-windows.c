/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Windows' text for its own codes, by FormatMessage: in UTF-8 whatever the code page is, and without the full stop and line end. */
#include <stdio.h>
#include <windows.h>

#include "../os.h"

#define MOST 256 /* UTF-16 units; no system message is nearly as long */

static DWORD trimmed(const wchar_t *text, DWORD len)
{
	while (len > 0 && (text[len - 1] <= L' ' || text[len - 1] == L'.'))
		len--;
	return len;
}

const char *osml__os_strerror(int rc)
{
	static _Thread_local char text[MOST * 3 + 1];
	wchar_t wide[MOST];
	char utf8[MOST * 3 + 1]; /* three bytes a unit are the worst case */
	DWORD how = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
	DWORD units = trimmed(wide, FormatMessageW(how, NULL, (DWORD)-rc, 0, wide, MOST, NULL));
	int bytes = units > 0 ? WideCharToMultiByte(CP_UTF8, 0, wide, (int)units, utf8, sizeof(utf8) - 1, NULL, NULL) : 0;

	if (bytes <= 0) {
		snprintf(text, sizeof text, "Windows error %d", -rc);
		return text;
	}
	utf8[bytes] = 0;
	snprintf(text, sizeof text, "%s", utf8);
	return text;
}

#define NAME(code)          \
	{                   \
		code, #code \
	}

const char *osml__os_error_name(int rc)
{
	static const struct {
		int code;
		const char *name;
	} names[] = {
		NAME(ERROR_BUSY),
		NAME(ERROR_DIRECTORY),
		NAME(ERROR_FILE_NOT_FOUND),
		NAME(ERROR_PATH_NOT_FOUND),
		NAME(ERROR_TOO_MANY_OPEN_FILES),
		NAME(ERROR_ACCESS_DENIED),
		NAME(ERROR_INVALID_HANDLE),
		NAME(ERROR_NOT_ENOUGH_MEMORY),
		NAME(ERROR_SHARING_VIOLATION),
		NAME(ERROR_INVALID_PARAMETER),
		NAME(ERROR_BROKEN_PIPE),
		NAME(ERROR_INVALID_NAME),
		NAME(ERROR_BAD_EXE_FORMAT),
		NAME(ERROR_FILENAME_EXCED_RANGE),
		NAME(ERROR_NO_DATA),
		NAME(ERROR_NOT_LOCKED),
		NAME(ERROR_NO_UNICODE_TRANSLATION),
		NAME(ERROR_ENVVAR_NOT_FOUND),
		NAME(WAIT_TIMEOUT),
		NAME(ERROR_OPERATION_ABORTED),
		NAME(ERROR_NOACCESS),
		NAME(ERROR_NO_SYSTEM_RESOURCES),
		NAME(ERROR_WORKING_SET_QUOTA),
		NAME(ERROR_COMMITMENT_LIMIT),
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].code == -rc)
			return names[i].name;
	return NULL;
}
