/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Memory that the system does not take back at once, as at the limit of mappings (audit C9). */
#define _GNU_SOURCE
#include "support.h"

#include <errno.h>
#include <unistd.h>

#include "os_fake.h"
#include "scenery.h"

static uint64_t locked(void)
{
	uint64_t value = 0;

	CHECK_RC(osml_info(OSML_INFO_LIBRARY_LOCKED_BYTES, &value), 0);
	return value;
}

static osml_buffer *secret(size_t len, uint32_t more)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;

	o.want |= more;
	CHECK_RC(osml_buffer_new(&b, len, &o), 0);
	CHECK_RC(osml_buffer_fill(b, 0, 0xEE, len), 0);
	return b;
}

/* How many bytes hold the secret's value, or -1 when nothing is mapped there. */
static long count_secret(const unsigned char *data, size_t len)
{
	static unsigned char copy[5u << 20];
	long found = 0;

	if (fake_peek(copy, data, len) != len)
		return -1;
	for (size_t i = 0; i < len; i++)
		found += copy[i] == 0xEE;
	return found;
}

static void close_where_nothing_is_taken_back(size_t len, uint32_t more, void (*last)(osml_buffer *b))
{
	struct support_snapshot before = support_snapshot();
	uint64_t locked_before = locked();
	osml_buffer *b = secret(len, more);
	const unsigned char *data = osml_buffer_data(b);
	uint64_t with = locked();

	CHECK(count_secret(data, len) == (long)len); /* control */
	CHECK(with > locked_before);
	fake_fail_function("unmap", 1, 3, -ENOMEM);
	last(b);
	CHECK(fake_fired() > 0); /* control */
	CHECK(count_secret(data, len) == 0);
	CHECK(locked() == with && support_all_have(data, len, "lo"));
	support_settle(); /* asked again, refused again */
	support_settle();
	CHECK(fake_fired() == 3 && locked() == with);
	fake_reset();
	b = secret(len, more);
	CHECK(fake_calls_of("unmap") == 1); /* what is made next asks first */
	osml_buffer_free(b);
	support_settle();
	CHECK(locked() == locked_before);
	ASSERT_BACK_TO(before);
}

static void close_then_free(osml_buffer *b)
{
	CHECK_RC(osml_buffer_close(b), 0);
	osml_buffer_free(b);
}

static void free_at_once(osml_buffer *b)
{
	osml_buffer_free(b);
}

static void memory_that_cannot_be_unmapped_is_wiped_counted_and_unmapped_by_a_later_call(void **state)
{
	(void)state;
	close_where_nothing_is_taken_back(5000, OSML_NOFORK, close_then_free);
	close_where_nothing_is_taken_back(5000, OSML_NOFORK | OSML_GUARDED, close_then_free);
	close_where_nothing_is_taken_back(100, OSML_NOFORK | OSML_GUARDED, free_at_once);
	close_where_nothing_is_taken_back(5u << 20, 0, free_at_once);
}

static void many_leftovers_are_all_unmapped(void **state)
{
	enum { MANY = 50 };
	struct support_snapshot before = support_snapshot();
	osml_buffer *all[MANY];

	(void)state;
	for (int i = 0; i < MANY; i++)
		all[i] = secret(5000, OSML_NOFORK);
	fake_fail_function("unmap", 1, ~0u, -ENOMEM);
	for (int i = 0; i < MANY; i++)
		close_then_free(all[i]);
	CHECK(fake_fired() >= MANY); /* control */
	fake_reset();
	ASSERT_BACK_TO(before);
}

static void lives_without_them(void *unused)
{
	osml_buffer *b;

	(void)unused;
	fake_reset();
	for (int i = 0; i < 2; i++) {
		b = secret(5000, 0);
		CHECK(locked() == support_locked_kib() * 1024);
		osml_buffer_free(b);
		support_settle();
		CHECK(locked() == 0 && support_locked_kib() == 0);
	}
}

/* They are not locked there, are not counted, and may not even be there. */
static void leftovers_of_the_parent_are_none_of_the_childs(void **state)
{
	static const uint32_t wants[] = { OSML_DEFAULT_PROTECTIONS, OSML_DEFAULT_PROTECTIONS | OSML_NOFORK, OSML_LOCKED | OSML_CANARY };
	struct support_snapshot before = support_snapshot();

	(void)state;
	for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
		osml_buffer *b = support_secret(5u << 20, wants[i]); /* too large for a spare mapping */

		fake_fail_function("unmap", 1, ~0u, -ENOMEM);
		close_then_free(b);
		CHECK(fake_fired() == 1); /* control */
		IN_CHILD(lives_without_them, NULL);
		fake_reset();
		ASSERT_BACK_TO(before);
	}
}

static void refuse_unmapping(void)
{
	fake_fail_function("unmap", 1, ~0u, -ENOMEM);
}

/* A new mapping whose lock is really refused, by a limit, and then the unmapping as well: nothing is lost either. */
static void ask_for_too_much(void *unused)
{
	struct support_snapshot before = support_snapshot();
	osml_buffer *b;

	(void)unused;
	support_limit_locked_memory(8192);
	refuse_unmapping();
	CHECK_RC(osml_buffer_new(&b, 20000, NULL), OSML_ELIMIT);
	CHECK(fake_fired() > 0); /* control */
	fake_reset();
	ASSERT_BACK_TO(before);
}

static void a_new_mapping_that_is_refused_and_cannot_be_unmapped_is_kept_for_later(void **state)
{
	(void)state;
	osml_buffer_free(secret(8, 0));
	IN_CHILD(ask_for_too_much, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_that_cannot_be_unmapped_is_wiped_counted_and_unmapped_by_a_later_call),
		cmocka_unit_test(many_leftovers_are_all_unmapped),
		cmocka_unit_test(leftovers_of_the_parent_are_none_of_the_childs),
		cmocka_unit_test(a_new_mapping_that_is_refused_and_cannot_be_unmapped_is_kept_for_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
