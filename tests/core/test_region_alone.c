/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A program that has regions and no buffer: its children begin with no lock, too (audit C3). Nothing else of the library is called before. */
#include "support.h"

static unsigned char memory[3 * 4096];

static void lock_it_again(void *parents)
{
	osml_region *own;

	CHECK(support_none_has(memory, sizeof memory, "lo")); /* control: no lock is inherited */
	CHECK_RC(osml_region_lock(&own, memory, sizeof memory, 0), 0);
	CHECK(support_all_have(memory, sizeof memory, "lo"));
	CHECK_RC(osml_region_unlock(parents), OSML_EFORKED);
	CHECK(support_all_have(memory, sizeof memory, "lo"));
	CHECK_RC(osml_region_unlock(own), 0);
	CHECK(support_none_has(memory, sizeof memory, "lo"));
}

static void a_child_locks_the_pages_of_its_parents_regions_anew(void **state)
{
	osml_region *r;

	(void)state;
	CHECK_RC(osml_region_lock(&r, memory, sizeof memory, 0), 0);
	CHECK(support_all_have(memory, sizeof memory, "lo"));
	IN_CHILD(lock_it_again, r);
	CHECK_RC(osml_region_unlock(r), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_child_locks_the_pages_of_its_parents_regions_anew) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
