/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Threads that share the pool, buffers, regions and forks. One handle under fire from all sides is in test_races.c. */
#include "support.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os_fake.h"
#include "pool.h"

#define THREADS 8u
#define HELD    32u

static size_t rounds(size_t natively)
{
	if (support_valgrind())
		return natively / 50;
	return support_sanitized() ? natively / 8 : natively;
}

static void run(unsigned count, void *(*body)(void *arg), void *arg)
{
	pthread_t threads[THREADS];

	for (unsigned i = 0; i < count; i++)
		CHECK(pthread_create(&threads[i], NULL, body, arg) == 0);
	for (unsigned i = 0; i < count; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

static uint64_t info(enum osml_info what)
{
	uint64_t value = 0;

	CHECK_RC(osml_info(what, &value), 0);
	return value;
}

/* Descriptors and locked pages; the C library's heaps for threads come and go as they like. */
static void check_nothing_left(size_t locked_kib)
{
	support_settle();
	CHECK(info(OSML_INFO_LIVE_BUFFERS) == 0);
	CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) == 0);
	CHECK(support_locked_kib() == locked_kib);
}

/* ---- Each thread with buffers of its own ---- */

static _Atomic unsigned next_number;
static _Atomic bool stop;

static uint32_t draw(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

static void fill(osml_buffer **b, size_t len, unsigned char mark)
{
	CHECK_RC(osml_buffer_new(b, len, NULL), 0);
	for (size_t i = 0; i < len; i++)
		CHECK(((unsigned char *)osml_buffer_data(*b))[i] == 0);
	CHECK_RC(osml_buffer_fill(*b, 0, mark, len), 0);
}

static void check_and_free(osml_buffer **b, unsigned char mark)
{
	for (size_t i = 0; i < osml_buffer_size(*b); i++)
		CHECK(((unsigned char *)osml_buffer_data(*b))[i] == mark);
	CHECK_RC(osml_buffer_close(*b), 0);
	osml_buffer_free(*b);
	*b = NULL;
}

static void churn(size_t count, unsigned number)
{
	osml_buffer *held[HELD] = { NULL };
	uint32_t seed = number;

	for (size_t i = 0; i < count && !stop; i++) {
		size_t which = draw(&seed) % HELD;
		unsigned char mark = (unsigned char)(number * HELD + which + 1);

		if (held[which])
			check_and_free(&held[which], mark);
		else
			fill(&held[which], draw(&seed) % (i % 100 ? 200 : 5000), mark);
	}
	for (size_t i = 0; i < HELD; i++)
		if (held[i])
			check_and_free(&held[i], (unsigned char)(number * HELD + i + 1));
}

static void *churn_thread(void *count)
{
	churn(*(size_t *)count, next_number++ % THREADS);
	return NULL;
}

static void eight_threads_churn(void **state)
{
	size_t count = rounds(20000), locked = support_locked_kib();

	(void)state;
	run(THREADS, churn_thread, &count);
	check_nothing_left(locked);
}

/* The very first use of the library, by all threads at once. */
static pthread_barrier_t barrier;

static void *first_use(void *unused)
{
	osml_buffer *b = NULL;

	(void)unused;
	pthread_barrier_wait(&barrier);
	fill(&b, 100, 7);
	check_and_free(&b, 7);
	return NULL;
}

static void use_it_first(void *unused)
{
	CHECK(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
	run(THREADS, first_use, unused);
	check_nothing_left(0);
}

/* Runs before any other test of this program, in a child. */
static void the_first_use_may_be_in_all_threads_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < (support_valgrind() ? 2 : 30); i++)
		IN_CHILD(use_it_first, NULL);
}

/* ---- From hand to hand ---- */

#define BELT 64u
static struct {
	osml_buffer *_Atomic slots[BELT];
	size_t count;
} belt;

static void *make_for_others(void *unused)
{
	for (size_t i = 0; i < belt.count; i++) {
		osml_buffer *b;

		fill(&b, 1 + i % 300, (unsigned char)(i % 300));
		while (belt.slots[i % BELT])
			sched_yield();
		belt.slots[i % BELT] = b;
	}
	return unused;
}

static void *free_what_others_made(void *unused)
{
	for (size_t i = 0; i < belt.count; i++) {
		osml_buffer *b;

		while (!(b = belt.slots[i % BELT]))
			sched_yield();
		belt.slots[i % BELT] = NULL;
		check_and_free(&b, (unsigned char)(osml_buffer_size(b) - 1));
	}
	return unused;
}

static void what_one_thread_makes_another_frees(void **state)
{
	pthread_t maker, freer;
	size_t locked = support_locked_kib();

	(void)state;
	belt.count = rounds(30000);
	CHECK(pthread_create(&maker, NULL, make_for_others, NULL) == 0);
	CHECK(pthread_create(&freer, NULL, free_what_others_made, NULL) == 0);
	CHECK(pthread_join(maker, NULL) == 0 && pthread_join(freer, NULL) == 0);
	check_nothing_left(locked);
}

/* ---- The end of a thread ---- */

static void *fill_the_cache(void *locked_kib)
{
	for (unsigned cls = 0; cls < OSML__SLOT_SIZES; cls++) {
		osml_buffer *b = NULL;

		fill(&b, osml__slot_sizes[cls] - 8, 1);
		check_and_free(&b, 1);
	}
	*(size_t *)locked_kib = support_locked_kib();
	return NULL;
}

static void a_thread_that_ends_returns_its_cache(void **state)
{
	size_t before = support_locked_kib(), within = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		run(1, fill_the_cache, &within);
		CHECK(within > before); /* the control: it did keep something */
		osml__pool_trim();
		CHECK(support_locked_kib() == before);
	}
	check_nothing_left(before);
}

/* A destructor that runs after the library's own may still use it. */
static pthread_key_t late_key;

static void use_late(void *unused)
{
	osml_buffer *b = NULL;

	(void)unused;
	fill(&b, 50, 9);
	check_and_free(&b, 9);
}

static void *end_with_late_use(void *unused)
{
	use_late(NULL);
	CHECK(pthread_setspecific(late_key, &late_key) == 0);
	return unused;
}

static void destructors_of_a_thread_may_use_the_library(void **state)
{
	size_t locked = support_locked_kib();

	(void)state;
	CHECK(pthread_key_create(&late_key, use_late) == 0);
	run(4, end_with_late_use, NULL);
	check_nothing_left(locked);
	pthread_key_delete(late_key);
}

/* Both look at what this thread has cached, and it has no cache any more. */
#define LARGE ((size_t)100000)

static void leave_idle(void)
{
	osml_buffer *b = NULL;

	fill(&b, LARGE, 9);
	check_and_free(&b, 9);
	CHECK(info(OSML_INFO_IDLE_BYTES) >= LARGE); /* control */
}

static void trim_late(void *unused)
{
	static unsigned char memory[100];
	osml_region *region;

	(void)unused;
	leave_idle();
	CHECK_RC(osml_trim(), 0);
	CHECK(info(OSML_INFO_IDLE_BYTES) < LARGE);
	leave_idle();
	fake_reset();
	fake_fail_function("lock", 1, 1, -ENOMEM);
	CHECK_RC(osml_region_lock(&region, memory, sizeof memory, 0), 0); /* the second time */
	CHECK(fake_fired() == 1);
	fake_reset();
	CHECK_RC(osml_region_unlock(region), 0);
}

static void destructors_of_a_thread_may_trim(void **state)
{
	size_t locked = support_locked_kib();

	(void)state;
	CHECK(pthread_key_create(&late_key, trim_late) == 0);
	run(1, end_with_late_use, NULL);
	check_nothing_left(locked);
	pthread_key_delete(late_key);
}

/* One that asks to be called again, until libc has enough: nothing of the library's runs after the last round (C19). */
static _Atomic unsigned late_rounds;

static void use_in_each_round(void *unused)
{
	use_late(unused);
	late_rounds++;
	CHECK(pthread_setspecific(late_key, &late_key) == 0);
}

static void destructors_of_the_last_round_leave_nothing_cached(void **state)
{
	size_t locked = support_locked_kib();

	(void)state;
	if (support_sanitized())
		SKIP("ThreadSanitizer has forgotten the thread by then");
	late_rounds = 0;
	CHECK(pthread_key_create(&late_key, use_in_each_round) == 0);
	for (int i = 0; i < 50; i++)
		run(4, end_with_late_use, NULL);
	CHECK(late_rounds == 200 * PTHREAD_DESTRUCTOR_ITERATIONS); /* control */
	check_nothing_left(locked);
	pthread_key_delete(late_key);
}

/* ---- Regions ---- */

#define SHARED_PAGES 16u
static char *shared;

/* smaps is not read in one moment, and other threads split and join the mappings meanwhile; but what is ours stays locked, so one look of many must show it. */
static bool is_locked(const char *addr, size_t len)
{
	for (int look = 0; look < 20; look++)
		if (support_all_have(addr, len, "lo"))
			return true;
	return false;
}

static void *lock_and_unlock(void *count)
{
	size_t page = support_page_size();
	uint32_t seed = next_number++;

	for (size_t i = 0; i < *(size_t *)count; i++) {
		size_t from = draw(&seed) % (SHARED_PAGES * page - 3 * page), len = 1 + draw(&seed) % (3 * page);
		osml_region *region;

		CHECK_RC(osml_region_lock(&region, shared + from, len, draw(&seed) % 2 ? OSML_REGION_DONTDUMP : 0), 0);
		if (i % 50 == 0)
			CHECK(is_locked(shared + from, len));
		CHECK_RC(osml_region_unlock(region), 0);
	}
	return NULL;
}

static void regions_of_many_threads_share_pages(void **state)
{
	size_t count = rounds(2000), size = SHARED_PAGES * support_page_size(), locked = support_locked_kib();

	(void)state;
	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	run(THREADS, lock_and_unlock, &count);
	CHECK(support_locked_kib() == locked);
	CHECK(support_none_has(shared, size, "lo") && support_none_has(shared, size, "dd"));
	munmap(shared, size);
}

/* ---- Fork while others are at it ---- */

static void *churn_until_stopped(void *unused)
{
	while (!stop)
		churn(1000, next_number++ % THREADS);
	return unused;
}

static void use_all_in_child(void *inherited)
{
	osml_buffer *b = NULL;
	osml_region *region;
	unsigned char byte;
	char own[100];

	alarm(60); /* A lock that nobody can release must end as a failure, not as a test that hangs. */
	CHECK_RC(osml_buffer_read(inherited, 0, &byte, 1), OSML_EFORKED);
	for (size_t len = 1; len < 3000; len += 700) {
		fill(&b, len, 3);
		CHECK(support_all_have(osml_buffer_data(b), len, "lo"));
		check_and_free(&b, 3);
	}
	CHECK_RC(osml_region_lock(&region, own, sizeof own, OSML_REGION_DONTDUMP), 0);
	CHECK_RC(osml_region_unlock(region), 0);
	osml_buffer_free(inherited);
	check_nothing_left(0);
}

/* Not IN_CHILD(): the child ends by exit() in every other round, to meet the sweep too. */
static int fork_and_use(osml_buffer *inherited, bool by_exit)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		use_all_in_child(inherited);
		if (by_exit)
			exit(0);
		_exit(0);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	return status;
}

static void a_child_forked_among_busy_threads_can_use_everything(void **state)
{
	pthread_t threads[4], regions;
	size_t region_count = 200;
	osml_buffer *b = NULL;
	size_t locked = support_locked_kib();

	(void)state;
	if (support_sanitized())
		SKIP("malloc of gcc's and clang's sanitizers can deadlock in a child of a busy process");
	fill(&b, 100, 5);
	shared = mmap(NULL, SHARED_PAGES * support_page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	for (size_t i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, churn_until_stopped, NULL) == 0);
	for (size_t i = 0; i < (support_valgrind() ? 5 : 100); i++) {
		CHECK(pthread_create(&regions, NULL, lock_and_unlock, &region_count) == 0);
		CHECK(fork_and_use(b, i % 2) == 0);
		CHECK(pthread_join(regions, NULL) == 0);
	}
	stop = true;
	for (size_t i = 0; i < 4; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	stop = false;
	check_and_free(&b, 5);
	munmap(shared, SHARED_PAGES * support_page_size());
	check_nothing_left(locked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_use_may_be_in_all_threads_at_once),
		cmocka_unit_test(eight_threads_churn),
		cmocka_unit_test(what_one_thread_makes_another_frees),
		cmocka_unit_test(a_thread_that_ends_returns_its_cache),
		cmocka_unit_test(destructors_of_a_thread_may_use_the_library),
		cmocka_unit_test(destructors_of_a_thread_may_trim),
		cmocka_unit_test(destructors_of_the_last_round_leave_nothing_cached),
		cmocka_unit_test(regions_of_many_threads_share_pages),
		cmocka_unit_test(a_child_forked_among_busy_threads_can_use_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
