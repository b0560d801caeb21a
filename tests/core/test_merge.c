/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Kernel same-page merging: no page of ours is merged, whatever the process has asked for (audit C14). */
#include "support.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67 /* Linux 6.4 */
#endif

static const struct kind {
	size_t len;
	uint32_t want;
} kinds[] = {
	{ 40, OSML_DEFAULT_PROTECTIONS },     { 40, OSML_LOCKED | OSML_NODUMP | OSML_CANARY },
	{ 20000, OSML_DEFAULT_PROTECTIONS },  { 20000, OSML_DEFAULT_PROTECTIONS | OSML_NOFORK },
	{ 300000, OSML_DEFAULT_PROTECTIONS }, { 300000, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED },
};
#define KINDS (sizeof kinds / sizeof *kinds)

#define NOT_HERE 3 /* exit status of a child that found no such call */

static bool can_merge(void *addr)
{
	return support_all_have(addr, 1, "mg");
}

static bool merge_all(void)
{
	return prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0) == 0;
}

static void make_while_merging(void *unused)
{
	void *own = mmap(NULL, support_page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)unused;
	CHECK(own != MAP_FAILED && can_merge(own)); /* control */
	for (size_t i = 0; i < KINDS; i++) {
		osml_buffer *b = support_secret(kinds[i].len, kinds[i].want);
		uint32_t bits = 0;

		CHECK(support_none_has(osml_buffer_data(b), kinds[i].len, "mg"));
		CHECK(support_all_have(osml_buffer_data(b), kinds[i].len, "lo"));
		CHECK_RC(osml_buffer_verify(b, &bits), 0);
		CHECK(bits & OSML_LOCKED && bits & OSML_NODUMP);
		osml_buffer_free(b);
	}
}

static void in_merging_process(void *unused)
{
	if (!merge_all())
		_exit(NOT_HERE);
	make_while_merging(unused);
}

static void no_page_is_mergeable_in_a_process_that_asked_for_merging(void **state)
{
	int status = support_in_child(in_merging_process, NULL);

	(void)state;
	if (status == NOT_HERE)
		SKIP("no PR_SET_MEMORY_MERGE here");
	CHECK(status == 0);
}

/* Then the kernel marks what is there already. The library cannot prevent it, but does not confirm what does not hold. */
static void merge_later(void *kind)
{
	const struct kind *k = kind;
	osml_buffer *b = support_secret(k->len, k->want);
	uint32_t bits = 0;

	CHECK_RC(osml_buffer_verify(b, &bits), 0);
	CHECK(bits & OSML_LOCKED); /* control */
	if (!merge_all())
		_exit(NOT_HERE);
	CHECK(can_merge(osml_buffer_data(b)));
	CHECK_RC(osml_buffer_verify(b, &bits), 0);
	CHECK(!(bits & OSML_LOCKED) && bits & OSML_NODUMP);
	osml_buffer_free(b);
}

static void a_page_that_became_mergeable_later_is_not_confirmed_as_locked(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		int status = support_in_child(merge_later, (void *)&kinds[i]);

		if (status == NOT_HERE)
			SKIP("no PR_SET_MEMORY_MERGE here");
		CHECK(status == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_page_is_mergeable_in_a_process_that_asked_for_merging),
		cmocka_unit_test(a_page_that_became_mergeable_later_is_not_confirmed_as_locked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
