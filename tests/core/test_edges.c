/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* At the edge of a small quota, and regions over what others have locked (audit C12, C19, C21). */
#define _GNU_SOURCE
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "os_fake.h"

#define THREADS  4
#define REFUSALS 5000u

static _Atomic unsigned refused;

static void *ask_for_more(void *unused)
{
	while (refused < REFUSALS) {
		osml_buffer *b[6];

		for (size_t i = 0; i < 6; i++) {
			int rc = osml_buffer_new(&b[i], i % 2 ? 9000 : 1500, NULL);
			CHECK(rc == 0 || rc == OSML_ELIMIT);
			refused += rc != 0;
		}
		for (size_t i = 0; i < 6; i++)
			osml_buffer_free(b[i]);
	}
	return unused;
}

static void race_for_the_quota(void *unused)
{
	pthread_t threads[THREADS];

	support_limit_locked_memory(65536);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, ask_for_more, unused) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

static void every_refusal_of_racing_threads_is_elimit(void **state)
{
	(void)state;
	IN_CHILD(race_for_the_quota, NULL);
}

/* Under it the system locks each mapping from birth, the library's own bookkeeping included. */
static void lock_all_that_comes(void *length)
{
	unsigned made = 0;
	osml_buffer *b;
	int rc;

	CHECK(mlockall(MCL_FUTURE) == 0);
	support_limit_locked_memory(1 << 20);
	while ((rc = osml_buffer_new(&b, *(size_t *)length, NULL)) == 0)
		made++;
	CHECK_RC(rc, OSML_ELIMIT);
	CHECK(made > 0 && made < 100000); /* control */
}

static void none_is_left(void *unused)
{
	osml_buffer *b;

	(void)unused;
	CHECK(mlockall(MCL_FUTURE) == 0);
	support_limit_locked_memory(4096);
	CHECK_RC(osml_buffer_new(&b, 32, NULL), OSML_ELIMIT); /* the first mapping of all is refused */
}

static void under_mlockall_a_refusal_is_elimit(void **state)
{
	size_t length = 20000;

	(void)state;
	if (support_sanitized())
		SKIP("a sanitizer's shadow cannot be locked");
	if (support_valgrind())
		SKIP("valgrind dies when its own mappings are refused");
	if (!support_glibc())
		SKIP("the C library's own malloc() is what the quota refuses first");
	IN_CHILD(lock_all_that_comes, &length);
	IN_CHILD(none_is_left, NULL);
}

static void be_refused(void *unused)
{
	osml_buffer *b;

	(void)unused;
	support_limit_locked_memory(8192);
	CHECK_RC(osml_buffer_new(&b, 20000, NULL), OSML_ELIMIT); /* what is read once is read here */
	while (osml_buffer_new(&b, 100, NULL) == 0)
		;
	fake_reset();
	CHECK_RC(osml_buffer_new(&b, 100, NULL), OSML_ELIMIT);
	CHECK(fake_calls() > 0 && fake_calls() <= 12); /* control, and promise */
	CHECK(fake_calls_of("open") == 0 && fake_calls_of("lock_quota") == 0);
}

static void a_refused_small_buffer_opens_no_file_and_asks_little(void **state)
{
	(void)state;
	IN_CHILD(be_refused, NULL);
}

/* ---- Regions ---- */

static void lock_over_a_buffer(size_t len, uint32_t more)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	size_t page = support_page_size();
	osml_region *region;
	osml_buffer *b;
	uint32_t bits = 0;
	char *first;

	o.want |= more;
	CHECK_RC(osml_buffer_new(&b, len, &o), 0);
	first = (char *)((uintptr_t)osml_buffer_data(b) & ~(page - 1));
	for (int i = 0; i < 2; i++) {
		CHECK_RC(osml_region_lock(&region, osml_buffer_data(b), len, OSML_REGION_DONTDUMP), 0);
		CHECK_RC(osml_region_unlock(region), 0);
		CHECK(support_all_have(first, page, "lo") && support_all_have(first, page, "dd"));
	}
	CHECK_RC(osml_buffer_verify(b, &bits), 0);
	CHECK((bits & OSML_DEFAULT_PROTECTIONS) == OSML_DEFAULT_PROTECTIONS);
	osml_buffer_free(b);
}

static unsigned char *own_pages(size_t pages)
{
	void *p = mmap(NULL, pages * support_page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static void a_region_over_a_buffer_never_unlocks_it_or_lets_it_be_dumped(void **state)
{
	struct support_snapshot before = support_snapshot();
	unsigned char *own = own_pages(1);
	osml_region *region;

	(void)state;
	lock_over_a_buffer(32, 0);
	lock_over_a_buffer(5000, 0);
	lock_over_a_buffer(100, OSML_GUARDED);
	CHECK_RC(osml_region_lock(&region, own, 1, OSML_REGION_DONTDUMP), 0);
	CHECK(support_all_have(own, 1, "lo"));
	CHECK_RC(osml_region_unlock(region), 0);
	CHECK(support_none_has(own, 1, "lo") && support_none_has(own, 1, "dd")); /* control: memory that is no buffer's */
	munmap(own, support_page_size());
	ASSERT_BACK_TO(before);
}

static void lock_over_a_buffer_that_wants(uint32_t want)
{
	osml_buffer *b = support_secret(5000, want);
	bool locked = want & OSML_LOCKED, hidden = want & OSML_NODUMP;
	osml_region *region;

	CHECK_RC(osml_region_lock(&region, osml_buffer_data(b), 5000, OSML_REGION_DONTDUMP), 0);
	CHECK(support_all_have(osml_buffer_data(b), 5000, "lo") && support_all_have(osml_buffer_data(b), 5000, "dd")); /* control */
	CHECK_RC(osml_region_unlock(region), 0);
	CHECK(support_all_have(osml_buffer_data(b), 5000, "lo") == locked);
	CHECK(support_none_has(osml_buffer_data(b), 5000, "lo") != locked);
	CHECK(support_all_have(osml_buffer_data(b), 5000, "dd") == hidden);
	CHECK(support_none_has(osml_buffer_data(b), 5000, "dd") != hidden);
	osml_buffer_free(b);
}

static void a_region_leaves_a_buffer_what_it_wanted_and_no_more(void **state)
{
	(void)state;
	lock_over_a_buffer_that_wants(OSML_LOCKED | OSML_NOFORK); /* pages of its own */
	lock_over_a_buffer_that_wants(OSML_NODUMP);
	lock_over_a_buffer_that_wants(0);
}

static void fail_over_a_foreign_lock(void *unused)
{
	size_t page = support_page_size();
	unsigned char *own = own_pages(8);
	osml_region *region;

	(void)unused;
	CHECK(mlock(own, page) == 0 || support_sanitized());
	CHECK_RC(osml_mlock(own, page), 0); /* not a region: the library does not count it */
	support_limit_locked_memory(2 * page);
	CHECK_RC(osml_region_lock(&region, own, 8 * page, 0), OSML_ELIMIT);
	CHECK(support_all_have(own, page, "lo"));
	CHECK(support_none_has(own + page, 7 * page, "lo"));
	CHECK_RC(osml_region_lock(&region, own, 2 * page, 0), 0); /* control: what fits is locked */
	CHECK(support_all_have(own, 2 * page, "lo"));
}

static void a_failed_region_leaves_the_locks_of_others_alone(void **state)
{
	(void)state;
	IN_CHILD(fail_over_a_foreign_lock, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_refusal_of_racing_threads_is_elimit),
		cmocka_unit_test(under_mlockall_a_refusal_is_elimit),
		cmocka_unit_test(a_refused_small_buffer_opens_no_file_and_asks_little),
		cmocka_unit_test(a_region_over_a_buffer_never_unlocks_it_or_lets_it_be_dumped),
		cmocka_unit_test(a_region_leaves_a_buffer_what_it_wanted_and_no_more),
		cmocka_unit_test(a_failed_region_leaves_the_locks_of_others_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
