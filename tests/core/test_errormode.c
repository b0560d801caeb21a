/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The Windows error mode, seen from a system that has none (items S23 to S26, A10). What it does on Windows is tested under wine. */
#include "support.h"

/* S23: elsewhere Unsupported, and no value is made up. */
static void setting_the_mode_is_unsupported_and_leaves_previous_alone(void **state)
{
	uint32_t previous = 0xA5A5A5A5u;

	(void)state;
	assert_int_equal(osml_set_windows_error_mode(&previous, OSML_SEM_NOGPFAULTERRORBOX), OSML_EUNSUPPORTED);
	assert_int_equal(previous, 0xA5A5A5A5u);
}

/* S24 */
static void suppressing_dialogs_is_unsupported_and_leaves_previous_alone(void **state)
{
	uint32_t previous = 0xA5A5A5A5u;

	(void)state;
	assert_int_equal(osml_suppress_windows_error_dialogs_for_process(&previous), OSML_EUNSUPPORTED);
	assert_int_equal(previous, 0xA5A5A5A5u);
}

static void previous_may_be_null(void **state)
{
	(void)state;
	assert_int_equal(osml_set_windows_error_mode(NULL, 0), OSML_EUNSUPPORTED);
	assert_int_equal(osml_suppress_windows_error_dialogs_for_process(NULL), OSML_EUNSUPPORTED);
}

/* S25: the crate has them on Windows only; here they are everywhere, with the values of SetErrorMode. */
static void the_constants_have_the_values_of_windows(void **state)
{
	(void)state;
	assert_int_equal(OSML_SEM_FAILCRITICALERRORS, 0x0001);
	assert_int_equal(OSML_SEM_NOGPFAULTERRORBOX, 0x0002);
	assert_int_equal(OSML_SEM_NOOPENFILEERRORBOX, 0x8000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(setting_the_mode_is_unsupported_and_leaves_previous_alone),
		cmocka_unit_test(suppressing_dialogs_is_unsupported_and_leaves_previous_alone),
		cmocka_unit_test(previous_may_be_null),
		cmocka_unit_test(the_constants_have_the_values_of_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
