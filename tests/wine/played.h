/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Windows, where wine does not do what it does: the working set as a quota, ERROR_NOT_LOCKED, the Locked bit, and Windows Error Reporting. The
 * core's objects of these tests are compiled with this file before all others, so these functions stand in place of the system's.
 */
#ifndef WINE_PLAYED_H
#define WINE_PLAYED_H

#include <windows.h>

#include <psapi.h>

/* VirtualLock() of the real system, if the quota allows it. */
BOOL WINAPI played_lock(void *addr, SIZE_T len);
BOOL WINAPI played_unlock(void *addr, SIZE_T len);
void *WINAPI played_allocate(void *addr, SIZE_T len, DWORD type, DWORD protection);
BOOL WINAPI played_free(void *addr, SIZE_T len, DWORD type);
BOOL WINAPI played_query(HANDLE process, void *info, DWORD size);
BOOL WINAPI played_get_size(HANDLE process, SIZE_T *least, SIZE_T *most, DWORD *flags);
BOOL WINAPI played_set_size(HANDLE process, SIZE_T least, SIZE_T most, DWORD flags);
FARPROC WINAPI played_find(HMODULE module, const char *name);

/* What the tests say and ask. */
#define PLAYED_OVERHEAD 11u               /* pages of the minimum working set that cannot be locked */
void played_place(void *addr);            /* where the next memory shall be that may be anywhere */
void played_quota(SIZE_T least);          /* the minimum working set from now on */
void played_error_reporting(int present); /* is there a WerRegisterExcludedMemoryBlock()? At first there is */
SIZE_T played_least(void);
unsigned played_bad_unlocks(void); /* calls of VirtualUnlock() for pages that were not locked */
unsigned played_finds(void);       /* calls of GetProcAddress() */
unsigned played_blocks(void);      /* registered with Windows Error Reporting */
int played_is_excluded(const void *addr, SIZE_T len);

#endif
