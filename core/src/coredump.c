/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* RLIMIT_CORE belongs to the process, so the guards share one saved limit. All of it under OSML__MUTEX_PROCESS. */
#include "life.h"

#include <stdlib.h>

struct osml_core_dumps_guard {
	char unused; /* A guard has no data of its own: it is the right to one release. */
};

static unsigned guards;
static uint64_t saved_soft; /* what the last guard restores */

static int switch_off(uint64_t *before)
{
	uint64_t hard;
	int rc = osml__os_core_limit(before, &hard);

	return rc || *before == 0 ? rc : osml__os_set_core_limit(0);
}

/* Children inherit the guards together with the limit, so a fork changes nothing here. */
static int restore(void)
{
	uint64_t soft, hard;
	int rc = osml__os_core_limit(&soft, &hard);

	if (rc || soft != 0 || saved_soft == 0)
		return rc; /* Other code has set a limit meanwhile, which is kept. */
	rc = osml__os_set_core_limit(saved_soft < hard ? saved_soft : hard);
	return rc == 0 && saved_soft > hard ? -EPERM : rc;
}

int osml_disable_core_dumps_for_process(void)
{
	uint64_t before;
	int rc = osml__start();

	if (rc)
		return rc;
	osml__lock(OSML__MUTEX_PROCESS);
	rc = switch_off(&before);
	if (rc == 0)
		saved_soft = 0;
	osml__unlock(OSML__MUTEX_PROCESS);
	return rc;
}

int osml_disable_core_dumps_with_guard(osml_core_dumps_guard **out)
{
	uint64_t before;
	int rc;

	if (!out)
		return OSML_EINVAL;
	*out = NULL;
	rc = osml__start();
	if (rc)
		return rc;
	*out = malloc(sizeof **out);
	if (!*out)
		return -ENOMEM;
	osml__lock(OSML__MUTEX_PROCESS);
	rc = switch_off(&before);
	if (rc == 0 && (guards++ == 0 || before != 0)) /* not 0: other code has set a limit since the first guard */
		saved_soft = before;
	osml__unlock(OSML__MUTEX_PROCESS);
	if (rc) {
		free(*out);
		*out = NULL;
	}
	return rc;
}

int osml_core_dumps_guard_release(osml_core_dumps_guard *guard)
{
	int rc = 0;

	if (!guard)
		return 0;
	free(guard);
	osml__lock(OSML__MUTEX_PROCESS);
	if (--guards == 0)
		rc = restore();
	osml__unlock(OSML__MUTEX_PROCESS);
	return rc;
}
