/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The life of a buffer: birth, pins, close, free, and what it answers when it should not have been asked. */
#include "every_call.h"

#include "os_fake.h"

#define OWN_PAGES 100000u /* more than a slot holds */

static osml_buffer *new_buffer(size_t len)
{
	osml_buffer *b;

	assert_int_equal(osml_buffer_new(&b, len, NULL), 0);
	return b;
}

static uint64_t info(enum osml_info what)
{
	uint64_t value;

	assert_int_equal(osml_info(what, &value), 0);
	return value;
}

static bool is_mapped(const void *addr)
{
	struct support_mapping mapping;

	return support_find_mapping(&mapping, addr);
}

static bool all_zero(const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i])
			return false;
	return true;
}

/* ---- Misuse ---- */

static void every_call_refuses_null(void **state)
{
	(void)state;
	check_every_call(NULL, OSML_EINVAL);
	assert_int_equal(osml_buffer_close(NULL), OSML_EINVAL);
	assert_null(osml_buffer_data(NULL));
	assert_int_equal(osml_buffer_size(NULL), 0);
	osml_buffer_unpin(NULL);
	osml_buffer_free(NULL);
}

static void null_for_an_argument_that_is_needed_is_invalid(void **state)
{
	osml_buffer *b = new_buffer(8);
	int equal;

	(void)state;
	assert_int_equal(osml_buffer_write(b, 0, NULL, 1), OSML_EINVAL);
	assert_int_equal(osml_buffer_read(b, 0, NULL, 1), OSML_EINVAL);
	assert_int_equal(osml_buffer_equal(NULL, b, b), OSML_EINVAL);
	assert_int_equal(osml_buffer_equal(&equal, b, NULL), OSML_EINVAL);
	assert_int_equal(osml_buffer_copy(b, 0, NULL, 0, 0), OSML_EINVAL);
	assert_int_equal(osml_buffer_protections(b, NULL), OSML_EINVAL);
	assert_int_equal(osml_buffer_verify(b, NULL), OSML_EINVAL);
	assert_int_equal(osml_buffer_write(b, 0, NULL, 0), 0);
	assert_int_equal(osml_buffer_read(b, 0, NULL, 0), 0);
	assert_int_equal(osml_buffer_pin(b, NULL, NULL), 0);
	osml_buffer_free(b);
}

static void every_call_on_a_closed_buffer_is_eclosed(void **state)
{
	static const size_t lengths[] = { 8, OWN_PAGES };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		osml_buffer *b = new_buffer(lengths[i]);
		assert_int_equal(osml_buffer_close(b), 0);
		check_every_call(b, OSML_ECLOSED);
		assert_null(osml_buffer_data(b));
		assert_int_equal(osml_buffer_size(b), lengths[i]);
		osml_buffer_unpin(b);
		check_every_call(b, OSML_ECLOSED);
		osml_buffer_free(b);
	}
}

static void every_call_on_a_buffer_closed_while_pinned_is_eclosed(void **state)
{
	osml_buffer *b = new_buffer(8);

	(void)state;
	assert_int_equal(osml_buffer_pin(b, NULL, NULL), 0);
	assert_int_equal(osml_buffer_close(b), 0);
	check_every_call(b, OSML_ECLOSED);
	assert_null(osml_buffer_data(b));
	osml_buffer_unpin(b);
	check_every_call(b, OSML_ECLOSED);
	osml_buffer_free(b);
}

/* The control of the three tests above: on an open buffer all of them work. */
static void every_call_works_on_an_open_buffer(void **state)
{
	osml_buffer_options guarded = OSML_BUFFER_OPTIONS_INIT;

	(void)state;
	guarded.want |= OSML_GUARDED;
	for (size_t i = 0; i < EVERY_CALL; i++) {
		osml_buffer *b;
		assert_int_equal(osml_buffer_new(&b, 8, &guarded), 0);
		assert_int_equal(osml_buffer_write(b, 0, "30303030", 8), 0);
		CHECK_RC(every_call[i].call(b), 0);
		osml_buffer_free(b);
	}
}

static void a_second_close_is_zero(void **state)
{
	osml_buffer *b = new_buffer(8);

	(void)state;
	assert_int_equal(osml_buffer_close(b), 0);
	assert_int_equal(osml_buffer_close(b), 0);
	assert_int_equal(osml_buffer_close(b), 0);
	osml_buffer_free(b);
}

static void a_second_free_is_ignored_and_counted(void **state)
{
	osml_buffer *b = new_buffer(8), *bystander = new_buffer(8);
	uint64_t before = info(OSML_INFO_DOUBLE_FREES);

	(void)state;
	osml_buffer_free(b);
	assert_int_equal(info(OSML_INFO_DOUBLE_FREES), before);
	osml_buffer_free(b);
	osml_buffer_free(b);
	osml_buffer_free(NULL);
	assert_int_equal(info(OSML_INFO_DOUBLE_FREES), before + 2);
	assert_int_equal(osml_buffer_fill(bystander, 0, 1, 8), 0);
	osml_buffer_free(bystander);
}

static void a_freed_handle_is_invalid_everywhere(void **state)
{
	osml_buffer *b = new_buffer(8), *other = new_buffer(8);

	(void)state;
	osml_buffer_free(b);
	assert_int_equal(osml_buffer_close(b), OSML_EINVAL);
	assert_int_equal(osml_buffer_write(b, 0, "x", 1), OSML_EINVAL);
	assert_int_equal(osml_buffer_copy(other, 0, b, 0, 1), OSML_EINVAL);
	assert_null(osml_buffer_data(b));
	osml_buffer_unpin(b);
	osml_buffer_free(other);
}

/* ---- Birth ---- */

/* Slots come back into use: what the last owner wrote must not be there, nor what a canary held. */
static void a_buffer_is_zero_at_birth_however_dirty_its_predecessor(void **state)
{
	(void)state;
	for (size_t len = 0; len < 2200; len += 7) {
		for (int round = 0; round < 3; round++) {
			osml_buffer *b = new_buffer(len);
			assert_true(all_zero(osml_buffer_data(b), len));
			assert_int_equal(osml_buffer_fill(b, 0, 0xEE, len), 0);
			osml_buffer_free(b);
		}
	}
}

static void one_nul_always_follows_the_data(void **state)
{
	(void)state;
	for (size_t len = 0; len < 5000; len += len < 300 ? 1 : 61) {
		osml_buffer *b = new_buffer(len);
		unsigned char *data = osml_buffer_data(b);
		assert_int_equal(data[len], 0);
		assert_int_equal(osml_buffer_fill(b, 0, 0xFF, len), 0);
		assert_int_equal(data[len], 0);
		assert_int_equal(strlen((char *)data), len);
		osml_buffer_free(b);
	}
}

static void the_length_is_the_one_asked_for(void **state)
{
	static const size_t lengths[] = { 0, 1, 24, 25, 2056, 2057, 4088, 4089, 100000 };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		osml_buffer *b = new_buffer(lengths[i]);
		assert_int_equal(osml_buffer_size(b), lengths[i]);
		osml_buffer_free(b);
	}
}

/* ---- Pins ---- */

static void a_pin_gives_the_data_and_the_length(void **state)
{
	osml_buffer *b = new_buffer(8);
	void *data;
	size_t len;

	(void)state;
	assert_int_equal(osml_buffer_pin(b, &data, &len), 0);
	assert_ptr_equal(data, osml_buffer_data(b));
	assert_int_equal(len, 8);
	osml_buffer_unpin(b);
	osml_buffer_free(b);
}

static void pinned_data_stays_mapped_after_close_and_reads_as_zeros(void **state)
{
	static const size_t lengths[] = { 8, 2000, OWN_PAGES };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		osml_buffer *b = new_buffer(lengths[i]);
		void *data;
		assert_int_equal(osml_buffer_pin(b, &data, NULL), 0);
		memset(data, 0xEE, lengths[i]);
		assert_int_equal(osml_buffer_close(b), 0);
		assert_true(all_zero(data, lengths[i]));
		osml_buffer_unpin(b);
		osml_buffer_free(b);
	}
}

static void the_memory_goes_with_the_last_pin(void **state)
{
	osml_buffer *b;
	struct support_snapshot before;
	void *data;

	(void)state;
	osml_buffer_free(new_buffer(8)); /* The first use keeps a handle chunk and a cache. */
	before = support_snapshot();
	b = new_buffer(OWN_PAGES);
	assert_int_equal(osml_buffer_pin(b, &data, NULL), 0);
	assert_int_equal(osml_buffer_pin(b, NULL, NULL), 0);
	assert_int_equal(osml_buffer_close(b), 0);
	assert_true(is_mapped(data));
	osml_buffer_unpin(b);
	assert_true(is_mapped(data));
	assert_true(support_all_have(data, 1, "lo"));
	osml_buffer_unpin(b);
	ASSERT_BACK_TO(before);
	osml_buffer_free(b);
	ASSERT_BACK_TO(before);
}

/* A slot must not be given to another buffer while somebody looks at it. */
static void a_slot_that_is_pinned_is_not_used_again(void **state)
{
	osml_buffer *b = new_buffer(8), *others[100];
	void *data;

	(void)state;
	assert_int_equal(osml_buffer_pin(b, &data, NULL), 0);
	assert_int_equal(osml_buffer_close(b), 0);
	for (int i = 0; i < 100; i++) {
		others[i] = new_buffer(8);
		assert_ptr_not_equal(osml_buffer_data(others[i]), data);
	}
	osml_buffer_unpin(b);
	osml_buffer_free(b);
	for (int i = 0; i < 100; i++)
		osml_buffer_free(others[i]);
}

static void pins_are_counted_and_can_be_asked_for_even_when_closed(void **state)
{
	osml_buffer *b;
	size_t pins = 9;

	(void)state;
	assert_int_equal(osml_buffer_new(&b, 32, NULL), 0);
	assert_int_equal(osml_buffer_pins(b, &pins), 0);
	assert_int_equal(pins, 0);
	assert_int_equal(osml_buffer_pin(b, NULL, NULL), 0);
	assert_int_equal(osml_buffer_pin(b, NULL, NULL), 0);
	assert_int_equal(osml_buffer_pins(b, &pins), 0);
	assert_int_equal(pins, 2);
	assert_int_equal(osml_buffer_close(b), 0);
	osml_buffer_unpin(b);
	assert_int_equal(osml_buffer_pins(b, &pins), 0);
	assert_int_equal(pins, 1);
	osml_buffer_unpin(b);
	assert_int_equal(osml_buffer_pins(b, &pins), 0);
	assert_int_equal(pins, 0);
	assert_int_equal(osml_buffer_pins(b, NULL), OSML_EINVAL);
	assert_int_equal(osml_buffer_pins(NULL, &pins), OSML_EINVAL);
	osml_buffer_free(b);
	assert_int_equal(osml_buffer_pins(b, &pins), OSML_EINVAL);
}

static void one_unpin_too_many_is_ignored(void **state)
{
	osml_buffer_options guarded = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;

	(void)state;
	guarded.want |= OSML_GUARDED;
	assert_int_equal(osml_buffer_new(&b, 8, &guarded), 0);
	osml_buffer_unpin(b);
	assert_int_equal(osml_buffer_pin(b, NULL, NULL), 0);
	osml_buffer_unpin(b);
	osml_buffer_unpin(b);
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_READWRITE), 0);
	assert_int_equal(osml_buffer_pin(b, NULL, NULL), 0);
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_READWRITE), OSML_EPINNED);
	osml_buffer_unpin(b);
	assert_int_equal(osml_buffer_close(b), 0);
	osml_buffer_unpin(b);
	osml_buffer_free(b);
}

static void a_pinned_buffer_outlives_its_free_until_the_last_unpin(void **state)
{
	static const size_t lengths[] = { 8, OWN_PAGES };
	struct support_snapshot before;

	(void)state;
	osml_buffer_free(new_buffer(8));
	before = support_snapshot();
	for (int i = 0; i < 4; i++) {
		osml_buffer *b = new_buffer(lengths[i % 2]);
		unsigned char *data;

		assert_int_equal(osml_buffer_pin(b, (void **)&data, NULL), 0);
		assert_int_equal(osml_buffer_pin(b, NULL, NULL), 0);
		data[0] = 1;
		if (i / 2)
			assert_int_equal(osml_buffer_close(b), 0);
		osml_buffer_free(b);
		assert_int_equal(data[0], 0);
		assert_int_equal(osml_buffer_read(b, 0, NULL, 0), OSML_ECLOSED);
		assert_int_equal(osml_buffer_unpin(b), OSML_ECLOSED);
		assert_int_equal(data[0], 0);
		assert_int_equal(osml_buffer_unpin(b), OSML_ECLOSED);
		assert_int_equal(osml_buffer_unpin(b), OSML_EINVAL);
		ASSERT_BACK_TO(before);
	}
}

/* ---- Close ---- */

/* Own pages: seen by the recorder just before nobody can access them, to be a spare mapping. */
static void close_wipes_before_the_memory_goes(void **state)
{
	osml_buffer *b = new_buffer(OWN_PAGES);
	bool seen = false;

	(void)state;
	assert_int_equal(osml_buffer_fill(b, 0, 0xEE, OWN_PAGES), 0);
	fake_reset();
	fake_record();
	assert_int_equal(osml_buffer_close(b), 0);
	for (size_t i = 0; i < fake_recorded(); i++) {
		if (strcmp(fake_call(i)->function, "protect"))
			continue;
		seen = true;
		assert_true(fake_call(i)->zero);
	}
	assert_true(seen);
	fake_reset();
	osml_buffer_free(b);
}

/* A slot: its page stays, held by a neighbour, so the bytes can be looked at. */
static void close_wipes_the_slot(void **state)
{
	osml_buffer *neighbour = new_buffer(100), *b = new_buffer(100);
	unsigned char *data = osml_buffer_data(b);

	(void)state;
	assert_int_equal(osml_buffer_fill(b, 0, 0xEE, 100), 0);
	assert_false(all_zero(data, 100)); /* control */
	assert_int_equal(osml_buffer_close(b), 0);
	assert_true(all_zero(data, 100));
	osml_buffer_free(b);
	osml_buffer_free(neighbour);
}

/* T33: one byte past the end, in a slot and in pages; then it is wiped and closed all the same. */
static void a_write_past_the_end_is_told_by_verify_and_by_close(void **state)
{
	static const size_t lengths[] = { 0, 1, 7, 8, 23, 24, 100, 2056, OWN_PAGES };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		for (size_t beyond = 0; beyond < 8; beyond += 7) {
			osml_buffer *b = new_buffer(lengths[i]);
			unsigned char *data = osml_buffer_data(b);
			uint64_t before = info(OSML_INFO_CORRUPTIONS);
			uint32_t bits;
			assert_int_equal(osml_buffer_fill(b, 0, 0xEE, lengths[i]), 0);
			assert_int_equal(osml_buffer_pin(b, NULL, NULL), 0);
			data[lengths[i] + beyond] ^= 1;
			assert_int_equal(osml_buffer_verify(b, &bits), OSML_ECORRUPT);
			assert_true(info(OSML_INFO_CORRUPTIONS) > before);
			assert_int_equal(osml_buffer_close(b), OSML_ECORRUPT);
			assert_true(all_zero(data, lengths[i]));
			assert_int_equal(osml_buffer_close(b), 0);
			assert_int_equal(osml_buffer_write(b, 0, NULL, 0), OSML_ECLOSED);
			osml_buffer_unpin(b);
			osml_buffer_free(b);
		}
	}
}

static void a_write_past_the_end_is_counted_when_only_free_is_called(void **state)
{
	osml_buffer *b = new_buffer(100);
	uint64_t before = info(OSML_INFO_CORRUPTIONS);

	(void)state;
	((unsigned char *)osml_buffer_data(b))[100] = 'x';
	osml_buffer_free(b);
	assert_int_equal(info(OSML_INFO_CORRUPTIONS), before + 1);
}

static void what_was_purged_stays_until_it_is_freed(void **state)
{
	osml_buffer *b = new_buffer(OWN_PAGES);
	unsigned char byte, *data = osml_buffer_data(b);

	(void)state;
	assert_int_equal(osml_buffer_pin(b, NULL, NULL), 0);
	memset(data, 'x', OWN_PAGES);
	osml_purge();
	assert_int_equal(osml_buffer_read(b, 0, &byte, 1), OSML_ECLOSED);
	memset(data, 'y', OWN_PAGES); /* under the pin, which was there before */
	assert_int_equal(osml_buffer_unpin(b), OSML_ECLOSED);
	assert_int_equal(osml_buffer_read(b, 0, &byte, 1), OSML_ECLOSED);
	assert_true(is_mapped(data) && all_zero(data, OWN_PAGES));
	osml_buffer_free(b);
	support_settle();
	assert_false(is_mapped(data));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_refuses_null),
		cmocka_unit_test(null_for_an_argument_that_is_needed_is_invalid),
		cmocka_unit_test(every_call_on_a_closed_buffer_is_eclosed),
		cmocka_unit_test(every_call_on_a_buffer_closed_while_pinned_is_eclosed),
		cmocka_unit_test(every_call_works_on_an_open_buffer),
		cmocka_unit_test(a_second_close_is_zero),
		cmocka_unit_test(a_second_free_is_ignored_and_counted),
		cmocka_unit_test(a_freed_handle_is_invalid_everywhere),
		cmocka_unit_test(a_buffer_is_zero_at_birth_however_dirty_its_predecessor),
		cmocka_unit_test(one_nul_always_follows_the_data),
		cmocka_unit_test(the_length_is_the_one_asked_for),
		cmocka_unit_test(a_pin_gives_the_data_and_the_length),
		cmocka_unit_test(pinned_data_stays_mapped_after_close_and_reads_as_zeros),
		cmocka_unit_test(the_memory_goes_with_the_last_pin),
		cmocka_unit_test(a_slot_that_is_pinned_is_not_used_again),
		cmocka_unit_test(pins_are_counted_and_can_be_asked_for_even_when_closed),
		cmocka_unit_test(one_unpin_too_many_is_ignored),
		cmocka_unit_test(a_pinned_buffer_outlives_its_free_until_the_last_unpin),
		cmocka_unit_test(close_wipes_before_the_memory_goes),
		cmocka_unit_test(close_wipes_the_slot),
		cmocka_unit_test(a_write_past_the_end_is_told_by_verify_and_by_close),
		cmocka_unit_test(a_write_past_the_end_is_counted_when_only_free_is_called),
		cmocka_unit_test(what_was_purged_stays_until_it_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
