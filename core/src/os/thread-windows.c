/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Mutexes by SRWLOCK, which needs no initialiser at load time and no clean-up. The end of a thread is told by a fibre-local slot, the one kind
 * that has a callback also in a DLL. A fibre that was the first of its thread to use the library must not be deleted before the thread ends.
 */
#include "windows.h"

#include <stdlib.h>

static SRWLOCK mutexes[OSML__MUTEX_COUNT]; /* all zero, which is SRWLOCK_INIT */
static const struct osml__hooks *_Atomic hooks;
static _Atomic DWORD slot; /* the index + 1; 0: there is none yet */

void osml__os_mutex_lock(enum osml__mutex which)
{
	AcquireSRWLockExclusive(&mutexes[which]);
}

void osml__os_mutex_unlock(enum osml__mutex which)
{
	ReleaseSRWLockExclusive(&mutexes[which]);
}

void osml__os_mutexes_renew(void)
{
}

static void exiting(void)
{
	atomic_load(&hooks)->exiting();
}

/*
 * ExitProcess() ends the other threads wherever they are, also with a mutex in their hands, and then calls this for the last one. Looked up at the
 * start: who asks the loader in the callback of a slot, in which a thread may hold the lock of all slots, waits for one that starts and that waits
 * for this one.
 */
static FARPROC _Atomic shutdown_in_progress;

static bool process_ends(void)
{
	FARPROC ask = atomic_load(&shutdown_in_progress);

	return ask && ((BOOLEAN(NTAPI *)(void))(void (*)(void))ask)();
}

static void WINAPI thread_ended(void *mark)
{
	if (mark && !process_ends())
		atomic_load(&hooks)->thread_ended(mark);
}

static int make_slot(void)
{
	DWORD none = 0, index = FlsAlloc(thread_ended);

	if (index == FLS_OUT_OF_INDEXES)
		return osml__windows_error();
	if (!atomic_compare_exchange_strong(&slot, &none, index + 1))
		FlsFree(index);
	return 0;
}

/* The hooks point into this code, so FreeLibrary() must not unload it. */
static int stay_loaded(void)
{
	HMODULE self;
	DWORD how = GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS;

	return GetModuleHandleExW(how, (const wchar_t *)(const void *)mutexes, &self) ? 0 : osml__windows_error();
}

int osml__os_start(const struct osml__hooks *given)
{
	int rc = stay_loaded();

	atomic_store(&hooks, given);
	atomic_store(&shutdown_in_progress, GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlDllShutdownInProgress"));
	osml__nodump_find();
	if (rc == 0 && !atomic_load(&slot))
		rc = make_slot();
	if (rc == 0 && atexit(exiting))
		rc = -ENOMEM;
	return rc;
}

int osml__os_thread_mark(void *mark)
{
	DWORD index = atomic_load(&slot);

	return !index || FlsSetValue(index - 1, mark) ? 0 : osml__windows_error();
}

uint64_t osml__os_process_id(void)
{
	return GetCurrentProcessId();
}

uint64_t osml__os_thread_id(void)
{
	return GetCurrentThreadId();
}

void osml__os_with_cleanup(void (*body)(void *arg), void (*cleanup)(void *arg), void *arg)
{
	(void)cleanup;
	body(arg);
}

int osml__os_cancellation_off(void)
{
	return 0;
}

void osml__os_cancellation_restore(int before)
{
	(void)before;
}
