/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The memory of the platform layer by itself: what it answers when a function of the C library fails, and that it undoes what came before. These
 * functions are this program's own (--wrap), and fail when they are told to.
 */
#include "support.h"

#include <errno.h>
#include <sys/mman.h>

#include "internal.h"
#include "os_fake.h"

/* ---- In place of the C library's ---- */

enum function { MMAP, MPROTECT, MADVISE, MSYNC, FTRUNCATE, FUNCTIONS };

static struct {
	unsigned first, last; /* which calls fail, counted from 1 */
	int error;
	unsigned count;
} plan[FUNCTIONS];

static void refuse(enum function f, unsigned first, unsigned last, int error)
{
	plan[f].first = first;
	plan[f].last = last;
	plan[f].error = error;
	plan[f].count = 0;
}

static void refuse_none(void)
{
	memset(plan, 0, sizeof plan);
}

static bool is_refused(enum function f)
{
	unsigned n = ++plan[f].count;

	errno = n >= plan[f].first && n <= plan[f].last ? plan[f].error : errno;
	return n >= plan[f].first && n <= plan[f].last;
}

static size_t mapped_bytes; /* by mmap(), less what was unmapped */
static uintptr_t place;     /* where the next mapping lies; 0: anywhere */

#define IN_PLACE_OF(type, name, ...)     \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

IN_PLACE_OF(void *, mmap, void *addr, size_t n, int prot, int flags, int fd, off_t offset)
{
	if (is_refused(MMAP))
		return MAP_FAILED;
	mapped_bytes += flags & MAP_FIXED ? 0 : n;
	if (place && !(flags & MAP_FIXED)) {
		addr = (void *)place;
		flags |= MAP_FIXED;
	}
	return __real_mmap(addr, n, prot, flags, fd, offset);
}

IN_PLACE_OF(int, munmap, void *addr, size_t n)
{
	mapped_bytes -= n;
	return __real_munmap(addr, n);
}

IN_PLACE_OF(int, mprotect, void *addr, size_t n, int prot)
{
	return is_refused(MPROTECT) ? -1 : __real_mprotect(addr, n, prot);
}

IN_PLACE_OF(int, madvise, void *addr, size_t n, int advice)
{
	return is_refused(MADVISE) ? -1 : __real_madvise(addr, n, advice);
}

IN_PLACE_OF(int, msync, void *addr, size_t n, int flags)
{
	return is_refused(MSYNC) ? -1 : __real_msync(addr, n, flags);
}

IN_PLACE_OF(int, ftruncate, int fd, off_t n)
{
	return is_refused(FTRUNCATE) ? -1 : __real_ftruncate(fd, n);
}

/* ---- Mapping ---- */

static const size_t guards[] = { 0, 1, 3 }; /* pages */

static bool is_accessible(const void *addr)
{
	struct support_mapping m;

	return support_find_mapping(&m, addr) && !strncmp(m.permissions, "rw", 2);
}

static void check_mapped(unsigned char *base, size_t size, size_t guard)
{
	CHECK(is_accessible(base) && is_accessible(base + size - 1));
	if (guard) {
		CHECK(!is_accessible(base - 1) && !is_accessible(base - guard));
		CHECK(!is_accessible(base + size) && !is_accessible(base + size + guard - 1));
	}
}

static void a_mapping_takes_its_pages_and_its_guards_and_no_byte_more(void **state)
{
	const size_t page = support_page_size(), sizes[] = { page, 3 * page, OSML__HUGE_PAGE, OSML__HUGE_PAGE + page };

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		size_t size = sizes[i % 4], guard = guards[i / 4] * page, before = mapped_bytes;
		void *base;

		CHECK_RC(osml__os_map(&base, size, guard), 0);
		CHECK(mapped_bytes - before == size + 2 * guard);
		CHECK(size < OSML__HUGE_PAGE || (uintptr_t)base % OSML__HUGE_PAGE == 0);
		check_mapped(base, size, guard);
		CHECK_RC(osml__os_unmap(base, size, guard), 0);
		CHECK(mapped_bytes == before);
	}
}

/* Whatever comes before and behind the aligned part goes back: nothing, a page, all but a page. */
static void a_huge_mapping_is_cut_out_wherever_the_system_puts_it(void **state)
{
	const size_t page = support_page_size(), guard = page, room = 4 * OSML__HUGE_PAGE;
	unsigned char *reserved = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t aligned = ((uintptr_t)reserved + OSML__HUGE_PAGE) & ~(uintptr_t)(OSML__HUGE_PAGE - 1);
	const uintptr_t places[] = { aligned - guard, aligned - guard - page, aligned - guard + page };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		size_t before = mapped_bytes;
		void *base;

		place = places[i];
		CHECK_RC(osml__os_map(&base, OSML__HUGE_PAGE, guard), 0);
		place = 0;
		CHECK((uintptr_t)base == aligned + (i == 2 ? OSML__HUGE_PAGE : 0));
		CHECK(mapped_bytes - before == OSML__HUGE_PAGE + 2 * guard);
		check_mapped(base, OSML__HUGE_PAGE, guard);
		CHECK_RC(osml__os_unmap(base, OSML__HUGE_PAGE, guard), 0);
		mmap((void *)((uintptr_t)reserved), room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	}
	munmap(reserved, room);
}

static void a_mapping_that_is_refused_tells_why_and_leaves_nothing(void **state)
{
	const size_t page = support_page_size();
	size_t before = mapped_bytes;
	void *base;

	(void)state;
	refuse(MMAP, 1, 1, EAGAIN);
	CHECK_RC(osml__os_map(&base, page, 0), -EAGAIN);
	refuse(MMAP, 1, 1, EAGAIN);
	CHECK_RC(osml__os_map(&base, OSML__HUGE_PAGE, page), -EAGAIN); /* not tried again */
	refuse(MMAP, 1, 2, ENOMEM);
	CHECK_RC(osml__os_map(&base, OSML__HUGE_PAGE, page), -ENOMEM);
	refuse_none();
	refuse(MPROTECT, 1, 1, EACCES);
	CHECK_RC(osml__os_map(&base, page, page), -EACCES);
	refuse_none();
	CHECK(mapped_bytes == before);
}

static void without_room_for_a_huge_page_any_place_will_do(void **state)
{
	const size_t page = support_page_size();
	size_t before = mapped_bytes;
	void *base;

	(void)state;
	refuse(MMAP, 1, 1, ENOMEM);
	CHECK_RC(osml__os_map(&base, OSML__HUGE_PAGE, page), 0);
	refuse_none();
	CHECK(mapped_bytes - before == OSML__HUGE_PAGE + 2 * page);
	check_mapped(base, OSML__HUGE_PAGE, page);
	CHECK_RC(osml__os_unmap(base, OSML__HUGE_PAGE, page), 0);
}

/* ---- Secret memory ---- */

static void secret_memory_that_is_refused_tells_why_and_leaves_nothing(void **state)
{
	const size_t page = support_page_size();
	size_t before = mapped_bytes, fds = support_open_fds();
	void *base;

	(void)state;
	if (!support_secretmem())
		SKIP("memfd_secret(2) is not offered here");
	before = mapped_bytes;
	refuse(FTRUNCATE, 1, 1, EINVAL);
	CHECK_RC(osml__os_map_secret(&base, page, page), -EINVAL);
	refuse_none();
	for (unsigned nth = 1; nth <= 2; nth++) { /* the reservation, and what is put into it */
		refuse(MMAP, nth, nth, ENFILE);
		CHECK_RC(osml__os_map_secret(&base, page, page), -ENFILE);
		CHECK(mapped_bytes == before && support_open_fds() == fds);
	}
	refuse_none();
	CHECK_RC(osml__os_map_secret(&base, 2 * page, page), 0); /* control */
	check_mapped(base, 2 * page, page);
	for (size_t i = 0; i < 2 * page; i++)
		CHECK(((unsigned char *)base)[i] == 0);
	CHECK(mapped_bytes - before == 4 * page && support_open_fds() == fds);
	CHECK_RC(osml__os_unmap(base, 2 * page, page), 0);
	CHECK(mapped_bytes == before);
}

/* ---- Access, advice ---- */

static void access_and_advice_that_are_refused_tell_why(void **state)
{
	static int (*const advise[])(void *addr, size_t size) = { osml__os_nodump, osml__os_dodump, osml__os_wipe_on_fork,
		                                                  osml__os_no_fork };
	const size_t page = support_page_size();
	void *base;

	(void)state;
	CHECK_RC(osml__os_map(&base, page, 0), 0);
	for (size_t i = 0; i < 4; i++) {
		CHECK_RC(advise[i](base, page), 0); /* control, and whether this is an emulator is asked once */
		refuse(MADVISE, 1, 1, ENOSYS);
		CHECK_RC(advise[i](base, page), -ENOSYS);
	}
	refuse(MPROTECT, 1, 1, EIO);
	CHECK_RC(osml__os_protect(base, page, OSML_ACCESS_NONE), -EIO);
	refuse_none();
	CHECK_RC(osml__os_unmap(base, page, 0), 0);
	CHECK_RC(osml__os_unmap((char *)base + 1, page, 0), -EINVAL);
	mapped_bytes += page;
}

/* ---- Can it be read? ---- */

struct answers {
	int of_range, of_own_page, of_msync; /* errno; 0: it is done */
	int rc;
};

/* Where the kernel cannot tell by MADV_POPULATE_READ, each page is tried, and msync(2) is asked, which knows of holes alone. */
static const struct answers answers[] = {
	{ 0, 0, 0, 0 },
	{ EFAULT, 0, 0, -ENOMEM },
	{ ENOMEM, 0, 0, -ENOMEM },
	{ EINVAL, 0, 0, -ENOMEM },           /* it knows the advice: the pages have no access */
	{ EINVAL, EINVAL, 0, 0 },            /* it does not, and msync(2) finds no hole, */
	{ EINVAL, EINVAL, ENOMEM, -ENOMEM }, /* or one */
	{ EINVAL, EINVAL, EIO, 0 },
	{ EAGAIN, 0, 0, 0 },
	{ EAGAIN, 0, ENOMEM, -ENOMEM },
};

static int answer(enum function f, unsigned nth, int error)
{
	if (error)
		refuse(f, nth, nth, error);
	return error;
}

static void what_can_be_read_is_told_by_whichever_call_the_kernel_has(void **state)
{
	const size_t page = support_page_size();
	void *base;
	bool populates; /* Linux 5.14 */

	(void)state;
	CHECK_RC(osml__os_map(&base, page, 0), 0);
	CHECK_RC(osml__os_readable(base, page), 0);
	populates = madvise(base, page, 22) == 0;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		const struct answers *a = &answers[i];

		refuse_none();
		if (a->of_range == EINVAL && !a->of_own_page && !populates)
			continue;
		if (answer(MADVISE, 1, a->of_range) && a->of_own_page)
			plan[MADVISE].last = 2;
		answer(MSYNC, 1, a->of_msync);
		CHECK_RC(osml__os_readable(base, page), a->rc);
	}
	refuse_none();
	CHECK_RC(osml__os_unmap(base, page, 0), 0);
}

static void without_that_call_pages_without_access_are_found_too(void **state)
{
	const size_t page = support_page_size();
	unsigned char *base = mmap(NULL, 3 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	refuse(MADVISE, 1, ~0u, EINVAL);
	CHECK_RC(osml__os_readable(base, 3 * page), 0); /* control */
	CHECK(mprotect(base + 2 * page, page, PROT_NONE) == 0);
	CHECK_RC(osml__os_readable(base, 3 * page), -ENOMEM);
	CHECK_RC(osml__os_readable(base, 2 * page), 0);
	refuse_none();
	munmap(base, 3 * page);
}

static void what_can_be_read_need_not_be_writable(void **state)
{
	const size_t page = support_page_size();
	unsigned char *base = mmap(NULL, 3 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	CHECK_RC(osml__os_readable(base, 3 * page), 0);
	CHECK(munmap(base + page, page) == 0);
	CHECK_RC(osml__os_readable(base, page), 0);
	CHECK_RC(osml__os_readable(base, 3 * page), -ENOMEM); /* control */
	munmap(base, 3 * page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mapping_takes_its_pages_and_its_guards_and_no_byte_more),
		cmocka_unit_test(a_huge_mapping_is_cut_out_wherever_the_system_puts_it),
		cmocka_unit_test(a_mapping_that_is_refused_tells_why_and_leaves_nothing),
		cmocka_unit_test(without_room_for_a_huge_page_any_place_will_do),
		cmocka_unit_test(secret_memory_that_is_refused_tells_why_and_leaves_nothing),
		cmocka_unit_test(access_and_advice_that_are_refused_tell_why),
		cmocka_unit_test(what_can_be_read_is_told_by_whichever_call_the_kernel_has),
		cmocka_unit_test(without_that_call_pages_without_access_are_found_too),
		cmocka_unit_test(what_can_be_read_need_not_be_writable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
