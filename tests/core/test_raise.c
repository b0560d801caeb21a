/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A quota that the process may raise by itself, which is Windows' working set (T8): raised once, for the library's own locks alone. */
#include "support.h"

#include <errno.h>

#include "os_fake.h"

#define FOR_EVER 1000000u

static int reset(void **state)
{
	(void)state;
	support_settle();
	fake_reset();
	return 0;
}

static int new_buffer(uint32_t *held)
{
	osml_buffer *b;
	int rc = osml_buffer_new(&b, 100, NULL);

	if (rc == 0)
		CHECK_RC(osml_buffer_protections(b, held), 0);
	osml_buffer_free(b);
	return rc;
}

static void a_buffer_is_locked_after_the_quota_was_raised(void **state)
{
	uint32_t held = 0;

	(void)state;
	fake_quota_can_be_raised();
	fake_fail_function("lock", 1, 1, -EDQUOT);
	assert_int_equal(new_buffer(&held), 0);
	assert_true(held & OSML_LOCKED);
	assert_int_equal(fake_calls_of("raise_lock_limit"), 1);
	assert_int_equal(fake_calls_of("lock"), 2);
}

static void a_refusal_after_that_is_final(void **state)
{
	uint32_t held;

	(void)state;
	fake_quota_can_be_raised();
	fake_fail_function("lock", 1, FOR_EVER, -EDQUOT);
	assert_int_equal(new_buffer(&held), support_lock_limit_binds() ? OSML_ELIMIT : -EDQUOT);
	assert_int_equal(fake_calls_of("lock"), 2 * fake_calls_of("raise_lock_limit"));
}

static void no_lock_is_tried_again_where_the_quota_stays(void **state)
{
	uint32_t held;

	(void)state;
	fake_fail_function("lock", 1, FOR_EVER, -EDQUOT);
	assert_int_not_equal(new_buffer(&held), 0);
	assert_int_equal(fake_calls_of("lock"), fake_calls_of("raise_lock_limit"));
}

static void other_refusals_raise_nothing(void **state)
{
	uint32_t held;

	(void)state;
	fake_quota_can_be_raised();
	fake_fail_function("lock", 1, FOR_EVER, -ENOMEM);
	assert_int_not_equal(new_buffer(&held), 0);
	assert_int_equal(fake_calls_of("raise_lock_limit"), 0);
}

static void a_region_is_locked_after_the_quota_was_raised(void **state)
{
	static char bytes[100];
	osml_region *region;

	(void)state;
	fake_quota_can_be_raised();
	fake_fail_function("lock", 1, 1, -EDQUOT);
	assert_int_equal(osml_region_lock(&region, bytes, sizeof bytes, 0), 0);
	assert_int_equal(fake_calls_of("raise_lock_limit"), 1);
	assert_int_equal(osml_region_unlock(region), 0);
}

/* A direct wrapper makes one system call, and leaves the quota to the caller (S13). */
static void mlock_raises_nothing(void **state)
{
	static char bytes[100];

	(void)state;
	fake_quota_can_be_raised();
	fake_fail_function("lock", 1, 1, -EDQUOT);
	assert_int_equal(osml_mlock(bytes, sizeof bytes), -EDQUOT);
	assert_int_equal(fake_calls_of("raise_lock_limit"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_buffer_is_locked_after_the_quota_was_raised, reset, reset),
		cmocka_unit_test_setup_teardown(a_refusal_after_that_is_final, reset, reset),
		cmocka_unit_test_setup_teardown(no_lock_is_tried_again_where_the_quota_stays, reset, reset),
		cmocka_unit_test_setup_teardown(other_refusals_raise_nothing, reset, reset),
		cmocka_unit_test_setup_teardown(a_region_is_locked_after_the_quota_was_raised, reset, reset),
		cmocka_unit_test_setup_teardown(mlock_raises_nothing, reset, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
