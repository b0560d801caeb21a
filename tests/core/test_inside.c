/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A fork while another thread is inside of one of the library's mutexes, in the middle of a change (audit C15). Here the mutex is taken by hand,
 * and what it protects is spoiled as far as a test can reach it: the child, which has no such thread, must not look at it.
 */
#include "support.h"

#include <errno.h>

#include "cache.h"
#include "life.h"
#include "os_fake.h"
#include "pool.h"

/* A thread that has one of the mutexes forks nowhere else, so that ThreadSanitizer takes the order for a mistake. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "detect_deadlocks=0";
}

#define MANY    100u
#define NOWHERE ((void *)16)

static osml_buffer *parents[MANY];
static const unsigned char *bytes[MANY];

static void fill_parents(void)
{
	for (size_t i = 0; i < MANY; i++) {
		parents[i] = support_secret(40, OSML_DEFAULT_PROTECTIONS);
		bytes[i] = osml_buffer_data(parents[i]);
	}
}

static void free_parents(void)
{
	for (size_t i = 0; i < MANY; i++)
		osml_buffer_free(parents[i]);
}

/* ---- What any child can do ---- */

static void make_many(size_t len)
{
	osml_buffer *all[MANY];

	for (size_t i = 0; i < MANY; i++) {
		all[i] = support_secret(len, OSML_DEFAULT_PROTECTIONS);
		CHECK(support_all_have(osml_buffer_data(all[i]), len, "lo"));
	}
	for (size_t i = 0; i < MANY; i++)
		osml_buffer_free(all[i]);
}

static void live(void *unused)
{
	static unsigned char memory[1];
	osml_core_dumps_guard *guard;
	osml_region *region;
	uint64_t locked, open;

	(void)unused;
	make_many(40);
	make_many(5000);
	CHECK_RC(osml_region_lock(&region, memory, 1, 0), 0);
	CHECK(support_all_have(memory, 1, "lo"));
	CHECK_RC(osml_region_unlock(region), 0);
	CHECK_RC(osml_disable_core_dumps_with_guard(&guard), 0);
	CHECK_RC(osml_core_dumps_guard_release(guard), 0);
	CHECK_RC(osml_harden(NULL, OSML_HARDEN_UNDUMPABLE), 0);
	CHECK_RC(osml_info(OSML_INFO_LIVE_BUFFERS, &open), 0);
	CHECK(open == 0);
	free_parents();
	make_many(40);
	support_settle();
	CHECK_RC(osml_info(OSML_INFO_LIBRARY_LOCKED_BYTES, &locked), 0);
	CHECK(locked == 0 && support_locked_kib() == 0);
}

static void in_child_of_a_fork_within(enum osml__mutex which, void (*body)(void *arg))
{
	int status;

	osml__lock(which);
	status = support_in_child(body, NULL);
	osml__unlock(which);
	assert_int_equal(status, 0);
}

static void a_child_of_a_fork_within_any_mutex_lives(void **state)
{
	(void)state;
	fill_parents();
	for (int which = 0; which < OSML__MUTEX_COUNT; which++)
		in_child_of_a_fork_within((enum osml__mutex)which, live);
	free_parents();
	make_many(40); /* and the parent */
}

/* ---- Handles ---- */

#define HANDLES_MAX 20000u
static const osml_buffer *known[HANDLES_MAX];
static size_t known_count;

static void know(osml_buffer *b)
{
	CHECK(known_count < HANDLES_MAX);
	known[known_count++] = b;
}

static bool is_known(const osml_buffer *b)
{
	for (size_t i = 0; i < known_count; i++)
		if (known[i] == b)
			return true;
	return false;
}

static void lives_on_handles_of_its_own(void *unused)
{
	osml_buffer *b = support_secret(40, OSML_DEFAULT_PROTECTIONS);

	CHECK(known_count > 0 && !is_known(b));
	osml_buffer_free(b);
	live(unused);
}

/* The thread's own list of caches, and where one batch of free handles leads to the next. */
static void a_child_of_a_fork_within_the_handles_takes_none_of_them(void **state)
{
	struct osml_buffer *next[MANY];
	osml_buffer *handles[MANY];
	struct osml__cache *next_cache;

	(void)state;
	fill_parents();
	memcpy(handles, parents, sizeof handles);
	free_parents();
	support_settle();
	for (size_t i = 0; i < MANY; i++) {
		next[i] = handles[i]->next_batch;
		handles[i]->next_batch = NOWHERE;
	}
	next_cache = osml__cache->next;
	osml__cache->next = NOWHERE;
	memset(parents, 0, sizeof parents);
	known_count = 0;
	osml__handle_each(know);
	in_child_of_a_fork_within(OSML__MUTEX_HANDLES, lives_on_handles_of_its_own);
	osml__cache->next = next_cache;
	for (size_t i = 0; i < MANY; i++)
		handles[i]->next_batch = next[i];
	make_many(40); /* the parent's are as they were */
}

static struct osml__cache *grandparents;

static void forks_before_it_begins(void *unused)
{
	struct osml__cache *next = grandparents->next;

	(void)unused;
	grandparents->next = NOWHERE;
	in_child_of_a_fork_within(OSML__MUTEX_HANDLES, live);
	grandparents->next = next;
}

/* The child has not used the library yet, and so has not cleared up after the parent's threads. */
static void a_grandchild_takes_none_of_the_grandparents_either(void **state)
{
	(void)state;
	memset(parents, 0, sizeof parents);
	make_many(40);
	grandparents = osml__cache;
	IN_CHILD(forks_before_it_begins, NULL);
	make_many(40);
}

/* ---- Slots ---- */

/* What is known of the parent's slots may be half changed, so not even the last one that is freed takes its page along. */
static void leaves_the_pages(void *unused)
{
	struct support_mapping found;

	live(unused);
	for (size_t i = 0; i < MANY; i++)
		CHECK(support_find_mapping(&found, bytes[i]));
}

static void gives_the_pages_back(void *unused)
{
	struct support_mapping found;

	make_many(40); /* what the parent's thread had at hand goes back as well */
	free_parents();
	support_settle();
	CHECK(!unused);
	for (size_t i = 0; i < MANY; i++)
		CHECK(!support_find_mapping(&found, bytes[i]) || !strstr(found.flags, " wf "));
}

static void a_child_of_a_fork_within_the_pool_leaves_the_parents_pages_alone(void **state)
{
	struct osml__span *next;

	(void)state;
	support_settle();
	fill_parents();
	IN_CHILD(gives_the_pages_back, NULL); /* control */
	next = parents[MANY - 1]->span->next;
	parents[MANY - 1]->span->next = NOWHERE;
	in_child_of_a_fork_within(OSML__MUTEX_POOL, leaves_the_pages);
	parents[MANY - 1]->span->next = next;
	free_parents();
}

static void leaves_the_spare_pages(void *spare)
{
	struct support_mapping found;

	(void)spare;
	live(NULL);
	CHECK(support_find_mapping(&found, bytes[0]));
}

static void nor_does_it_touch_the_pages_that_the_parent_keeps_for_next_time(void **state)
{
	struct support_mapping found;

	(void)state;
	support_settle();
	fill_parents();
	free_parents();
	memset(parents, 0, sizeof parents);
	osml__cache_drain(osml__cache);
	CHECK(support_find_mapping(&found, bytes[0])); /* control: they are kept */
	in_child_of_a_fork_within(OSML__MUTEX_POOL, leaves_the_spare_pages);
	support_settle();
	CHECK(!support_find_mapping(&found, bytes[0])); /* control: those were they */
}

static osml_buffer *kept_slot;

/* What the parent's pool knew of locked pages was being changed, and the child does not rely on it. */
static void has_it_locked(void *unused)
{
	uint32_t bits = 0;

	(void)unused;
	CHECK_RC(osml_buffer_protections(kept_slot, &bits), 0);
	CHECK(bits & OSML_LOCKED && support_all_have(osml_buffer_data(kept_slot), 40, "lo"));
}

static void a_kept_slot_is_locked_in_a_child_of_a_fork_within_the_pool(void **state)
{
	(void)state;
	kept_slot = support_secret(40, OSML_LOCKED | OSML_NODUMP | OSML_CANARY);
	in_child_of_a_fork_within(OSML__MUTEX_POOL, has_it_locked);
	osml_buffer_free(kept_slot);
}

/* ---- Regions ---- */

static osml_buffer *kept;
static const unsigned char *kept_bytes;

/* Nothing keeps a region over the same page from unlocking it, so the buffer claims no lock. */
static void claims_no_lock(void *unused)
{
	uint32_t bits = ~0u, seen = ~0u;
	uint64_t locked = 1;

	(void)unused;
	fake_reset();
	CHECK_RC(osml_buffer_protections(kept, &bits), 0);
	CHECK(bits == OSML_CANARY);
	CHECK(support_none_has(kept_bytes, 5000, "lo"));
	CHECK_RC(osml_info(OSML_INFO_LIBRARY_LOCKED_BYTES, &locked), 0);
	CHECK(locked == 0);
	CHECK(kept_bytes[0] == 0xEE && kept_bytes[4999] == 0xEE);
	CHECK_RC(osml_buffer_verify(kept, &seen), 0);
	CHECK(seen == OSML_CANARY);
	osml_buffer_free(kept);
	live(NULL);
}

static void relocks(void *unused)
{
	uint32_t bits = 0;

	(void)unused;
	CHECK_RC(osml_buffer_protections(kept, &bits), 0);
	CHECK(bits & OSML_LOCKED && support_all_have(kept_bytes, 5000, "lo"));
	osml_buffer_free(kept);
	live(NULL);
}

static void a_kept_buffer_whose_pages_the_child_cannot_note_is_not_locked_there_and_says_so(void **state)
{
	(void)state;
	memset(parents, 0, sizeof parents);
	kept = support_secret(5000, OSML_LOCKED | OSML_NODUMP | OSML_CANARY);
	kept_bytes = osml_buffer_data(kept);
	in_child_of_a_fork_within(OSML__MUTEX_REGIONS, relocks); /* control */
	fake_refuse_memory(1, ~0u);
	in_child_of_a_fork_within(OSML__MUTEX_REGIONS, claims_no_lock);
	fake_reset();
	osml_buffer_free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_of_a_fork_within_any_mutex_lives),
		cmocka_unit_test(a_child_of_a_fork_within_the_handles_takes_none_of_them),
		cmocka_unit_test(a_grandchild_takes_none_of_the_grandparents_either),
		cmocka_unit_test(a_child_of_a_fork_within_the_pool_leaves_the_parents_pages_alone),
		cmocka_unit_test(nor_does_it_touch_the_pages_that_the_parent_keeps_for_next_time),
		cmocka_unit_test(a_kept_slot_is_locked_in_a_child_of_a_fork_within_the_pool),
		cmocka_unit_test(a_kept_buffer_whose_pages_the_child_cannot_note_is_not_locked_there_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
