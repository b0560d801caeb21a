/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * No memory for the library's own records: each allocation of a scenario is refused, alone or with all that come after it. The answer is -ENOMEM,
 * nothing is left behind, and the same calls succeed afterwards. Each attempt has a process of its own, so that the library's first use is
 * part of it.
 */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "os_fake.h"

#define DONE 2 /* exit status of an attempt that asked for less memory: all have been tried */

#define PAGES 100u /* more than the table of pages has room for at first */
static unsigned char *memory;

/* ---- Scenarios: 0, or the first failure ---- */

static int use_buffer(size_t len, uint32_t want)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;
	int rc;

	o.want = want;
	rc = osml_buffer_new(&b, len, &o);
	CHECK(!b == (rc != 0));
	if (rc == 0)
		CHECK_RC(osml_buffer_fill(b, 0, 0xEE, len), 0);
	osml_buffer_free(b);
	return rc;
}

static int small(void)
{
	return use_buffer(40, OSML_DEFAULT_PROTECTIONS);
}

static int large(void)
{
	return use_buffer(PAGES * support_page_size(), OSML_DEFAULT_PROTECTIONS);
}

static int beside_others(void)
{
	int rc = small();

	for (size_t len = 20; rc == 0 && len < 4000; len *= 2)
		rc = use_buffer(len, OSML_DEFAULT_PROTECTIONS | (len % 80 ? OSML_GUARDED : 0));
	return rc;
}

static void *in_thread(void *rc)
{
	*(int *)rc = small();
	return NULL;
}

static int in_a_second_thread(void)
{
	pthread_t thread;
	int rc = small(), of_thread = 1;

	CHECK(pthread_create(&thread, NULL, in_thread, &of_thread) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	return rc ? rc : of_thread;
}

/* One page that two regions share stays locked whatever becomes of the second one. */
static int regions(void)
{
	osml_region *one, *all;
	int rc = osml_region_lock(&one, memory, 1, OSML_REGION_DONTDUMP), second;

	CHECK(!one == (rc != 0));
	if (rc)
		return rc;
	second = osml_region_lock(&all, memory, PAGES * support_page_size(), OSML_REGION_DONTDUMP);
	CHECK(!all == (second != 0));
	CHECK(second ? support_none_has(memory + support_page_size(), 1, "lo") : support_all_have(memory + support_page_size(), 1, "lo"));
	CHECK_RC(osml_region_unlock(all), 0);
	CHECK(support_all_have(memory, 1, "lo") && support_all_have(memory, 1, "dd"));
	CHECK_RC(osml_region_unlock(one), 0);
	CHECK(support_none_has(memory, PAGES * support_page_size(), "lo"));
	return second;
}

static int guards(void)
{
	osml_core_dumps_guard *guard;
	uint32_t done;
	int rc = osml_disable_core_dumps_with_guard(&guard), hardened;

	CHECK(!guard == (rc != 0));
	CHECK_RC(osml_core_dumps_guard_release(guard), 0);
	hardened = osml_harden(&done, OSML_HARDEN_CORE_LIMIT);
	CHECK(done == (hardened ? 0 : OSML_HARDEN_CORE_LIMIT));
	CHECK_RC(osml_harden_undo(&done, OSML_HARDEN_CORE_LIMIT), 0);
	return rc ? rc : hardened;
}

/* Of the library: where cmocka is linked into the program, its allocations are counted, too. */
static size_t others;

static size_t records(void)
{
	return fake_allocations() - others;
}

/* ---- All positions ---- */

struct attempt {
	int (*scenario)(void);
	unsigned position;
	bool alone;   /* then a second try of the library's own may succeed */
	size_t keeps; /* how many records stay: the thread's cache, the table of pages */
};

static void try_once(void *arg)
{
	const struct attempt *attempt = arg;
	struct support_snapshot before;
	unsigned refused;
	int rc;

	others = fake_allocations();
	memory = aligned_alloc(support_page_size(), PAGES * support_page_size());
	CHECK(memory);
	memset(memory, 0, PAGES * support_page_size()); /* valgrind follows it into the system call that asks whether it is locked */
	before = support_snapshot();
	fake_refuse_memory(attempt->position, attempt->alone ? attempt->position : ~0u);
	rc = attempt->scenario();
	refused = fake_memory_refused();
	fake_reset();
	CHECK(rc == (refused ? -ENOMEM : 0) || (attempt->alone && rc == 0));
	ASSERT_BACK_TO(before);
	CHECK_RC(attempt->scenario(), 0);
	ASSERT_BACK_TO(before);
	CHECK(records() == attempt->keeps);
	if (!refused)
		_exit(DONE);
}

static unsigned try_positions(const char *name, int (*scenario)(void), size_t keeps, bool alone)
{
	struct attempt attempt = { scenario, 0, alone, keeps };
	int status;

	do {
		attempt.position++;
		status = support_in_child(try_once, &attempt);
	} while (status == 0);
	if (status != DONE)
		print_error("%s: allocation %u: status %d\n", name, attempt.position, status);
	CHECK(status == DONE);
	printf("%s: %u allocations\n", name, attempt.position - 1);
	return attempt.position - 1;
}

static void try_all(const char *name, int (*scenario)(void), unsigned least, size_t keeps)
{
	CHECK(try_positions(name, scenario, keeps, true) >= least); /* control: so many were refused */
	CHECK(try_positions(name, scenario, keeps, false) >= least);
}

#define TRY_ALL(scenario, least, keeps) try_all(#scenario, scenario, least, keeps)

static void a_buffer_without_memory_for_its_records_is_enomem_and_leaves_nothing(void **state)
{
	(void)state;
	TRY_ALL(small, 4, 2); /* the thread's cache, an arena, the table of pages, a span */
	TRY_ALL(large, 2, 2); /* the cache, the table of pages */
	TRY_ALL(beside_others, 6, 2);
	TRY_ALL(in_a_second_thread, 5, 2);
}

static void a_region_without_memory_for_its_record_is_enomem_and_leaves_others_locked(void **state)
{
	(void)state;
	TRY_ALL(regions, 4, 1);
}

static void a_guard_without_memory_is_enomem_and_changes_no_limit(void **state)
{
	(void)state;
	TRY_ALL(guards, 2, 0);
}

/* ---- And all of it is given back ---- */

static int many_buffers(void)
{
	enum { MANY = 500 };
	osml_buffer *all[MANY];

	for (size_t i = 0; i < MANY; i++)
		all[i] = support_secret(i * 10 % 3000, OSML_DEFAULT_PROTECTIONS);
	for (size_t i = 0; i < MANY; i++)
		osml_buffer_free(all[i]);
	return 0;
}

/* What was allocated before the system refused the rest. */
static int refused(void)
{
	static const char *const calls[] = { "map", "lock", "readable", "core_limit" };
	osml_core_dumps_guard *guard;
	osml_region *region;

	support_settle();
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		fake_fail_function(calls[i], 1, ~0u, -EIO);
		CHECK((small() == 0) == (i > 1));
		support_settle();
		CHECK((osml_region_lock(&region, memory, 1, 0) == 0) == (i == 0 || i == 3));
		osml_region_unlock(region);
		CHECK((osml_disable_core_dumps_with_guard(&guard) == 0) == (i != 3));
		osml_core_dumps_guard_release(guard);
	}
	fake_reset();
	return 0;
}

static void run_all(void *unused)
{
	static int (*const scenarios[])(void) = { small, large, many_buffers, in_a_second_thread, regions, guards, refused };
	size_t kept = 0;

	(void)unused;
	others = fake_allocations();
	memory = aligned_alloc(support_page_size(), PAGES * support_page_size());
	CHECK(memory);
	memset(memory, 0, PAGES * support_page_size());
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
			CHECK_RC(scenarios[i](), 0);
		support_settle();
		CHECK(round == 0 || records() == kept); /* what is made once is there after the first round */
		kept = records();
	}
	CHECK(kept > 0 && kept < 10); /* control: it counts; this thread's cache, and the table of pages */
}

/* In a child the records of what it inherited are given back like its own. */
static void inherit_and_free(void *buffers)
{
	osml_buffer **all = buffers;
	size_t before;

	CHECK_RC(small(), 0);
	support_settle();
	before = records();
	for (size_t i = 0; i < PAGES; i++)
		osml_buffer_free(all[i]);
	support_settle();
	CHECK(records() < before);
	CHECK_RC(many_buffers(), 0);
	support_settle();
	CHECK(records() == 2); /* this thread's cache, and the table of pages */
}

static void the_librarys_records_do_not_pile_up(void **state)
{
	osml_buffer *all[PAGES];

	(void)state;
	IN_CHILD(run_all, NULL);
	others = fake_allocations();
	for (size_t i = 0; i < PAGES; i++)
		all[i] = support_secret(100, OSML_DEFAULT_PROTECTIONS);
	IN_CHILD(inherit_and_free, all);
	for (size_t i = 0; i < PAGES; i++)
		osml_buffer_free(all[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_without_memory_for_its_records_is_enomem_and_leaves_nothing),
		cmocka_unit_test(a_region_without_memory_for_its_record_is_enomem_and_leaves_others_locked),
		cmocka_unit_test(a_guard_without_memory_is_enomem_and_changes_no_limit),
		cmocka_unit_test(the_librarys_records_do_not_pile_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
