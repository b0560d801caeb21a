/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Mutexes by SRWLOCK, which needs no initialiser at load time and no clean-up. The hooks are absent: they serve buffers, and those
 * have no memory on Windows yet (memory-windows.c).
 */
#include <windows.h>

#include "../os.h"

static SRWLOCK mutexes[OSML__MUTEX_COUNT]; /* all zero, which is SRWLOCK_INIT */

void osml__os_mutex_lock(enum osml__mutex which)
{
	AcquireSRWLockExclusive(&mutexes[which]);
}

void osml__os_mutex_unlock(enum osml__mutex which)
{
	ReleaseSRWLockExclusive(&mutexes[which]);
}

int osml__os_start(const struct osml__hooks *hooks)
{
	(void)hooks;
	return OSML_EUNSUPPORTED;
}

int osml__os_thread_mark(void *mark)
{
	(void)mark;
	return OSML_EUNSUPPORTED;
}
