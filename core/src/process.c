/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Hardening of the whole process: a list of steps, each tried, reported and undone by itself (T17, T20). */
#include "life.h"

static osml_core_dumps_guard *core_guard; /* under OSML__MUTEX_HARDEN, as all below */
static bool undumpable;

static int limit_cores(void)
{
	return core_guard ? 0 : osml_disable_core_dumps_with_guard(&core_guard);
}

static int unlimit_cores(void)
{
	int rc = osml_core_dumps_guard_release(core_guard);

	core_guard = NULL;
	return rc;
}

static bool cores_limited(void)
{
	return core_guard;
}

static int make_undumpable(void)
{
	int dumpable;
	int rc = osml__os_dumpable(&dumpable);

	if (rc || !dumpable)
		return rc; /* Already undumpable, and not by this library, which must not undo it either. */
	rc = osml__os_set_dumpable(0);
	undumpable = rc == 0 && dumpable == 1; /* 2, "root only", cannot be set again: prctl(2) */
	return rc;
}

static int make_dumpable(void)
{
	int rc = osml__os_set_dumpable(1);

	undumpable = rc != 0;
	return rc;
}

static bool made_undumpable(void)
{
	return undumpable;
}

static const struct {
	uint32_t bit;
	int (*apply)(void);
	int (*undo)(void);
	bool (*is_ours)(void);
} steps[] = {
	{ OSML_HARDEN_CORE_LIMIT, limit_cores, unlimit_cores, cores_limited },
	{ OSML_HARDEN_UNDUMPABLE, make_undumpable, make_dumpable, made_undumpable },
};

static int try_steps(uint32_t *succeeded, uint32_t wanted, bool undo)
{
	uint32_t done = 0;
	int first = 0;

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		if (!(wanted & steps[i].bit) || (undo && !steps[i].is_ours()))
			continue;
		int rc = undo ? steps[i].undo() : steps[i].apply();
		if (rc == 0)
			done |= steps[i].bit;
		first = first ? first : rc;
	}
	if (succeeded)
		*succeeded = done;
	return first;
}

static int change(uint32_t *succeeded, uint32_t wanted, bool undo)
{
	int rc = wanted & ~OSML_HARDEN_ALL ? OSML_EINVAL : osml__start();

	if (succeeded)
		*succeeded = 0;
	if (rc)
		return rc;
	osml__lock(OSML__MUTEX_HARDEN);
	rc = try_steps(succeeded, wanted, undo);
	osml__unlock(OSML__MUTEX_HARDEN);
	return rc;
}

int osml_harden(uint32_t *done, uint32_t wanted)
{
	return change(done, wanted, false);
}

int osml_harden_undo(uint32_t *undone, uint32_t wanted)
{
	return change(undone, wanted, true);
}
