/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Windows' text for its own codes, by FormatMessage: in UTF-8 whatever the code page is, and without the full stop and line end. */
#include <stdio.h>
#include <windows.h>

#include "../os.h"

#define MOST 256 /* UTF-16 units; no system message comes near */

static DWORD trimmed(const wchar_t *text, DWORD len)
{
	while (len > 0 && (text[len - 1] <= L' ' || text[len - 1] == L'.'))
		len--;
	return len;
}

void osml__os_strerror(int rc, char *buf, size_t len)
{
	wchar_t wide[MOST];
	char utf8[MOST * 3 + 1]; /* three bytes a unit are the worst case */
	DWORD how = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
	DWORD units = trimmed(wide, FormatMessageW(how, NULL, (DWORD)-rc, 0, wide, MOST, NULL));
	int bytes = units > 0 ? WideCharToMultiByte(CP_UTF8, 0, wide, (int)units, utf8, sizeof(utf8) - 1, NULL, NULL) : 0;

	if (bytes <= 0) {
		snprintf(buf, len, "Windows error %d", -rc);
		return;
	}
	utf8[bytes] = 0;
	snprintf(buf, len, "%s", utf8);
}

/* Names like ENOMEM belong to errno; the numbers here are not errno's. */
const char *osml__os_error_name(int rc)
{
	(void)rc;
	return NULL;
}
