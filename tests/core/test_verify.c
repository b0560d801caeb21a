/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* osml_buffer_verify() after each protection has been taken away behind the library's back, on the first page, the last, or one between (audit T5). */
#define _GNU_SOURCE
#include "victim.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_KEEPONFORK
#define MADV_KEEPONFORK 19
#endif

/* ---- Taken away ---- */

static int unlock(char *page, size_t size)
{
	return (int)syscall(SYS_munlock, page, size); /* The sanitizers replace the function by nothing. */
}

static int dump(char *page, size_t size)
{
	return madvise(page, size, MADV_DODUMP);
}

static int keep_on_fork(char *page, size_t size)
{
	return madvise(page, size, MADV_KEEPONFORK);
}

static int do_fork(char *page, size_t size)
{
	return madvise(page, size, MADV_DOFORK);
}

static const struct loss {
	uint32_t want, lost;
	int (*take)(char *page, size_t size);
} losses[] = {
	{ ALL, OSML_LOCKED, unlock },
	{ ALL, OSML_NODUMP, dump },
	{ ALL, OSML_WIPEONFORK, keep_on_fork },
	{ NOFORK, OSML_NOFORK, do_fork },
};
#define LOSSES (sizeof losses / sizeof *losses)

static void a_protection_that_one_page_lost_is_not_confirmed_and_the_others_are(void **state)
{
	static const unsigned pages[] = { 0, 2, PAGES - 1 };

	(void)state;
	for (size_t i = 0; i < LOSSES; i++) {
		for (size_t k = 0; k < 3; k++) {
			struct victim v = make(losses[i].want);
			assert_int_equal(verified(&v), losses[i].want); /* control */
			assert_int_equal(losses[i].take(v.start + pages[k] * v.page, v.page), 0);
			assert_int_equal(verified(&v), losses[i].want & ~losses[i].lost);
			osml_buffer_free(v.b);
		}
	}
}

/* On either side: what is open is no guard, and neither is a hole, into which anything may be mapped. */
static void a_guard_that_was_opened_is_not_confirmed(void **state)
{
	static const int permissions[] = { PROT_READ, PROT_READ | PROT_WRITE, PROT_EXEC };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct victim v = make(ALL);
		char *guard = i % 2 ? v.start - v.page : v.start + PAGES * v.page;
		assert_int_equal(verified(&v), ALL); /* control */
		assert_int_equal(mprotect(guard, v.page, permissions[i / 2]), 0);
		assert_int_equal(verified(&v), ALL & ~OSML_GUARDED);
		assert_int_equal(mprotect(guard, v.page, PROT_NONE), 0);
		assert_int_equal(verified(&v), ALL);
		osml_buffer_free(v.b);
	}
}

static void a_guard_that_is_not_mapped_is_not_confirmed(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct victim v = make(ALL);
		assert_int_equal(munmap(i ? v.start - v.page : v.start + PAGES * v.page, v.page), 0);
		assert_int_equal(verified(&v), ALL & ~OSML_GUARDED);
		osml_buffer_free(v.b);
	}
}

/* In a child, for such a buffer cannot be closed. Only the canary, which is no business of the kernel's, is left. */
static void make_a_hole(void *which_page)
{
	struct victim v = make(ALL);

	CHECK(verified(&v) == ALL);
	CHECK(munmap(v.start + *(size_t *)which_page * v.page, v.page) == 0);
	CHECK(verified(&v) == OSML_CANARY);
	_exit(0); /* without the sweep, which would step into the hole */
}

static void with_a_hole_nothing_is_confirmed(void **state)
{
	(void)state;
	for (size_t page = 1; page < PAGES - 1; page++) /* the first and the last hold the canary */
		IN_CHILD(make_a_hole, &page);
}

/* Ordinary memory that was put in place of the secret one has all other bits. */
static void replace_by_ordinary_memory(void *which_page)
{
	struct victim v = make(SECRET);
	char *page = v.start + *(size_t *)which_page * v.page;

	CHECK(verified(&v) == SECRET);
	CHECK(mmap(page, v.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page);
	CHECK(syscall(SYS_mlock, page, v.page) == 0);
	CHECK(madvise(page, v.page, MADV_DONTDUMP) == 0);
	CHECK(madvise(page, v.page, MADV_DONTFORK) == 0);
	CHECK(verified(&v) == (SECRET & ~OSML_SECRETMEM));
	_exit(0);
}

static void ordinary_memory_is_not_confirmed_as_secret(void **state)
{
	(void)state;
	if (!support_secretmem())
		SKIP("memfd_secret(2) is not offered here");
	for (size_t page = 1; page < PAGES - 1; page++)
		IN_CHILD(replace_by_ordinary_memory, &page);
}

/* A slot answers for the pages that it shares with others. */
static void a_slot_whose_neighbour_lost_its_lock_is_not_confirmed_as_locked(void **state)
{
	osml_buffer *b;
	uint32_t bits;

	(void)state;
	CHECK_RC(osml_buffer_new(&b, 100, NULL), 0);
	CHECK_RC(osml_buffer_verify(b, &bits), 0);
	assert_int_equal(bits, OSML_DEFAULT_PROTECTIONS); /* control */
	CHECK_RC(osml_munlock(osml_buffer_data(b), 1), 0);
	CHECK_RC(osml_buffer_verify(b, &bits), 0);
	assert_int_equal(bits, OSML_DEFAULT_PROTECTIONS & ~OSML_LOCKED);
	CHECK_RC(osml_mlock(osml_buffer_data(b), 1), 0);
	CHECK_RC(osml_buffer_verify(b, &bits), 0);
	assert_int_equal(bits, OSML_DEFAULT_PROTECTIONS);
	osml_buffer_free(b);
}

/* ---- In a process whose first thread has ended ---- */

static bool process_has_a_list(void)
{
	char byte;
	int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
	ssize_t got = read(fd, &byte, 1);

	CHECK(fd >= 0);
	close(fd);
	return got == 1;
}

static struct victim last;

static void *verify_alone(void *unused)
{
	uint64_t locked = 0;

	while (process_has_a_list()) /* until the control */
		sched_yield();
	CHECK(verified(&last) == ALL);
	CHECK(unlock(last.start, last.page) == 0);
	CHECK(verified(&last) == (ALL & ~OSML_LOCKED));
	CHECK_RC(osml_info(OSML_INFO_PROCESS_LOCKED_BYTES, &locked), 0);
	CHECK(locked >= (PAGES - 1) * last.page);
	osml_buffer_free(last.b);
	_exit(0);
	return unused;
}

static void end_the_first_thread(void *unused)
{
	pthread_t thread;

	last = make(ALL);
	CHECK(pthread_create(&thread, NULL, verify_alone, unused) == 0);
	pthread_exit(NULL);
}

static void verify_and_the_use_of_the_quota_are_told_where_the_first_thread_has_ended(void **state)
{
	(void)state;
	if (support_sanitized())
		SKIP("the sanitizers lose count of threads in a forked child");
	IN_CHILD(end_the_first_thread, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verify_and_the_use_of_the_quota_are_told_where_the_first_thread_has_ended),
		cmocka_unit_test(a_protection_that_one_page_lost_is_not_confirmed_and_the_others_are),
		cmocka_unit_test(a_guard_that_was_opened_is_not_confirmed),
		cmocka_unit_test(a_guard_that_is_not_mapped_is_not_confirmed),
		cmocka_unit_test(with_a_hole_nothing_is_confirmed),
		cmocka_unit_test(ordinary_memory_is_not_confirmed_as_secret),
		cmocka_unit_test(a_slot_whose_neighbour_lost_its_lock_is_not_confirmed_as_locked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
