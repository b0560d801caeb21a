/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What keeps dumps of the whole process from being written: the error mode, and who may open it. */
#include "wine.h"

/* ---- Windows Error Reporting: SEM_NOGPFAULTERRORBOX is a core limit of 0 ---- */

static int reports(void)
{
	return !(GetErrorMode() & SEM_NOGPFAULTERRORBOX);
}

static void test_core_dumps(void)
{
	osml_core_dumps_guard *first, *second;
	UINT before = GetErrorMode();

	SetErrorMode(SEM_FAILCRITICALERRORS);
	check(reports(), "control: crashes are reported");
	check_rc(osml_disable_core_dumps_with_guard(&first), 0, "disable_core_dumps_with_guard");
	check(GetErrorMode() == (SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX), "disable_core_dumps_with_guard: one bit more");
	check_rc(osml_disable_core_dumps_with_guard(&second), 0, "disable_core_dumps_with_guard: a second");
	check_rc(osml_core_dumps_guard_release(first), 0, "core_dumps_guard_release: in the order they were made");
	check(!reports(), "core_dumps_guard_release: the other keeps it");
	check_rc(osml_core_dumps_guard_release(second), 0, "core_dumps_guard_release: the last");
	check(GetErrorMode() == SEM_FAILCRITICALERRORS, "core_dumps_guard_release: the mode is as before");
	check_rc(osml_disable_core_dumps_for_process(), 0, "disable_core_dumps_for_process");
	check(!reports(), "disable_core_dumps_for_process: crashes are not reported");
	SetErrorMode(before);
}

/* ---- The list of who may open it ---- */

/* A bit for each right that it has not got. */
int access_child(DWORD process)
{
	static const DWORD rights[] = { PROCESS_VM_READ, PROCESS_VM_WRITE, PROCESS_DUP_HANDLE, PROCESS_CREATE_THREAD, PROCESS_ALL_ACCESS };
	int refused = 0;

	for (unsigned i = 0; i < sizeof rights / sizeof *rights; i++) {
		HANDLE h = OpenProcess(rights[i], FALSE, process);

		if (h)
			CloseHandle(h);
		else
			refused |= 1 << i;
	}
	return refused;
}

static int refused_to_others(void)
{
	char part[32];

	snprintf(part, sizeof part, "access %lu", GetCurrentProcessId());
	return (int)run_self(part);
}

static void check_harden(uint32_t steps, uint32_t expected, const char *promise)
{
	uint32_t done = ~expected;

	check_rc(osml_harden(&done, steps), 0, promise);
	check(done == expected, promise);
}

static void check_undo(uint32_t steps, uint32_t expected, const char *promise)
{
	uint32_t undone = ~expected;

	check_rc(osml_harden_undo(&undone, steps), 0, promise);
	check(undone == expected, promise);
}

static void test_steps(void)
{
	UINT before = GetErrorMode();

	SetErrorMode(0);
	check(refused_to_others() == 0, "control: another process may read this one");
	check_harden(OSML_HARDEN_CORE_LIMIT, OSML_HARDEN_CORE_LIMIT, "harden: the core limit alone");
	check(!reports() && refused_to_others() == 0, "harden: crashes are not reported, and others may read");
	check_harden(OSML_HARDEN_ALL, OSML_HARDEN_ALL, "harden: all");
	check(refused_to_others() == 31, "harden: no other process may read, write, or start a thread here");
	check(access_child(GetCurrentProcessId()) == 31, "harden: by number not this one either");
	check_harden(OSML_HARDEN_ALL, OSML_HARDEN_ALL, "harden: twice");
	check_undo(OSML_HARDEN_UNDUMPABLE, OSML_HARDEN_UNDUMPABLE, "harden_undo: undumpable");
	check(!reports() && refused_to_others() == 0, "harden_undo: others may read again");
	check_undo(OSML_HARDEN_ALL, OSML_HARDEN_CORE_LIMIT, "harden_undo: what is left");
	check(GetErrorMode() == 0, "harden_undo: the error mode is as before");
	check_undo(OSML_HARDEN_ALL, 0, "harden_undo: nothing is left");
	SetErrorMode(before);
}

void test_harden(void)
{
	test_core_dumps();
	test_steps();
}
