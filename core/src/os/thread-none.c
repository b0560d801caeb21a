/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No threads: an unknown system, taken to be a single thread. Hooks cannot be had, so buffers cannot be made. */
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
