/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No threads: an unknown system, taken to be a single thread. Hooks are unavailable, so buffers cannot be made. */
#include "../os.h"

void osml__os_mutex_lock(enum osml__mutex which)
{
	(void)which;
}

void osml__os_mutex_unlock(enum osml__mutex which)
{
	(void)which;
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

void osml__os_mutexes_renew(void)
{
}

uint64_t osml__os_process_id(void)
{
	return 0;
}

uint64_t osml__os_thread_id(void)
{
	return 0;
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
