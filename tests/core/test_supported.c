/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What is said to be supported, and what a buffer says that it holds, is what the system gave and not what was asked for: where calls are
 * refused, and under an emulator, which accepts any advice and follows none (audit T8, T18).
 */
#include "support.h"

#include <errno.h>

#include "os_fake.h"

#define ADVICE (OSML_NODUMP | OSML_WIPEONFORK | OSML_NOFORK)
#define SECRET (OSML_SECRETMEM | OSML_LOCKED | OSML_NODUMP | OSML_NOFORK)

static uint32_t supported(void)
{
	uint64_t bits = 0xA5A5A5A5u;

	CHECK_RC(osml_info(OSML_INFO_SUPPORTED_PROTECTIONS, &bits), 0);
	return (uint32_t)bits;
}

static int teardown(void **state)
{
	(void)state;
	fake_reset();
	support_settle();
	return 0;
}

/* ---- Refused calls ---- */

struct refusal {
	const char *function;
	uint32_t lost; /* by ordinary memory */
};

static const struct refusal refusals[] = {
	{ "lock", OSML_LOCKED },    { "nodump", OSML_NODUMP }, { "wipe_on_fork", OSML_WIPEONFORK },
	{ "no_fork", OSML_NOFORK }, { "map_secret", 0 },
};

static bool spoils_secret_memory(const struct refusal *r)
{
	return !strcmp(r->function, "no_fork") || !strcmp(r->function, "map_secret");
}

/* Of an emulator all advice is lost, and secret memory with it, which needs NOFORK. */
static void what_was_refused_is_not_supported_and_all_else_is(void **state)
{
	uint32_t all = supported(), ordinary = OSML_LOCKED | ADVICE | OSML_GUARDED | OSML_CANARY;

	(void)state;
	if (support_valgrind() || (all & ordinary) != ordinary)
		SKIP("this system does not support it all in the first place");
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		uint32_t expected = ordinary & ~refusals[i].lost;
		if (all & OSML_SECRETMEM && !spoils_secret_memory(&refusals[i]))
			expected |= SECRET;
		fake_fail_function(refusals[i].function, 1, ~0u, -EINVAL);
		assert_int_equal(supported(), expected);
		fake_emulator(1);
		assert_int_equal(supported(), ordinary & ~refusals[i].lost & ~(uint32_t)ADVICE);
		fake_reset();
	}
	assert_int_equal(supported(), all); /* control */
}

static void without_any_memory_nothing_is_supported(void **state)
{
	(void)state;
	fake_emulator(1);
	fake_fail_function("map", 1, ~0u, -ENOMEM);
	assert_int_equal(supported(), 0);
	fake_reset();
	assert_true(supported() & OSML_GUARDED); /* control */
}

/* ---- An emulator ---- */

static void finds_zeros(void *data)
{
	for (size_t i = 0; i < 40; i++)
		CHECK(((unsigned char *)data)[i] == 0);
}

/* Real advice was not given either: it would not hold there. What a child must not see is wiped by hand. */
static void under_an_emulator_a_buffer_claims_no_advice(void **state)
{
	static const uint32_t wants[] = { OSML_DEFAULT_PROTECTIONS, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED,
		                          OSML_DEFAULT_PROTECTIONS | OSML_NOFORK, OSML_DEFAULT_PROTECTIONS | OSML_SECRETMEM };

	(void)state;
	osml_buffer_free(support_secret(8, OSML_DEFAULT_PROTECTIONS));
	support_settle();
	fake_emulator(1);
	for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
		osml_buffer *b = support_secret(40, wants[i]);
		uint32_t bits = ~0u;
		CHECK_RC(osml_buffer_protections(b, &bits), 0);
		assert_int_equal(bits, OSML_LOCKED | OSML_CANARY | (wants[i] & OSML_GUARDED));
		assert_true(support_all_have(osml_buffer_data(b), 40, "lo"));
		assert_true(support_none_has(osml_buffer_data(b), 40, "dd"));
		assert_true(support_none_has(osml_buffer_data(b), 40, "wf"));
		assert_true(support_none_has(osml_buffer_data(b), 40, "dc"));
		IN_CHILD(finds_zeros, osml_buffer_data(b));
		osml_buffer_free(b);
	}
}

static void under_an_emulator_strict_and_dump_exclusion_are_unsupported(void **state)
{
	static unsigned char memory[100];
	static const uint32_t bits[] = { OSML_NODUMP, OSML_WIPEONFORK, OSML_NOFORK };
	osml_region *region;

	(void)state;
	fake_emulator(1);
	for (size_t i = 0; i < 3; i++) {
		osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
		osml_buffer *b;
		o.want = bits[i];
		o.policy = OSML_POLICY_STRICT;
		CHECK_RC(osml_buffer_new(&b, 40, &o), OSML_EUNSUPPORTED);
		fake_emulator(0);
		CHECK_RC(osml_buffer_new(&b, 40, &o), 0); /* control */
		osml_buffer_free(b);
		fake_emulator(1);
	}
	CHECK_RC(osml_madvise_dontdump(memory, sizeof memory), OSML_EUNSUPPORTED);
	CHECK_RC(osml_region_lock(&region, memory, sizeof memory, OSML_REGION_DONTDUMP), OSML_EUNSUPPORTED);
	assert_true(support_none_has(memory, sizeof memory, "lo"));
	assert_true(support_none_has(memory, sizeof memory, "dd"));
}

static void an_emulator_is_reported(void **state)
{
	uint64_t value = 7;

	(void)state;
	for (int answer = 0; answer < 2; answer++) {
		fake_emulator(answer);
		CHECK_RC(osml_info(OSML_INFO_EMULATOR, &value), 0);
		assert_int_equal(value, answer);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_refused_is_not_supported_and_all_else_is),
		TEST(without_any_memory_nothing_is_supported),
		TEST(under_an_emulator_a_buffer_claims_no_advice),
		TEST(under_an_emulator_strict_and_dump_exclusion_are_unsupported),
		TEST(an_emulator_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
