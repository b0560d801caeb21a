/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A purge in a signal handler that interrupts another purge, or the end of a buffer on a thread that has opened none, or what prepares a forked child.
 */
#define _GNU_SOURCE
#include "shut.h"

#include <pthread.h>

#include "os_fake.h"

#define KEPT (OSML_LOCKED | OSML_NODUMP | OSML_CANARY)

static const uint32_t kinds[] = { OSML_DEFAULT_PROTECTIONS, KEPT, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, OSML_CANARY };
#define KINDS (sizeof kinds / sizeof *kinds)

static const unsigned char *secret;
static size_t secret_len;
static unsigned left;

static void look(void)
{
	for (size_t i = 0; i < secret_len; i++)
		left += secret[i] != 0;
}

static void purge_and_look(void)
{
	osml_purge();
	look();
}

static osml_buffer *secret_on_a_shut_page(size_t len, uint32_t want)
{
	osml_buffer *b = support_secret(len, want);

	secret = osml_buffer_data(b);
	secret_len = len;
	left = 0;
	shut_page_of((void *)secret);
	return b;
}

static void check_what_is_left(void)
{
	CHECK(faults == 1);
	CHECK((left == 0) == (meanwhile == purge_and_look));
}

/* ---- Within a purge ---- */

static void *purge(void *unused)
{
	CHECK_RC(osml_purge(), 0);
	return unused;
}

static void purge_within_a_purge(size_t len, uint32_t want, bool on_a_new_thread)
{
	struct support_snapshot before = support_snapshot();
	osml_buffer *b = secret_on_a_shut_page(len, want);
	pthread_t thread;

	if (on_a_new_thread) { /* which has no cache */
		CHECK(pthread_create(&thread, NULL, purge, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
	} else {
		purge(NULL);
	}
	check_what_is_left();
	CHECK(!osml_buffer_data(b));
	osml_buffer_free(b);
	ASSERT_BACK_TO(before);
}

static void a_purge_within_a_purge_wipes_what_that_one_was_about_to_wipe(void **state)
{
	(void)state;
	if (support_valgrind())
		SKIP(NOT_EXACT);
	for (size_t i = 0; i < 2 * KINDS; i++) {
		meanwhile = look; /* control */
		purge_within_a_purge(2000, kinds[i / 2], i % 2);
		meanwhile = purge_and_look;
		purge_within_a_purge(64, kinds[i / 2], i % 2);
		purge_within_a_purge(2000, kinds[i / 2], i % 2);
	}
}

/* ---- On a thread without a cache ---- */

static void *free_it(void *b)
{
	osml_buffer_free(b);
	return NULL;
}

static void *close_it(void *b)
{
	CHECK_RC(osml_buffer_close(b), 0);
	return b;
}

static void *close_pinned(void *b)
{
	CHECK_RC(osml_buffer_pin(b, NULL, NULL), 0);
	CHECK_RC(osml_buffer_close(b), 0);
	CHECK_RC(osml_buffer_unpin(b), OSML_ECLOSED);
	return b;
}

static void end_on_a_new_thread(void *(*end)(void *b), size_t len, uint32_t want)
{
	struct support_snapshot before = support_snapshot();
	void *b = secret_on_a_shut_page(len, want);
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, end, b) == 0);
	CHECK(pthread_join(thread, &b) == 0);
	check_what_is_left();
	osml_buffer_free(b);
	ASSERT_BACK_TO(before);
}

static void so_it_does_on_a_thread_that_has_opened_none(void **state)
{
	static void *(*const ends[])(void *b) = { free_it, close_it, close_pinned };

	(void)state;
	if (support_valgrind())
		SKIP(NOT_EXACT);
	for (size_t end = 0; end < sizeof ends / sizeof *ends; end++)
		for (size_t i = 0; i < KINDS; i++) {
			meanwhile = look; /* control */
			end_on_a_new_thread(ends[end], 2000, kinds[i]);
			meanwhile = purge_and_look;
			end_on_a_new_thread(ends[end], 64, kinds[i]);
			end_on_a_new_thread(ends[end], 2000, kinds[i]);
		}
}

/* ---- While a child is prepared ---- */

static unsigned interruptions;

static void interrupt(void)
{
	fake_hook("thread_id", NULL);
	interruptions++;
	alarm(20); /* a handler that waits for the thread which it has interrupted */
	CHECK_RC(osml_purge(), 0);
	alarm(0);
}

static void the_child_goes_on(void *unused)
{
	(void)unused;
	osml_buffer_free(support_secret(40, OSML_DEFAULT_PROTECTIONS)); /* prepares the child, if the fork handler has not */
	CHECK(interruptions == 1);
	osml_buffer_free(support_secret(40, KEPT));
}

static void a_purge_while_a_child_is_prepared_returns(void **state)
{
	static const char *const moments[] = { "thread_id", "mutexes_renew", "mutex_lock" };
	osml_buffer *kept = support_secret(40, KEPT);

	(void)state;
	for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
		interruptions = 0;
		fake_hook(moments[i], interrupt);
		IN_CHILD(the_child_goes_on, NULL);
		fake_reset();
	}
	osml_buffer_free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_purge_within_a_purge_wipes_what_that_one_was_about_to_wipe),
		cmocka_unit_test(so_it_does_on_a_thread_that_has_opened_none),
		cmocka_unit_test(a_purge_while_a_child_is_prepared_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
