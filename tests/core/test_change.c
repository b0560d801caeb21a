/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What others meet while one call has a buffer to itself: here it changes the access, and the fake runs the others, on the same thread, before the
 * platform layer does.
 */
#include "support.h"

#include "handle.h"
#include "os_fake.h"

#define KEPT (OSML_LOCKED | OSML_NODUMP | OSML_CANARY)

static osml_buffer *buffer;
static unsigned char *bytes;

static bool all_are(const unsigned char *at, unsigned char value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] != value)
			return false;
	return true;
}

static unsigned looks;

/* The call has the buffer to itself; questions are answered all the same, from what was before. */
static void ask_meanwhile(void)
{
	uint32_t bits = 0;
	size_t count = 9;

	fake_hook("protect", NULL);
	looks++;
	CHECK(osml_buffer_data(buffer) == bytes && osml_buffer_size(buffer) == 100);
	CHECK_RC(osml_buffer_protections(buffer, &bits), 0);
	CHECK(bits == (OSML_DEFAULT_PROTECTIONS | OSML_GUARDED));
	CHECK_RC(osml_buffer_pins(buffer, &count), 0);
	CHECK(count == 0);
	CHECK_RC(osml_buffer_fill(buffer, 0, 1, 1), OSML_EPINNED);
	CHECK_RC(osml_buffer_pin(buffer, NULL, NULL), OSML_EPINNED);
	CHECK_RC(osml_buffer_protect(buffer, OSML_ACCESS_NONE), OSML_EPINNED);
	CHECK_RC(osml_buffer_verify(buffer, &bits), OSML_EPINNED);
}

static void close_meanwhile(void)
{
	fake_hook("protect", NULL);
	looks++;
	CHECK_RC(osml_buffer_close(buffer), 0);
	CHECK(!osml_buffer_data(buffer));
	CHECK_RC(osml_buffer_close(buffer), 0);
}

static void purge_meanwhile(void)
{
	fake_hook("protect", NULL);
	looks++;
	CHECK_RC(osml_purge(), 0);
	CHECK_RC(osml_buffer_fill(buffer, 0, 1, 1), OSML_ECLOSED);
}

static void the_child_keeps_it(void *unused)
{
	(void)unused;
	CHECK_RC(osml_buffer_fill(buffer, 0, 0xDD, 100), 0); /* the thread that had it to itself is not here */
	CHECK_RC(osml_buffer_protect(buffer, OSML_ACCESS_READ), 0);
	CHECK(all_are(osml_buffer_data(buffer), 0xDD, 100));
	CHECK_RC(osml_buffer_close(buffer), 0);
	CHECK_RC(osml_trim(), 0); /* pages of 64 KiB stay locked for the next that needs so many */
	CHECK(support_locked_kib() == 0);
	osml_buffer_free(buffer);
}

static void the_child_does_not(void *unused)
{
	(void)unused;
	CHECK_RC(osml_buffer_fill(buffer, 0, 1, 1), OSML_EFORKED);
	CHECK_RC(osml_buffer_close(buffer), 0);
	CHECK_RC(osml_buffer_close(buffer), 0);
	osml_buffer_free(buffer);
}

static void (*child_of_change)(void *unused);

static void fork_meanwhile(void)
{
	fake_hook("protect", NULL);
	looks++;
	IN_CHILD(child_of_change, NULL);
}

static void change_with_a_fork(uint32_t want, void (*child)(void *unused))
{
	buffer = support_secret(100, want);
	child_of_change = child;
	fake_hook("protect", fork_meanwhile);
	CHECK_RC(osml_buffer_protect(buffer, OSML_ACCESS_READ), 0);
	CHECK(all_are(osml_buffer_data(buffer), 0xEE, 100));
	osml_buffer_free(buffer);
}

static void a_fork_during_a_change_of_access_makes_a_child_that_goes_on(void **state)
{
	struct support_snapshot before = support_snapshot();

	(void)state;
	looks = 0;
	change_with_a_fork(KEPT | OSML_GUARDED, the_child_keeps_it);
	change_with_a_fork(OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, the_child_does_not);
	change_with_a_fork(OSML_DEFAULT_PROTECTIONS | OSML_GUARDED | OSML_NOFORK, the_child_does_not);
	fake_fail_function("wipe_on_fork", 1, ~0u, OSML_EUNSUPPORTED);
	change_with_a_fork(OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, the_child_does_not);
	fake_reset();
	CHECK(looks == 4); /* control */
	ASSERT_BACK_TO(before);
}

static void a_change_of_access_refuses_others_and_ends_a_buffer_that_is_closed_meanwhile(void **state)
{
	struct support_snapshot before = support_snapshot();

	(void)state;
	looks = 0;
	buffer = support_secret(100, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED);
	bytes = osml_buffer_data(buffer);
	fake_hook("protect", ask_meanwhile);
	CHECK_RC(osml_buffer_protect(buffer, OSML_ACCESS_READ), 0);
	fake_hook("protect", close_meanwhile);
	CHECK_RC(osml_buffer_protect(buffer, OSML_ACCESS_READWRITE), 0);
	ASSERT_BACK_TO(before); /* the memory has gone, without a free or another call */
	CHECK_RC(osml_buffer_fill(buffer, 0, 1, 1), OSML_ECLOSED);
	osml_buffer_free(buffer);
	CHECK(looks == 2); /* control */
	ASSERT_BACK_TO(before);
}

static size_t handles;

static void count_handle(osml_buffer *b)
{
	(void)b;
	handles++;
}

/* The call ends it when it returns, and the handle is used again. */
static void a_purge_during_a_change_of_access_leaves_the_end_to_the_call(void **state)
{
	struct support_snapshot before = support_snapshot();
	uint64_t twice = 9;
	size_t known = 0;

	(void)state;
	looks = 0;
	for (unsigned round = 0; round < 200; round++) {
		buffer = support_secret(100, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED);
		fake_hook("protect", purge_meanwhile);
		CHECK_RC(osml_buffer_protect(buffer, OSML_ACCESS_READ), 0);
		CHECK(looks == round + 1); /* control */
		ASSERT_BACK_TO(before);
		osml_buffer_free(buffer);
		handles = 0;
		osml__handle_each(count_handle);
		CHECK(round == 0 || handles == known);
		known = handles;
	}
	CHECK_RC(osml_info(OSML_INFO_DOUBLE_FREES, &twice), 0);
	CHECK(twice == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_of_access_refuses_others_and_ends_a_buffer_that_is_closed_meanwhile),
		cmocka_unit_test(a_purge_during_a_change_of_access_leaves_the_end_to_the_call),
		cmocka_unit_test(a_fork_during_a_change_of_access_makes_a_child_that_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
