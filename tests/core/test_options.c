/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What osml_buffer_new() takes and refuses: options, lengths, policies. */
#include "support.h"

#include <errno.h>

#include "os_fake.h"

static const osml_buffer_options init = OSML_BUFFER_OPTIONS_INIT;

static int new_with(osml_buffer **b, size_t len, uint32_t want, uint32_t policy, size_t alignment)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;

	o.want = want;
	o.policy = policy;
	o.alignment = alignment;
	return osml_buffer_new(b, len, &o);
}

static uint32_t protections_of(const osml_buffer *b)
{
	uint32_t bits = 0;

	CHECK_RC(osml_buffer_protections(b, &bits), 0);
	return bits;
}

/* Refused, no handle, and the system was not asked. */
static void assert_invalid(size_t len, const osml_buffer_options *o)
{
	osml_buffer *b = (osml_buffer *)&b, *warm;

	assert_int_equal(osml_buffer_new(&warm, 1, NULL), 0); /* the first use asks the system for other things */
	osml_buffer_free(warm);
	fake_reset();
	assert_int_equal(osml_buffer_new(&b, len, o), OSML_EINVAL);
	assert_null(b);
	assert_int_equal(fake_calls(), 0);
}

/* ---- The struct ---- */

static void the_init_macro_asks_for_the_defaults(void **state)
{
	(void)state;
	assert_int_equal(init.struct_size, sizeof init);
	assert_int_equal(init.want, OSML_LOCKED | OSML_NODUMP | OSML_WIPEONFORK | OSML_CANARY);
	assert_int_equal(init.policy, OSML_POLICY_DEFAULT);
	assert_int_equal(init.alignment, 0);
}

static void a_struct_that_is_too_small_is_refused(void **state)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;

	(void)state;
	for (o.struct_size = 0; o.struct_size < sizeof o; o.struct_size++)
		assert_invalid(1, &o);
}

/* A caller of a later version, whose struct has more fields. */
struct later {
	osml_buffer_options options;
	unsigned char more[40];
};

static void a_larger_struct_with_a_zero_tail_is_accepted(void **state)
{
	struct later later = { OSML_BUFFER_OPTIONS_INIT, { 0 } };
	osml_buffer *b;

	(void)state;
	for (later.options.struct_size = sizeof init; later.options.struct_size <= sizeof later; later.options.struct_size++) {
		assert_int_equal(osml_buffer_new(&b, 1, &later.options), 0);
		osml_buffer_free(b);
	}
}

static void a_larger_struct_with_anything_in_its_tail_is_refused(void **state)
{
	(void)state;
	for (size_t at = 0; at < sizeof((struct later *)0)->more; at++) {
		struct later later = { OSML_BUFFER_OPTIONS_INIT, { 0 } };
		later.options.struct_size = sizeof later;
		later.more[at] = 1;
		assert_invalid(1, &later.options);
	}
}

static void an_absurd_struct_size_is_refused_without_reading_so_far(void **state)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;

	(void)state;
	o.struct_size = SIZE_MAX;
	assert_invalid(1, &o);
	o.struct_size = SIZE_MAX / 2;
	assert_invalid(1, &o);
}

static void every_unknown_bit_is_refused(void **state)
{
	(void)state;
	for (unsigned bit = 7; bit < 32; bit++) {
		osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
		o.want |= UINT32_C(1) << bit;
		assert_invalid(1, &o);
	}
}

static void an_unknown_policy_is_refused(void **state)
{
	static const uint32_t policies[] = { 3, 4, 0x80000000u, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
		osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
		o.policy = policies[i];
		assert_invalid(1, &o);
	}
}

static void an_alignment_that_is_no_power_of_two_or_above_a_page_is_refused(void **state)
{
	size_t page = support_page_size();
	const size_t alignments[] = { 3, 5, 6, 12, 15, 17, 24, 48, page - 1, page + 1, 2 * page, SIZE_MAX, SIZE_MAX / 2 + 1 };

	(void)state;
	for (size_t i = 0; i < sizeof alignments / sizeof *alignments; i++) {
		osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
		o.alignment = alignments[i];
		assert_invalid(1, &o);
	}
}

/* T32: in slots and in pages of its own, guarded or not. */
static void every_alignment_is_honoured_for_every_length(void **state)
{
	static const size_t alignments[] = { 0, 1, 2, 4, 8, 16, 32, 64, 128, 512, 1024, 2048, 4096 };
	static const size_t lengths[] = { 0, 1, 15, 16, 17, 24, 33, 100, 1000, 1992, 2048, 2056, 2057, 4096, 10000 };

	(void)state;
	for (size_t i = 0; i < sizeof alignments / sizeof *alignments; i++) {
		size_t least = alignments[i] > _Alignof(max_align_t) ? alignments[i] : _Alignof(max_align_t);
		for (size_t k = 0; k < 2 * sizeof lengths / sizeof *lengths; k++) {
			uint32_t want = OSML_DEFAULT_PROTECTIONS | (k % 2 ? OSML_GUARDED : 0);
			osml_buffer *b;
			assert_int_equal(new_with(&b, lengths[k / 2], want, OSML_POLICY_DEFAULT, alignments[i]), 0);
			assert_int_equal((uintptr_t)osml_buffer_data(b) % least, 0);
			assert_int_equal(osml_buffer_fill(b, 0, 0xFF, lengths[k / 2]), 0);
			assert_int_equal(osml_buffer_close(b), 0);
			osml_buffer_free(b);
		}
	}
}

/* ---- Lengths ---- */

/* T1 */
static void a_length_that_overflows_is_refused_before_any_system_call(void **state)
{
	size_t page = support_page_size();
	const size_t lengths[] = { SIZE_MAX,        SIZE_MAX - 1,        SIZE_MAX - 7,    SIZE_MAX - 8,
		                   SIZE_MAX - page, SIZE_MAX - 2 * page, SIZE_MAX / 2 + 1 };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		osml_buffer_options guarded = OSML_BUFFER_OPTIONS_INIT;
		guarded.want |= OSML_GUARDED;
		guarded.alignment = page;
		assert_invalid(lengths[i], NULL);
		assert_invalid(lengths[i], &guarded);
	}
}

static void a_length_that_only_the_system_can_refuse_is_enomem(void **state)
{
	osml_buffer *b = (osml_buffer *)&b;

	(void)state;
	assert_int_equal(osml_buffer_new(&b, SIZE_MAX / 2, NULL), -ENOMEM);
	assert_null(b);
}

static void a_buffer_of_no_bytes_is_a_buffer(void **state)
{
	static const uint32_t wants[] = { OSML_DEFAULT_PROTECTIONS, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, OSML_LOCKED, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
		osml_buffer *b;
		assert_int_equal(new_with(&b, 0, wants[i], OSML_POLICY_DEFAULT, 0), 0);
		assert_int_equal(osml_buffer_size(b), 0);
		assert_non_null(osml_buffer_data(b));
		assert_int_equal(*(char *)osml_buffer_data(b), 0);
		assert_int_equal(osml_buffer_write(b, 0, NULL, 0), 0);
		assert_int_equal(osml_buffer_write(b, 0, "x", 1), OSML_ERANGE);
		assert_int_equal(osml_buffer_wipe(b), 0);
		assert_int_equal(osml_buffer_close(b), 0);
		osml_buffer_free(b);
	}
}

static void out_null_is_invalid(void **state)
{
	(void)state;
	assert_int_equal(osml_buffer_new(NULL, 1, NULL), OSML_EINVAL);
	assert_int_equal(osml_buffer_new(NULL, 1, &init), OSML_EINVAL);
}

/* ---- Policies (A11). Each in a child, whose pool is empty, so that the refusal meets the first arena too. ---- */

static const uint32_t kinds[] = { OSML_DEFAULT_PROTECTIONS, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED };

/* One refusal of one step; what each policy makes of it. */
struct refusal {
	const char *function;
	int answer;
	uint32_t missing;
	int rc_default;
};
static const struct refusal refusals[] = {
	{ "lock", -ENOMEM, OSML_LOCKED, -ENOMEM },
	{ "lock", -EPERM, OSML_LOCKED, -EPERM },
	{ "lock", OSML_EUNSUPPORTED, OSML_LOCKED, 0 },
	{ "nodump", -EINVAL, OSML_NODUMP, 0 },
	{ "nodump", OSML_EUNSUPPORTED, OSML_NODUMP, 0 },
	{ "wipe_on_fork", -EINVAL, OSML_WIPEONFORK, 0 },
	{ "wipe_on_fork", OSML_EUNSUPPORTED, OSML_WIPEONFORK, 0 },
};
#define REFUSALS (sizeof refusals / sizeof *refusals)

static void check_policy(const struct refusal *r, uint32_t policy, uint32_t want)
{
	osml_buffer *b = (osml_buffer *)&b;
	int answer = strcmp(r->function, "lock") ? r->answer : support_refused_lock(r->answer);
	int rc, expected = policy == OSML_POLICY_DEFAULT && r->rc_default ? answer : 0;

	fake_reset();
	fake_fail_function(r->function, 1, 1000, r->answer);
	rc = new_with(&b, 32, want, policy, 0);
	CHECK(fake_fired() > 0);
	fake_reset();
	if (policy == OSML_POLICY_STRICT) {
		CHECK(rc == answer || rc == OSML_EUNSUPPORTED);
		CHECK(!b);
		return;
	}
	CHECK_RC(rc, expected);
	CHECK(!b == (rc != 0));
	if (b)
		CHECK((protections_of(b) & want) == (want & ~r->missing));
	osml_buffer_free(b);
}

static void try_policy(void *policy)
{
	const uint32_t *p = policy;

	for (size_t i = 0; i < REFUSALS; i++) {
		for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
			support_settle();
			check_policy(&refusals[i], *p, kinds[k]);
		}
	}
}

static void the_default_policy_insists_on_the_lock_where_there_is_one_and_reports_the_rest(void **state)
{
	uint32_t policy = OSML_POLICY_DEFAULT;

	(void)state;
	IN_CHILD(try_policy, &policy);
}

static void strict_insists_on_every_bit(void **state)
{
	uint32_t policy = OSML_POLICY_STRICT;

	(void)state;
	IN_CHILD(try_policy, &policy);
}

static void best_effort_never_fails_for_a_protection_and_says_what_is_missing(void **state)
{
	uint32_t policy = OSML_POLICY_BEST_EFFORT;

	(void)state;
	IN_CHILD(try_policy, &policy);
}

static void every_policy_gives_all_that_this_machine_offers(void **state)
{
	uint64_t offered;

	(void)state;
	assert_int_equal(osml_info(OSML_INFO_SUPPORTED_PROTECTIONS, &offered), 0);
	for (uint32_t policy = OSML_POLICY_DEFAULT; policy <= OSML_POLICY_BEST_EFFORT; policy++) {
		for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
			osml_buffer *b;
			assert_int_equal(new_with(&b, 32, kinds[k] & offered, policy, 0), 0);
			assert_int_equal(protections_of(b) & kinds[k], kinds[k] & offered);
			osml_buffer_free(b);
		}
	}
}

/* Secretmem that the kernel refuses: STRICT says so, the others take ordinary memory and say that too (T11). */
static void refused_secretmem_is_replaced_and_reported_or_with_strict_refused(void **state)
{
	uint32_t want = OSML_DEFAULT_PROTECTIONS | OSML_SECRETMEM;
	osml_buffer *b;

	(void)state;
	for (uint32_t policy = OSML_POLICY_DEFAULT; policy <= OSML_POLICY_BEST_EFFORT; policy++) {
		fake_reset();
		support_settle();
		fake_fail_function("map_secret", 1, ~0u, OSML_EUNSUPPORTED);
		if (policy == OSML_POLICY_STRICT) {
			assert_int_equal(new_with(&b, 32, want, policy, 0), OSML_EUNSUPPORTED);
			continue;
		}
		assert_int_equal(new_with(&b, 32, want, policy, 0), 0);
		assert_int_equal(protections_of(b), OSML_DEFAULT_PROTECTIONS);
		osml_buffer_free(b);
		assert_int_equal(new_with(&b, 32, OSML_SECRETMEM | OSML_CANARY, policy, 0), 0); /* with what it implies */
		assert_int_equal(protections_of(b), OSML_LOCKED | OSML_NODUMP | OSML_NOFORK | OSML_CANARY);
		osml_buffer_free(b);
	}
	fake_reset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_init_macro_asks_for_the_defaults),
		cmocka_unit_test(a_struct_that_is_too_small_is_refused),
		cmocka_unit_test(a_larger_struct_with_a_zero_tail_is_accepted),
		cmocka_unit_test(a_larger_struct_with_anything_in_its_tail_is_refused),
		cmocka_unit_test(an_absurd_struct_size_is_refused_without_reading_so_far),
		cmocka_unit_test(every_unknown_bit_is_refused),
		cmocka_unit_test(an_unknown_policy_is_refused),
		cmocka_unit_test(an_alignment_that_is_no_power_of_two_or_above_a_page_is_refused),
		cmocka_unit_test(every_alignment_is_honoured_for_every_length),
		cmocka_unit_test(a_length_that_overflows_is_refused_before_any_system_call),
		cmocka_unit_test(a_length_that_only_the_system_can_refuse_is_enomem),
		cmocka_unit_test(a_buffer_of_no_bytes_is_a_buffer),
		cmocka_unit_test(out_null_is_invalid),
		cmocka_unit_test(the_default_policy_insists_on_the_lock_where_there_is_one_and_reports_the_rest),
		cmocka_unit_test(strict_insists_on_every_bit),
		cmocka_unit_test(best_effort_never_fails_for_a_protection_and_says_what_is_missing),
		cmocka_unit_test(every_policy_gives_all_that_this_machine_offers),
		cmocka_unit_test(refused_secretmem_is_replaced_and_reported_or_with_strict_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
