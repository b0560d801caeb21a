/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The three calls by address: the contract of the crate os-memlock (items S1 to S15) and its acceptance tests A1 to A7 and A12. */
#include "support.h"

#include <errno.h>
#include <sys/mman.h>

#include "os_fake.h"

#ifdef MADV_CORE /* FreeBSD's name */
#define MADV_DODUMP MADV_CORE
#elif !defined(MADV_DODUMP)
#define MADV_DODUMP MADV_NORMAL /* nothing was marked */
#endif

#define PAGES 4u

/* PAGES pages with inaccessible ones on either side, so that no neighbour merges with them in smaps. */
static unsigned char *new_pages(void)
{
	size_t page = support_page_size();
	unsigned char *p = mmap(NULL, (PAGES + 2) * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	assert_int_equal(mprotect(p + page, PAGES * page, PROT_READ | PROT_WRITE), 0);
	return p + page;
}

static void free_pages(unsigned char *p)
{
	munmap(p - support_page_size(), (PAGES + 2) * support_page_size());
}

/* The pages first to last have the flag and no other page of the four has. */
static void assert_just_pages(unsigned char *p, unsigned first, unsigned last, const char *flag)
{
	size_t page = support_page_size();

	for (unsigned i = 0; i < PAGES; i++)
		assert_int_equal(support_all_have(p + i * page, page, flag), i >= first && i <= last);
}

static void assert_no_page(unsigned char *p, const char *flag)
{
	assert_true(support_none_has(p, PAGES * support_page_size(), flag));
}

/* ---- Zero length ---- */

/* A1, S2, S3 */
static void zero_bytes_at_null_are_zero_for_all_three(void **state)
{
	(void)state;
	assert_int_equal(osml_mlock(NULL, 0), 0);
	assert_int_equal(osml_munlock(NULL, 0), 0);
	assert_int_equal(osml_madvise_dontdump(NULL, 0), 0);
}

/* The kernel itself would lock the page that an unaligned address lies in. */
static void zero_bytes_at_an_unaligned_address_touch_nothing(void **state)
{
	unsigned char *p = new_pages();
	size_t before = support_locked_kib();

	(void)state;
	assert_int_equal(osml_mlock(p + 100, 0), 0);
	assert_int_equal(support_locked_kib(), before);
	assert_int_equal(osml_madvise_dontdump(p + 100, 0), 0);
	assert_no_page(p, "dd");
	assert_int_equal(osml_mlock(p, 1), 0);
	assert_int_equal(osml_munlock(p + 100, 0), 0);
	assert_just_pages(p, 0, 0, "lo");
	free_pages(p);
}

static void zero_bytes_anywhere_are_zero_without_a_look(void **state)
{
	(void)state;
	assert_int_equal(osml_mlock((void *)UINTPTR_MAX, 0), 0);
	assert_int_equal(osml_munlock((void *)UINTPTR_MAX, 0), 0);
	assert_int_equal(osml_madvise_dontdump((void *)UINTPTR_MAX, 0), 0);
}

/* ---- Refusals ---- */

/* A2, S5, S6: the system's own number. */
static void one_byte_at_null_is_enomem_of_the_system_unchanged(void **state)
{
	size_t before = support_locked_kib();

	(void)state;
	assert_int_equal(osml_mlock(NULL, 1), -ENOMEM);
	assert_int_equal(osml_munlock(NULL, 1), -ENOMEM);
	assert_int_equal(osml_madvise_dontdump(NULL, 1), -ENOMEM);
	assert_int_equal(support_locked_kib(), before);
}

static void assert_refused_unasked(void *addr, size_t len)
{
	fake_reset();
	assert_int_equal(osml_mlock(addr, len), OSML_EINVAL);
	assert_int_equal(osml_munlock(addr, len), OSML_EINVAL);
	assert_int_equal(osml_madvise_dontdump(addr, len), OSML_EINVAL);
	assert_int_equal(fake_calls(), 0);
}

/* A5, S9, T1: Linux answers 0 to mlock(p, SIZE_MAX) and locks nothing, so the system must not even be asked. */
static void a_length_that_overflows_is_refused_before_any_system_call(void **state)
{
	unsigned char *p = new_pages();
	size_t before = support_locked_kib(), page = support_page_size();

	(void)state;
	assert_refused_unasked(p, SIZE_MAX);
	assert_refused_unasked(p + 1, SIZE_MAX);
	assert_refused_unasked(p, SIZE_MAX - page);
	assert_refused_unasked(p, SIZE_MAX - (uintptr_t)p);     /* the last byte but one of the address space */
	assert_refused_unasked(p, SIZE_MAX - (uintptr_t)p + 1); /* addr + len is 2^64 */
	assert_refused_unasked((void *)UINTPTR_MAX, 1);         /* likewise */
	assert_refused_unasked((void *)(UINTPTR_MAX - page), page + 1);
	assert_refused_unasked(NULL, SIZE_MAX);
	assert_int_equal(support_locked_kib(), before);
	assert_int_equal(osml_mlock(p, 1), 0); /* control: the fake counts what does go to the system */
	assert_int_equal(fake_calls(), 1);
	free_pages(p);
}

/* The kernel's part of the address space: no overflow, so it is the system's to answer. */
static void a_range_that_only_the_system_can_refuse_goes_to_it(void **state)
{
	(void)state;
	fake_reset();
	assert_true(osml_mlock(NULL, SIZE_MAX / 2) < 0);
	assert_int_equal(fake_calls_of("lock"), 1);
}

/* S4: a direct wrapper. One system call, address and length as they were. */
static void a_lock_is_one_system_call_with_the_callers_range(void **state)
{
	unsigned char *p = new_pages();

	(void)state;
	fake_reset();
	fake_record();
	assert_int_equal(osml_mlock(p + 100, 33), 0);
	assert_int_equal(osml_munlock(p + 100, 33), 0);
	assert_int_equal(fake_recorded(), 2);
	for (size_t i = 0; i < 2; i++) {
		assert_ptr_equal(fake_call(i)->addr, p + 100);
		assert_int_equal(fake_call(i)->len, 33);
	}
	fake_reset();
	free_pages(p);
}

/* S5 */
static void what_the_system_answers_is_passed_on_unchanged(void **state)
{
	static const int answers[] = { -ENOMEM, -EPERM, -EAGAIN, -EINVAL, -EINTR, -12345, OSML_EUNSUPPORTED };
	unsigned char *p = new_pages();

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		fake_reset();
		fake_fail_function("lock", 1, 1, answers[i]);
		assert_int_equal(osml_mlock(p, 1), answers[i]);
		fake_fail_function("unlock", 1, 1, answers[i]);
		assert_int_equal(osml_munlock(p, 1), answers[i]);
		fake_fail_function("nodump", 1, 1, answers[i]);
		assert_int_equal(osml_madvise_dontdump(p, 1), answers[i]);
		assert_int_equal(fake_fired(), 3);
	}
	fake_reset();
	free_pages(p);
}

/* ---- What is locked ---- */

/* A3, A12, S7 */
static void one_byte_locks_its_page_and_no_neighbour(void **state)
{
	unsigned char *p = new_pages();
	size_t before = support_locked_kib(), page = support_page_size();

	(void)state;
	assert_int_equal(osml_mlock(p + page + 100, 1), 0);
	assert_just_pages(p, 1, 1, "lo");
	assert_int_equal(support_locked_kib(), before + page / 1024);
	assert_int_equal(osml_munlock(p + page + 100, 1), 0);
	assert_no_page(p, "lo");
	assert_int_equal(support_locked_kib(), before);
	free_pages(p);
}

/* S7: also a page of which the range has one byte only, at either end. */
static void every_page_that_is_touched_is_locked(void **state)
{
	unsigned char *p = new_pages();
	size_t page = support_page_size();

	(void)state;
	assert_int_equal(osml_mlock(p + page - 1, page + 2), 0);
	assert_just_pages(p, 0, 2, "lo");
	assert_int_equal(osml_munlock(p + 2 * page - 1, 2), 0);
	assert_just_pages(p, 0, 0, "lo");
	assert_int_equal(osml_munlock(p, page), 0);
	assert_int_equal(osml_mlock(p + page, page), 0);
	assert_just_pages(p, 1, 1, "lo");
	free_pages(p);
}

static void read_only_memory_can_be_locked_and_excluded(void **state)
{
	unsigned char *p = new_pages();

	(void)state;
	memcpy(p, "kept", 4);
	assert_int_equal(mprotect(p, PAGES * support_page_size(), PROT_READ), 0);
	assert_int_equal(osml_mlock(p, 1), 0);
	assert_just_pages(p, 0, 0, "lo");
	assert_int_equal(osml_madvise_dontdump(p, 1), 0);
	assert_just_pages(p, 0, 0, "dd");
	assert_int_equal(osml_munlock(p, 1), 0);
	assert_no_page(p, "lo");
	assert_memory_equal(p, "kept", 4);
	free_pages(p);
}

/* mlock(2): the pages cannot be brought in. What the kernel marked all the same, munlock takes back. */
static void inaccessible_memory_is_enomem_and_can_be_unlocked(void **state)
{
	unsigned char *p = new_pages();
	size_t before = support_locked_kib(), all = PAGES * support_page_size();

	(void)state;
	assert_int_equal(mprotect(p, all, PROT_NONE), 0);
	assert_int_equal(osml_mlock(p, all), -ENOMEM);
	assert_int_equal(osml_munlock(p, all), 0);
	assert_int_equal(support_locked_kib(), before);
	free_pages(p);
}

/* A7 for the direct wrapper: the pages before the hole may stay locked (T4), none behind it is, and unlocking them works. */
static void a_hole_is_enomem_and_nothing_behind_it_is_locked(void **state)
{
	unsigned char *p = new_pages();
	size_t before = support_locked_kib(), page = support_page_size();

	(void)state;
	assert_int_equal(munmap(p + page, page), 0);
	assert_int_equal(osml_mlock(p, 3 * page), -ENOMEM);
	assert_true(support_none_has(p + 2 * page, 2 * page, "lo"));
	assert_int_equal(osml_munlock(p, page), 0);
	assert_int_equal(support_locked_kib(), before);
	assert_int_equal(osml_madvise_dontdump(p, 3 * page), -ENOMEM);
	free_pages(p);
}

/* ---- Twice and undone ---- */

/* A6, S11: no counting; a region has that. */
static void one_unlock_undoes_two_locks(void **state)
{
	unsigned char *p = new_pages();
	size_t before = support_locked_kib();

	(void)state;
	assert_int_equal(osml_mlock(p, 10), 0);
	assert_int_equal(osml_mlock(p, 20), 0);
	assert_just_pages(p, 0, 0, "lo");
	assert_int_equal(osml_munlock(p, 1), 0);
	assert_no_page(p, "lo");
	assert_int_equal(support_locked_kib(), before);
	free_pages(p);
}

/* A6, S10 */
static void unlocking_what_is_not_locked_is_zero(void **state)
{
	unsigned char *p = new_pages();

	(void)state;
	assert_int_equal(osml_munlock(p, 1), 0);
	assert_int_equal(osml_mlock(p, 1), 0);
	assert_int_equal(osml_munlock(p, 1), 0);
	assert_int_equal(osml_munlock(p, 1), 0);
	assert_no_page(p, "lo");
	free_pages(p);
}

/* T5: libsodium and others wipe here. */
static void no_call_ever_writes_to_the_memory(void **state)
{
	unsigned char *p = new_pages();
	size_t all = PAGES * support_page_size();

	(void)state;
	memset(p, 0xEE, all);
	assert_int_equal(osml_mlock(p, all), 0);
	assert_int_equal(osml_madvise_dontdump(p, all), 0);
	assert_int_equal(osml_munlock(p, all), 0);
	for (size_t i = 0; i < all; i++)
		assert_int_equal(p[i], 0xEE);
	free_pages(p);
}

/* ---- Dump exclusion ---- */

/* A4, S8, T2, T40: the crate passes EINVAL on for an unaligned address; here the range is rounded outward, no further than it must. */
static void dontdump_covers_exactly_the_pages_it_touches(void **state)
{
	size_t page = support_page_size();
	const struct {
		size_t offset, len;
		unsigned first, last;
	} ranges[] = { { 0, 1, 0, 0 },
		       { 16, 64, 0, 0 },
		       { page - 1, 1, 0, 0 },
		       { page - 1, 2, 0, 1 },
		       { page, page, 1, 1 },
		       { page, page + 1, 1, 2 },
		       { page + 1, page, 1, 2 },
		       { page + 1, 2 * page - 2, 1, 2 },
		       { 2 * page - 1, page + 2, 1, 3 },
		       { 0, 4 * page, 0, 3 } };

	(void)state;
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		unsigned char *p = new_pages();
		assert_int_equal(osml_madvise_dontdump(p + ranges[i].offset, ranges[i].len), 0);
		assert_just_pages(p, ranges[i].first, ranges[i].last, "dd");
		free_pages(p);
	}
}

/* S8: on Linux the crate fails for every ordinary heap block. */
static void dontdump_works_for_an_ordinary_heap_block(void **state)
{
	static const size_t sizes[] = { 64, 4096, 1 << 20 };
	size_t page = support_page_size();

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unsigned char *block = malloc(sizes[i]);
		unsigned char *start = block - (uintptr_t)block % page;
		assert_int_equal(osml_madvise_dontdump(block, sizes[i]), 0);
		assert_true(support_all_have(block, sizes[i], "dd"));
		assert_int_equal(madvise(start, (size_t)(block - start) + sizes[i], MADV_DODUMP),
		                 0); /* the heap is not ours to mark (T26) */
		free(block);
	}
}

/* A child has neither the parent's locks nor any of ours (mlock(2)). */
static void child_locks_for_itself(void *p)
{
	CHECK(support_none_has(p, 1, "lo"));
	CHECK_RC(osml_mlock(p, 1), 0);
	CHECK(support_all_have(p, 1, "lo"));
}

static void a_child_inherits_no_lock_and_can_take_its_own(void **state)
{
	unsigned char *p = new_pages();

	(void)state;
	assert_int_equal(osml_mlock(p, 1), 0);
	IN_CHILD(child_locks_for_itself, p);
	assert_just_pages(p, 0, 0, "lo");
	free_pages(p);
}

static void wipe_zeroes_its_range_and_no_byte_more(void **state)
{
	unsigned char bytes[64];

	(void)state;
	for (size_t from = 0; from < 20; from++) {
		for (size_t len = 0; from + len <= sizeof bytes; len++) {
			memset(bytes, 0xA5, sizeof bytes);
			assert_int_equal(osml_wipe(bytes + from, len), 0);
			for (size_t i = 0; i < sizeof bytes; i++)
				assert_int_equal(bytes[i], i >= from && i < from + len ? 0 : 0xA5);
		}
	}
}

static void wipe_refuses_null_and_overflow_and_writes_nothing(void **state)
{
	unsigned char byte = 1;

	(void)state;
	assert_int_equal(osml_wipe(NULL, 0), 0);
	assert_int_equal(osml_wipe(NULL, 1), OSML_EINVAL);
	assert_int_equal(osml_wipe(&byte, SIZE_MAX), OSML_EINVAL);
	assert_int_equal(byte, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_bytes_at_null_are_zero_for_all_three),
		cmocka_unit_test(zero_bytes_at_an_unaligned_address_touch_nothing),
		cmocka_unit_test(zero_bytes_anywhere_are_zero_without_a_look),
		cmocka_unit_test(one_byte_at_null_is_enomem_of_the_system_unchanged),
		cmocka_unit_test(a_length_that_overflows_is_refused_before_any_system_call),
		cmocka_unit_test(a_range_that_only_the_system_can_refuse_goes_to_it),
		cmocka_unit_test(a_lock_is_one_system_call_with_the_callers_range),
		cmocka_unit_test(what_the_system_answers_is_passed_on_unchanged),
		cmocka_unit_test(one_byte_locks_its_page_and_no_neighbour),
		cmocka_unit_test(every_page_that_is_touched_is_locked),
		cmocka_unit_test(read_only_memory_can_be_locked_and_excluded),
		cmocka_unit_test(inaccessible_memory_is_enomem_and_can_be_unlocked),
		cmocka_unit_test(a_hole_is_enomem_and_nothing_behind_it_is_locked),
		cmocka_unit_test(one_unlock_undoes_two_locks),
		cmocka_unit_test(unlocking_what_is_not_locked_is_zero),
		cmocka_unit_test(no_call_ever_writes_to_the_memory),
		cmocka_unit_test(dontdump_covers_exactly_the_pages_it_touches),
		cmocka_unit_test(dontdump_works_for_an_ordinary_heap_block),
		cmocka_unit_test(a_child_inherits_no_lock_and_can_take_its_own),
		cmocka_unit_test(wipe_zeroes_its_range_and_no_byte_more),
		cmocka_unit_test(wipe_refuses_null_and_overflow_and_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
