/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Pins: counted apart from calls, released late, and told when what they showed was gone (audit C16, C17, C18). */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>

#include "word.h"

static osml_buffer *secret(size_t len)
{
	osml_buffer *b;

	CHECK_RC(osml_buffer_new(&b, len, NULL), 0);
	CHECK_RC(osml_buffer_fill(b, 0, 0xEE, len), 0);
	return b;
}

static size_t pins_of(const osml_buffer *b)
{
	size_t pins = 99;

	CHECK_RC(osml_buffer_pins(b, &pins), 0);
	return pins;
}

static void an_unpin_without_a_pin_is_einval_and_changes_nothing(void **state)
{
	osml_buffer *b = secret(40);

	(void)state;
	CHECK_RC(osml_buffer_unpin(NULL), OSML_EINVAL);
	CHECK_RC(osml_buffer_unpin(b), OSML_EINVAL);
	CHECK_RC(osml_buffer_pin(b, NULL, NULL), 0);
	CHECK_RC(osml_buffer_pin(b, NULL, NULL), 0);
	CHECK(pins_of(b) == 2); /* control */
	CHECK_RC(osml_buffer_unpin(b), 0);
	CHECK_RC(osml_buffer_unpin(b), 0);
	CHECK_RC(osml_buffer_unpin(b), OSML_EINVAL);
	CHECK_RC(osml_buffer_fill(b, 0, 1, 40), 0);
	CHECK_RC(osml_buffer_close(b), 0);
	CHECK_RC(osml_buffer_unpin(b), OSML_EINVAL);
	osml_buffer_free(b);
}

/* The count of references has so many bits; no test can make as many pins, so most of them are only said to be there. */
static void more_pins_than_can_be_counted_are_refused_and_change_nothing(void **state)
{
	osml_buffer *b = secret(40);
	void *data = b;
	size_t len = 9;

	(void)state;
	b->word += (OSML__PINS_MAX - 1) * OSML__PIN;
	CHECK_RC(osml_buffer_pin(b, &data, &len), 0);
	CHECK(data == osml_buffer_data(b) && len == 40);
	for (int i = 0; i < 3; i++) {
		uint64_t word = b->word;

		CHECK_RC(osml_buffer_pin(b, &data, &len), OSML_EPINNED);
		CHECK(!data && len == 0);
		CHECK(b->word == word && pins_of(b) == OSML__PINS_MAX);
	}
	CHECK_RC(osml_buffer_unpin(b), 0);
	CHECK(pins_of(b) == OSML__PINS_MAX - 1);
	b->word -= (OSML__PINS_MAX - 1) * OSML__PIN;
	CHECK(b->word == OSML__LIFE_OPEN);
	osml_buffer_free(b);
}

/* ---- One too many, beside calls ---- */

#define LEN 20000u
static osml_buffer *shared;
static _Atomic bool done;
static _Atomic unsigned calls;

static void *use_it(void *unused)
{
	static unsigned char out[LEN];

	while (!done) {
		int rc = osml_buffer_read(shared, 0, out, LEN);

		CHECK(rc == 0 || rc == OSML_ECLOSED);
		calls += rc == 0;
	}
	return unused;
}

/* The call's reference must not be released by an unpin: else the memory would go while it reads. */
static void one_unpin_too_many_does_not_take_the_reference_of_a_call(void **state)
{
	struct support_snapshot before = support_snapshot();
	pthread_t thread;

	(void)state;
	for (int i = 0; i < 200; i++) {
		unsigned start = calls;
		shared = secret(LEN);
		done = false;
		CHECK(pthread_create(&thread, NULL, use_it, NULL) == 0);
		while (calls == start)
			sched_yield();
		for (int k = 0; k < 20; k++)
			CHECK_RC(osml_buffer_unpin(shared), OSML_EINVAL);
		CHECK_RC(osml_buffer_close(shared), 0);
		CHECK_RC(osml_buffer_unpin(shared), OSML_EINVAL);
		done = true;
		CHECK(pthread_join(thread, NULL) == 0);
		osml_buffer_free(shared);
	}
	assert_true(calls >= 200); /* control */
	ASSERT_BACK_TO(before);
}

/* ---- What an unpin tells ---- */

static void an_unpin_tells_that_the_buffer_was_closed_meanwhile(void **state)
{
	osml_buffer *b = secret(40);
	unsigned char *data;
	size_t len;

	(void)state;
	CHECK_RC(osml_buffer_pin(b, (void **)&data, &len), 0);
	CHECK_RC(osml_buffer_unpin(b), 0); /* control */
	CHECK_RC(osml_buffer_pin(b, (void **)&data, &len), 0);
	CHECK_RC(osml_buffer_pin(b, NULL, NULL), 0);
	CHECK(data[0] == 0xEE && len == 40);
	CHECK_RC(osml_buffer_close(b), 0);
	CHECK(data[0] == 0 && data[39] == 0);
	CHECK_RC(osml_buffer_pin(b, NULL, NULL), OSML_ECLOSED);
	CHECK(pins_of(b) == 2);
	CHECK_RC(osml_buffer_unpin(b), OSML_ECLOSED);
	CHECK_RC(osml_buffer_unpin(b), OSML_ECLOSED);
	CHECK_RC(osml_buffer_unpin(b), OSML_EINVAL);
	osml_buffer_free(b);
}

/* ---- After the free ---- */

#define MANY 500u

static bool is_reused(const osml_buffer *handle)
{
	osml_buffer *all[MANY];
	bool found = false;

	for (size_t i = 0; i < MANY; i++) {
		all[i] = secret(8);
		found |= all[i] == handle;
	}
	for (size_t i = 0; i < MANY; i++)
		osml_buffer_free(all[i]);
	return found;
}

static void *give_it_back(void *b)
{
	CHECK_RC(osml_buffer_unpin(b), OSML_ECLOSED);
	return NULL;
}

static void give_it_back_elsewhere(osml_buffer *b)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, give_it_back, b) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
}

static void a_handle_freed_while_pinned_is_nobody_elses_until_its_last_unpin(void **state)
{
	static const size_t lengths[] = { 40, 2000, 20000 };
	struct support_snapshot before = support_snapshot();

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		osml_buffer *b = secret(lengths[i]);
		unsigned char *data;

		CHECK_RC(osml_buffer_pin(b, (void **)&data, NULL), 0);
		CHECK_RC(osml_buffer_pin(b, NULL, NULL), 0);
		osml_buffer_free(b);
		CHECK(!is_reused(b));
		CHECK(data[0] == 0 && data[lengths[i] - 1] == 0); /* still mapped */
		CHECK_RC(osml_buffer_fill(b, 0, 1, 1), OSML_ECLOSED);
		CHECK(pins_of(b) == 2);
		give_it_back_elsewhere(b);
		CHECK(!is_reused(b));
		CHECK(data[0] == 0);
		CHECK_RC(osml_buffer_unpin(b), OSML_ECLOSED);
		CHECK(is_reused(b)); /* control: now it is */
	}
	ASSERT_BACK_TO(before);
}

/* The free and the last unpin meet, in either order; the handle is recycled once. */
static void a_free_and_the_last_unpin_in_two_threads_recycle_the_handle_once(void **state)
{
	struct support_snapshot before = support_snapshot();
	uint64_t twice = 9, live = 9;
	pthread_t thread;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		osml_buffer *b = secret(i % 2 ? 40 : 5000);

		CHECK_RC(osml_buffer_pin(b, NULL, NULL), 0);
		CHECK_RC(osml_buffer_close(b), 0);
		CHECK(pthread_create(&thread, NULL, give_it_back, b) == 0);
		if (i % 3)
			sched_yield();
		osml_buffer_free(b);
		CHECK(pthread_join(thread, NULL) == 0);
	}
	CHECK_RC(osml_info(OSML_INFO_DOUBLE_FREES, &twice), 0);
	CHECK_RC(osml_info(OSML_INFO_LIVE_BUFFERS, &live), 0);
	CHECK(twice == 0 && live == 0);
	ASSERT_BACK_TO(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unpin_without_a_pin_is_einval_and_changes_nothing),
		cmocka_unit_test(more_pins_than_can_be_counted_are_refused_and_change_nothing),
		cmocka_unit_test(one_unpin_too_many_does_not_take_the_reference_of_a_call),
		cmocka_unit_test(an_unpin_tells_that_the_buffer_was_closed_meanwhile),
		cmocka_unit_test(a_handle_freed_while_pinned_is_nobody_elses_until_its_last_unpin),
		cmocka_unit_test(a_free_and_the_last_unpin_in_two_threads_recycle_the_handle_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
