/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Mappings of large buffers that were freed: used again, bounded, locked again or refused. */
#include "support.h"

#include <errno.h>

#include "os_fake.h"

#define LARGE ((size_t)1 << 20)

static void the_same_size_again_maps_nothing(void **state)
{
	(void)state;
	osml_buffer_free(support_secret(8, OSML_DEFAULT_PROTECTIONS)); /* starts the library */
	support_settle();
	fake_reset();
	osml_buffer_free(support_secret(LARGE, OSML_DEFAULT_PROTECTIONS));
	CHECK(fake_calls_of("map") == 1); /* control */
	for (int i = 0; i < 20; i++) {
		osml_buffer *b = support_secret(LARGE, OSML_DEFAULT_PROTECTIONS);

		CHECK(support_all_have(osml_buffer_data(b), LARGE, "lo"));
		osml_buffer_free(b);
	}
	CHECK(fake_calls_of("map") == 1);
	CHECK(fake_calls_of("unmap") == 0);
}

static void other_protections_and_sizes_have_mappings_of_their_own(void **state)
{
	uint32_t kept = OSML_LOCKED | OSML_NODUMP | OSML_CANARY;

	(void)state;
	osml_buffer_free(support_secret(LARGE, OSML_DEFAULT_PROTECTIONS));
	fake_reset();
	osml_buffer_free(support_secret(LARGE + 3 * support_page_size(), OSML_DEFAULT_PROTECTIONS));
	CHECK(fake_calls_of("map") == 1);
	osml_buffer_free(support_secret(LARGE, kept));
	CHECK(fake_calls_of("map") == 2);
}

static void no_more_stays_mapped_than_is_said(void **state)
{
	struct support_snapshot before = support_snapshot();
	size_t mappings = support_mappings();

	(void)state;
	for (size_t pages = 20; pages < 400; pages += 7)
		osml_buffer_free(support_secret(pages * support_page_size(), OSML_DEFAULT_PROTECTIONS));
	CHECK(support_sanitized() || support_valgrind() || support_mappings() <= mappings + 3 * 4); /* those map memory of their own */
	ASSERT_BACK_TO(before);
}

static void nor_more_bytes(void **state)
{
	struct support_snapshot before = support_snapshot();
	osml_buffer *all[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		all[i] = support_secret(LARGE * 3 / 2, OSML_DEFAULT_PROTECTIONS);
	for (int i = 0; i < 4; i++)
		osml_buffer_free(all[i]);
	if (before.mapped != FAKE_NOT_COUNTED) {
		CHECK(fake_mapped() >= before.mapped + LARGE); /* control: some are kept */
		CHECK(fake_mapped() <= before.mapped + 4 * LARGE + 8 * support_page_size());
	}
	ASSERT_BACK_TO(before);
}

static void a_spare_mapping_that_cannot_be_locked_is_no_buffer(void **state)
{
	struct support_snapshot before = support_snapshot();
	osml_buffer *b = (osml_buffer *)&b;

	(void)state;
	osml_buffer_free(support_secret(LARGE, OSML_DEFAULT_PROTECTIONS));
	fake_reset();
	fake_fail_function("lock", 1, 100, -EPERM);
	CHECK(osml_buffer_new(&b, LARGE, NULL) != 0);
	CHECK(!b && fake_fired());
	fake_reset();
	ASSERT_BACK_TO(before);
}

/* A request for as much memory as a spare mapping has (RLIMIT_AS), by each that asks the system for mappings. */
static int make_larger(void)
{
	osml_buffer *b;
	int rc = osml_buffer_new(&b, 2 * LARGE, NULL);

	osml_buffer_free(b);
	return rc;
}

static int make_guarded(void)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;
	int rc;

	o.want |= OSML_GUARDED;
	rc = osml_buffer_new(&b, 10, &o);
	osml_buffer_free(b);
	return rc;
}

static int make_block(void)
{
	void *p = osml_malloc(2 * LARGE);

	osml_free(p);
	return p ? 0 : -ENOMEM;
}

static void a_spare_mapping_goes_before_a_request_is_refused_for_want_of_memory(void **state)
{
	int (*const makers[])(void) = { make_larger, make_guarded, make_block };
	struct support_snapshot before = support_snapshot();

	(void)state;
	for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
		support_settle();
		fake_reset();
		fake_fail_function("map", 1, 1, -ENOMEM);
		CHECK_RC(makers[i](), -ENOMEM); /* control: there is none */
		osml_buffer_free(support_secret(LARGE, OSML_DEFAULT_PROTECTIONS));
		fake_fail_function("map", 1, 1, -ENOMEM);
		CHECK_RC(makers[i](), 0);
		CHECK(fake_calls_of("map") == 2);
		fake_reset();
	}
	ASSERT_BACK_TO(before);
}

/* No mlock2(2): Linux before 4.4, other systems, a sandbox. */
static void it_is_locked_again_where_there_is_no_lock_on_fault(void **state)
{
	struct support_snapshot before = support_snapshot();
	osml_buffer *b;

	(void)state;
	osml_buffer_free(support_secret(LARGE, OSML_DEFAULT_PROTECTIONS));
	fake_reset();
	fake_fail_function("lock_on_fault", 1, ~0u, OSML_EUNSUPPORTED);
	b = support_secret(LARGE, OSML_DEFAULT_PROTECTIONS);
	CHECK(fake_calls_of("map") == 0 && fake_fired() == 1); /* control: it was the spare one */
	CHECK(support_all_have(osml_buffer_data(b), LARGE, "lo"));
	osml_buffer_free(b);
	fake_reset();
	ASSERT_BACK_TO(before);
}

#define MOST_IDLE ((size_t)512 << 10)

/* How much is locked after a buffer of that size, and nothing else, was freed; and that the next one is locked whole. */
static size_t stays_locked(size_t size)
{
	struct support_snapshot before = support_snapshot();
	size_t stays;
	osml_buffer *b;

	osml_buffer_free(support_secret(size, OSML_DEFAULT_PROTECTIONS));
	stays = (support_locked_kib() - before.locked_kib) << 10;
	b = support_secret(size, OSML_DEFAULT_PROTECTIONS);
	CHECK(support_all_have(osml_buffer_data(b), size, "lo"));
	osml_buffer_free(b);
	ASSERT_BACK_TO(before);
	return stays;
}

/* To lock a page again costs more than to write it (tests/bench). */
static void of_a_mapping_that_waits_as_much_stays_locked_as_may_be_idle(void **state)
{
	size_t stays = stays_locked(LARGE);

	(void)state;
	CHECK(stays > MOST_IDLE / 2);
	CHECK(stays <= MOST_IDLE);
}

static void a_huge_page_that_waits_is_locked_whole_or_not_at_all(void **state)
{
	(void)state;
	CHECK(stays_locked(3 * LARGE) == 0);
}

static void one_whose_advice_is_refused_is_replaced_by_the_policy(void **state)
{
	struct support_snapshot before = support_snapshot();
	osml_buffer *b;

	(void)state;
	osml_buffer_free(support_secret(LARGE, OSML_DEFAULT_PROTECTIONS));
	fake_reset();
	fake_fail_function("wipe_on_fork", 1, ~0u, OSML_EUNSUPPORTED);
	b = support_secret(LARGE, OSML_DEFAULT_PROTECTIONS);
	CHECK(fake_calls_of("wipe_on_fork") > 1 && fake_calls_of("map") == 1); /* control: the spare one was tried */
	CHECK(support_all_have(osml_buffer_data(b), LARGE, "lo"));
	osml_buffer_free(b);
	fake_reset();
	ASSERT_BACK_TO(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_size_again_maps_nothing),
		cmocka_unit_test(other_protections_and_sizes_have_mappings_of_their_own),
		cmocka_unit_test(no_more_stays_mapped_than_is_said),
		cmocka_unit_test(nor_more_bytes),
		cmocka_unit_test(a_spare_mapping_that_cannot_be_locked_is_no_buffer),
		cmocka_unit_test(a_spare_mapping_goes_before_a_request_is_refused_for_want_of_memory),
		cmocka_unit_test(it_is_locked_again_where_there_is_no_lock_on_fault),
		cmocka_unit_test(of_a_mapping_that_waits_as_much_stays_locked_as_may_be_idle),
		cmocka_unit_test(a_huge_page_that_waits_is_locked_whole_or_not_at_all),
		cmocka_unit_test(one_whose_advice_is_refused_is_replaced_by_the_policy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
