/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A child that was forked while the table of pages was being changed makes a new one. Where there is no memory for that, the pages of what is kept are
 * not counted there; so they are not taken off a table that has none of them when they go.
 */
#include "support.h"

#include "os_fake.h"

#define KEPT (OSML_LOCKED | OSML_NODUMP | OSML_CANARY)

static osml_buffer *kept;
static unsigned refusals, forks;

static void the_child_frees_it(void *unused)
{
	size_t page = support_page_size();
	osml_region *region;
	uint32_t held;

	(void)unused;
	CHECK_RC(osml_buffer_protections(kept, &held), 0); /* prepares the child, if the fork handler has not */
	CHECK(fake_memory_refused() > 0);
	fake_reset();
	CHECK(!(held & OSML_LOCKED) || support_all_have(osml_buffer_data(kept), 1, "lo"));
	osml_buffer_free(kept);
	CHECK_RC(osml_trim(), 0);
	osml_buffer_free(support_secret(40, KEPT));
	CHECK_RC(osml_region_lock(&region, (char *)&held - (uintptr_t)&held % page, page, 0), 0);
	CHECK_RC(osml_region_unlock(region), 0);
}

/* The caller has the table's mutex. */
static void fork_here(void)
{
	fake_hook("lock", NULL);
	fake_refuse_memory(1, refusals);
	forks++;
	IN_CHILD(the_child_frees_it, NULL);
	fake_reset();
}

static void a_child_without_memory_for_the_table_takes_nothing_off_it(void **state)
{
	static char bytes[100];
	osml_region *region;

	(void)state;
	if (support_sanitized())
		SKIP("ThreadSanitizer takes a fork under a mutex for a wrong order");
	kept = support_secret(40, KEPT);
	for (refusals = 1; refusals < 4; refusals++) {
		fake_hook("lock", fork_here);
		CHECK_RC(osml_region_lock(&region, bytes, sizeof bytes, 0), 0);
		CHECK_RC(osml_region_unlock(region), 0);
	}
	CHECK(forks == 3); /* control */
	osml_buffer_free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_child_without_memory_for_the_table_takes_nothing_off_it) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
