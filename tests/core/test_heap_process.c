/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The locked heap and the process: the quota, fork, osml_purge() and threads (audit U8). */
#include "heaped.h"

#include <errno.h>
#include <pthread.h>

#include "os_fake.h"

/* ---- Limits ---- */

static void fill_the_quota(void *size)
{
	enum { MOST = 4096 };
	static unsigned char *p[MOST];
	size_t n = *(size_t *)size, count = 0;

	support_limit_locked_memory(65536);
	errno = 0;
	while (count < MOST && (p[count] = osml_malloc(n)))
		memset(p[count++], 0xEE, n);
	CHECK(count > 0 && count < MOST && errno == ENOMEM);
	CHECK(support_locked_kib() <= 64 && count * n > 65536 * 5 / 8);
	for (size_t i = 0; i < count; i++) {
		CHECK(all_are(p[i], 0xEE, n));
		osml_free(p[i]);
	}
	p[0] = osml_malloc(SMALL_MAX * 3 / 4); /* what was freed is no obstacle */
	CHECK(p[0]);
	osml_free(p[0]);
}

static void at_the_quota_there_is_null_and_enomem(void *unused)
{
	size_t sizes[] = { 24, 100, 1000, 5000, 20000 };

	(void)unused;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		IN_CHILD(fill_the_quota, &sizes[i]);
}

static void one_without_memory_for_the_table(void *large)
{
	size_t n = *(size_t *)large;

	for (unsigned at = 1; at < 6; at++) {
		void *p;

		errno = 0;
		fake_refuse_memory(at, at);
		p = osml_malloc(n);
		CHECK(p || errno == ENOMEM);
		fake_reset();
		osml_free(p);
	}
	osml_free(filled(n));
	CHECK(info(OSML_INFO_HEAP_BLOCKS) == 0 && info(OSML_INFO_FOREIGN_FREES) == 0);
}

static void any_memory_that_is_refused_is_an_answer(void *unused)
{
	size_t sizes[] = { 24, 100000 };

	(void)unused;
	IN_CHILD(one_without_memory_for_the_table, &sizes[0]);
	IN_CHILD(one_without_memory_for_the_table, &sizes[1]);
}

/* ---- Fork, purge ---- */

static unsigned char *inherited[40];

static void use_inherited(void *unused)
{
	uint64_t blocks = info(OSML_INFO_HEAP_BLOCKS);

	(void)unused;
	for (size_t i = 0; i < 40; i++) {
		size_t n = 24 + i * i * 60;

		CHECK(osml_owns(inherited[i]) && all_are(inherited[i], 0xEE, n));
		CHECK(support_all_have(inherited[i], n, "lo") && support_all_have(inherited[i], n, "dd"));
		inherited[i] = osml_realloc(inherited[i], n + 30);
		CHECK(inherited[i] && all_are(inherited[i], 0xEE, n));
	}
	CHECK(blocks == 40 && info(OSML_INFO_HEAP_BLOCKS) == 40);
	for (size_t i = 0; i < 40; i++)
		osml_free(inherited[i]);
	CHECK(info(OSML_INFO_HEAP_BLOCKS) == 0 && info(OSML_INFO_CORRUPTIONS) == 0);
	CHECK_RC(osml_trim(), 0);
	CHECK(support_locked_kib() == 0);
}

static void a_child_goes_on_with_a_copy_that_is_locked(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < 40; i++)
		inherited[i] = filled(24 + i * i * 60); /* to 91 000 */
	IN_CHILD(use_inherited, NULL);
	for (size_t i = 0; i < 40; i++) {
		CHECK(all_are(inherited[i], 0xEE, 24 + i * i * 60));
		osml_free(inherited[i]);
	}
}

static void take_of_every_size(void *unused)
{
	enum { EACH = 8 };
	unsigned char *p[OSML__SLOT_SIZES * EACH];

	(void)unused;
	for (size_t i = 0; i < OSML__SLOT_SIZES * EACH; i++)
		p[i] = filled(osml__slot_sizes[i / EACH] - 8);
	for (size_t i = 0; i < OSML__SLOT_SIZES * EACH; i++)
		osml_free(p[i]);
	CHECK(info(OSML_INFO_CORRUPTIONS) == 0);
}

/* The pages of these blocks are idle then, with a fence in every 32 bytes. */
static void what_lies_idle_at_a_fork_is_as_new_in_the_child(void *unused)
{
	enum { MANY = 8000 };
	static unsigned char *p[MANY];

	(void)unused;
	for (size_t i = 0; i < MANY; i++)
		p[i] = filled(24);
	for (size_t i = 0; i < MANY; i++)
		osml_free(p[i]);
	CHECK(info(OSML_INFO_IDLE_BYTES) > 0); /* control */
	IN_CHILD(take_of_every_size, NULL);
	take_of_every_size(NULL);
}

static unsigned char *on_one_page[100];
static bool fork_now;

static void use_what_the_pool_abandoned(void *unused)
{
	uint64_t locked = info(OSML_INFO_LIBRARY_LOCKED_BYTES);

	(void)unused;
	for (size_t i = 0; i < 100; i++)
		CHECK(all_are(on_one_page[i], 0xEE, 24) && support_all_have(on_one_page[i], 24, "lo"));
	CHECK(locked == support_locked_kib() * 1024);
	for (size_t i = 0; i < 100; i++)
		osml_free(on_one_page[i]);
	CHECK(info(OSML_INFO_HEAP_BLOCKS) == 0);
	osml_free(filled(24));
}

/* Inside a call that has the pool's mutex: the child cannot know what it was changing. */
static void fork_inside(void)
{
	if (!fork_now)
		return;
	fork_now = false;
	IN_CHILD(use_what_the_pool_abandoned, NULL);
}

static void a_child_of_a_fork_during_a_change_of_the_pool_locks_blocks_too(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < 100; i++)
		on_one_page[i] = filled(24);
	fake_hook("unlock", fork_inside);
	fork_now = true;
	osml_free(filled(20000));
	CHECK_RC(osml_trim(), 0);
	CHECK(!fork_now); /* control */
	fake_reset();
	for (size_t i = 0; i < 100; i++)
		osml_free(on_one_page[i]);
}

static void purge_leaves_blocks_as_they_are(void *unused)
{
	unsigned char *p = filled(100);
	osml_buffer *b = support_secret(100, OSML_DEFAULT_PROTECTIONS);

	(void)unused;
	CHECK_RC(osml_purge(), 0);
	CHECK(!osml_buffer_data(b)); /* control */
	CHECK(all_are(p, 0xEE, 100) && osml_owns(p));
	osml_free(p);
	osml_buffer_free(b);
}

/* ---- Threads ---- */

#define THREADS   4
#define EXCHANGES 64
static unsigned char *_Atomic exchange[EXCHANGES];

/* Each takes blocks that others made. A block begins with its size. */
static void *exchange_blocks(void *seed)
{
	uint32_t random = (uint32_t)(uintptr_t)seed;
	size_t rounds = support_valgrind() ? 2000 : 100000;

	for (size_t i = 0; i < rounds; i++) {
		unsigned char *p;
		size_t n;

		random = random * 1664525 + 1013904223;
		n = 8 + (random >> 8) % (random >> 28 == 0 ? 9000 : 200);
		p = osml_calloc(1, n);
		CHECK(p && all_are(p, 0, n));
		memset(p, (unsigned char)n, n);
		memcpy(p, &n, sizeof n);
		p = atomic_exchange(&exchange[random >> 16 & (EXCHANGES - 1)], p);
		if (!p)
			continue;
		CHECK(osml_owns(p));
		memcpy(&n, p, sizeof n);
		CHECK(all_are(p + sizeof n, (unsigned char)n, n - sizeof n));
		if (random >> 27 & 1) {
			p = osml_realloc(p, 2 * n);
			CHECK(p && all_are(p + sizeof n, (unsigned char)n, n - sizeof n));
		}
		osml_free(p);
	}
	return NULL;
}

static void threads_free_blocks_of_each_other(void **state)
{
	struct support_snapshot before = support_snapshot();
	pthread_t threads[THREADS];

	(void)state;
	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, exchange_blocks, (void *)(i + 1)) == 0);
	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	for (size_t i = 0; i < EXCHANGES; i++)
		osml_free(atomic_exchange(&exchange[i], NULL));
	CHECK(info(OSML_INFO_HEAP_BLOCKS) == 0 && info(OSML_INFO_CORRUPTIONS) == 0 && info(OSML_INFO_FOREIGN_FREES) == 0);
	ASSERT_BACK_TO(before);
}

#define TEST(name) { #name, support_test_in_child, NULL, NULL, (void *)name },

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(at_the_quota_there_is_null_and_enomem) TEST(any_memory_that_is_refused_is_an_answer)
		        TEST(a_child_goes_on_with_a_copy_that_is_locked) TEST(what_lies_idle_at_a_fork_is_as_new_in_the_child)
		                TEST(a_child_of_a_fork_during_a_change_of_the_pool_locks_blocks_too) TEST(purge_leaves_blocks_as_they_are)
		                        cmocka_unit_test(threads_free_blocks_of_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
