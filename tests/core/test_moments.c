/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What others meet between two steps of one call. The fake runs them on the thread of the call, at the moment that is named, so that the
 * order of the steps is always the same.
 */
#include "support.h"

#include "os_fake.h"
#include "word.h"

#define KEPT (OSML_LOCKED | OSML_NODUMP | OSML_CANARY)

/* ---- A fork within a close ---- */

static osml_buffer *closing;
static unsigned forks;

static void the_child_goes_on(void *unused)
{
	osml_buffer *b = support_secret(100, OSML_DEFAULT_PROTECTIONS); /* prepares the child, if the fork handler has not */

	(void)unused;
	CHECK_RC(osml_buffer_wipe(closing), OSML_ECLOSED);
	CHECK_RC(osml_buffer_close(closing), 0);
	CHECK_RC(osml_buffer_close(b), 0);
	osml_buffer_free(b);
}

static void fork_now(void)
{
	fake_hook("unmapped", NULL);
	forks++;
	IN_CHILD(the_child_goes_on, NULL);
}

static void close_with_a_fork(size_t len, uint32_t want)
{
	struct support_snapshot before = support_snapshot();

	closing = support_secret(len, want);
	forks = 0;
	fake_hook("unmapped", fork_now);
	CHECK_RC(osml_buffer_close(closing), 0);
	CHECK(forks == 1); /* control */
	osml_buffer_free(closing);
	ASSERT_BACK_TO(before);
}

/* Where the kernel does not wipe, the child does: but not what is no longer there, and may be somebody else's. */
static void a_fork_when_the_memory_has_just_gone_makes_a_child_that_leaves_it_alone(void **state)
{
	osml_buffer *kept = support_secret(8, KEPT); /* makes the child look at all */

	(void)state;
	close_with_a_fork(5u << 20, KEPT);                   /* too large for a spare mapping */
	close_with_a_fork(20000, OSML_NODUMP | OSML_CANARY); /* pages of its own, without guards, that a child can read */
	close_with_a_fork(20000, KEPT | OSML_GUARDED);
	fake_fail_function("wipe_on_fork", 1, ~0u, OSML_EUNSUPPORTED);
	close_with_a_fork(5u << 20, OSML_DEFAULT_PROTECTIONS);
	fake_reset();
	close_with_a_fork(20000, OSML_DEFAULT_PROTECTIONS | OSML_NOFORK);
	osml_buffer_free(kept);
}

/* ---- A fork within a close, before the wipe ---- */

static const unsigned char *secret_bytes;

static void the_child_finds_zeros(void *unused)
{
	(void)unused;
	osml_buffer_free(support_secret(40, OSML_DEFAULT_PROTECTIONS)); /* prepares the child, if the fork handler has not */
	for (size_t i = 0; i < 100; i++)
		CHECK(secret_bytes[i] == 0);
	CHECK_RC(osml_buffer_close(closing), 0);
	osml_buffer_free(closing);
}

static void fork_before_the_wipe(void)
{
	fake_hook("protect", NULL);
	forks++;
	CHECK(secret_bytes[99] == 0xEE); /* control */
	IN_CHILD(the_child_finds_zeros, NULL);
}

static void close_with_an_early_fork(uint32_t want)
{
	struct support_snapshot before = support_snapshot();

	closing = support_secret(100, want | OSML_GUARDED);
	secret_bytes = osml_buffer_data(closing);
	CHECK_RC(osml_buffer_protect(closing, OSML_ACCESS_READ), 0); /* so that the wipe asks for write access first */
	forks = 0;
	fake_hook("protect", fork_before_the_wipe);
	CHECK_RC(osml_buffer_close(closing), 0);
	CHECK(forks == 1); /* control */
	osml_buffer_free(closing);
	ASSERT_BACK_TO(before);
}

/* It is closed already, and the thread that would wipe it is not there: kept or not, the child wipes it. */
static void a_fork_when_the_close_has_begun_makes_a_child_that_wipes(void **state)
{
	(void)state;
	close_with_an_early_fork(KEPT);
	fake_fail_function("wipe_on_fork", 1, ~0u, OSML_EUNSUPPORTED);
	close_with_an_early_fork(OSML_DEFAULT_PROTECTIONS);
	fake_reset();
	close_with_an_early_fork(OSML_DEFAULT_PROTECTIONS);
}

/* ---- The word when it has just been wiped ---- */

static uint32_t life_when_wiped;

static void note_the_life(void)
{
	fake_hook("wiped", NULL);
	life_when_wiped = closing->word & OSML__LIFE_MASK;
}

static void close_and_note(size_t len, uint32_t want)
{
	closing = support_secret(len, want);
	life_when_wiped = OSML__LIFE_FREE;
	fake_hook("wiped", note_the_life);
	CHECK_RC(osml_buffer_close(closing), 0);
	osml_buffer_free(closing);
}

/* docs/design.md: wiped, then marked, so that a child that is forked in between wipes what it can read. What it finds as zeros needs no mark. */
static void what_a_child_can_read_is_marked_as_closed_when_it_is_wiped_and_no_sooner(void **state)
{
	(void)state;
	close_and_note(500, OSML_DEFAULT_PROTECTIONS);
	CHECK(life_when_wiped == OSML__LIFE_CLOSED); /* control */
	close_and_note(5000, KEPT);
	CHECK(life_when_wiped == OSML__LIFE_ENDING);
	support_settle();
	fake_fail_function("wipe_on_fork", 1, ~0u, OSML_EUNSUPPORTED);
	close_and_note(500, OSML_DEFAULT_PROTECTIONS);
	CHECK(life_when_wiped == OSML__LIFE_ENDING);
	fake_reset();
	support_settle();
}

/* ---- Who writes when it has just been wiped ---- */

static unsigned char *pinned;
static size_t pinned_len;
static unsigned pins;

static bool all_are(const unsigned char *bytes, unsigned char value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

/* A call that was under way when the wipe began, and that leaves now. */
static void write_and_leave(void)
{
	fake_hook("wiped", NULL);
	CHECK(all_are(pinned, 0, pinned_len)); /* control */
	memset(pinned, 0xEE, pinned_len);
	while (pins--)
		CHECK_RC(osml_buffer_unpin(closing), OSML_ECLOSED);
}

static int purge(osml_buffer *unused)
{
	(void)unused;
	return osml_purge();
}

static void end_under_a_writer(int (*end)(osml_buffer *b), unsigned count, size_t len, uint32_t want)
{
	struct support_snapshot before = support_snapshot();

	closing = support_secret(len, want);
	pins = count;
	for (unsigned i = 0; i < count; i++)
		CHECK_RC(osml_buffer_pin(closing, (void **)&pinned, &pinned_len), 0);
	fake_hook("wiped", write_and_leave);
	CHECK_RC(end(closing), 0);
	CHECK(pins == ~0u);              /* control */
	if (end == purge || len <= 2000) /* else the pages have gone with the last to leave */
		CHECK(all_are(pinned, 0, len));
	osml_buffer_free(closing);
	ASSERT_BACK_TO(before);
}

static void what_a_call_writes_after_the_wipe_is_wiped_when_it_leaves(void **state)
{
	static const size_t lengths[] = { 40, 2000, 20000 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (unsigned count = 1; count < 4; count++) {
			end_under_a_writer(purge, count, lengths[i], OSML_DEFAULT_PROTECTIONS);
			end_under_a_writer(purge, count, lengths[i], OSML_DEFAULT_PROTECTIONS | OSML_GUARDED);
			end_under_a_writer(purge, count, lengths[i], KEPT);
			end_under_a_writer(osml_buffer_close, count, lengths[i], OSML_DEFAULT_PROTECTIONS);
		}
}

/* ---- A fork when the parent has purged what is pinned ---- */

static void let_go(void *unused)
{
	(void)unused;
	CHECK_RC(osml_buffer_unpin(closing), OSML_ECLOSED);
	CHECK_RC(osml_buffer_close(closing), 0);
	osml_buffer_free(closing);
	osml_buffer_free(support_secret(40, OSML_DEFAULT_PROTECTIONS));
}

static void a_child_lets_go_of_what_the_parent_has_purged_and_touches_nothing(void **state)
{
	static const uint32_t wants[] = { OSML_DEFAULT_PROTECTIONS, OSML_DEFAULT_PROTECTIONS | OSML_NOFORK,
		                          OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, KEPT };
	struct support_snapshot before = support_snapshot();

	(void)state;
	for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
		closing = support_secret(5000, wants[i]);
		CHECK_RC(osml_buffer_pin(closing, NULL, NULL), 0);
		CHECK_RC(osml_purge(), 0);
		IN_CHILD(let_go, NULL);
		let_go(NULL);
	}
	ASSERT_BACK_TO(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fork_when_the_memory_has_just_gone_makes_a_child_that_leaves_it_alone),
		cmocka_unit_test(a_fork_when_the_close_has_begun_makes_a_child_that_wipes),
		cmocka_unit_test(what_a_child_can_read_is_marked_as_closed_when_it_is_wiped_and_no_sooner),
		cmocka_unit_test(what_a_call_writes_after_the_wipe_is_wiped_when_it_leaves),
		cmocka_unit_test(a_child_lets_go_of_what_the_parent_has_purged_and_touches_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
