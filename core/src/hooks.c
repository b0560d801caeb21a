/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

_Atomic uint32_t osml__generation = 1;

/* All that a child must do: the mutexes are new already, the tables are the parent's. */
static void forked(void)
{
	atomic_fetch_add(&osml__generation, 1);
	osml__pool_forget();
	osml__handle_forget();
	osml__mapping_forget_all();
	osml__region_forget();
	osml__sweep_forked();
}

int osml__start(void)
{
	static const struct osml__hooks hooks = { forked, osml__sweep_exiting, osml__cache_end };
	static _Atomic bool started;
	int rc = 0;

	if (atomic_load_explicit(&started, memory_order_acquire))
		return 0;
	osml__os_mutex_lock(OSML__MUTEX_PROCESS);
	if (!atomic_load_explicit(&started, memory_order_relaxed))
		rc = osml__os_start(&hooks);
	atomic_store_explicit(&started, rc == 0, memory_order_release);
	osml__os_mutex_unlock(OSML__MUTEX_PROCESS);
	return rc;
}
