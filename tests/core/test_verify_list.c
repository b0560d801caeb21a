/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How osml_buffer_verify() reads the kernel's list of mappings: from files that this test wrote, in short reads, with long lines, and with mappings
 * that end or begin where the buffer does (audit T5).
 */
#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <unistd.h>

#include "reads.h"

#define SMAPS "/proc/thread-self/smaps"

static char smaps_name[] = "/tmp/osml-smaps-XXXXXX";

static int make_smaps(void **state)
{
	int fd = mkstemp(smaps_name);

	(void)state;
	close(fd);
	return fd < 0;
}

static int remove_smaps(void **state)
{
	(void)state;
	fake_reset();
	return unlink(smaps_name);
}

/* From now on the list says this of the memory at and after `at`: each piece so many pages, with permissions, a name and flags. */
struct piece {
	unsigned pages;
	const char *permissions, *name, *flags;
};

static void write_list(const char *at, const struct piece *pieces, size_t count)
{
	FILE *f = fopen(smaps_name, "we");
	uintptr_t from = (uintptr_t)at, page = support_page_size();

	CHECK(f);
	for (size_t i = 0; i < count; i++, from = from + pieces[i - 1].pages * page) {
		if (!pieces[i].permissions)
			continue; /* a hole */
		fprintf(f, "%lx-%lx %s 00000000 00:00 0 %26s%s\n", (unsigned long)from, (unsigned long)(from + pieces[i].pages * page),
		        pieces[i].permissions, "", pieces[i].name);
		fprintf(f, "Size:                 20 kB\nLocked:               20 kB\nunknown:              20 kB\nVmFlags: %s\n",
		        pieces[i].flags);
	}
	CHECK(fclose(f) == 0);
	fake_redirect(SMAPS, smaps_name);
}

#define GOOD "rd wr mr mw me lo wf dd "
#define GUARD(n)                             \
	{                                    \
		(n), "---p", "", "mr mw me " \
	}
#define MEMORY(n)                     \
	{                             \
		(n), "rw-p", "", GOOD \
	}
#define HOLE(n)                       \
	{                             \
		(n), NULL, NULL, NULL \
	}

/* The list begins one page before the buffer. */
static void assert_list_means(const struct victim *v, const struct piece *pieces, size_t count, uint32_t expected)
{
	write_list(v->start - v->page, pieces, count);
	for (size_t share = 0; share < 200; share += share % 3 + 1) { /* whatever pieces the reading gets it in */
		fake_share(share);
		CHECK(verified(v) == expected);
	}
	fake_share(7);
	fake_record();
	CHECK(verified(v) == expected);
	check_reads_end_where_the_first_ends();
	fake_reset();
}
#define ASSERT_LIST_MEANS(v, pieces, expected) assert_list_means((v), (pieces), sizeof(pieces) / sizeof *(pieces), (expected))

static void what_is_not_inaccessible_up_to_the_very_edge_is_no_guard(void **state)
{
	static const struct piece good[] = { GUARD(1), MEMORY(PAGES), GUARD(1) };
	static const struct piece pieced[] = { GUARD(1), MEMORY(2), MEMORY(3), GUARD(1) };
	static const struct piece none_below[] = { HOLE(1), MEMORY(PAGES), GUARD(1) };
	static const struct piece none_above[] = { GUARD(1), MEMORY(PAGES) };
	static const struct piece gap_above[] = { GUARD(1), MEMORY(PAGES), HOLE(1), GUARD(1) };
	static const struct piece readable_below[] = { { 1, "r--p", "", GOOD }, MEMORY(PAGES), GUARD(1) };
	static const struct piece readable_above[] = { GUARD(1), MEMORY(PAGES), { 1, "r--p", "", GOOD } };
	static const struct piece grown_down[] = { MEMORY(1 + PAGES), GUARD(1) };
	static const struct piece grown_up[] = { GUARD(1), MEMORY(PAGES + 1) };
	static const struct piece inside[] = { HOLE(1), MEMORY(2), GUARD(1), MEMORY(2), GUARD(1) };
	struct victim v = make(ALL);

	(void)state;
	ASSERT_LIST_MEANS(&v, good, ALL); /* control */
	ASSERT_LIST_MEANS(&v, pieced, ALL);
	ASSERT_LIST_MEANS(&v, none_below, ALL & ~OSML_GUARDED);
	ASSERT_LIST_MEANS(&v, none_above, ALL & ~OSML_GUARDED);
	ASSERT_LIST_MEANS(&v, gap_above, ALL & ~OSML_GUARDED);
	ASSERT_LIST_MEANS(&v, readable_below, ALL & ~OSML_GUARDED);
	ASSERT_LIST_MEANS(&v, readable_above, ALL & ~OSML_GUARDED);
	ASSERT_LIST_MEANS(&v, grown_down, ALL & ~OSML_GUARDED);
	ASSERT_LIST_MEANS(&v, grown_up, ALL & ~OSML_GUARDED);
	ASSERT_LIST_MEANS(&v, inside, OSML_CANARY);
	osml_buffer_free(v.b);
}

/* It is never evicted, and newer kernels do not call that locked (R2). */
static void memory_of_memfd_secret_counts_as_locked(void **state)
{
	static const struct piece older[] = { GUARD(1),
		                              { PAGES, "rw-s", "/secretmem (deleted)", "rd wr sh mr mw me ms lo dc dd " },
		                              GUARD(1) };
	static const struct piece newer[] = { GUARD(1),
		                              { PAGES, "rw-s", "/secretmem (deleted)", "rd wr sh mr mw me ms dc dd " },
		                              GUARD(1) };
	static const struct piece neighbours[] = { GUARD(1),
		                                   { 2, "rw-s", "/secretmem (deleted)", "rd wr sh mr mw me ms dc dd " },
		                                   { PAGES - 2, "rw-p", "", "rd wr mr mw me dc dd " },
		                                   GUARD(1) };
	struct victim v;

	(void)state;
	if (!support_secretmem())
		SKIP("no memfd_secret(2) here");
	v = make(SECRET);
	ASSERT_LIST_MEANS(&v, older, SECRET); /* control */
	ASSERT_LIST_MEANS(&v, newer, SECRET);
	ASSERT_LIST_MEANS(&v, neighbours, NOFORK & ~OSML_LOCKED);
	osml_buffer_free(v.b);
}

static void a_list_that_does_not_show_all_of_the_pages_confirms_nothing(void **state)
{
	static const struct piece nothing[] = { HOLE(1) };
	static const struct piece first_missing[] = { GUARD(1), HOLE(1), MEMORY(PAGES - 1), GUARD(1) };
	static const struct piece last_missing[] = { GUARD(1), MEMORY(PAGES - 1), HOLE(1), GUARD(1) };
	static const struct piece middle_missing[] = { GUARD(1), MEMORY(2), HOLE(1), MEMORY(2), GUARD(1) };
	static const struct piece only_before[] = { MEMORY(1) };
	static const struct piece only_after[] = { HOLE(PAGES + 1), MEMORY(PAGES) };
	struct victim v = make(ALL);

	(void)state;
	ASSERT_LIST_MEANS(&v, nothing, OSML_CANARY);
	ASSERT_LIST_MEANS(&v, first_missing, OSML_CANARY);
	ASSERT_LIST_MEANS(&v, last_missing, OSML_CANARY);
	ASSERT_LIST_MEANS(&v, middle_missing, OSML_CANARY);
	ASSERT_LIST_MEANS(&v, only_before, OSML_CANARY);
	ASSERT_LIST_MEANS(&v, only_after, OSML_CANARY);
	osml_buffer_free(v.b);
}

/* What others have or lack beside the buffer is not its own, and what a file is called is no flag. */
static void the_flags_of_a_neighbour_count_for_nothing(void **state)
{
	static const struct piece bare_neighbours[] = { { 1, "rw-p", "", "rd wr " }, MEMORY(PAGES), { 1, "rw-p", "", "rd wr " } };
	static const struct piece bare[] = { MEMORY(1), { PAGES, "rw-p", "", "rd wr " }, MEMORY(1) };
	static const struct piece alike[] = { GUARD(1), { PAGES, "rw-p", " /tmp/ lo wf dd dc", "rd wr " }, GUARD(1) };
	struct victim v = make(ALL);

	(void)state;
	ASSERT_LIST_MEANS(&v, bare_neighbours, ALL & ~OSML_GUARDED);
	ASSERT_LIST_MEANS(&v, bare, OSML_CANARY);
	ASSERT_LIST_MEANS(&v, alike, OSML_CANARY | OSML_GUARDED);
	osml_buffer_free(v.b);
}

/* A path may have 4096 bytes, some of which the kernel shows as four. */
/* A name has no limit: a newline in it takes four characters. */
static void a_long_name_before_does_not_lose_the_lines_behind(void **state)
{
	static char name[20001] = "/";
	const struct piece pieces[] = { { 1, "---p", name, "mr " }, MEMORY(PAGES), GUARD(1), { 1, "rw-p", name, "rd " } };
	struct victim v = make(ALL);

	(void)state;
	memset(name + 1, 'n', sizeof name - 2);
	for (size_t length = 20000; length > 2000; length = length / 3) {
		name[length] = 0;
		ASSERT_LIST_MEANS(&v, pieces, ALL);
	}
	osml_buffer_free(v.b);
}

/* Some kernels show a page at the very top, "ffffffffff600000-ffffffffff601000": its flags are nobody else's. */
static void an_address_that_begins_with_a_letter_is_an_address(void **state)
{
	static const struct piece pieces[] = { GUARD(1), MEMORY(PAGES) };
	struct victim v = make(ALL);
	FILE *f;

	(void)state;
	write_list(v.start - v.page, pieces, 2);
	for (const char *letter = "abcdef"; *letter; letter++) {
		f = fopen(smaps_name, "ae");
		fprintf(f, "%c0000000000000-%c0000000001000 --xp 00000000 00:00 0\nVmFlags: ex\n", *letter, *letter);
		CHECK(fclose(f) == 0);
	}
	CHECK(verified(&v) == (ALL & ~OSML_GUARDED));
	fake_reset();
	osml_buffer_free(v.b);
}

static void a_signal_does_not_end_the_reading_and_an_error_does(void **state)
{
	struct victim v = make(ALL);

	(void)state;
	for (unsigned nth = 1; nth < 4; nth++) {
		uint32_t bits = ~0u;
		fake_share(500);
		fake_fail_function("read", nth, nth + 1, -EINTR);
		CHECK(verified(&v) == ALL);
		CHECK(fake_fired() == 2);
		fake_reset();
		fake_share(500);
		fake_fail_function("read", nth, nth, -EIO);
		CHECK_RC(osml_buffer_verify(v.b, &bits), -EIO);
		CHECK(bits == 0);
		fake_reset();
	}
	osml_buffer_free(v.b);
}

/* ---- The kernel's list may be incomplete once, while other threads map and unmap ---- */

static unsigned looks;
static const struct victim *looked_at;

static const struct piece unlocked[] = { GUARD(1), { PAGES, "rw-p", "", "rd wr wf dd " }, GUARD(1) };
static const struct piece dumped[] = { GUARD(1), { PAGES, "rw-p", "", "rd wr wf lo " }, GUARD(1) };
static const struct piece nothing[] = { HOLE(1) };

static void show_the_true_list_from_the_second_look_on(void)
{
	if (++looks == 2)
		fake_redirect(SMAPS, SMAPS);
}

static void show_another_list_at_the_second_look(void)
{
	if (++looks == 2)
		write_list(looked_at->start - looked_at->page, dumped, 3);
}

static void assert_confirmed_after(unsigned count, void (*hook)(void))
{
	looks = 0;
	fake_hook("verify", hook);
	CHECK(verified(looked_at) == ALL);
	CHECK(looks == count);
	fake_reset();
}

static void what_one_look_misses_the_second_confirms(void **state)
{
	struct victim v = make(ALL);

	(void)state;
	looked_at = &v;
	assert_confirmed_after(1, show_the_true_list_from_the_second_look_on); /* control: nothing is missing at the first */
	write_list(v.start - v.page, nothing, 1);
	assert_confirmed_after(2, show_the_true_list_from_the_second_look_on);
	write_list(v.start - v.page, unlocked, 3);
	assert_confirmed_after(2, show_the_true_list_from_the_second_look_on);
	write_list(v.start - v.page, unlocked, 3);
	assert_confirmed_after(2, show_another_list_at_the_second_look);
	osml_buffer_free(v.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_inaccessible_up_to_the_very_edge_is_no_guard),
		cmocka_unit_test(memory_of_memfd_secret_counts_as_locked),
		cmocka_unit_test(a_list_that_does_not_show_all_of_the_pages_confirms_nothing),
		cmocka_unit_test(the_flags_of_a_neighbour_count_for_nothing),
		cmocka_unit_test(a_long_name_before_does_not_lose_the_lines_behind),
		cmocka_unit_test(an_address_that_begins_with_a_letter_is_an_address),
		cmocka_unit_test(a_signal_does_not_end_the_reading_and_an_error_does),
		cmocka_unit_test(what_one_look_misses_the_second_confirms),
	};

	return cmocka_run_group_tests(tests, make_smaps, remove_smaps);
}
