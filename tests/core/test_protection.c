/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Protections: what is reported is what the kernel does, as this test reads it in /proc/self/smaps (T13, T15, A12). */
#define _FILE_OFFSET_BITS 64 /* addresses of /proc/self/mem, where pointers have 32 bits */
#include "every_call.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "pool.h"

#define GUARDED (OSML_DEFAULT_PROTECTIONS | OSML_GUARDED)

static osml_buffer *new_with(size_t len, uint32_t want)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;

	o.want = want;
	assert_int_equal(osml_buffer_new(&b, len, &o), 0);
	return b;
}

static bool is_inaccessible(uintptr_t addr)
{
	struct support_mapping mapping;

	return support_find_mapping(&mapping, (void *)addr) && !strncmp(mapping.permissions, "---", 3);
}

/* The bits that smaps shows for all of the data; CANARY and SECRETMEM are not to be seen there. */
static uint32_t bits_of_kernel(const osml_buffer *b)
{
	static const struct {
		const char *flag;
		uint32_t bit;
	} flags[] = { { "lo", OSML_LOCKED }, { "dd", OSML_NODUMP }, { "wf", OSML_WIPEONFORK }, { "dc", OSML_NOFORK } };
	struct support_mapping mapping;
	uint32_t bits = 0;

	assert_true(support_find_mapping(&mapping, osml_buffer_data(b)));
	for (size_t i = 0; i < 4; i++)
		if (support_all_have(osml_buffer_data(b), osml_buffer_size(b) + 1, flags[i].flag))
			bits |= flags[i].bit;
	if (is_inaccessible(mapping.start - 1) && is_inaccessible(mapping.end))
		bits |= OSML_GUARDED;
	return bits;
}

/* More than was asked for: guards around large buffers; a pool of locked memory is never dumped. */
static uint32_t expected_for(size_t len, uint32_t want, uint32_t expected)
{
	bool pooled = want & OSML_LOCKED && !(want & (OSML_GUARDED | OSML_NOFORK));

	if (len + 8 > OSML__POOL_MAX)
		return expected | OSML_GUARDED;
	return pooled ? expected | OSML_NODUMP : expected;
}

/* All three agree: what is remembered, what the library asks of the kernel, what this test asks of it. */
static void assert_truthful(size_t len, uint32_t want, uint32_t expected)
{
	osml_buffer *b = new_with(len, want);
	uint32_t remembered, verified;
	uint32_t visible = OSML_NODUMP | OSML_WIPEONFORK | OSML_NOFORK | (expected & OSML_GUARDED);

	assert_int_equal(osml_buffer_protections(b, &remembered), 0);
	assert_int_equal(remembered, expected);
	assert_int_equal(osml_buffer_verify(b, &verified), 0);
	assert_int_equal(verified, expected);
	if (!(expected & OSML_SECRETMEM)) /* newer kernels do not call that locked (R2) */
		visible |= OSML_LOCKED;
	assert_int_equal(bits_of_kernel(b) & visible, expected & visible);
	osml_buffer_free(b);
}

static void assert_truthful_for_all_lengths(uint32_t want, uint32_t expected)
{
	static const size_t lengths[] = { 0, 32, 2000, 2056, 2057, 65536, 65544, 65545, 100000 };

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		assert_truthful(lengths[i], want, expected_for(lengths[i], want, expected));
}

/* ---- Reports ---- */

static void the_default_holds_what_it_says(void **state)
{
	(void)state;
	assert_truthful_for_all_lengths(OSML_DEFAULT_PROTECTIONS, OSML_DEFAULT_PROTECTIONS);
}

static void guarded_holds_what_it_says(void **state)
{
	(void)state;
	assert_truthful_for_all_lengths(GUARDED, GUARDED);
}

static void nofork_holds_what_it_says(void **state)
{
	uint32_t want = OSML_LOCKED | OSML_NODUMP | OSML_NOFORK | OSML_CANARY;

	(void)state;
	assert_truthful_for_all_lengths(want, want);
	assert_truthful_for_all_lengths(want | OSML_GUARDED, want | OSML_GUARDED);
}

static void keep_holds_what_it_says(void **state)
{
	(void)state;
	assert_truthful_for_all_lengths(OSML_LOCKED | OSML_NODUMP | OSML_CANARY, OSML_LOCKED | OSML_NODUMP | OSML_CANARY);
}

/* T15: the bits are independent of each other. */
static void each_bit_alone_holds_alone(void **state)
{
	static const uint32_t bits[] = { 0, OSML_LOCKED, OSML_NODUMP, OSML_WIPEONFORK, OSML_NOFORK, OSML_GUARDED };

	(void)state;
	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
		assert_truthful(32, bits[i], expected_for(32, bits[i], bits[i] | OSML_CANARY));
}

static void secretmem_holds_what_it_says(void **state)
{
	uint32_t expected = OSML_SECRETMEM | OSML_LOCKED | OSML_NODUMP | OSML_NOFORK | OSML_CANARY;

	(void)state;
	if (!support_secretmem())
		SKIP("memfd_secret(2) is not offered here");
	assert_truthful_for_all_lengths(OSML_DEFAULT_PROTECTIONS | OSML_SECRETMEM, expected);
	assert_truthful_for_all_lengths(GUARDED | OSML_SECRETMEM, expected | OSML_GUARDED);
}

/* The report follows the kernel: a lock that somebody took away behind the library's back is missed. */
static void verify_misses_a_protection_that_was_taken_away(void **state)
{
	osml_buffer *b = new_with(60000, OSML_DEFAULT_PROTECTIONS);
	uint32_t bits;

	(void)state;
	assert_int_equal(osml_munlock((char *)osml_buffer_data(b) + 50000, 1), 0);
	assert_int_equal(osml_buffer_verify(b, &bits), 0);
	assert_int_equal(bits, OSML_DEFAULT_PROTECTIONS & ~OSML_LOCKED);
	assert_int_equal(osml_buffer_protections(b, &bits), 0);
	assert_int_equal(bits, OSML_DEFAULT_PROTECTIONS);
	osml_buffer_free(b);
}

/* ---- Access ---- */

static bool needs_more_than(enum needs needs, unsigned access)
{
	return (needs == NEEDS_READ && access == OSML_ACCESS_NONE) || (needs == NEEDS_WRITE && access != OSML_ACCESS_READWRITE);
}

/* A call that was refused leaves neither a pin nor the buffer to itself: everything works again at once (audit T6). */
static void assert_nobody_is_in(osml_buffer *b)
{
	size_t pins = 99;

	CHECK_RC(osml_buffer_pins(b, &pins), 0);
	assert_int_equal(pins, 0);
	CHECK_RC(osml_buffer_protect(b, OSML_ACCESS_READWRITE), 0);
	CHECK_RC(osml_buffer_write(b, 0, "30303030", 1), 0);
	CHECK_RC(osml_buffer_decode(b, OSML_HEX), 0);
}

/* Each call in each mode, on a buffer of its own. */
static void every_call_respects_the_access_mode(void **state)
{
	static const unsigned modes[] = { OSML_ACCESS_NONE, OSML_ACCESS_READ, OSML_ACCESS_READWRITE };

	(void)state;
	for (size_t i = 0; i < EVERY_CALL; i++) {
		for (size_t k = 0; k < 3; k++) {
			osml_buffer *b = new_with(8, GUARDED);
			assert_int_equal(osml_buffer_write(b, 0, "30303030", 8), 0);
			assert_int_equal(osml_buffer_protect(b, modes[k]), 0);
			if (needs_more_than(every_call[i].needs, modes[k])) {
				CHECK_RC(every_call[i].call(b), OSML_EACCESS);
				assert_nobody_is_in(b);
			} else {
				CHECK_RC(every_call[i].call(b), 0);
			}
			assert_int_equal(osml_buffer_close(b), 0);
			osml_buffer_free(b);
		}
	}
}

static void assert_permissions(const void *data, const char *expected)
{
	struct support_mapping mapping;

	assert_true(support_find_mapping(&mapping, data));
	assert_int_equal(strncmp(mapping.permissions, expected, 3), 0);
}

static void protect_changes_what_the_kernel_allows_and_keeps_the_data(void **state)
{
	osml_buffer *b = new_with(5000, GUARDED);
	void *data = osml_buffer_data(b);

	(void)state;
	assert_int_equal(osml_buffer_fill(b, 0, 0xEE, 5000), 0);
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_NONE), 0);
	assert_permissions(data, "---");
	assert_true(support_all_have(data, 5000, "lo"));
	assert_null(osml_buffer_data(b));
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_READ), 0);
	assert_permissions(data, "r--");
	assert_ptr_equal(osml_buffer_data(b), data);
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_READWRITE), 0);
	assert_permissions(data, "rw-");
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(((unsigned char *)data)[i], 0xEE);
	osml_buffer_free(b);
}

/* A sanitizer's handler would turn the signal into an exit status; nobody needs a core file of it. */
static void die_quietly(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	signal(SIGSEGV, SIG_DFL);
}

static void write_one(void *at)
{
	die_quietly();
	*(volatile unsigned char *)at = 1;
}

static void read_one(void *at)
{
	die_quietly();
	(void)*(volatile unsigned char *)at;
}

#define SEGV (CHILD_SIGNALLED + SIGSEGV)

static void a_raw_access_that_the_mode_forbids_kills(void **state)
{
	osml_buffer *b = new_with(8, GUARDED);
	void *data = osml_buffer_data(b);

	(void)state;
	assert_int_equal(support_in_child(write_one, data), 0); /* control */
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_READ), 0);
	assert_int_equal(support_in_child(read_one, data), 0);
	assert_int_equal(support_in_child(write_one, data), SEGV);
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_NONE), 0);
	assert_int_equal(support_in_child(read_one, data), SEGV);
	assert_int_equal(support_in_child(write_one, data), SEGV);
	osml_buffer_free(b);
}

/* The data stands against the guard: an overflow meets it after the canary and what alignment needs. */
static void a_guard_page_kills_an_overflow_on_either_side(void **state)
{
	static const size_t lengths[] = { 1, 8, 100, 4000, 10000 };
	size_t slack = 32;

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		osml_buffer *b = new_with(lengths[i], GUARDED);
		unsigned char *data = osml_buffer_data(b);
		struct support_mapping mapping;
		assert_int_equal(support_in_child(write_one, data + lengths[i] - 1), 0); /* control */
		assert_int_equal(support_in_child(write_one, data + lengths[i] + slack), SEGV);
		assert_int_equal(support_in_child(read_one, data + lengths[i] + slack), SEGV);
		assert_true(support_find_mapping(&mapping, data));
		assert_int_equal(support_in_child(read_one, (void *)mapping.start), 0); /* control */
		assert_int_equal(support_in_child(read_one, (void *)(mapping.start - 1)), SEGV);
		osml_buffer_free(b);
	}
}

static void protect_of_a_pinned_buffer_is_epinned(void **state)
{
	osml_buffer *b = new_with(8, GUARDED);

	(void)state;
	assert_int_equal(osml_buffer_pin(b, NULL, NULL), 0);
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_NONE), OSML_EPINNED);
	assert_permissions(osml_buffer_data(b), "rw-");
	osml_buffer_unpin(b);
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_NONE), 0);
	osml_buffer_free(b);
}

static void protect_of_an_unguarded_buffer_is_unsupported_and_changes_nothing(void **state)
{
	static const size_t lengths[] = { 8, 10000 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		osml_buffer *b = new_with(lengths[i], OSML_DEFAULT_PROTECTIONS);
		assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_NONE), OSML_EUNSUPPORTED);
		assert_int_equal(osml_buffer_fill(b, 0, 1, lengths[i]), 0);
		osml_buffer_free(b);
	}
}

static void an_unknown_access_mode_is_invalid(void **state)
{
	static const unsigned modes[] = { 2, 4, 5, 7, 0x80000000u };
	osml_buffer *b = new_with(8, GUARDED);

	(void)state;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		assert_int_equal(osml_buffer_protect(b, modes[i]), OSML_EINVAL);
	assert_int_equal(osml_buffer_fill(b, 0, 1, 8), 0);
	osml_buffer_free(b);
}

/* T28: wiping needs access; the library takes it for itself. */
static void closing_an_inaccessible_buffer_gives_everything_back(void **state)
{
	struct support_snapshot before;

	(void)state;
	osml_buffer_free(new_with(8, GUARDED));
	before = support_snapshot();
	for (int i = 0; i < 4; i++) {
		osml_buffer *b = new_with(8, GUARDED);
		assert_int_equal(osml_buffer_protect(b, i % 2 ? OSML_ACCESS_NONE : OSML_ACCESS_READ), 0);
		if (i / 2)
			assert_int_equal(osml_buffer_close(b), 0);
		osml_buffer_free(b);
		ASSERT_BACK_TO(before);
	}
}

/* ---- Secretmem ---- */

/* What /proc/PID/mem gives to a debugger, or to root. */
static ssize_t read_by_proc(void *bytes, const void *addr, size_t n)
{
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ssize_t got = pread(fd, bytes, n, (off_t)(uintptr_t)addr);

	if (got < 0)
		got = -errno;
	close(fd);
	return got;
}

static void secretmem_cannot_be_read_through_proc_while_ordinary_memory_can(void **state)
{
	osml_buffer *ordinary, *secret;
	unsigned char seen[8];

	(void)state;
	if (!support_secretmem())
		SKIP("memfd_secret(2) is not offered here");
	ordinary = new_with(8, OSML_DEFAULT_PROTECTIONS);
	secret = new_with(8, OSML_DEFAULT_PROTECTIONS | OSML_SECRETMEM);
	assert_int_equal(osml_buffer_fill(ordinary, 0, 0xEE, 8), 0);
	assert_int_equal(osml_buffer_fill(secret, 0, 0xEE, 8), 0);
	assert_int_equal(read_by_proc(seen, osml_buffer_data(ordinary), 8), 8); /* control */
	assert_memory_equal(seen, osml_buffer_data(ordinary), 8);
	assert_int_equal(read_by_proc(seen, osml_buffer_data(secret), 8), -EIO);
	osml_buffer_free(ordinary);
	osml_buffer_free(secret);
}

/* T10: a descriptor left open could be taken by pidfd_getfd(2). */
static void secretmem_keeps_no_descriptor_and_gives_everything_back(void **state)
{
	struct support_snapshot before;
	osml_buffer *b;

	(void)state;
	if (!support_secretmem())
		SKIP("memfd_secret(2) is not offered here");
	before = support_snapshot();
	b = new_with(8, GUARDED | OSML_SECRETMEM);
	assert_int_equal(support_open_fds(), before.fds);
	assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_NONE), 0);
	osml_buffer_free(b);
	ASSERT_BACK_TO(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_holds_what_it_says),
		cmocka_unit_test(guarded_holds_what_it_says),
		cmocka_unit_test(nofork_holds_what_it_says),
		cmocka_unit_test(keep_holds_what_it_says),
		cmocka_unit_test(each_bit_alone_holds_alone),
		cmocka_unit_test(secretmem_holds_what_it_says),
		cmocka_unit_test(verify_misses_a_protection_that_was_taken_away),
		cmocka_unit_test(every_call_respects_the_access_mode),
		cmocka_unit_test(protect_changes_what_the_kernel_allows_and_keeps_the_data),
		cmocka_unit_test(a_raw_access_that_the_mode_forbids_kills),
		cmocka_unit_test(a_guard_page_kills_an_overflow_on_either_side),
		cmocka_unit_test(protect_of_a_pinned_buffer_is_epinned),
		cmocka_unit_test(protect_of_an_unguarded_buffer_is_unsupported_and_changes_nothing),
		cmocka_unit_test(an_unknown_access_mode_is_invalid),
		cmocka_unit_test(closing_an_inaccessible_buffer_gives_everything_back),
		cmocka_unit_test(secretmem_cannot_be_read_through_proc_while_ordinary_memory_can),
		cmocka_unit_test(secretmem_keeps_no_descriptor_and_gives_everything_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
