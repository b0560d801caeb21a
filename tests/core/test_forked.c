/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What a forked child makes for itself, after a parent whose free slots, free handles and counts it inherited (audit T1, T11, T14). No lock is
 * inherited, so a slot that was the parent's is unlocked memory in the child.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os_fake.h"

#define KEEP (OSML_LOCKED | OSML_NODUMP | OSML_CANARY)

static bool all_are(const unsigned char *bytes, unsigned char value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

/* ---- Slots that the parent had free ---- */

/* One length for each size of slot, and one that gets pages of its own. */
static const size_t lengths[] = { 20, 35, 50, 70, 100, 130, 200, 260, 390, 520, 770, 1000, 1500, 2050, 5000 };
#define LENGTHS (sizeof lengths / sizeof *lengths)
#define EACH    40u /* more than a thread keeps for itself */

static uint64_t info(enum osml_info what)
{
	uint64_t value = 0;

	CHECK_RC(osml_info(what, &value), 0);
	return value;
}

static void *parents[LENGTHS][EACH]; /* where the parent's buffers lay that it freed */

static bool was_the_parents(const void *data)
{
	for (size_t i = 0; i < LENGTHS * EACH; i++)
		if (parents[i / EACH][i % EACH] == data)
			return true;
	return false;
}

static void fill_the_cache(void)
{
	osml_buffer *all[LENGTHS][EACH];

	for (size_t i = 0; i < LENGTHS * EACH; i++) {
		all[i / EACH][i % EACH] = support_secret(lengths[i / EACH], OSML_DEFAULT_PROTECTIONS);
		parents[i / EACH][i % EACH] = osml_buffer_data(all[i / EACH][i % EACH]);
	}
	for (size_t i = 0; i < LENGTHS * EACH; i++)
		osml_buffer_free(all[i / EACH][i % EACH]);
}

/* Every claim is the kernel's too, whatever lengths are asked for; and nothing of the parent's is counted. */
static void all_new_ones_are_locked(void *unused)
{
	osml_buffer *all[LENGTHS * EACH];
	struct support_range *locked;
	size_t count;

	(void)unused;
	CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) == support_locked_kib() * 1024);
	for (size_t i = 0; i < LENGTHS * EACH; i++)
		all[i] = support_secret(lengths[i / EACH], OSML_DEFAULT_PROTECTIONS);
	locked = support_ranges_with("lo", &count);
	for (size_t i = 0; i < LENGTHS * EACH; i++)
		CHECK(support_ranges_hold(locked, count, osml_buffer_data(all[i]), lengths[i / EACH]));
	free(locked);
	for (size_t i = 0; i < LENGTHS * EACH; i += EACH) {
		uint32_t bits = 0;
		CHECK_RC(osml_buffer_verify(all[i], &bits), 0);
		CHECK(bits == OSML_DEFAULT_PROTECTIONS);
	}
	CHECK(info(OSML_INFO_LIVE_BUFFERS) == LENGTHS * EACH);
	for (size_t i = 0; i < LENGTHS * EACH; i++)
		osml_buffer_free(all[i]);
	CHECK(info(OSML_INFO_LIVE_BUFFERS) == 0);
	CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) == support_locked_kib() * 1024);
}

static void a_child_never_reuses_a_free_slot_of_the_parent(void **state)
{
	osml_buffer *again, *live = support_secret(8, OSML_DEFAULT_PROTECTIONS);

	(void)state;
	fill_the_cache();
	again = support_secret(lengths[0], OSML_DEFAULT_PROTECTIONS);
	assert_true(was_the_parents(osml_buffer_data(again))); /* control: the parent itself would use it again */
	osml_buffer_free(again);
	IN_CHILD(all_new_ones_are_locked, NULL);
	osml_buffer_free(live); /* until here it kept a page of the parent's half full */
}

static void its_first_is_cheap(void *unused)
{
	osml_buffer *first = support_secret(8, OSML_DEFAULT_PROTECTIONS);

	(void)unused;
	CHECK(support_all_have(osml_buffer_data(first), 8, "lo"));
	CHECK(support_locked_kib() <= 64);
}

#define CROWD 300u

static void make_a_crowd(osml_buffer **all)
{
	for (size_t i = 0; i < CROWD; i++)
		all[i] = support_secret(2000, OSML_DEFAULT_PROTECTIONS);
}

static void free_the_crowd(osml_buffer **all)
{
	for (size_t i = 0; i < CROWD; i++)
		osml_buffer_free(all[i]);
}

/* The more a process uses, the more it takes at once; a child begins anew, and may have the 64 KiB of a container for all its quota. */
static void a_child_of_a_parent_with_many_begins_small(void **state)
{
	osml_buffer *all[CROWD];

	(void)state;
	make_a_crowd(all);
	IN_CHILD(its_first_is_cheap, NULL);
	free_the_crowd(all);
}

static void counts_only_its_own(void *unused)
{
	osml_buffer *all[CROWD];

	(void)unused;
	for (int round = 0; round < 2; round++) {
		make_a_crowd(all);
		CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) == support_locked_kib() * 1024);
		free_the_crowd(all);
		CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) == support_locked_kib() * 1024);
	}
}

/* The parent keeps some idle pages for next time. They are not the child's to give back. */
static void a_child_gives_no_idle_pages_of_the_parent_back(void **state)
{
	(void)state;
	counts_only_its_own(NULL);
	IN_CHILD(counts_only_its_own, NULL);
}

static void try_it_in_a_grandchild(void *unused)
{
	IN_CHILD(all_new_ones_are_locked, unused);
	fill_the_cache();
	IN_CHILD(all_new_ones_are_locked, unused);
	all_new_ones_are_locked(unused);
}

static void nor_does_a_grandchild(void **state)
{
	(void)state;
	fill_the_cache();
	IN_CHILD(try_it_in_a_grandchild, NULL);
}

/* ---- Forked while another thread gives back what it has cached ---- */

#define ROOM 60u

static osml_buffer *held[ROOM];      /* of the parent; NULL: freed */
static unsigned char *data_of[ROOM]; /* where they are */
static unsigned forks;

static bool is_mapped(void *addr)
{
	return msync((void *)((uintptr_t)addr & ~(support_page_size() - 1)), 1, MS_ASYNC) == 0;
}

/* No handle is handed out twice, and the pages of what is still held are there until the last of it is freed. */
static void use_what_is_inherited(void *unused)
{
	osml_buffer *own[3 * ROOM];

	(void)unused;
	fake_reset();
	for (size_t i = 0; i < 3 * ROOM; i++) {
		own[i] = support_secret(lengths[i % LENGTHS], OSML_DEFAULT_PROTECTIONS);
		for (size_t k = 0; k < i; k++)
			CHECK(own[k] != own[i]);
	}
	for (size_t i = 0; i < ROOM; i++)
		CHECK(!held[i] || is_mapped(data_of[i]));
	for (size_t i = 0; i < ROOM; i++)
		osml_buffer_free(held[i]);
	for (size_t i = 0; i < 3 * ROOM; i++)
		osml_buffer_free(own[i]);
	CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) == support_locked_kib() * 1024);
}

static void fork_here(void)
{
	fake_hook("mutex_unlock", NULL);
	forks++;
	IN_CHILD(use_what_is_inherited, NULL);
	fake_hook("mutex_unlock", fork_here);
}

static void free_with_forks(size_t len, size_t count)
{
	for (size_t i = 0; i < ROOM; i++) {
		held[i] = support_secret(len, OSML_DEFAULT_PROTECTIONS);
		data_of[i] = osml_buffer_data(held[i]);
	}
	fake_hook("mutex_unlock", fork_here);
	for (size_t i = 0; i < count; i++) {
		osml_buffer *b = held[i];
		held[i] = NULL;
		osml_buffer_free(b);
	}
	support_settle();
	fake_reset();
	for (size_t i = count; i < ROOM; i++)
		osml_buffer_free(held[i]);
}

/* At any moment when it has no mutex, since then the child takes what the mutex protects as it is. */
static void a_child_forked_while_a_cache_is_emptied_has_nothing_twice(void **state)
{
	(void)state;
	if (support_sanitized())
		SKIP("ThreadSanitizer takes a fork under a mutex for a wrong order");
	forks = 0;
	for (size_t i = 0; i < LENGTHS; i += 3)
		for (size_t count = 35; count < ROOM; count += 12)
			free_with_forks(lengths[i], count);
	CHECK(forks > 50); /* control */
}

/* ---- The thread that forked ends in the child ---- */

/* msync(2) refuses to invalidate a locked page. /proc/self is of no use here: it shows the first thread of the process, which has ended. */
static bool is_locked(const void *addr)
{
	uintptr_t page = (uintptr_t)addr & ~(support_page_size() - 1);

	return msync((void *)page, 1, MS_INVALIDATE) == -1 && errno == EBUSY;
}

/* A first thread that has ended is a zombie until the process ends. Not by pthread_join(3): in glibc 2.43 that waits for ever for the thread that
 * has forked. */
static bool first_thread_has_ended(void)
{
	char line[512] = "";
	const char *name_end;
	int fd = open("/proc/self/stat", O_RDONLY);

	CHECK(read(fd, line, sizeof line - 1) > 0);
	close(fd);
	name_end = strrchr(line, ')');
	return name_end != NULL && name_end[2] == 'Z';
}

static void *wait_and_make(void *unused)
{
	static unsigned char unlocked[1];

	(void)unused;
	while (!first_thread_has_ended())
		sched_yield();
	CHECK(!is_locked(unlocked)); /* control */
	for (size_t i = 0; i < LENGTHS * EACH; i++)
		CHECK(is_locked(osml_buffer_data(support_secret(lengths[i / EACH], OSML_DEFAULT_PROTECTIONS))));
	_exit(0);
}

/* What this thread had cached is the parent's: its end must not bring that back into use. */
static void end_this_thread(void *unused)
{
	pthread_t other;

	CHECK(pthread_create(&other, NULL, wait_and_make, unused) == 0);
	pthread_exit(NULL);
}

static void *fork_and_look(void *unused)
{
	fill_the_cache();
	IN_CHILD(end_this_thread, unused);
	return NULL;
}

static void the_end_of_the_thread_that_forked_gives_the_child_no_slot(void **state)
{
	pthread_t thread;

	(void)state;
	if (support_sanitized())
		SKIP("the sanitizers lose count of threads in a forked child");
	assert_int_equal(pthread_create(&thread, NULL, fork_and_look, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* ---- The walk over all handles misses none ---- */

#define MANY 700u /* handles come in chunks that grow: several of them are full */

static osml_buffer *many[MANY];

static void look_at_all(void *unused)
{
	size_t count;
	struct support_range *locked = support_ranges_with("lo", &count);

	(void)unused;
	for (size_t i = 0; i < MANY; i++) {
		const unsigned char *data = osml_buffer_data(many[i]);
		CHECK(data && all_are(data, 0xEE, 40));
		CHECK(support_ranges_hold(locked, count, data, 40));
	}
	free(locked);
}

static void each_of_many_kept_buffers_is_locked_again_in_the_child(void **state)
{
	(void)state;
	for (size_t i = 0; i < MANY; i++)
		many[i] = support_secret(40, KEEP);
	IN_CHILD(look_at_all, NULL);
	look_at_all(NULL);
	for (size_t i = 0; i < MANY; i++)
		osml_buffer_free(many[i]);
}

static const unsigned char *many_bytes[MANY];

static void look_that_all_are_wiped(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < MANY; i++) {
		CHECK(all_are(many_bytes[i], 0, 40));
		CHECK_RC(osml_buffer_wipe(many[i]), OSML_EFORKED);
	}
}

/* A kernel without MADV_WIPEONFORK: the child wipes by hand, and that walk misses none either. */
static void each_of_many_buffers_that_the_kernel_cannot_wipe_is_wiped_in_the_child(void **state)
{
	(void)state;
	support_settle();
	fake_fail_function("wipe_on_fork", 1, ~0u, OSML_EUNSUPPORTED);
	for (size_t i = 0; i < MANY; i++) {
		many[i] = support_secret(40, OSML_DEFAULT_PROTECTIONS | (i % 2 ? OSML_GUARDED : 0));
		many_bytes[i] = osml_buffer_data(many[i]);
		CHECK(all_are(many_bytes[i], 0xEE, 40)); /* control */
	}
	IN_CHILD(look_that_all_are_wiped, NULL);
	for (size_t i = 0; i < MANY; i++)
		osml_buffer_free(many[i]);
	fake_reset();
	support_settle();
}

/* ---- Who keeps a copy, when the kernel refuses all advice about fork ---- */

struct copy {
	osml_buffer *b;
	const unsigned char *data;
	size_t len;
};

static void find_zeros(void *arg)
{
	struct copy *copy = arg;

	CHECK(all_are(copy->data, 0, copy->len));
	CHECK_RC(osml_buffer_wipe(copy->b), OSML_EFORKED);
	CHECK(!osml_buffer_data(copy->b));
	CHECK_RC(osml_buffer_close(copy->b), 0);
	CHECK(info(OSML_INFO_CORRUPTIONS) == 0); /* its canary is wiped, which is no corruption */
	osml_buffer_free(copy->b);
}

static void find_bytes(void *arg)
{
	struct copy *copy = arg;

	CHECK(osml_buffer_data(copy->b) == copy->data && all_are(copy->data, 0xEE, copy->len));
	CHECK(support_all_have(copy->data, copy->len, "lo"));
	osml_buffer_free(copy->b);
	support_settle();
	CHECK(support_locked_kib() == 0);
}

static void refuse_advice_about_fork(const char *function)
{
	support_settle();
	fake_fail_function(function, 1, ~0u, OSML_EUNSUPPORTED);
}

/* Only who asked for none of the three shares his bytes with a child. */
static void assert_fork_leaves(size_t len, uint32_t want, void (*look)(void *copy))
{
	struct copy copy = { .b = support_secret(len, want), .len = len };

	copy.data = osml_buffer_data(copy.b);
	IN_CHILD(look, &copy);
	CHECK(all_are(copy.data, 0xEE, len));
	osml_buffer_free(copy.b);
}

static void without_wiping_in_the_kernel_only_a_buffer_that_asked_for_no_wiping_is_kept(void **state)
{
	(void)state;
	for (size_t len = 40; len < 60000; len *= 1000) {
		refuse_advice_about_fork("wipe_on_fork");
		assert_fork_leaves(len, KEEP, find_bytes); /* control; and what comes next gets its handle */
		assert_fork_leaves(len, KEEP | OSML_WIPEONFORK, find_zeros);
		assert_fork_leaves(len, KEEP, find_bytes);
		assert_fork_leaves(len, KEEP | OSML_WIPEONFORK | OSML_GUARDED, find_zeros);
		refuse_advice_about_fork("no_fork");
		assert_fork_leaves(len, KEEP | OSML_NOFORK, find_zeros);
		assert_fork_leaves(len, KEEP | OSML_SECRETMEM, find_zeros);
		assert_fork_leaves(len, KEEP, find_bytes);
		fake_reset();
		support_settle();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_never_reuses_a_free_slot_of_the_parent),
		cmocka_unit_test(nor_does_a_grandchild),
		cmocka_unit_test(a_child_of_a_parent_with_many_begins_small),
		cmocka_unit_test(a_child_gives_no_idle_pages_of_the_parent_back),
		cmocka_unit_test(a_child_forked_while_a_cache_is_emptied_has_nothing_twice),
		cmocka_unit_test(the_end_of_the_thread_that_forked_gives_the_child_no_slot),
		cmocka_unit_test(each_of_many_kept_buffers_is_locked_again_in_the_child),
		cmocka_unit_test(each_of_many_buffers_that_the_kernel_cannot_wipe_is_wiped_in_the_child),
		cmocka_unit_test(without_wiping_in_the_kernel_only_a_buffer_that_asked_for_no_wiping_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
