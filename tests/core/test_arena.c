/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Rows of pages in an arena, and the slots that the pool cuts from them: what is given back is used again, nothing else is handed out. */
#include "support.h"

#include "life.h"
#include "os_fake.h"
#include "pool.h"

#define ROW 3u

static struct osml__arena *arena;

static unsigned take_row(unsigned pages)
{
	struct osml__arena *a;
	unsigned first;

	osml__lock(OSML__MUTEX_POOL);
	CHECK_RC(osml__arena_take(&a, &first, OSML__KIND_ORDINARY, pages), 0);
	osml__unlock(OSML__MUTEX_POOL);
	CHECK(!arena || a == arena);
	arena = a;
	CHECK(first + pages <= a->page_count);
	for (unsigned i = 0; i < pages; i++)
		CHECK(a->pages[first + i].used);
	return first;
}

static void return_row(unsigned first, unsigned pages)
{
	osml__lock(OSML__MUTEX_POOL);
	osml__arena_return(arena, first, pages);
	osml__unlock(OSML__MUTEX_POOL);
}

static void rows_that_were_given_back_are_taken_again_lowest_first(void **state)
{
	unsigned row[4], all;

	(void)state;
	osml_buffer_free(support_secret(8, OSML_DEFAULT_PROTECTIONS)); /* starts the library */
	all = take_row(4 * ROW + 1);                                   /* where pages are large, an arena has room for that only if asked */
	return_row(all + 1, 4 * ROW);                                  /* the first page keeps the arena */
	for (unsigned i = 0; i < 4; i++)
		row[i] = take_row(ROW);
	return_row(row[0], ROW);
	return_row(row[2], ROW);
	assert_int_equal(take_row(ROW), row[0]);
	assert_int_equal(take_row(ROW), row[2]);
	for (unsigned i = 0; i < 4; i++)
		return_row(row[i], ROW);
	assert_int_equal(take_row(ROW), row[0]);
	return_row(row[0], ROW);
}

static void whether_there_is_room_is_told(void **state)
{
	bool room, more;

	(void)state;
	return_row(take_row(1), 1);
	osml__lock(OSML__MUTEX_POOL);
	room = osml__arena_has_room(OSML__KIND_ORDINARY, arena->page_count - arena->used_count);
	more = osml__arena_has_room(OSML__KIND_ORDINARY, arena->page_count - arena->used_count + 1);
	osml__unlock(OSML__MUTEX_POOL);
	assert_true(room);
	assert_false(more);
}

static void what_is_not_locked_of_a_slot_is_locked_and_nothing_beyond(void **state)
{
	size_t page = support_page_size();
	unsigned first = take_row(ROW);
	const unsigned char *base = arena->mapping.base + first * page;
	bool beyond, all;

	(void)state;
	osml__lock(OSML__MUTEX_POOL);
	beyond = arena->pages[first + 2].locked;
	CHECK_RC(osml__pages_lock_rest(arena, base, page), 0);
	CHECK_RC(osml__pages_lock_rest(arena, base, 2 * page), 0);
	all = arena->pages[first].locked && arena->pages[first + 1].locked && support_all_have(base, 2 * page, "lo");
	beyond = beyond == arena->pages[first + 2].locked;
	CHECK_RC(osml__pages_lock_rest(arena, base, 2 * page), 0); /* nothing is left */
	osml__unlock(OSML__MUTEX_POOL);
	assert_true(all);
	assert_true(beyond);
	return_row(first, ROW);
}

/* ---- Slots ---- */

static void a_refill_hands_out_no_more_slots_than_were_asked_for(void **state)
{
	struct osml__slot slots[4], none = { NULL, NULL };
	unsigned cls = osml__slot_size_index(64);

	(void)state;
	for (unsigned n = 1; n < 4; n++) {
		unsigned got = 0;

		for (unsigned i = 0; i < 4; i++)
			slots[i] = none;
		CHECK_RC(osml__pool_refill(slots, &got, cls, n), 0);
		assert_true(got >= 1 && got <= n);
		for (unsigned i = 0; i < 4; i++)
			assert_true((slots[i].base != NULL) == (i < got));
		osml__pool_drain(slots, got);
	}
}

static size_t mapped_after(size_t len, size_t count)
{
	osml_buffer **all = calloc(count, sizeof *all);
	size_t mapped;

	CHECK(all);
	for (size_t i = 0; i < count; i++)
		all[i] = support_secret(len, OSML_DEFAULT_PROTECTIONS);
	mapped = fake_mapped();
	for (size_t i = 0; i < count; i++)
		osml_buffer_free(all[i]);
	free(all);
	return mapped;
}

/* Spans that are empty give their pages to other size classes before an arena is added. */
static void other_sizes_use_the_pages_that_the_first_have_left(void **state)
{
	size_t count = 2000, first; /* three times that fit into 8 MiB, which a user may lock */

	(void)state;
	if (fake_mapped() == FAKE_NOT_COUNTED)
		SKIP("mappings are not counted without the fake");
	CHECK_RC(osml_trim(), 0);
	first = mapped_after(1000, count);
	for (size_t len = 100; len <= 4000; len += 300)
		assert_true(mapped_after(len, count * 1000 / (len + 100) / 2) <= first);
	assert_true(mapped_after(1000, 3 * count) > first); /* control */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_that_were_given_back_are_taken_again_lowest_first),
		cmocka_unit_test(whether_there_is_room_is_told),
		cmocka_unit_test(what_is_not_locked_of_a_slot_is_locked_and_nothing_beyond),
		cmocka_unit_test(a_refill_hands_out_no_more_slots_than_were_asked_for),
		cmocka_unit_test(other_sizes_use_the_pages_that_the_first_have_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
