/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * WerRegisterExcludedMemoryBlock() (Windows 10, 1703) keeps a block out of the dumps of Windows Error Reporting, and of nobody else's. It takes
 * as many blocks as are noted here. A block can only be given back as it was registered, so of one that is given back in part the rest is
 * registered anew.
 */
#include "windows.h"

#define MOST 512u /* WER_MAX_REGISTERED_ENTRIES */

typedef HRESULT(WINAPI *register_function)(const void *addr, DWORD size);
typedef HRESULT(WINAPI *unregister_function)(const void *addr);

static SRWLOCK mutex;
static struct block {
	const char *start, *end;
} blocks[MOST];
static unsigned count;

/* Older systems have neither, and nor has wine. Not looked up under a mutex: a thread that holds the loader's lock may wait for that. */
static register_function _Atomic exclude;
static unregister_function _Atomic include;
static _Atomic bool looked;

void osml__nodump_find(void)
{
	HMODULE kernel = GetModuleHandleW(L"kernel32.dll");

	atomic_store(&exclude, (register_function)(void (*)(void))GetProcAddress(kernel, "WerRegisterExcludedMemoryBlock"));
	atomic_store(&include, (unregister_function)(void (*)(void))GetProcAddress(kernel, "WerUnregisterExcludedMemoryBlock"));
	atomic_store(&looked, true);
}

/* Advice may be given before anything else has begun. Where they are not there, they are not looked for again. */
static bool is_there(void)
{
	if (!atomic_load(&looked))
		osml__nodump_find();
	return atomic_load(&exclude) && atomic_load(&include);
}

static int from_result(HRESULT result)
{
	if (SUCCEEDED(result))
		return 0;
	return HRESULT_FACILITY(result) == FACILITY_WIN32 && HRESULT_CODE(result) ? -(int)HRESULT_CODE(result) : -ERROR_GEN_FAILURE;
}

static int add(const char *start, const char *end)
{
	int rc;

	if (count == MOST || (size_t)(end - start) > MAXDWORD)
		return -ERROR_INSUFFICIENT_BUFFER;
	rc = from_result(atomic_load(&exclude)(start, (DWORD)(end - start)));
	if (rc == 0)
		blocks[count++] = (struct block){ start, end };
	return rc;
}

/* Takes what lies in [start, end) out of block `i`. */
static int cut(unsigned i, const char *start, const char *end)
{
	struct block was = blocks[i];
	int rc = from_result(atomic_load(&include)(was.start)), rest = 0;

	if (rc)
		return rc;
	blocks[i] = blocks[--count];
	if (was.start < start)
		rc = add(was.start, start);
	if (was.end > end)
		rest = add(end, was.end);
	return rc ? rc : rest;
}

/* The first address from `at` on, up to `end`, that is in no block (covered), or at which a block starts. */
static const char *skip(const char *at, const char *end, bool covered)
{
	const char *next = covered ? at : end;

	for (unsigned i = 0; i < count; i++) {
		if (covered && blocks[i].start <= at && at < blocks[i].end)
			return skip(blocks[i].end, end, true);
		if (!covered && blocks[i].start >= at && blocks[i].start < next)
			next = blocks[i].start;
	}
	return next < end ? next : end;
}

/* Blocks never overlap, so that an address names one of them. */
static int add_rest(const char *at, const char *end)
{
	int rc = 0;

	while (rc == 0 && (at = skip(at, end, true)) < end) {
		const char *stop = skip(at, end, false);
		rc = add(at, stop);
		at = stop;
	}
	return rc;
}

int osml__os_nodump(void *addr, size_t size)
{
	int rc;

	if (!is_there())
		return OSML_EUNSUPPORTED;
	AcquireSRWLockExclusive(&mutex);
	rc = add_rest(addr, (const char *)addr + size);
	ReleaseSRWLockExclusive(&mutex);
	return rc;
}

static int remove_range(const char *start, const char *end)
{
	int rc = 0;

	for (unsigned i = count; i-- > 0;) { /* what is cut off goes to the end, and is not met again */
		if (blocks[i].start >= end || blocks[i].end <= start)
			continue;
		int failed = cut(i, start, end);
		rc = rc ? rc : failed;
	}
	return rc;
}

int osml__os_dodump(void *addr, size_t size)
{
	int rc;

	if (!is_there())
		return OSML_EUNSUPPORTED;
	AcquireSRWLockExclusive(&mutex);
	rc = remove_range(addr, (const char *)addr + size);
	ReleaseSRWLockExclusive(&mutex);
	return rc;
}

void osml__nodump_forget(const void *addr, size_t size)
{
	AcquireSRWLockExclusive(&mutex);
	remove_range(addr, (const char *)addr + size);
	ReleaseSRWLockExclusive(&mutex);
}
