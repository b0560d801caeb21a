/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* osml_info(): every figure against this test's own reading of the system. */
#include "support.h"

#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

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
	assert_int_equal(OSML_INFO_PROCESS_LOCKED_BYTES, 4);
	assert_int_equal(OSML_INFO_LIVE_BUFFERS, 5);
	assert_int_equal(OSML_INFO_LIBRARY_LOCKED_BYTES, 6);
	assert_int_equal(OSML_INFO_SUPPORTED_PROTECTIONS, 7);
	assert_int_equal(OSML_INFO_SANITIZER, 8);
	assert_int_equal(OSML_INFO_EMULATOR, 9);
	assert_int_equal(OSML_INFO_CORRUPTIONS, 10);
	assert_int_equal(OSML_INFO_DOUBLE_FREES, 11);
	assert_int_equal(OSML_INFO_IDLE_BYTES, 12);
	assert_int_equal(OSML_INFO_HEAP_BLOCKS, 13);
	assert_int_equal(OSML_INFO_HEAP_BYTES, 14);
	assert_int_equal(OSML_INFO_FOREIGN_FREES, 15);
	assert_int_equal(OSML_INFO_LIVE_BYTES, 16);
	assert_int_equal(OSML_INFO_KEPT_LIVE_BYTES, 17);
	assert_int_equal(OSML_INFO_KEPT_IDLE_BYTES, 18);
	assert_int_equal(OSML_INFO_SECRETMEM_LIVE_BYTES, 19);
	assert_int_equal(OSML_INFO_SECRETMEM_IDLE_BYTES, 20);
	assert_int_equal(OSML_INFO_KEPT_CORRUPTIONS, 21);
	assert_int_equal(OSML_INFO_SECRETMEM_CORRUPTIONS, 22);
	assert_true(OSML_UNLIMITED == 0xFFFFFFFFFFFFFFFFu);
}

static void an_unknown_question_is_invalid(void **state)
{
	static const int unknown[] = { 0, 23, 100, -1, INT_MAX, INT_MIN };
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		assert_int_equal(osml_info((enum osml_info)unknown[i], &value), OSML_EINVAL);
}

static void null_for_the_answer_is_invalid(void **state)
{
	(void)state;
	for (int what = 0; what <= 23; what++)
		assert_int_equal(osml_info((enum osml_info)what, NULL), OSML_EINVAL);
}

/* T39 */
static void the_page_size_is_the_systems(void **state)
{
	(void)state;
	assert_int_equal(info(OSML_INFO_PAGE_SIZE), sysconf(_SC_PAGESIZE));
}

/* ---- The quota ---- */

static void check_limits(void *unused)
{
	struct rlimit limit;

	(void)unused;
	CHECK(getrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	CHECK(info(OSML_INFO_LOCK_LIMIT_HARD) == (limit.rlim_max == RLIM_INFINITY ? OSML_UNLIMITED : limit.rlim_max));
	CHECK(info(OSML_INFO_LOCK_LIMIT_SOFT) == (support_lock_limit_binds() ? limit.rlim_cur : OSML_UNLIMITED));
}

static void the_limits_are_those_of_getrlimit(void **state)
{
	(void)state;
	check_limits(NULL);
}

static void check_limits_without_the_capability(void *bytes)
{
	support_limit_locked_memory(*(size_t *)bytes);
	CHECK(support_lock_limit_binds());
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
	assert_int_equal(info(OSML_INFO_PROCESS_LOCKED_BYTES), support_locked_kib() * 1024);
	assert_int_equal(osml_mlock(memory, sizeof memory), 0);
	assert_true(info(OSML_INFO_PROCESS_LOCKED_BYTES) >= sizeof memory);
	assert_int_equal(info(OSML_INFO_PROCESS_LOCKED_BYTES), support_locked_kib() * 1024);
	assert_int_equal(osml_munlock(memory, sizeof memory), 0);
	assert_int_equal(info(OSML_INFO_PROCESS_LOCKED_BYTES), support_locked_kib() * 1024);
}

/* In a child nothing is locked but what the library locks there. */
static void check_locked_bytes(void *unused)
{
	static const uint32_t wants[] = { OSML_DEFAULT_PROTECTIONS, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, OSML_NODUMP };
	osml_buffer *buffers[30];

	(void)unused;
	CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) == 0);
	for (size_t i = 0; i < 30; i++) {
		buffers[i] = new_with(i * 300, wants[i % 3]);
		CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) == support_locked_kib() * 1024);
	}
	CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) > 0);
	for (size_t i = 0; i < 30; i++) {
		osml_buffer_free(buffers[i]);
		CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) == support_locked_kib() * 1024);
	}
	support_settle();
	CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) == 0);
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
	uint64_t offered = info(OSML_INFO_SUPPORTED_PROTECTIONS);

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
	uint64_t locked = info(OSML_INFO_LIBRARY_LOCKED_BYTES);

	(void)state;
	for (int i = 0; i < 10; i++)
		info(OSML_INFO_SUPPORTED_PROTECTIONS);
	ASSERT_BACK_TO(before);
	assert_int_equal(info(OSML_INFO_LIBRARY_LOCKED_BYTES), locked);
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

static void corrupt_and_free(size_t len, uint32_t want)
{
	osml_buffer *b = new_with(len, want);

	((unsigned char *)osml_buffer_data(b))[len] = 1;
	CHECK_RC(osml_buffer_close(b), OSML_ECORRUPT);
	osml_buffer_free(b);
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
	CHECK(info(OSML_INFO_KEPT_CORRUPTIONS) == 0 && info(OSML_INFO_SECRETMEM_CORRUPTIONS) == 0);
	corrupt_and_free(8, OSML_DEFAULT_PROTECTIONS & ~OSML_WIPEONFORK);
	corrupt_and_free(20000, (OSML_DEFAULT_PROTECTIONS & ~OSML_WIPEONFORK) | OSML_GUARDED);
	CHECK(info(OSML_INFO_CORRUPTIONS) == 3 && info(OSML_INFO_KEPT_CORRUPTIONS) == 2);
	corrupt_and_free(100000, OSML_DEFAULT_PROTECTIONS);
	corrupt_and_free(20000, OSML_DEFAULT_PROTECTIONS | OSML_NOFORK);
	CHECK(info(OSML_INFO_CORRUPTIONS) == 5 && info(OSML_INFO_KEPT_CORRUPTIONS) == 2 && info(OSML_INFO_SECRETMEM_CORRUPTIONS) == 0);
	osml_buffer_free(b);
	osml_buffer_free(b);
	CHECK(info(OSML_INFO_DOUBLE_FREES) == 1);
}

/* Slots of 32, 112 and 1040 bytes, and whole pages. */
static void live_and_idle_bytes_are_told_by_kind(void *unused)
{
	const uint32_t kept = OSML_DEFAULT_PROTECTIONS & ~OSML_WIPEONFORK;
	osml_buffer *ordinary = new_with(24, OSML_DEFAULT_PROTECTIONS), *b = new_with(100, kept), *many[100];
	size_t page = support_page_size(), large = 100000 / page * page + page;
	void *block = osml_malloc(1000), *large_block = osml_malloc(100000);

	(void)unused;
	CHECK(info(OSML_INFO_LIVE_BYTES) == 32 + 112 + 1040 + large);
	CHECK(info(OSML_INFO_KEPT_LIVE_BYTES) == 112 + 1040);
	CHECK(info(OSML_INFO_SECRETMEM_LIVE_BYTES) == 0 && info(OSML_INFO_SECRETMEM_IDLE_BYTES) == 0);
	osml_free(block);
	osml_free(large_block);
	osml_buffer_free(b);
	CHECK(info(OSML_INFO_LIVE_BYTES) == 32 && info(OSML_INFO_KEPT_LIVE_BYTES) == 0);
	for (size_t i = 0; i < 100; i++)
		many[i] = new_with(1000, kept);
	for (size_t i = 0; i < 100; i++)
		osml_buffer_free(many[i]);
	CHECK(info(OSML_INFO_KEPT_IDLE_BYTES) > 0 && info(OSML_INFO_KEPT_IDLE_BYTES) % page == 0);
	CHECK(info(OSML_INFO_IDLE_BYTES) == info(OSML_INFO_KEPT_IDLE_BYTES) + large);
	CHECK_RC(osml_trim(), 0);
	CHECK(info(OSML_INFO_LIVE_BYTES) == 32 && info(OSML_INFO_KEPT_IDLE_BYTES) == 0 && info(OSML_INFO_IDLE_BYTES) == 0);
	osml_buffer_free(ordinary);
	CHECK(info(OSML_INFO_LIVE_BYTES) == 0);
}

static void live_secretmem_is_told_apart(void *unused)
{
	osml_buffer *b = new_with(24, OSML_SECRETMEM);

	(void)unused;
	CHECK(info(OSML_INFO_LIVE_BYTES) == 32 && info(OSML_INFO_SECRETMEM_LIVE_BYTES) == 32);
	CHECK(info(OSML_INFO_KEPT_LIVE_BYTES) == 0);
	CHECK((info(OSML_INFO_SECRETMEM_IDLE_BYTES) > 0) == (support_page_size() < 16384)); /* the pool maps 16 KiB, or one page */
	osml_buffer_free(b);
	CHECK(info(OSML_INFO_LIVE_BYTES) == 0 && info(OSML_INFO_SECRETMEM_LIVE_BYTES) == 0);
	corrupt_and_free(8, OSML_SECRETMEM);
	CHECK(info(OSML_INFO_CORRUPTIONS) == 1 && info(OSML_INFO_SECRETMEM_CORRUPTIONS) == 1);
}

static void bytes_are_told_by_kind(void **state)
{
	(void)state;
	IN_CHILD(live_and_idle_bytes_are_told_by_kind, NULL);
	if (!support_secretmem())
		SKIP("no memfd_secret(2)");
	IN_CHILD(live_secretmem_is_told_apart, NULL);
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
		cmocka_unit_test(bytes_are_told_by_kind),
		cmocka_unit_test(misuse_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
