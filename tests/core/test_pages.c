/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The arithmetic of pages, up to the last byte of the address space (S9, T1). */
#include "support.h"

#include "internal.h"

#define AT(address) ((const void *)(uintptr_t)(address))

static uintptr_t last_page(void)
{
	return UINTPTR_MAX - (support_page_size() - 1);
}

static void a_range_fits_when_its_last_page_is_not_the_last_of_all(void **state)
{
	const uintptr_t last = last_page();
	const size_t page = support_page_size();

	(void)state;
	assert_true(osml__range_fits(AT(0), 0));
	assert_true(osml__range_fits(AT(0), last));
	assert_false(osml__range_fits(AT(0), last + 1));
	assert_true(osml__range_fits(AT(1), last - 1));
	assert_false(osml__range_fits(AT(1), last));
	assert_true(osml__range_fits(AT(last), 0));
	assert_false(osml__range_fits(AT(last), 1));
	assert_false(osml__range_fits(AT(last + 1), 0));
	assert_true(osml__range_fits(AT(last - page), page));
	assert_false(osml__range_fits(AT(last - page), page + 1));
	assert_false(osml__range_fits(AT(page), SIZE_MAX));
	assert_false(osml__range_fits(AT(UINTPTR_MAX), SIZE_MAX));
}

/* The cheap look lets nothing through that the exact one refuses. */
static void the_cheap_look_agrees(void **state)
{
	const uintptr_t edges[] = {
		0, 1, UINTPTR_MAX / 4, UINTPTR_MAX / 4 + 1, UINTPTR_MAX / 2, last_page() - 1, last_page(), UINTPTR_MAX
	};

	(void)state;
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
		for (size_t k = 0; k < sizeof edges / sizeof *edges; k++)
			assert_int_equal(osml__range_ok(AT(edges[i]), edges[k]), osml__range_fits(AT(edges[i]), edges[k]));
}

static void check_outward(uintptr_t addr, size_t len, uintptr_t start, size_t size)
{
	void *found;
	size_t found_size;

	osml__range_outward(&found, &found_size, AT(addr), len);
	assert_int_equal((uintptr_t)found, start);
	assert_int_equal(found_size, size);
}

static void a_range_is_rounded_to_the_pages_that_hold_it(void **state)
{
	const size_t page = support_page_size();

	(void)state;
	check_outward(page, 0, page, 0);
	check_outward(page + 1, 0, page, 0);
	check_outward(page, 1, page, page);
	check_outward(page + 1, 1, page, page);
	check_outward(2 * page - 1, 1, page, page);
	check_outward(2 * page - 1, 2, page, 2 * page);
	check_outward(page, page, page, page);
	check_outward(page, page + 1, page, 2 * page);
	check_outward(page + 1, page, page, 2 * page);
	check_outward(last_page() - page, page, last_page() - page, page);
}

static void a_length_is_rounded_up_and_0_where_there_is_no_such_number(void **state)
{
	const size_t page = support_page_size();

	(void)state;
	assert_int_equal(osml__page_round(0), 0);
	assert_int_equal(osml__page_round(1), page);
	assert_int_equal(osml__page_round(page), page);
	assert_int_equal(osml__page_round(page + 1), 2 * page);
	assert_int_equal(osml__page_round(last_page() - 1), last_page());
	assert_int_equal(osml__page_round(last_page()), last_page());
	assert_int_equal(osml__page_round(last_page() + 1), 0);
	assert_int_equal(osml__page_round(SIZE_MAX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_fits_when_its_last_page_is_not_the_last_of_all),
		cmocka_unit_test(the_cheap_look_agrees),
		cmocka_unit_test(a_range_is_rounded_to_the_pages_that_hold_it),
		cmocka_unit_test(a_length_is_rounded_up_and_0_where_there_is_no_such_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
