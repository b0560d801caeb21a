/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* osml_info(): every figure against this test's own reading of the system. */
#include "support.h"

#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define CAP_IPC_LOCK 14

static uint64_t info(enum osml_info what)
{
	uint64_t value = 0xA5A5A5A5u;

	CHECK_RC(osml_info(what, &value), 0);
	return value;
}

static osml_buffer *new_with(size_t len, uint32_t want)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;

	o.want = want;
	CHECK_RC(osml_buffer_new(&b, len, &o), 0);
	return b;
}

static void the_numbers_of_the_questions_are_abi(void **state)
{
	(void)state;
	assert_int_equal(OSML_INFO_PAGE_SIZE, 1);
	assert_int_equal(OSML_INFO_LOCK_LIMIT_SOFT, 2);
	assert_int_equal(OSML_INFO_LOCK_LIMIT_HARD, 3);
	assert_int_equal(OSML_INFO_LOCK_USED, 4);
	assert_int_equal(OSML_INFO_LIVE_BUFFERS, 5);
	assert_int_equal(OSML_INFO_LOCKED_BYTES, 6);
	assert_int_equal(OSML_INFO_OFFERED, 7);
	assert_int_equal(OSML_INFO_SANITIZER, 8);
	assert_int_equal(OSML_INFO_EMULATOR, 9);
	assert_int_equal(OSML_INFO_CORRUPTIONS, 10);
	assert_int_equal(OSML_INFO_DOUBLE_FREES, 11);
	assert_true(OSML_UNLIMITED == 0xFFFFFFFFFFFFFFFFu);
}

static void an_unknown_question_is_invalid(void **state)
{
	static const int unknown[] = { 0, 12, 100, -1, INT_MAX, INT_MIN };
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		assert_int_equal(osml_info((enum osml_info)unknown[i], &value), OSML_EINVAL);
}

static void null_for_the_answer_is_invalid(void **state)
{
	(void)state;
	for (int what = 0; what <= 12; what++)
		assert_int_equal(osml_info((enum osml_info)what, NULL), OSML_EINVAL);
}

/* T39 */
static void the_page_size_is_the_systems(void **state)
{
	(void)state;
	assert_int_equal(info(OSML_INFO_PAGE_SIZE), sysconf(_SC_PAGESIZE));
}

/* ---- The quota ---- */

static bool has_ipc_lock(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	unsigned long long capabilities = 0;
	char line[256];

	while (fgets(line, sizeof line, status))
		sscanf(line, "CapEff: %llx", &capabilities);
	fclose(status);
	return capabilities >> CAP_IPC_LOCK & 1;
}

static void check_limits(void *unused)
{
	struct rlimit limit;

	(void)unused;
	CHECK(getrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	CHECK(info(OSML_INFO_LOCK_LIMIT_HARD) == (limit.rlim_max == RLIM_INFINITY ? OSML_UNLIMITED : limit.rlim_max));
	if (has_ipc_lock() || limit.rlim_cur == RLIM_INFINITY)
		CHECK(info(OSML_INFO_LOCK_LIMIT_SOFT) == OSML_UNLIMITED);
	else
		CHECK(info(OSML_INFO_LOCK_LIMIT_SOFT) == limit.rlim_cur);
}

static void the_limits_are_those_of_getrlimit(void **state)
{
	(void)state;
	check_limits(NULL);
}

static void check_limits_without_the_capability(void *bytes)
{
	support_limit_locked_memory(*(size_t *)bytes);
	CHECK(!has_ipc_lock());
	CHECK(info(OSML_INFO_LOCK_LIMIT_SOFT) == *(size_t *)bytes);
	CHECK(info(OSML_INFO_LOCK_LIMIT_HARD) == *(size_t *)bytes);
}

/* T38: 64 KiB is what a container gives. */
static void without_the_capability_the_soft_limit_binds(void **state)
{
	size_t sizes[] = { 0, 65536, 1 << 20 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		IN_CHILD(check_limits_without_the_capability, &sizes[i]);
}

static void the_use_is_vmlck_whoever_locked(void **state)
{
	static unsigned char memory[65536];

	(void)state;
	assert_int_equal(info(OSML_INFO_LOCK_USED), support_locked_kib() * 1024);
	assert_int_equal(osml_mlock(memory, sizeof memory), 0);
	assert_true(info(OSML_INFO_LOCK_USED) >= sizeof memory);
	assert_int_equal(info(OSML_INFO_LOCK_USED), support_locked_kib() * 1024);
	assert_int_equal(osml_munlock(memory, sizeof memory), 0);
	assert_int_equal(info(OSML_INFO_LOCK_USED), support_locked_kib() * 1024);
}

/* In a child nothing is locked but what the library locks there. */
static void check_locked_bytes(void *unused)
{
	static const uint32_t wants[] = { OSML_DEFAULT_PROTECTIONS, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, OSML_NODUMP };
	osml_buffer *buffers[30];

	(void)unused;
	CHECK(info(OSML_INFO_LOCKED_BYTES) == 0);
	for (size_t i = 0; i < 30; i++) {
		buffers[i] = new_with(i * 300, wants[i % 3]);
		CHECK(info(OSML_INFO_LOCKED_BYTES) == support_locked_kib() * 1024);
	}
	CHECK(info(OSML_INFO_LOCKED_BYTES) > 0);
	for (size_t i = 0; i < 30; i++) {
		osml_buffer_free(buffers[i]);
		CHECK(info(OSML_INFO_LOCKED_BYTES) == support_locked_kib() * 1024);
	}
	support_settle();
	CHECK(info(OSML_INFO_LOCKED_BYTES) == 0);
	CHECK(support_locked_kib() == 0);
}

static void locked_bytes_are_what_the_kernel_locked_for_buffers(void **state)
{
	(void)state;
	IN_CHILD(check_locked_bytes, NULL);
}

/* ---- Live buffers ---- */

static void live_buffers_counts_open_ones(void **state)
{
	uint64_t before = info(OSML_INFO_LIVE_BUFFERS);
	osml_buffer *a = new_with(8, OSML_DEFAULT_PROTECTIONS), *b = new_with(10000, OSML_DEFAULT_PROTECTIONS), *none;
	osml_buffer_options bad = { 0 };

	(void)state;
	assert_int_equal(info(OSML_INFO_LIVE_BUFFERS), before + 2);
	assert_int_equal(osml_buffer_new(&none, 8, &bad), OSML_EINVAL);
	assert_int_equal(info(OSML_INFO_LIVE_BUFFERS), before + 2);
	assert_int_equal(osml_buffer_close(a), 0);
	assert_int_equal(info(OSML_INFO_LIVE_BUFFERS), before + 1);
	osml_buffer_close(a);
	osml_buffer_free(a);
	assert_int_equal(info(OSML_INFO_LIVE_BUFFERS), before + 1);
	assert_int_equal(osml_buffer_pin(b, NULL, NULL), 0);
	assert_int_equal(osml_buffer_close(b), 0);
	assert_int_equal(info(OSML_INFO_LIVE_BUFFERS), before);
	osml_buffer_unpin(b);
	osml_buffer_free(b);
	assert_int_equal(info(OSML_INFO_LIVE_BUFFERS), before);
}

#define EACH 40u

/* Makes EACH buffers and frees half of its own, and all that it was given. */
static void *make_and_free(void *given)
{
	osml_buffer **slots = given;

	for (unsigned i = 0; i < EACH; i++)
		osml_buffer_free(slots[i]);
	for (unsigned i = 0; i < EACH; i++)
		slots[i] = new_with(8, OSML_DEFAULT_PROTECTIONS);
	for (unsigned i = 0; i < EACH; i += 2) {
		osml_buffer_free(slots[i]);
		slots[i] = NULL;
	}
	return NULL;
}

static void live_buffers_is_right_when_threads_free_what_others_made_and_end(void **state)
{
	uint64_t before = info(OSML_INFO_LIVE_BUFFERS);
	osml_buffer *slots[4][EACH] = { { NULL } };
	pthread_t threads[4];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 4; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, make_and_free, slots[(i + round) % 4]), 0);
		for (int i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
		assert_int_equal(info(OSML_INFO_LIVE_BUFFERS), before + 4 * EACH / 2);
	}
	for (unsigned i = 0; i < 4 * EACH; i++)
		osml_buffer_free(slots[i / EACH][i % EACH]);
	assert_int_equal(info(OSML_INFO_LIVE_BUFFERS), before);
}

/* ---- What is offered ---- */

static void what_is_offered_can_be_had_strictly_and_nothing_else_can(void **state)
{
	uint64_t offered = info(OSML_INFO_OFFERED);

	(void)state;
	for (unsigned bit = 0; bit < 7; bit++) {
		osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
		osml_buffer *b;
		o.want = UINT32_C(1) << bit;
		o.policy = OSML_POLICY_STRICT;
		assert_int_equal(osml_buffer_new(&b, 100, &o) == 0, (offered & o.want) != 0);
		osml_buffer_free(b);
	}
	assert_int_equal(offered & ~UINT64_C(0x7F), 0);
}

static void asking_what_is_offered_leaves_nothing_behind(void **state)
{
	struct support_snapshot before = support_snapshot();
	uint64_t locked = info(OSML_INFO_LOCKED_BYTES);

	(void)state;
	for (int i = 0; i < 10; i++)
		info(OSML_INFO_OFFERED);
	ASSERT_BACK_TO(before);
	assert_int_equal(info(OSML_INFO_LOCKED_BYTES), locked);
}

/* ---- Where we run ---- */

#ifndef __has_feature
#define __has_feature(name) 0
#endif

/* T22 */
static void a_sanitizer_is_told_when_this_program_has_one(void **state)
{
	(void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) || \
        __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
	assert_int_equal(info(OSML_INFO_SANITIZER), 1);
#else
	assert_int_equal(info(OSML_INFO_SANITIZER), 0);
#endif
}

/* T23 */
static void an_emulator_is_told_by_its_belief_in_any_advice(void **state)
{
	(void)state;
	assert_int_equal(info(OSML_INFO_EMULATOR), madvise(NULL, 0, -1) == 0);
}

static void corruptions_and_double_frees_are_counted_from_zero(void *unused)
{
	osml_buffer *b = new_with(8, OSML_DEFAULT_PROTECTIONS);

	(void)unused;
	CHECK(info(OSML_INFO_CORRUPTIONS) == 0);
	CHECK(info(OSML_INFO_DOUBLE_FREES) == 0);
	((unsigned char *)osml_buffer_data(b))[8] = 1;
	CHECK_RC(osml_buffer_close(b), OSML_ECORRUPT);
	CHECK(info(OSML_INFO_CORRUPTIONS) == 1);
	osml_buffer_free(b);
	osml_buffer_free(b);
	CHECK(info(OSML_INFO_DOUBLE_FREES) == 1);
}

static void misuse_is_counted(void **state)
{
	(void)state;
	IN_CHILD(corruptions_and_double_frees_are_counted_from_zero, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_numbers_of_the_questions_are_abi),
		cmocka_unit_test(an_unknown_question_is_invalid),
		cmocka_unit_test(null_for_the_answer_is_invalid),
		cmocka_unit_test(the_page_size_is_the_systems),
		cmocka_unit_test(the_limits_are_those_of_getrlimit),
		cmocka_unit_test(without_the_capability_the_soft_limit_binds),
		cmocka_unit_test(the_use_is_vmlck_whoever_locked),
		cmocka_unit_test(locked_bytes_are_what_the_kernel_locked_for_buffers),
		cmocka_unit_test(live_buffers_counts_open_ones),
		cmocka_unit_test(live_buffers_is_right_when_threads_free_what_others_made_and_end),
		cmocka_unit_test(what_is_offered_can_be_had_strictly_and_nothing_else_can),
		cmocka_unit_test(asking_what_is_offered_leaves_nothing_behind),
		cmocka_unit_test(a_sanitizer_is_told_when_this_program_has_one),
		cmocka_unit_test(an_emulator_is_told_by_its_belief_in_any_advice),
		cmocka_unit_test(misuse_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
