/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What support.h says of a system that is neither Linux nor Windows. It is compiled and linked (tests/cross); nobody has run it. There the
 * kernel's word on a mapping is not asked.
 */
#include "support.h"

#include <sys/resource.h>

void support_end_with(int parent)
{
	(void)parent; /* there is no PR_SET_PDEATHSIG */
}

bool support_lock_limit_binds(void)
{
	struct rlimit limit;

	CHECK(getrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	return limit.rlim_cur != RLIM_INFINITY;
}

/* Root of these systems has no capability that could be taken away alone. */
void support_limit_locked_memory(size_t bytes)
{
	support_set_lock_limit(bytes);
}

/* ---- What the kernel says ---- */

/* Always the same, so that snapshots compare the rest. */
size_t support_locked_kib(void)
{
	return 0;
}

static bool not_asked(void)
{
	SKIP("the kernel is not asked for its mappings on this system");
	return false;
}

size_t support_mappings(void)
{
	return not_asked();
}

bool support_find_mapping(struct support_mapping *found, const void *addr)
{
	(void)found;
	(void)addr;
	return not_asked();
}

bool support_all_have(const void *addr, size_t len, const char *flag)
{
	(void)addr;
	(void)len;
	(void)flag;
	return not_asked();
}

bool support_none_has(const void *addr, size_t len, const char *flag)
{
	return support_all_have(addr, len, flag);
}

struct support_range *support_ranges_with(const char *flag, size_t *count)
{
	(void)flag;
	*count = not_asked();
	return NULL;
}

bool support_ranges_hold(const struct support_range *ranges, size_t count, const void *addr, size_t len)
{
	(void)ranges;
	(void)count;
	return support_all_have(addr, len, NULL);
}
