/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "played.h"

#include <string.h>

#define PAGE       4096u
#define PAGES_MOST 65536u
#define BLOCKS     512u /* WER_MAX_REGISTERED_ENTRIES */

static SRWLOCK mutex;
static ULONG_PTR locked[PAGES_MOST]; /* page numbers */
static unsigned locked_count, bad_unlocks;
static SIZE_T quota = (SIZE_T)1 << 30, most_now = (SIZE_T)2 << 30;
static DWORD flags_now = QUOTA_LIMITS_HARDWS_MIN_DISABLE | QUOTA_LIMITS_HARDWS_MAX_DISABLE;

/* ---- Locks ---- */

static unsigned index_of(ULONG_PTR page)
{
	unsigned i = 0;

	while (i < locked_count && locked[i] != page)
		i++;
	return i;
}

static ULONG_PTR first_page(const void *addr)
{
	return (ULONG_PTR)addr / PAGE;
}

static ULONG_PTR last_page(const void *addr, SIZE_T len)
{
	return ((ULONG_PTR)addr + len - 1) / PAGE;
}

BOOL WINAPI played_lock(void *addr, SIZE_T len)
{
	SIZE_T more = 0;
	BOOL ok;

	AcquireSRWLockExclusive(&mutex);
	for (ULONG_PTR page = first_page(addr); page <= last_page(addr, len); page++)
		more += index_of(page) == locked_count;
	ok = (locked_count + more + PLAYED_OVERHEAD) * PAGE <= quota && locked_count + more <= PAGES_MOST;
	if (!ok)
		SetLastError(ERROR_WORKING_SET_QUOTA);
	ok = ok && VirtualLock(addr, len);
	for (ULONG_PTR page = first_page(addr); ok && page <= last_page(addr, len); page++)
		if (index_of(page) == locked_count)
			locked[locked_count++] = page;
	ReleaseSRWLockExclusive(&mutex);
	return ok;
}

BOOL WINAPI played_unlock(void *addr, SIZE_T len)
{
	BOOL ok = TRUE;

	AcquireSRWLockExclusive(&mutex);
	for (ULONG_PTR page = first_page(addr); page <= last_page(addr, len); page++)
		ok = ok && index_of(page) < locked_count;
	for (ULONG_PTR page = first_page(addr); ok && page <= last_page(addr, len); page++)
		locked[index_of(page)] = locked[--locked_count];
	bad_unlocks += !ok;
	if (!ok)
		SetLastError(ERROR_NOT_LOCKED);
	ok = ok && VirtualUnlock(addr, len);
	ReleaseSRWLockExclusive(&mutex);
	return ok;
}

static void *place;

void played_place(void *addr)
{
	place = addr;
}

void *WINAPI played_allocate(void *addr, SIZE_T len, DWORD type, DWORD protection)
{
	if (!addr) {
		addr = place;
		place = NULL;
	}
	return VirtualAlloc(addr, len, type, protection);
}

static const char *end_of_allocation(void *start)
{
	MEMORY_BASIC_INFORMATION info;
	const char *at = start;

	while (VirtualQuery(at, &info, sizeof info) && info.AllocationBase == start)
		at = (const char *)info.BaseAddress + info.RegionSize;
	return at;
}

/* Of a whole allocation: what gets its addresses next is not locked. */
BOOL WINAPI played_free(void *addr, SIZE_T len, DWORD type)
{
	const char *end = end_of_allocation(addr);
	BOOL ok;

	AcquireSRWLockExclusive(&mutex);
	ok = VirtualFree(addr, len, type);
	for (unsigned i = 0; ok && i < locked_count;)
		if (locked[i] >= first_page(addr) && locked[i] < first_page(end))
			locked[i] = locked[--locked_count];
		else
			i++;
	ReleaseSRWLockExclusive(&mutex);
	return ok;
}

BOOL WINAPI played_query(HANDLE process, void *info, DWORD size)
{
	PSAPI_WORKING_SET_EX_INFORMATION *one = info;

	if (!K32QueryWorkingSetEx(process, info, size))
		return FALSE;
	AcquireSRWLockShared(&mutex);
	for (; (char *)one < (char *)info + size; one++)
		one->VirtualAttributes.Locked = index_of(first_page(one->VirtualAddress)) < locked_count;
	ReleaseSRWLockShared(&mutex);
	return TRUE;
}

unsigned played_bad_unlocks(void)
{
	return bad_unlocks;
}

/* ---- The working set ---- */

BOOL WINAPI played_get_size(HANDLE process, SIZE_T *least, SIZE_T *most, DWORD *flags)
{
	(void)process;
	*least = quota;
	*most = most_now;
	*flags = flags_now;
	return TRUE;
}

BOOL WINAPI played_set_size(HANDLE process, SIZE_T least, SIZE_T most, DWORD flags)
{
	(void)process;
	if (least >= most || flags != flags_now) {
		SetLastError(ERROR_INVALID_PARAMETER);
		return FALSE;
	}
	quota = least;
	most_now = most;
	return TRUE;
}

void played_quota(SIZE_T least)
{
	quota = least;
	most_now = least + ((SIZE_T)1 << 20);
}

SIZE_T played_least(void)
{
	return quota;
}

/* ---- Windows Error Reporting ---- */

static int absent;
static struct {
	const char *start;
	DWORD size;
} blocks[BLOCKS];
static unsigned block_count, find_count;

static HRESULT WINAPI exclude(const void *addr, DWORD size)
{
	if (block_count == BLOCKS)
		return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
	blocks[block_count].start = addr;
	blocks[block_count++].size = size;
	return S_OK;
}

static HRESULT WINAPI include(const void *addr)
{
	for (unsigned i = 0; i < block_count; i++) {
		if (blocks[i].start != addr)
			continue;
		blocks[i] = blocks[--block_count];
		return S_OK;
	}
	return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
}

FARPROC WINAPI played_find(HMODULE module, const char *name)
{
	(void)module;
	find_count++;
	if (absent)
		return NULL;
	if (!strcmp(name, "WerRegisterExcludedMemoryBlock"))
		return (FARPROC)(void (*)(void))exclude;
	return !strcmp(name, "WerUnregisterExcludedMemoryBlock") ? (FARPROC)(void (*)(void))include : NULL;
}

void osml__nodump_find(void); /* of the library, which looks once */

void played_error_reporting(int present)
{
	absent = !present;
	osml__nodump_find();
}

unsigned played_finds(void)
{
	return find_count;
}

unsigned played_blocks(void)
{
	return block_count;
}

int played_is_excluded(const void *addr, SIZE_T len)
{
	const char *at = addr, *end = at + len;

	for (unsigned i = 0; i < block_count && at < end; i++) {
		if (at < blocks[i].start || at >= blocks[i].start + blocks[i].size)
			continue;
		at = blocks[i].start + blocks[i].size;
		i = (unsigned)-1;
	}
	return at >= end;
}
