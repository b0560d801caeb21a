/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* osml_trim(): what is locked afterwards is the whole pages of what lives, whichever thread made it idle (audit C5, C6). */
#include "support.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os_fake.h"
#include "storage.h"

#define LIVE 8

static uint64_t info(enum osml_info what)
{
	uint64_t value = 0;

	CHECK_RC(osml_info(what, &value), 0);
	return value;
}

static int in_order(const void *a, const void *b)
{
	return (*(const uintptr_t *)a > *(const uintptr_t *)b) - (*(const uintptr_t *)a < *(const uintptr_t *)b);
}

/* Bytes of the pages that the memory of these buffers touches, each page once. */
static size_t touched(osml_buffer *const *b, size_t count)
{
	size_t page = support_page_size(), n = 0, different = 0;
	static uintptr_t pages[4096];

	for (size_t i = 0; i < count; i++) {
		struct osml__mapping memory = osml__storage_bounds(b[i]);

		for (uintptr_t at = (uintptr_t)memory.base / page; at <= ((uintptr_t)memory.base + memory.size - 1) / page; at++) {
			CHECK(n < sizeof pages / sizeof *pages);
			pages[n++] = at;
		}
	}
	qsort(pages, n, sizeof *pages, in_order);
	for (size_t i = 0; i < n; i++)
		different += i == 0 || pages[i] != pages[i - 1];
	return different * page;
}

static void check_filled(osml_buffer *const *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const unsigned char *data = osml_buffer_data(b[i]);

		CHECK(data && support_all_have(data, osml_buffer_size(b[i]), "lo"));
		for (size_t at = 0; at < osml_buffer_size(b[i]); at++)
			CHECK(data[at] == 0xEE);
	}
}

static void free_all(osml_buffer *const *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		osml_buffer_free(b[i]);
}

/* LIVE stay, and between them goes what others had, 32 KiB each time. */
static void make_many_and_keep_few(osml_buffer **few, size_t len, uint32_t want)
{
	enum { BETWEEN = 32768, SHORTEST = 24 };
	osml_buffer *others[LIVE * (BETWEEN / SHORTEST)];
	size_t count = 0;

	for (size_t i = 0; i < LIVE; i++) {
		few[i] = support_secret(len, want);
		for (size_t bytes = len; bytes <= BETWEEN; bytes += len)
			others[count++] = support_secret(len, want);
	}
	free_all(others, count);
}

/* Shared with children: in how many of them there was more before the trim. NULL: there must be. */
static unsigned *had_more;

/* With control: before it there was more. */
static void check_trim(osml_buffer *const *b, size_t count, size_t locked_at_start)
{
	size_t live = touched(b, count);
	bool more = (support_locked_kib() - locked_at_start) * 1024 > live && info(OSML_INFO_IDLE_BYTES) > 0;

	if (had_more)
		*had_more += more;
	else
		CHECK(more); /* control */
	CHECK_RC(osml_trim(), 0);
	CHECK((support_locked_kib() - locked_at_start) * 1024 == live);
	CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) == live && info(OSML_INFO_IDLE_BYTES) == 0);
	check_filled(b, count);
}

/* ---- One thread ---- */

static void trim_at_first(void *unused)
{
	size_t locked = support_locked_kib();

	(void)unused;
	CHECK_RC(osml_trim(), 0);
	CHECK(support_locked_kib() == locked && info(OSML_INFO_IDLE_BYTES) == 0);
}

static void an_unused_library_has_nothing_to_give(void **state)
{
	(void)state;
	IN_CHILD(trim_at_first, NULL);
}

static void trim_between_live_ones(void *unused)
{
	static const size_t lengths[] = { 24, 1000, 20000 };
	static const uint32_t wants[] = { OSML_DEFAULT_PROTECTIONS, OSML_DEFAULT_PROTECTIONS & ~OSML_WIPEONFORK };

	(void)unused;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		for (size_t k = 0; k < sizeof wants / sizeof *wants; k++) {
			size_t locked = support_locked_kib();
			osml_buffer *few[LIVE];

			make_many_and_keep_few(few, lengths[i], wants[k]);
			check_trim(few, LIVE, locked);
			free_all(few, LIVE);
			CHECK_RC(osml_trim(), 0);
			CHECK(support_locked_kib() == locked);
		}
}

static void what_stays_locked_is_the_pages_that_live_slots_touch(void **state)
{
	(void)state;
	IN_CHILD(trim_between_live_ones, NULL);
}

/* The kernel unlocks no single page of it. */
static void secret_memory_goes_with_the_last_that_lives_in_it(void **state)
{
	osml_buffer *few[LIVE];

	(void)state;
	if (!support_secretmem())
		SKIP("no memfd_secret(2)");
	make_many_and_keep_few(few, 1000, OSML_SECRETMEM);
	CHECK_RC(osml_trim(), 0);
	CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) >= touched(few, LIVE)); /* control */
	free_all(few, LIVE);
	CHECK_RC(osml_trim(), 0);
	CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) == 0 && info(OSML_INFO_IDLE_BYTES) == 0);
}

static void large_mappings_that_wait_for_the_next_buffer_are_unmapped(void **state)
{
	struct support_mapping found;
	struct support_snapshot before = support_snapshot();
	osml_buffer *b = support_secret(200000, OSML_DEFAULT_PROTECTIONS);
	const void *data = osml_buffer_data(b);

	(void)state;
	osml_buffer_free(b);
	CHECK(support_find_mapping(&found, data) && !strncmp(found.permissions, "---", 3)); /* control: it waits */
	CHECK_RC(osml_trim(), 0);
	CHECK(!support_find_mapping(&found, data));
	ASSERT_BACK_TO(before);
}

/* Locked as well, as far as pages may be idle; that is all that shows which they are. */
static size_t waiting_and_locked(const void *const *data, size_t count)
{
	size_t locked = 0;

	for (size_t i = 0; i < count; i++)
		locked += support_all_have(data[i], 1, "lo");
	return locked;
}

static void let_large_mappings_wait(void *unused)
{
	enum { MANY = 4, LENGTH = 200000 };
	size_t before = support_locked_kib(), page = support_page_size(), pages = (LENGTH + 8 + page - 1) / page;
	const void *data[MANY];
	osml_buffer *b[MANY];

	(void)unused;
	for (size_t i = 0; i < MANY; i++) {
		b[i] = support_secret(LENGTH, OSML_DEFAULT_PROTECTIONS);
		data[i] = osml_buffer_data(b[i]);
	}
	CHECK(waiting_and_locked(data, MANY) == MANY); /* control */
	free_all(b, MANY);
	CHECK(waiting_and_locked(data, MANY) == (OSML__IDLE_BYTES / page + pages - 1) / pages); /* the last one in part */
	CHECK((support_locked_kib() - before) * 1024 <= OSML__IDLE_BYTES);
	CHECK(info(OSML_INFO_IDLE_BYTES) == (support_locked_kib() - before) * 1024);
	for (size_t i = 0; i < MANY; i++)
		b[i] = support_secret(LENGTH, OSML_DEFAULT_PROTECTIONS); /* all zero, all locked */
	CHECK(waiting_and_locked(data, MANY) == MANY && info(OSML_INFO_IDLE_BYTES) == 0);
	free_all(b, MANY);
	CHECK_RC(osml_trim(), 0);
	CHECK(support_locked_kib() == before);
}

static void large_mappings_that_wait_are_locked_within_the_bound(void **state)
{
	(void)state;
	IN_CHILD(let_large_mappings_wait, NULL);
}

static void let_one_wait_and_fill_the_pool(void *unused)
{
	enum { MANY = 2000 };
	static osml_buffer *b[MANY];
	osml_buffer *large = support_secret(200000, OSML_DEFAULT_PROTECTIONS);
	const void *data = osml_buffer_data(large);

	(void)unused;
	osml_buffer_free(large);
	CHECK(support_all_have(data, 1, "lo")); /* control */
	for (size_t i = 0; i < MANY; i++)
		b[i] = support_secret(1000, OSML_DEFAULT_PROTECTIONS);
	free_all(b, MANY);
	CHECK(!support_all_have(data, 1, "lo") && info(OSML_INFO_IDLE_BYTES) <= 512 << 10);
}

static void they_are_unlocked_when_more_is_idle(void **state)
{
	(void)state;
	IN_CHILD(let_one_wait_and_fill_the_pool, NULL);
}

static void new_buffers_after_it_are_locked_and_zero(void **state)
{
	osml_buffer *few[LIVE], *b;

	(void)state;
	make_many_and_keep_few(few, 300, OSML_DEFAULT_PROTECTIONS);
	CHECK_RC(osml_trim(), 0);
	for (size_t i = 0; i < 100; i++) {
		CHECK_RC(osml_buffer_new(&b, 300, NULL), 0);
		for (size_t at = 0; at < 300; at++)
			CHECK(((unsigned char *)osml_buffer_data(b))[at] == 0);
		CHECK(support_all_have(osml_buffer_data(b), 300, "lo"));
		osml_buffer_free(b);
	}
	check_filled(few, LIVE);
	free_all(few, LIVE);
}

/* ---- Several threads ---- */

enum { THREADS = 4 };
static pthread_barrier_t freed, trimmed;
static osml_buffer *kept[THREADS * LIVE];

static void *free_and_wait(void *few)
{
	make_many_and_keep_few(few, 1000, OSML_DEFAULT_PROTECTIONS);
	pthread_barrier_wait(&freed);
	pthread_barrier_wait(&trimmed);
	osml_buffer_free(support_secret(1000, OSML_DEFAULT_PROTECTIONS));
	pthread_barrier_wait(&freed);
	pthread_barrier_wait(&trimmed);
	return NULL;
}

static void start(pthread_t *threads)
{
	CHECK(pthread_barrier_init(&freed, NULL, THREADS + 1) == 0 && pthread_barrier_init(&trimmed, NULL, THREADS + 1) == 0);
	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, free_and_wait, &kept[i * LIVE]) == 0);
	pthread_barrier_wait(&freed);
}

static void let_them_end(const pthread_t *threads)
{
	pthread_barrier_wait(&trimmed);
	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	free_all(kept, THREADS * LIVE);
}

static void trim_with_threads(void *unused)
{
	size_t locked = support_locked_kib();
	pthread_t threads[THREADS];

	(void)unused;
	start(threads);
	check_trim(kept, THREADS * LIVE, locked);
	pthread_barrier_wait(&trimmed);
	pthread_barrier_wait(&freed);
	CHECK_RC(osml_trim(), 0);
	CHECK((support_locked_kib() - locked) * 1024 == touched(kept, THREADS * LIVE));
	let_them_end(threads);
}

/* It depends on the order in which they run whether a page is left that no live slot touches. */
static void threads_that_wait_give_their_free_slots_too(void **state)
{
	(void)state;
	had_more = mmap(NULL, sizeof *had_more, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(had_more, MAP_FAILED);
	for (int tries = 0; tries < 20 && !*had_more; tries++)
		IN_CHILD(trim_with_threads, NULL);
	assert_true(*had_more); /* control */
	munmap(had_more, sizeof *had_more);
	had_more = NULL;
}

/* No such barrier: what a thread has cached goes when it comes by. */
static void trim_without_the_barrier(void *unused)
{
	size_t locked = support_locked_kib();
	pthread_t threads[THREADS];

	(void)unused;
	fake_fail_function("barrier", 1, 1000, OSML_EUNSUPPORTED);
	start(threads);
	CHECK_RC(osml_trim(), 0);
	CHECK(fake_fired() == 1);
	CHECK((support_locked_kib() - locked) * 1024 > touched(kept, THREADS * LIVE) || support_page_size() > 32768); /* control */
	pthread_barrier_wait(&trimmed);
	pthread_barrier_wait(&freed);
	CHECK_RC(osml_trim(), 0);
	CHECK((support_locked_kib() - locked) * 1024 <= touched(kept, THREADS * LIVE) + THREADS * 2 * support_page_size());
	let_them_end(threads);
}

static void without_a_barrier_each_thread_gives_its_own_at_its_next_call(void **state)
{
	(void)state;
	IN_CHILD(trim_without_the_barrier, NULL);
}

static _Atomic bool enough;

static void *make_check_and_free(void *length)
{
	size_t len = *(size_t *)length;

	while (!enough) {
		osml_buffer *b[20];

		for (size_t i = 0; i < 20; i++) {
			CHECK_RC(osml_buffer_new(&b[i], len, NULL), 0);
			for (size_t at = 0; at < len; at++)
				CHECK(((unsigned char *)osml_buffer_data(b[i]))[at] == 0);
			CHECK_RC(osml_buffer_fill(b[i], 0, 0xEE, len), 0);
		}
		for (size_t i = 0; i < 20; i++) {
			for (size_t at = 0; at < len; at++)
				CHECK(((unsigned char *)osml_buffer_data(b[i]))[at] == 0xEE);
			osml_buffer_free(b[i]);
		}
	}
	return NULL;
}

static void threads_at_work_notice_nothing(void **state)
{
	struct support_snapshot before = support_snapshot();
	size_t lengths[] = { 32, 1500, 70000 }, rounds = support_valgrind() ? 50 : 1000;
	pthread_t threads[3];

	(void)state;
	enough = false;
	for (size_t i = 0; i < 3; i++)
		CHECK(pthread_create(&threads[i], NULL, make_check_and_free, &lengths[i]) == 0);
	for (size_t i = 0; i < rounds; i++)
		CHECK_RC(osml_trim(), 0);
	enough = true;
	for (size_t i = 0; i < 3; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(info(OSML_INFO_CORRUPTIONS) == 0 && info(OSML_INFO_LIVE_BUFFERS) == 0);
	ASSERT_BACK_TO(before);
}

/* ---- Fork ---- */

static void trim_what_the_child_made(void *few)
{
	osml_buffer *own[LIVE];

	make_many_and_keep_few(own, 500, OSML_DEFAULT_PROTECTIONS);
	check_trim(own, LIVE, 0);
	CHECK_RC(osml_buffer_fill(((osml_buffer **)few)[0], 0, 1, 1), OSML_EFORKED);
	free_all(own, LIVE);
	CHECK_RC(osml_trim(), 0);
	CHECK(support_locked_kib() == 0);
}

/* A child inherits no lock. */
static void a_child_gives_back_its_own_and_the_parent_keeps_all(void **state)
{
	osml_buffer *few[LIVE];
	size_t locked;

	(void)state;
	CHECK_RC(osml_trim(), 0);
	make_many_and_keep_few(few, 500, OSML_DEFAULT_PROTECTIONS);
	locked = support_locked_kib();
	IN_CHILD(trim_what_the_child_made, few);
	CHECK(support_locked_kib() == locked);
	check_filled(few, LIVE);
	free_all(few, LIVE);
}

static void trim_with_kept_ones(void *few)
{
	check_filled(few, LIVE);
	CHECK_RC(osml_trim(), 0);
	check_filled(few, LIVE);
	CHECK(support_locked_kib() * 1024 == touched(few, LIVE));
}

static void a_child_keeps_what_it_goes_on_using(void **state)
{
	osml_buffer *few[LIVE];

	(void)state;
	make_many_and_keep_few(few, 500, OSML_DEFAULT_PROTECTIONS & ~OSML_WIPEONFORK);
	IN_CHILD(trim_with_kept_ones, few);
	free_all(few, LIVE);
}

#define CROWD       300u
#define CACHE_BYTES ((size_t)32 << 10) /* of a thread's free slots, which are not idle */

/* The kernel has a mapping of memfd_secret(2) locked as a whole, from birth. */
static void all_secret_memory_that_no_slot_touches_is_idle(void **state)
{
	osml_buffer *all[CROWD];
	uint64_t locked, idle;

	(void)state;
	if (!support_secretmem())
		SKIP("no memfd_secret(2)");
	support_settle();
	locked = info(OSML_INFO_LIBRARY_LOCKED_BYTES);
	idle = info(OSML_INFO_IDLE_BYTES);
	for (unsigned i = 0; i < CROWD; i++)
		all[i] = support_secret(1000, OSML_SECRETMEM);
	locked = info(OSML_INFO_LIBRARY_LOCKED_BYTES) - locked;
	idle = info(OSML_INFO_IDLE_BYTES) - idle;
	assert_true(locked > touched(all, CROWD) + 2 * CACHE_BYTES); /* control */
	assert_true(idle <= locked - touched(all, CROWD) && idle + CACHE_BYTES >= locked - touched(all, CROWD));
	free_all(all, CROWD);
}

/* ---- A region that the quota refuses ---- */

#define QUOTA 65536u

static void lock_a_region_after_buffers(void *unused)
{
	static unsigned char memory[QUOTA / 2];
	osml_buffer *b;
	osml_region *r;

	(void)unused;
	support_limit_locked_memory(QUOTA);
	b = support_secret(QUOTA / 2, OSML_DEFAULT_PROTECTIONS);
	CHECK_RC(osml_region_lock(&r, memory, sizeof memory, 0), OSML_ELIMIT); /* control: what is open stays */
	osml_buffer_free(b);
	CHECK(support_locked_kib() * 1024 + sizeof memory > QUOTA); /* control: what was freed is in the way */
	CHECK_RC(osml_region_lock(&r, memory, sizeof memory, 0), 0);
	CHECK(support_all_have(memory, sizeof memory, "lo"));
	CHECK_RC(osml_region_unlock(r), 0);
}

static void a_region_has_what_buffers_left_idle(void **state)
{
	(void)state;
	IN_CHILD(lock_a_region_after_buffers, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unused_library_has_nothing_to_give),
		cmocka_unit_test(what_stays_locked_is_the_pages_that_live_slots_touch),
		cmocka_unit_test(secret_memory_goes_with_the_last_that_lives_in_it),
		cmocka_unit_test(large_mappings_that_wait_for_the_next_buffer_are_unmapped),
		cmocka_unit_test(large_mappings_that_wait_are_locked_within_the_bound),
		cmocka_unit_test(they_are_unlocked_when_more_is_idle),
		cmocka_unit_test(new_buffers_after_it_are_locked_and_zero),
		cmocka_unit_test(threads_that_wait_give_their_free_slots_too),
		cmocka_unit_test(without_a_barrier_each_thread_gives_its_own_at_its_next_call),
		cmocka_unit_test(threads_at_work_notice_nothing),
		cmocka_unit_test(a_child_gives_back_its_own_and_the_parent_keeps_all),
		cmocka_unit_test(a_child_keeps_what_it_goes_on_using),
		cmocka_unit_test(all_secret_memory_that_no_slot_touches_is_idle),
		cmocka_unit_test(a_region_has_what_buffers_left_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
