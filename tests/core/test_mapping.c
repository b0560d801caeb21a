/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The platform layer's own mappings against the kernel's table. The other tests count what the layer was asked to map and unmap (fake_mapped());
 * here is seen that it does just that.
 */
#include "support.h"

#include "os.h"
#include "os_fake.h"

typedef int map_function(void **addr, size_t pages, size_t guard);

/* Page by page: a neighbour of ours may be one mapping with it in the table. */
static size_t bytes_mapped(const char *start, size_t len)
{
	struct support_mapping mapping;
	size_t page = support_page_size(), found = 0;

	for (size_t at = 0; at < len; at += page)
		found += support_find_mapping(&mapping, start + at) ? page : 0;
	return found;
}

static void map_and_unmap(map_function *map, size_t pages, size_t guard)
{
	size_t whole = pages + 2 * guard, before = fake_mapped();
	char *addr, *start;
	void *answer;

	CHECK_RC(map(&answer, pages, guard), 0);
	addr = answer;
	start = addr - guard;
	assert_int_equal(fake_mapped(), before + whole);
	assert_int_equal(bytes_mapped(start, whole), whole);
	CHECK_RC(osml__os_unmap(addr, pages, guard), 0);
	assert_int_equal(fake_mapped(), before);
	assert_int_equal(bytes_mapped(start, whole), 0);
}

static void ordinary_pages_come_and_go_whole(void **state)
{
	size_t page = support_page_size();

	(void)state;
	map_and_unmap(osml__os_map, page, 0);
	map_and_unmap(osml__os_map, 3 * page, page);
}

/* It is cut out of a larger mapping, whose ends must not stay. */
static void a_huge_page_is_aligned_and_leaves_no_slack(void **state)
{
	size_t before;
	void *addr;

	(void)state;
	if (support_sanitized() || support_valgrind())
		SKIP("the number of mappings is also the tool's here");
	before = support_mappings();
	CHECK_RC(osml__os_map(&addr, OSML__HUGE_PAGE, support_page_size()), 0);
	assert_int_equal((uintptr_t)addr % OSML__HUGE_PAGE, 0);
	CHECK_RC(osml__os_unmap(addr, OSML__HUGE_PAGE, support_page_size()), 0);
	assert_int_equal(support_mappings(), before);
}

static void secret_pages_come_and_go_whole(void **state)
{
	size_t page = support_page_size();

	(void)state;
	if (!support_secretmem())
		SKIP("memfd_secret(2) is not offered here");
	map_and_unmap(osml__os_map_secret, 2 * page, 0);
	map_and_unmap(osml__os_map_secret, 2 * page, page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_pages_come_and_go_whole),
		cmocka_unit_test(a_huge_page_is_aligned_and_leaves_no_slack),
		cmocka_unit_test(secret_pages_come_and_go_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
