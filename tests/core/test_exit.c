/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* exit() while other threads go on using the library (audit C1). Each try has a process of its own. */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os_fake.h"

#define TRIES   25
#define THREADS 3
#define BATCH   8

static _Atomic unsigned rounds; /* the control: the threads were at work when exit() came */

static void *make_and_free(void *length)
{
	osml_buffer *b[BATCH];

	for (;;) {
		for (size_t i = 0; i < BATCH; i++)
			if (osml_buffer_new(&b[i], *(size_t *)length, NULL))
				b[i] = NULL;
		for (size_t i = 0; i < BATCH; i++)
			osml_buffer_free(b[i]);
		rounds++;
	}
	return NULL;
}

static void start(void *(*body)(void *), void *arg)
{
	pthread_t thread;

	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&thread, NULL, body, arg) == 0);
	while (rounds < 10)
		sched_yield();
}

static void exit_meanwhile(void *length)
{
	start(make_and_free, length);
	exit(0);
}

static void exit_never_crashes_while_threads_make_and_free_buffers(void **state)
{
	size_t lengths[] = { 32, 1500, 20000, 2000000 };

	(void)state;
	if (support_sanitized())
		SKIP("the sanitizers lose count of threads in a forked child");
	for (size_t i = 0; i < TRIES * 4; i++)
		IN_CHILD(exit_meanwhile, &lengths[i % 4]);
}

/* ---- A thread that goes on after the sweep ---- */

/* In shared memory, so that the test sees it too. */
static struct evidence {
	_Atomic unsigned whole, closed, zeros, other;
} * seen;

static osml_buffer *key;
static _Atomic unsigned used;

static void *use_the_key(void *unused)
{
	unsigned char bytes[32], whole[32];

	(void)unused;
	memset(whole, 0xEE, sizeof whole);
	for (;;) {
		int rc = osml_buffer_read(key, 0, bytes, sizeof bytes);

		if (rc == OSML_ECLOSED)
			seen->closed++;
		else if (rc)
			seen->other++;
		else if (memcmp(bytes, whole, sizeof bytes) == 0)
			seen->whole++;
		used++;
		rounds++;
	}
	return NULL;
}

/* Runs after the sweep: it was registered before the library's first use. Any number of uses that began after the sweep is enough. */
static void let_the_threads_go_on(void)
{
	unsigned before;

	seen->whole = 0;
	before = used;
	while (used < before + 2 * THREADS + 100)
		sched_yield();
	seen->zeros = seen->whole > THREADS; /* each may have been between its read and its count */
}

static void exit_and_go_on(void *unused)
{
	(void)unused;
	CHECK(atexit(let_the_threads_go_on) == 0);
	CHECK_RC(osml_buffer_new(&key, 32, NULL), 0);
	CHECK_RC(osml_buffer_fill(key, 0, 0xEE, 32), 0);
	start(use_the_key, NULL);
	CHECK(seen->whole); /* control */
	exit(0);
}

static void a_thread_that_goes_on_after_the_sweep_is_told_that_its_key_is_closed(void **state)
{
	(void)state;
	if (support_sanitized())
		SKIP("the sanitizers lose count of threads in a forked child");
	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(seen != MAP_FAILED);
	IN_CHILD(exit_and_go_on, NULL);
	assert_true(seen->closed >= 100 - THREADS);
	assert_int_equal(seen->zeros + seen->other, 0);
	munmap(seen, sizeof *seen);
}

/* ---- What the sweep leaves ---- */

static const unsigned char *page; /* destructors may still look at it (T29) */

static void look_at_the_page(void)
{
	CHECK_RC(osml_buffer_fill(key, 0, 1, 1), OSML_ECLOSED);
	for (size_t i = 0; i < 20000; i++)
		CHECK(page[i] == 0);
}

static void refuse_a_region(void)
{
	static char byte;
	osml_region *region;

	fake_fail_function("lock", 1, 1, -EPERM);
	CHECK_RC(osml_region_lock(&region, &byte, 1, 0), support_refused_lock(-EPERM));
	fake_reset();
}

static void exit_with_a_page(void *first)
{
	CHECK(atexit(look_at_the_page) == 0);
	if (first)
		((void (*)(void))first)();
	CHECK_RC(osml_buffer_new(&key, 20000, NULL), 0);
	CHECK_RC(osml_buffer_fill(key, 0, 0xEE, 20000), 0);
	page = osml_buffer_data(key);
	CHECK(page[19999] == 0xEE); /* control */
	exit(0);
}

static void a_use_that_was_refused_after_the_sweep_leaves_the_memory_mapped_and_zero(void **state)
{
	(void)state;
	IN_CHILD(exit_with_a_page, NULL);
}

/* What that leaves for osml_explain() is no reason to forget that buffers want to be wiped. */
static void the_sweep_comes_too_where_the_first_call_was_a_refused_region(void **state)
{
	(void)state;
	IN_CHILD(exit_with_a_page, (void *)refuse_a_region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_never_crashes_while_threads_make_and_free_buffers),
		cmocka_unit_test(a_thread_that_goes_on_after_the_sweep_is_told_that_its_key_is_closed),
		cmocka_unit_test(the_sweep_comes_too_where_the_first_call_was_a_refused_region),
		cmocka_unit_test(a_use_that_was_refused_after_the_sweep_leaves_the_memory_mapped_and_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
