/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Stray writes in the pool: before the data, and to slots that are free (audit C13). Those past the end are in test_canary.c. */
#include "support.h"

#include <sys/mman.h>

#include "storage.h"

static osml_buffer *buffer(size_t len)
{
	osml_buffer *b;

	CHECK_RC(osml_buffer_new(&b, len, NULL), 0);
	return b;
}

static uint64_t corruptions(void)
{
	uint64_t value = 0;

	CHECK_RC(osml_info(OSML_INFO_CORRUPTIONS, &value), 0);
	return value;
}

static void flip_from(unsigned char *data, size_t from, size_t under)
{
	for (size_t i = from; i <= under; i++)
		data[-(ptrdiff_t)i] ^= 0x41;
}

static void flip(unsigned char *data, size_t under)
{
	flip_from(data, 1, under);
}

/* Whatever lies before it: a neighbour that is free, or the start of a span. The next buffer there has nothing to report. */
static void an_underrun_of_each_length_is_reported_by_the_close_of_who_did_it(void **state)
{
	size_t same = 0;

	(void)state;
	for (size_t len = 0; len <= 4096; len += len < 300 ? 1 : 61) {
		for (size_t under = 1; under <= 16; under++) {
			osml_buffer *b = buffer(len);
			unsigned char *data = osml_buffer_data(b);
			uint64_t before = corruptions();

			flip(data, under);
			CHECK_RC(osml_buffer_close(b), OSML_ECORRUPT);
			CHECK(corruptions() == before + 1);
			flip_from(data, 8, under); /* as it was, beyond the bytes that are looked at */
			osml_buffer_free(b);
			b = buffer(len);
			same += osml_buffer_data(b) == data;
			CHECK_RC(osml_buffer_close(b), 0);
			osml_buffer_free(b);
		}
	}
	CHECK(same > 1000); /* control */
}

static int by_address(const void *a, const void *b)
{
	uintptr_t left = (uintptr_t)osml_buffer_data(*(osml_buffer *const *)a),
	          right = (uintptr_t)osml_buffer_data(*(osml_buffer *const *)b);

	return (left > right) - (left < right);
}

/* The one that lies before, open: whichever of the two is closed first tells. */
static void an_underrun_into_a_neighbour_is_reported_by_who_is_closed_first(void **state)
{
	enum { COUNT = 40 };
	size_t seen = 0;

	(void)state;
	for (int victim_first = 0; victim_first < 2; victim_first++) {
		osml_buffer *all[COUNT];

		support_settle();
		for (size_t i = 0; i < COUNT; i++)
			all[i] = buffer(40);
		qsort(all, COUNT, sizeof *all, by_address);
		for (size_t i = 1; i < COUNT; i += 2) {
			osml_buffer *victim = all[i - 1], *culprit = all[i];

			if (osml__storage_bounds(victim).base + osml__storage_bounds(victim).size != osml_buffer_data(culprit))
				continue;
			flip(osml_buffer_data(culprit), 3);
			CHECK_RC(osml_buffer_close(victim_first ? victim : culprit), OSML_ECORRUPT);
			seen++;
		}
		for (size_t i = 0; i < COUNT; i++)
			osml_buffer_free(all[i]);
	}
	CHECK(seen > COUNT / 2);
}

/* Through a pointer that outlived its buffer. */
static void a_slot_that_was_written_to_while_free_is_set_aside_and_counted(void **state)
{
	static const size_t sizes[] = { 24, 56, 200, 264, 1000, 2056, 9000 };

	(void)state;
	if (support_sanitized())
		SKIP("LeakSanitizer takes what is set aside for good for lost");
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		size_t step = sizes[i] > 300 ? 29 : 1; /* less than the 32 bytes that are looked at together */

		for (size_t at = 0; at < sizes[i]; at += step) {
			osml_buffer *b = buffer(sizes[i]);
			unsigned char *data = osml_buffer_data(b);
			uint64_t before = corruptions();

			osml_buffer_free(b);
			data[at] = 'x';
			b = buffer(sizes[i]);
			CHECK(osml_buffer_data(b) != data && support_is_zero(b) && corruptions() == before + 1);
			CHECK(data[at] == 0); /* it may have been a copy of a secret */
			CHECK_RC(osml_buffer_close(b), 0);
			osml_buffer_free(b);
			b = buffer(sizes[i]);
			CHECK(osml_buffer_data(b) != data && corruptions() == before + 1); /* for good */
			osml_buffer_free(b);
		}
	}
}

/* Slots that are not handed out again: found when their pages go back. */
static void a_write_to_a_free_slot_is_found_at_the_latest_when_its_pages_go_back(void **state)
{
	osml_buffer *b, *other;
	unsigned char *data;
	uint64_t before;

	(void)state;
	support_settle();
	b = buffer(40);
	other = buffer(40);
	data = osml_buffer_data(b);
	osml_buffer_free(b);
	osml_buffer_free(other);
	osml__cache_drain(osml__cache);
	before = corruptions();
	data[3] = 'x';
	support_settle();
	CHECK(corruptions() == before + 1);
	support_settle();
	CHECK(corruptions() == before + 1); /* control: once */
}

static bool is_resident(const unsigned char *addr)
{
	unsigned char answer = 0;
	void *page = (void *)((uintptr_t)addr & ~(support_page_size() - 1));

	CHECK(mincore(page, support_page_size(), (void *)&answer) == 0);
	return answer & 1;
}

/* The span stays, for another of its slots lives. */
static void a_write_to_a_page_that_goes_back_alone_is_found_too(void **state)
{
	enum { COUNT = 7 };
	osml_buffer *all[COUNT];
	unsigned char *first, *last;
	uint64_t before;

	(void)state;
	support_settle();
	for (size_t i = 0; i < COUNT; i++)
		all[i] = buffer(support_page_size() / 2);
	qsort(all, COUNT, sizeof *all, by_address);
	first = osml_buffer_data(all[0]);
	last = osml_buffer_data(all[COUNT - 1]);
	for (size_t i = 1; i < COUNT; i++)
		osml_buffer_free(all[i]);
	osml__cache_drain(osml__cache);
	CHECK(support_all_have(last, 1, "lo")); /* control: it is idle, not gone */
	before = corruptions();
	last[5] = 'x';
	support_settle();
	CHECK(corruptions() == before + 1);
	CHECK(support_all_have(first, support_page_size() / 2, "lo") && support_none_has(last, 1, "lo"));
	CHECK(is_resident(first) && !is_resident(last)); /* the system has it, not only its lock */
	CHECK_RC(osml_buffer_close(all[0]), 0);
	osml_buffer_free(all[0]);
}

static bool is_guard(uintptr_t addr)
{
	struct support_mapping mapping;

	return support_find_mapping(&mapping, (void *)addr) && !strncmp(mapping.permissions, "---", 3);
}

/* Else a write past a buffer's pages would meet the handles, and the close of one of them the crash (audit C23). */
static void handles_lie_between_guards(void **state)
{
	osml_buffer *b = buffer(40);
	struct support_mapping mapping;

	(void)state;
	CHECK(support_find_mapping(&mapping, b) && !is_guard(mapping.start)); /* control */
	CHECK(is_guard(mapping.start - 1) && is_guard(mapping.end));
	osml_buffer_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handles_lie_between_guards),
		cmocka_unit_test(an_underrun_of_each_length_is_reported_by_the_close_of_who_did_it),
		cmocka_unit_test(an_underrun_into_a_neighbour_is_reported_by_who_is_closed_first),
		cmocka_unit_test(a_slot_that_was_written_to_while_free_is_set_aside_and_counted),
		cmocka_unit_test(a_write_to_a_free_slot_is_found_at_the_latest_when_its_pages_go_back),
		cmocka_unit_test(a_write_to_a_page_that_goes_back_alone_is_found_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
