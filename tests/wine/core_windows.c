/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What Windows has and no other system: the working set as a quota (T8), unlocks that trim (T7), the Locked bit, Windows Error Reporting. */
#include "support.h"

#include <pthread.h>
#include <windows.h>

#include "os.h"
#include "os_fake.h"
#include "played.h"

#define KIB (size_t)1024

static const SIZE_T roomy = (SIZE_T)1 << 30;

static int reset(void **state)
{
	(void)state;
	support_settle();
	fake_reset();
	played_quota(roomy);
	played_error_reporting(1);
	assert_int_equal(played_bad_unlocks(), 0);
	return 0;
}

static char *pages_of(size_t count)
{
	char *memory = VirtualAlloc(NULL, count * support_page_size(), MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);

	CHECK(memory);
	return memory;
}

static void release(char *memory)
{
	CHECK(played_free(memory, 0, MEM_RELEASE));
}

/* ---- The quota ---- */

/* Windows' default minimum is 200 KiB, of which about 156 can be locked. */
static void the_working_set_is_grown_by_what_is_needed(void **state)
{
	size_t before = support_locked_kib();
	osml_buffer *b;
	uint32_t held;

	(void)state;
	played_quota(200 * KIB);
	CHECK_RC(osml_buffer_new(&b, 400 * KIB, NULL), 0);
	CHECK_RC(osml_buffer_protections(b, &held), 0);
	assert_true(held & OSML_LOCKED && support_locked_kib() >= before + 400);
	assert_true(played_least() > 200 * KIB && played_least() <= 200 * KIB + 400 * KIB + 32 * support_page_size());
	osml_buffer_free(b);
}

static void what_needs_more_than_the_bound_is_refused_and_told(void **state)
{
	osml_buffer *b;
	uint64_t soft, hard;
	char sentence[512];

	(void)state;
	played_quota(200 * KIB);
	CHECK_RC(osml_info(OSML_INFO_LOCK_LIMIT_SOFT, &soft), 0);
	CHECK_RC(osml_info(OSML_INFO_LOCK_LIMIT_HARD, &hard), 0);
	assert_true(soft == 200 * KIB && hard > soft && hard <= soft + (64 << 20));
	CHECK_RC(osml_buffer_new(&b, (size_t)(hard - soft) + 4096, NULL), OSML_ELIMIT);
	assert_int_equal(played_least(), 200 * KIB);
	assert_true(osml_explain(OSML_ELIMIT, sentence, sizeof sentence) > 0 && strstr(sentence, "SetProcessWorkingSetSize"));
}

static void mlock_grows_nothing(void **state)
{
	char *memory = pages_of(100);

	(void)state;
	played_quota(200 * KIB);
	CHECK_RC(osml_mlock(memory, 100 * support_page_size()), -ERROR_WORKING_SET_QUOTA);
	assert_int_equal(played_least(), 200 * KIB);
	release(memory);
}

static void a_region_grows_it_too(void **state)
{
	char *memory = pages_of(100);
	osml_region *region;

	(void)state;
	played_quota(200 * KIB);
	CHECK_RC(osml_region_lock(&region, memory, 100 * support_page_size(), 0), 0);
	assert_true(played_least() > 200 * KIB);
	CHECK_RC(osml_region_unlock(region), 0);
	release(memory);
}

/* ---- Unlocks ---- */

static void what_is_not_locked_is_never_unlocked(void **state)
{
	char *memory = pages_of(2);

	(void)state;
	CHECK_RC(osml_munlock(memory, 1), -ERROR_NOT_LOCKED);
	CHECK_RC(osml_mlock(memory, 1), 0);
	CHECK_RC(osml_munlock(memory, 2 * support_page_size()), -ERROR_NOT_LOCKED); /* its second page is not */
	assert_true(support_all_have(memory, 1, "lo"));
	CHECK_RC(osml_munlock(memory, 1), 0);
	CHECK_RC(osml_munlock(memory, 1), -ERROR_NOT_LOCKED);
	assert_int_equal(played_bad_unlocks(), 0);
	release(memory);
}

static void a_lock_of_somebody_else_can_be_seen_and_undone(void **state)
{
	char *memory = pages_of(1);

	(void)state;
	CHECK(played_lock(memory, 1));
	assert_int_equal(osml__os_any_locked(memory, support_page_size()), 1);
	CHECK_RC(osml_munlock(memory, 1), 0);
	assert_int_equal(osml__os_any_locked(memory, support_page_size()), 0);
	release(memory);
}

static void many_pages_far_apart_are_remembered(void **state)
{
	enum { COUNT = 300 };
	static char *blocks[COUNT];
	size_t before = support_locked_kib(), page = support_page_size();

	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		blocks[i] = VirtualAlloc(NULL, 4 << 20, MEM_RESERVE, PAGE_NOACCESS);
		CHECK(blocks[i] && VirtualAlloc(blocks[i] + i * page, 2 * page, MEM_COMMIT, PAGE_READWRITE));
		CHECK_RC(osml_mlock(blocks[i] + i * page, 2 * page), 0);
	}
	assert_int_equal(support_locked_kib(), before + COUNT * 2 * page / 1024);
	for (unsigned i = 0; i < COUNT; i++) {
		CHECK_RC(osml_munlock(blocks[i] + i * page, page), 0);
		CHECK_RC(osml_munlock(blocks[i] + i * page, page), -ERROR_NOT_LOCKED);
		CHECK_RC(osml_munlock(blocks[i] + (i + 1) * page, page), 0);
		release(blocks[i]);
	}
	assert_int_equal(support_locked_kib(), before);
}

/* Who releases memory need not unlock it before. */
static void a_lock_of_memory_that_is_gone_counts_for_nothing(void **state)
{
	char *memory = pages_of(16);
	void *again;

	(void)state;
	CHECK_RC(osml_mlock(memory, 1), 0);
	release(memory);
	played_place(memory);
	CHECK_RC(osml__os_map(&again, 16 * support_page_size(), 0), 0);
	assert_ptr_equal(again, memory);
	assert_int_equal(osml__os_any_locked(again, 16 * support_page_size()), 0);
	CHECK_RC(osml__os_protect(again, 16 * support_page_size(), OSML_ACCESS_NONE), 0);
	CHECK_RC(osml__os_unmap(again, 16 * support_page_size(), 0), 0);
}

/* ---- Access ---- */

static osml_buffer *guarded(uint32_t want)
{
	return support_secret(100, want | OSML_GUARDED);
}

/* It would unlock the pages (ERROR_WAS_UNLOCKED). */
static void a_locked_buffer_is_never_without_access(void **state)
{
	osml_buffer *locked = guarded(OSML_DEFAULT_PROTECTIONS), *unlocked = guarded(0);

	(void)state;
	CHECK_RC(osml_buffer_protect(locked, OSML_ACCESS_NONE), OSML_EUNSUPPORTED);
	CHECK_RC(osml_buffer_protect(locked, OSML_ACCESS_READ), 0);
	assert_true(support_all_have(osml_buffer_data(locked), 1, "lo"));
	CHECK_RC(osml_buffer_protect(unlocked, OSML_ACCESS_NONE), 0); /* control */
	osml_buffer_free(locked);
	osml_buffer_free(unlocked);
}

static void guards_cannot_be_read(void **state)
{
	osml_buffer *b = guarded(OSML_DEFAULT_PROTECTIONS);
	char *data = osml_buffer_data(b);

	(void)state;
	assert_false(IsBadReadPtr(data, 1)); /* control: it reads, and catches the fault */
	assert_true(IsBadReadPtr(data + support_page_size(), 1));
	assert_true(IsBadReadPtr(data - support_page_size(), 1));
	osml_buffer_free(b);
}

/* ---- Verify ---- */

static void verify_says_what_the_system_says(void **state)
{
	osml_buffer *b = guarded(OSML_DEFAULT_PROTECTIONS);
	uint32_t bits;

	(void)state;
	CHECK_RC(osml_buffer_verify(b, &bits), 0);
	assert_int_equal(bits & ~OSML_CANARY, OSML_LOCKED | OSML_WIPEONFORK | OSML_GUARDED); /* nobody confirms NODUMP */
	CHECK(played_unlock(osml_buffer_data(b), 1));
	CHECK_RC(osml_buffer_verify(b, &bits), 0);
	assert_false(bits & OSML_LOCKED);
	CHECK(played_lock(osml_buffer_data(b), 1));
	osml_buffer_free(b);
}

/* ---- Windows Error Reporting ---- */

static void blocks_are_excluded_while_somebody_needs_them(void **state)
{
	size_t page = support_page_size();
	unsigned before = played_blocks();
	char *memory = pages_of(6);
	osml_region *first, *second;

	(void)state;
	CHECK_RC(osml_region_lock(&first, memory, 3 * page, OSML_REGION_DONTDUMP), 0);
	CHECK_RC(osml_region_lock(&second, memory + page, 4 * page, OSML_REGION_DONTDUMP), 0);
	assert_true(played_is_excluded(memory, 5 * page) && !played_is_excluded(memory + 5 * page, 1));
	CHECK_RC(osml_region_unlock(first), 0);
	assert_true(played_is_excluded(memory + page, 4 * page) && !played_is_excluded(memory, 1));
	CHECK_RC(osml_region_unlock(second), 0);
	assert_int_equal(played_blocks(), before);
	release(memory);
}

static void the_middle_can_be_given_back_first(void **state)
{
	size_t page = support_page_size();
	unsigned before = played_blocks();
	char *memory = pages_of(5);

	(void)state;
	CHECK_RC(osml__os_nodump(memory, 5 * page), 0);
	CHECK_RC(osml__os_dodump(memory + 2 * page, page), 0);
	assert_true(played_is_excluded(memory, 2 * page) && played_is_excluded(memory + 3 * page, 2 * page));
	assert_false(played_is_excluded(memory + 2 * page, 1));
	CHECK_RC(osml__os_nodump(memory, 5 * page), 0);
	assert_true(played_is_excluded(memory, 5 * page));
	CHECK_RC(osml__os_dodump(memory, 5 * page), 0);
	assert_int_equal(played_blocks(), before);
	release(memory);
}

static void more_than_it_takes_is_told_and_all_is_given_back(void **state)
{
	enum { COUNT = 520 };
	static osml_buffer *all[COUNT];
	unsigned before = played_blocks(), without = 0;

	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		uint32_t held;
		all[i] = guarded(OSML_DEFAULT_PROTECTIONS);
		CHECK_RC(osml_buffer_protections(all[i], &held), 0);
		without += !(held & OSML_NODUMP);
	}
	assert_true(without > 0 && without < 20);
	for (unsigned i = 0; i < COUNT; i++)
		osml_buffer_free(all[i]);
	assert_int_equal(played_blocks(), before);
}

/* Nor is it looked for: a thread that holds the pool's mutex must not wait for the loader's. */
static void without_it_a_buffer_reports_no_exclusion(void **state)
{
	osml_buffer *b;
	uint32_t held;
	unsigned finds;

	(void)state;
	played_error_reporting(0);
	finds = played_finds();
	b = guarded(OSML_DEFAULT_PROTECTIONS);
	CHECK_RC(osml_buffer_protections(b, &held), 0);
	assert_int_equal(held & (OSML_LOCKED | OSML_NODUMP), OSML_LOCKED);
	CHECK_RC(osml_madvise_dontdump(osml_buffer_data(b), 1), OSML_EUNSUPPORTED);
	osml_buffer_free(b);
	assert_int_equal(played_finds(), finds);
}

/* ---- Threads ---- */

static void *make_and_free(void *arg)
{
	osml_buffer *b[20];

	(void)arg;
	for (unsigned i = 0; i < 20; i++)
		CHECK_RC(osml_buffer_new(&b[i], 1000, NULL), 0);
	for (unsigned i = 0; i < 20; i++)
		osml_buffer_free(b[i]);
	return NULL;
}

static void a_thread_leaves_nothing_in_its_cache(void **state)
{
	struct support_snapshot before;
	pthread_t thread;

	(void)state;
	make_and_free(NULL);
	before = support_snapshot();
	for (unsigned i = 0; i < 4; i++) {
		CHECK(pthread_create(&thread, NULL, make_and_free, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
	}
	ASSERT_BACK_TO(before);
}

static void *one_after_another(void *arg)
{
	for (unsigned i = 0; i < 1000; i++) {
		pthread_t thread;

		CHECK(pthread_create(&thread, NULL, make_and_free, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
	}
	return arg;
}

/* The end of a thread runs under a lock that the start of another wants, which has the loader's. */
static void threads_end_while_others_start(void **state)
{
	pthread_t lanes[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		CHECK(pthread_create(&lanes[i], NULL, one_after_another, NULL) == 0);
	for (unsigned i = 0; i < 2; i++)
		CHECK(pthread_join(lanes[i], NULL) == 0);
}

/* ---- Codes ---- */

static void system_codes_have_windows_names_and_texts(void **state)
{
	(void)state;
	assert_string_equal(osml_error_name(-ERROR_ACCESS_DENIED), "ERROR_ACCESS_DENIED");
	assert_string_equal(osml_error_name(-ERROR_NOT_LOCKED), "ERROR_NOT_LOCKED");
	assert_string_equal(osml_error_name(-ERROR_WORKING_SET_QUOTA), "ERROR_WORKING_SET_QUOTA");
	assert_string_equal(osml_error_name(-ERROR_BUSY), "ERROR_BUSY");           /* what is EBUSY elsewhere: two prompts at once */
	assert_string_equal(osml_error_name(-ERROR_DIRECTORY), "ERROR_DIRECTORY"); /* and ENOTDIR: a relative $CREDENTIALS_DIRECTORY */
	assert_int_equal(EBUSY, ERROR_BUSY);
	assert_int_equal(ENOTDIR, ERROR_DIRECTORY);
	assert_string_equal(osml_error_name(-99999), "OSML_ESYSTEM");
	assert_non_null(strstr(osml_strerror(-ERROR_ACCESS_DENIED), "denied"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reset, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_working_set_is_grown_by_what_is_needed),
		TEST(what_needs_more_than_the_bound_is_refused_and_told),
		TEST(mlock_grows_nothing),
		TEST(a_region_grows_it_too),
		TEST(what_is_not_locked_is_never_unlocked),
		TEST(a_lock_of_somebody_else_can_be_seen_and_undone),
		TEST(many_pages_far_apart_are_remembered),
		TEST(a_lock_of_memory_that_is_gone_counts_for_nothing),
		TEST(a_locked_buffer_is_never_without_access),
		TEST(guards_cannot_be_read),
		TEST(verify_says_what_the_system_says),
		TEST(blocks_are_excluded_while_somebody_needs_them),
		TEST(the_middle_can_be_given_back_first),
		TEST(more_than_it_takes_is_told_and_all_is_given_back),
		TEST(without_it_a_buffer_reports_no_exclusion),
		TEST(a_thread_leaves_nothing_in_its_cache),
		TEST(threads_end_while_others_start),
		TEST(system_codes_have_windows_names_and_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
