/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the files of Windows share. */
#ifndef OSML_OS_WINDOWS_H
#define OSML_OS_WINDOWS_H

#include <windows.h>

#include "../internal.h"

/* The code of the call that was just refused, as os.h wants it. */
static inline int osml__windows_error(void)
{
	DWORD code = GetLastError();

	return code ? -(int)code : -ERROR_GEN_FAILURE;
}

/* Of a number: it is no descriptor, but a handle. Handles are multiples of 4 below 2^26, descriptors fewer than 10 000. */
#define OSML__OF_HANDLE 0x40000000

/*
 * lockedpages-windows.c: the pages that VirtualLock() has locked for this library. Under osml__locked_mutex. All ranges are whole pages.
 */
extern SRWLOCK osml__locked_mutex;
int osml__locked_reserve(const void *addr, size_t size); /* what makes osml__locked_set() possible; or an error */
void osml__locked_set(const void *addr, size_t size, bool locked);
bool osml__locked_any(const void *addr, size_t size);
bool osml__locked_page(const void *page);
void osml__locked_forget(const void *addr, size_t size); /* takes the mutex: the pages are gone, and their locks with them */

/* lock-windows.c: what the system itself says of a page. */
bool osml__windows_says_locked(const void *page);

/* file-windows.c: "C:\..." or "\\...", of which no more than three units are looked at. */
bool osml__windows_is_absolute(const wchar_t *path);

/* socket-windows.c: 0, or SOCK_STREAM and so on; and what there is for sockets alone, as in os.h. */
int osml__socket_type(HANDLE h);
int osml__socket_move(HANDLE h, bool to_write, void *bytes, DWORD n, size_t *moved);
int osml__socket_wait(HANDLE h, bool to_write, int milliseconds);

/* nodump-windows.c: looks up what it calls, before the mutexes of the core are taken. And: the pages are gone, and must not stay registered. */
void osml__nodump_find(void);
void osml__nodump_forget(const void *addr, size_t size);

#endif
