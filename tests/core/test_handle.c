/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Handles are kept for ever, so that a stale one can be told from a live one: then none may be lost. */
#include "support.h"

#include <pthread.h>

#include "cache.h"
#include "os_fake.h"

static size_t handles;

static void count_handle(osml_buffer *b)
{
	(void)b;
	handles++;
}

static size_t count_handles(void)
{
	handles = 0;
	osml__handle_each(count_handle);
	return handles;
}

static void *make_a_thousand(void *unused)
{
	osml_buffer *all[1000];

	for (size_t i = 0; i < 1000; i++)
		all[i] = support_secret(8, OSML_DEFAULT_PROTECTIONS);
	for (size_t i = 0; i < 1000; i++)
		osml_buffer_free(all[i]);
	return unused;
}

static void handles_that_one_thread_has_freed_are_another_ones_next(void **state)
{
	pthread_t thread;
	size_t before;

	(void)state;
	make_a_thousand(NULL);
	before = count_handles();
	CHECK(before >= 1000); /* control */
	CHECK(pthread_create(&thread, NULL, make_a_thousand, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	make_a_thousand(NULL);
	CHECK(count_handles() <= before + 2 * OSML__CACHE_MAX + OSML__HANDLE_BATCH); /* but for what a thread keeps at hand */
}

static void the_handle_of_a_buffer_that_is_refused_is_used_again(void **state)
{
	osml_buffer_options options = { .struct_size = sizeof options, .want = OSML_NOFORK | OSML_SECRETMEM, .policy = OSML_POLICY_STRICT };
	osml_buffer *b;
	size_t before;

	(void)state;
	make_a_thousand(NULL);
	before = count_handles();
	fake_fail_function("map_secret", 1, ~0u, OSML_EUNSUPPORTED);
	for (int i = 0; i < 3000; i++)
		CHECK_RC(osml_buffer_new(&b, 100, &options), OSML_EUNSUPPORTED);
	CHECK(fake_fired() >= 3000); /* control */
	fake_reset();
	CHECK(count_handles() == before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handles_that_one_thread_has_freed_are_another_ones_next),
		cmocka_unit_test(the_handle_of_a_buffer_that_is_refused_is_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
