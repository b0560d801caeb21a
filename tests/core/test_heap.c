/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The locked heap: osml_malloc() and its kin keep bytes, wipe what is left, and know which addresses are theirs (audit U8). */
#include "heaped.h"

#include <errno.h>
#include <pthread.h>

#include "os_fake.h"

/* ---- Blocks ---- */

static void check_size(size_t n)
{
	unsigned char *p = filled(n);

	CHECK((uintptr_t)p % 16 == 0 && osml_owns(p));
	CHECK(support_all_have(p, n ? n : 1, "lo") && support_all_have(p, n ? n : 1, "dd"));
	CHECK(support_none_has(p, n ? n : 1, "wf"));
	CHECK(all_are(p, 0xEE, n));
	osml_free(p);
	CHECK(!osml_owns(p));
}

static void blocks_are_aligned_zero_locked_and_not_dumped_at_every_size(void *unused)
{
	struct support_snapshot before = support_snapshot();

	(void)unused;
	for (size_t i = 0; i < OSML__SLOT_SIZES; i++)
		for (size_t n = osml__slot_sizes[i] - 10; n <= osml__slot_sizes[i] + 2u; n++)
			check_size(n);
	for (size_t n = 0; n < 3; n++)
		check_size(n);
	check_size(1 << 20);
	CHECK(info(OSML_INFO_HEAP_BLOCKS) == 0 && info(OSML_INFO_HEAP_BYTES) == 0 && info(OSML_INFO_CORRUPTIONS) == 0);
	ASSERT_BACK_TO(before);
}

static void check_refused(void *p)
{
	CHECK(!p && errno == ENOMEM);
	errno = 0;
}

static void sizes_that_do_not_fit_are_refused_with_enomem(void *unused)
{
	unsigned char *p = filled(10);

	(void)unused;
	errno = 0;
	for (size_t less = 0; less < 20000; less += 1 + less / 3) {
		check_refused(osml_malloc(SIZE_MAX - less));
		check_refused(osml_realloc(p, SIZE_MAX - less));
	}
	check_refused(osml_malloc(SIZE_MAX / 2 + 1));
	check_refused(osml_malloc(SIZE_MAX / 2 - 100000)); /* more than there are addresses */
	check_refused(osml_calloc(SIZE_MAX / 2 + 1, 2));
	check_refused(osml_calloc(2, SIZE_MAX / 2 + 1));
	check_refused(osml_calloc(SIZE_MAX, SIZE_MAX));
	CHECK(all_are(p, 0xEE, 10));
	osml_free(p);
}

static void calloc_multiplies(void *unused)
{
	unsigned char *p = osml_calloc(100, 30), *none = osml_calloc(0, 30), *of_nothing = osml_calloc(30, 0);

	(void)unused;
	CHECK(p && none && of_nothing && none != of_nothing);
	CHECK(all_are(p, 0, 3000));
	memset(p, 1, 3000);
	osml_free(p);
	osml_free(none);
	osml_free(of_nothing);
}

/* Slots go back to the thread's cache, where they stay mapped, so that one may look. */
static void what_is_freed_is_wiped(void *unused)
{
	static const size_t sizes[] = { 1, 24, 25, 100, 1000, 5000, SMALL_MAX };

	(void)unused;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unsigned char *keeps_the_page = filled(sizes[i]), *p = filled(sizes[i]);

		CHECK(all_are(p, 0xEE, sizes[i])); /* control */
		osml_free(p);
		CHECK(support_all_have(p, 1, "lo") && all_are(p, 0, sizes[i]));
		osml_free(keeps_the_page);
	}
}

static void a_large_block_is_wiped_before_its_memory_goes(void *unused)
{
	unsigned char *p = filled(SMALL_MAX + 1);
	bool found = false;

	(void)unused;
	fake_record();
	osml_free(p);
	for (size_t i = 0; i < fake_recorded(); i++)
		if (!strcmp(fake_call(i)->function, "protect"))
			found = fake_call(i)->zero;
	fake_reset();
	CHECK(found);
}

/* ---- realloc ---- */

static void check_move(size_t from, size_t to)
{
	unsigned char *keeps_the_page = filled(from), *p = filled(from), *q = osml_realloc(p, to);
	size_t kept = from < to ? from : to;

	CHECK(q && osml_owns(q) && all_are(q, 0xEE, kept));
	CHECK(q == p || !osml_owns(p));
	if (q != p && from <= SMALL_MAX)
		CHECK(all_are(p, 0, from));
	if (q == p && to < from)
		CHECK(all_are(q + to, 0, from - to));
	memset(q, 0xDD, to);
	osml_free(q);
	osml_free(keeps_the_page);
}

static void realloc_keeps_bytes_and_wipes_what_is_left(void *unused)
{
	static const size_t sizes[] = { 0,     1, 23, 24, 25, 39, 40, 41, 100, 1000, 4096, 20000, SMALL_MAX - 1, SMALL_MAX, SMALL_MAX + 1,
		                        200000 };
	struct support_snapshot before = support_snapshot();

	(void)unused;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
			check_move(sizes[i], sizes[k]);
	CHECK(info(OSML_INFO_CORRUPTIONS) == 0 && info(OSML_INFO_FOREIGN_FREES) == 0);
	ASSERT_BACK_TO(before);
}

static bool stays(size_t from, size_t to)
{
	unsigned char *p = filled(from), *q = osml_realloc(p, to);

	osml_free(q);
	return q == p;
}

/* By what a block has room for: 24, 56, 72 and 1032 bytes are the sizes of slots without their fences. */
static void a_block_stays_unless_more_than_half_would_lie_idle(void *unused)
{
	(void)unused;
	CHECK(stays(24, 0) && stays(1, 24) && !stays(24, 25) && stays(56, 1));
	CHECK(stays(72, 36) && !stays(72, 35) && stays(65, 72) && !stays(72, 73));
	CHECK(stays(1032, 516) && !stays(1032, 515) && stays(1000, 1032));
	CHECK(stays(200000, 100000) && !stays(200000, 99999) && !stays(200000, 200001));
}

static void realloc_of_null_is_malloc_and_to_nothing_no_free(void *unused)
{
	unsigned char *p = osml_realloc(NULL, 20), *q;

	(void)unused;
	CHECK(p && all_are(p, 0, 20));
	memset(p, 0xEE, 20);
	q = osml_realloc(p, 0);
	CHECK(q && osml_owns(q) && info(OSML_INFO_HEAP_BLOCKS) == 1);
	CHECK(all_are(q, 0, 20));
	osml_free(q);
}

static void a_realloc_that_is_refused_loses_nothing(void *unused)
{
	unsigned char *p = filled(1000), *q;

	(void)unused;
	fake_fail_function("map", 1, 1000, -ENOMEM);
	CHECK(!osml_realloc(p, 1 << 20) && errno == ENOMEM && fake_fired() > 0);
	fake_reset();
	CHECK(osml_owns(p) && all_are(p, 0xEE, 1000));
	q = filled(1 << 20);
	osml_free(p);
	support_settle();
	fake_fail_function("map", 1, 1000, -ENOMEM);
	p = osml_realloc(q, 10); /* there is no room but where it is */
	CHECK(fake_fired() > 0 && p == q && all_are(p, 0xEE, 10));
	CHECK(all_are(p + 10, 0, (1 << 20) - 10));
	fake_reset();
	osml_free(p);
}

/* ---- Whose an address is ---- */

static void only_the_start_of_a_block_is_owned(void *unused)
{
	static const size_t sizes[] = { 1, 24, 40, 100, 1032, 20000, 200000 };
	static char elsewhere[64];
	osml_buffer *b = support_secret(24, OSML_DEFAULT_PROTECTIONS & ~OSML_WIPEONFORK);

	(void)unused;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unsigned char *p = filled(sizes[i]);

		for (size_t at = 0; at < sizes[i] + 4096; at++)
			CHECK(osml_owns(p - 4096 + at) == (at == 4096));
		for (size_t at = 1; at < sizes[i]; at++)
			CHECK(!osml_owns(p + at));
		osml_free(p);
		CHECK(!osml_owns(p));
	}
	CHECK(!osml_owns(osml_buffer_data(b))); /* of the same pool */
	CHECK(!osml_owns(NULL) && !osml_owns(elsewhere) && !osml_owns(sizes) && !osml_owns(&b));
	for (uintptr_t bit = 0; bit < sizeof(void *) * 8; bit++)
		CHECK(!osml_owns((void *)((uintptr_t)1 << bit)) && !osml_owns((void *)~((uintptr_t)1 << bit)));
	osml_buffer_free(b);
}

static void addresses_are_known_after_their_arenas_went_back(void *unused)
{
	enum { MANY = 3000 };
	static unsigned char *p[MANY];
	struct support_mapping found;

	(void)unused;
	for (size_t i = 0; i < MANY; i++)
		p[i] = filled(1000);
	for (size_t i = 0; i < MANY; i++)
		CHECK(osml_owns(p[i]) == 1);
	for (size_t i = 0; i < MANY; i += 2)
		osml_free(p[i]);
	for (size_t i = 0; i < MANY; i++)
		CHECK(osml_owns(p[i]) == (int)(i % 2));
	for (size_t i = 1; i < MANY; i += 2)
		osml_free(p[i]);
	CHECK_RC(osml_trim(), 0);
	CHECK(support_sanitized() || !support_find_mapping(&found, p[0])); /* control: reading it would be a fault */
	for (size_t i = 0; i < MANY; i++)
		CHECK(!osml_owns(p[i]));
}

static void foreign_pointers_are_counted_and_ignored(void *unused)
{
	uint64_t before = info(OSML_INFO_FOREIGN_FREES);
	unsigned char *p = filled(100), on_stack[64];
	osml_buffer *b = support_secret(24, OSML_DEFAULT_PROTECTIONS & ~OSML_WIPEONFORK);

	(void)unused;
	errno = 7;
	osml_free(on_stack);
	osml_free(p + 16);
	osml_free(p + 1);
	osml_free(osml_buffer_data(b));
	osml_free((void *)16);
	osml_free(NULL);
	CHECK(errno == 7 && info(OSML_INFO_FOREIGN_FREES) == before + 5);
	CHECK(!osml_realloc(on_stack, 10) && errno == EINVAL);
	CHECK(info(OSML_INFO_FOREIGN_FREES) == before + 6);
	CHECK(all_are(p, 0xEE, 100) && *(unsigned char *)osml_buffer_data(b) == 0xEE);
	osml_free(p);
	osml_free(p);
	CHECK(info(OSML_INFO_FOREIGN_FREES) == before + 7);
	osml_buffer_free(b);
	CHECK(info(OSML_INFO_CORRUPTIONS) == 0);
}

static void blocks_and_their_bytes_are_counted(void *unused)
{
	unsigned char *small, *large;

	(void)unused;
	CHECK(info(OSML_INFO_HEAP_BLOCKS) == 0 && info(OSML_INFO_HEAP_BYTES) == 0);
	small = filled(24);
	CHECK(info(OSML_INFO_HEAP_BLOCKS) == 1 && info(OSML_INFO_HEAP_BYTES) == 32);
	large = filled(100000);
	CHECK(info(OSML_INFO_HEAP_BLOCKS) == 2);
	CHECK(info(OSML_INFO_HEAP_BYTES) >= 100032 && info(OSML_INFO_HEAP_BYTES) < 100032 + 2 * support_page_size());
	CHECK(info(OSML_INFO_LIBRARY_LOCKED_BYTES) >= info(OSML_INFO_HEAP_BYTES) && info(OSML_INFO_LIVE_BUFFERS) == 0);
	osml_free(small);
	osml_free(large);
	CHECK(info(OSML_INFO_HEAP_BLOCKS) == 0 && info(OSML_INFO_HEAP_BYTES) == 0);
}

/* ---- Stray writes ---- */

static void a_write_past_a_block_or_before_it_is_counted(void *unused)
{
	static const size_t sizes[] = { 24, 40, 1032, SMALL_MAX };

	(void)unused;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unsigned char *p = filled(sizes[i]);
		uint64_t before = info(OSML_INFO_CORRUPTIONS);

		p[sizes[i]] ^= 0x40;
		osml_free(p);
		CHECK(info(OSML_INFO_CORRUPTIONS) == before + 1);
		p = filled(sizes[i]);
		osml_free(p);
		CHECK(info(OSML_INFO_CORRUPTIONS) == before + 1); /* told once */
		p = filled(sizes[i]);
		p[-1] ^= 0x40;
		osml_free(p);
		CHECK(info(OSML_INFO_CORRUPTIONS) == before + 2);
	}
}

static void a_write_past_a_large_block_is_counted(void *unused)
{
	unsigned char *p = filled(100000);
	uint64_t before = info(OSML_INFO_CORRUPTIONS);

	(void)unused;
	p[100000] ^= 0x40;
	osml_free(p);
	CHECK(info(OSML_INFO_CORRUPTIONS) == before + 1);
}

static void a_write_to_a_freed_block_is_found_and_its_slot_set_aside(void *unused)
{
	unsigned char *p = filled(100), *q;
	uint64_t before = info(OSML_INFO_CORRUPTIONS);

	(void)unused;
	osml_free(p);
	p[50] = 1;
	q = filled(100);
	CHECK(q != p && info(OSML_INFO_CORRUPTIONS) == before + 1);
	osml_free(q);
}

#define TEST(name) { #name, support_test_in_child, NULL, NULL, (void *)name },

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(blocks_are_aligned_zero_locked_and_not_dumped_at_every_size) TEST(sizes_that_do_not_fit_are_refused_with_enomem)
		        TEST(calloc_multiplies) TEST(what_is_freed_is_wiped) TEST(a_large_block_is_wiped_before_its_memory_goes) TEST(
		                realloc_keeps_bytes_and_wipes_what_is_left) TEST(a_block_stays_unless_more_than_half_would_lie_idle)
		                TEST(realloc_of_null_is_malloc_and_to_nothing_no_free) TEST(a_realloc_that_is_refused_loses_nothing)
		                        TEST(only_the_start_of_a_block_is_owned) TEST(addresses_are_known_after_their_arenas_went_back)
		                                TEST(foreign_pointers_are_counted_and_ignored) TEST(blocks_and_their_bytes_are_counted)
		                                        TEST(a_write_past_a_block_or_before_it_is_counted)
		                                                TEST(a_write_past_a_large_block_is_counted)
		                                                        TEST(a_write_to_a_freed_block_is_found_and_its_slot_set_aside)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
