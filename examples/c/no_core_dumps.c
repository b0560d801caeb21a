/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Switches core dumps off for the time that they would hurt, and hardens the process for good. */
#include "explain.h"

#include <sys/resource.h>

static void show(const char *when)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_CORE, &limit) != 0)
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		printf("%-26s unlimited\n", when);
	else
		printf("%-26s %llu bytes\n", when, (unsigned long long)limit.rlim_cur);
}

int main(void)
{
	/* A shell often has 0 already; then there would be nothing to see. */
	struct rlimit limit;
	getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_CORE, &limit);
	show("core dumps may have:");

	osml_core_dumps_guard *guard;
	int rc = osml_disable_core_dumps_with_guard(&guard);
	if (rc != 0)
		return explain("cannot switch core dumps off", rc);
	show("under the guard:");
	rc = osml_core_dumps_guard_release(guard);
	if (rc != 0)
		return explain("cannot restore the limit", rc);
	show("the guard is gone:");

	/* A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too. */
	uint32_t done = 0;
	rc = osml_harden(&done, OSML_HARDEN_ALL);
	show("hardened for good:");
	printf("core limit: %s, undumpable: %s\n", done & OSML_HARDEN_CORE_LIMIT ? "done" : "refused",
	       done & OSML_HARDEN_UNDUMPABLE ? "done" : "refused");
	return rc == 0 ? 0 : explain("not every step could be had", rc);
}
