/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The Windows error mode, seen from a system that has none, and from one that pretends to (S23 to S26, A10). What it does on Windows is
 * tested under wine.
 */
#include "support.h"

#include <errno.h>

#include "os_fake.h"

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

/* ---- Where there is one ---- */

#define BEFORE 0x12345678u

static void check_asked_for(size_t calls, uint32_t mode)
{
	assert_int_equal(fake_recorded(), calls);
	for (size_t i = 0; i < calls; i++) {
		assert_string_equal(fake_call(i)->function, "error_mode");
		assert_int_equal(fake_call(i)->len, mode);
	}
}

static void the_mode_is_set_as_asked_and_the_one_before_is_told(void **state)
{
	static const uint32_t before = BEFORE;
	uint32_t previous = 0xA5A5A5A5u;

	(void)state;
	fake_windows(&before);
	fake_record();
	assert_int_equal(osml_set_windows_error_mode(&previous, 0x8001), 0);
	assert_int_equal(previous, BEFORE);
	assert_int_equal(osml_set_windows_error_mode(NULL, 0x8001), 0);
	check_asked_for(2, 0x8001);
	previous = 0xA5A5A5A5u;
	fake_record();
	assert_int_equal(osml_suppress_windows_error_dialogs_for_process(&previous), 0);
	assert_int_equal(previous, BEFORE);
	assert_int_equal(osml_suppress_windows_error_dialogs_for_process(NULL), 0);
	check_asked_for(2, 0x8003);
	fake_reset();
}

static void a_refusal_is_told_and_no_mode_before(void **state)
{
	uint32_t previous = 0xA5A5A5A5u;

	(void)state;
	fake_fail_function("error_mode", 1, 2, -EACCES);
	assert_int_equal(osml_set_windows_error_mode(&previous, 1), -EACCES);
	assert_int_equal(osml_suppress_windows_error_dialogs_for_process(&previous), -EACCES);
	assert_int_equal(previous, 0xA5A5A5A5u);
	fake_reset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(setting_the_mode_is_unsupported_and_leaves_previous_alone),
		cmocka_unit_test(suppressing_dialogs_is_unsupported_and_leaves_previous_alone),
		cmocka_unit_test(previous_may_be_null),
		cmocka_unit_test(the_constants_have_the_values_of_windows),
		cmocka_unit_test(the_mode_is_set_as_asked_and_the_one_before_is_told),
		cmocka_unit_test(a_refusal_is_told_and_no_mode_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
