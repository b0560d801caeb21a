/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a forked child sees of its parent's buffers (T9, T10), and what is left of open ones at exit (T29). */
#include "every_call.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define KEEP   (OSML_LOCKED | OSML_NODUMP | OSML_CANARY)
#define NOFORK (KEEP | OSML_NOFORK)

static const size_t lengths[] = { 8, 2000, 10000 };
#define LENGTHS 3

static bool all_are(const unsigned char *bytes, unsigned char value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

/* A buffer, and its data as the parent saw it: in the child osml_buffer_data() is NULL. */
struct inherited {
	osml_buffer *b;
	unsigned char *data;
	size_t len;
};

static void in_child_of_each(uint32_t want, void (*body)(void *inherited))
{
	for (size_t i = 0; i < LENGTHS; i++) {
		struct inherited inherited = { .b = support_secret(lengths[i], want), .len = lengths[i] };
		inherited.data = osml_buffer_data(inherited.b);
		CHECK(inherited.data);
		IN_CHILD(body, &inherited);
		CHECK(all_are(inherited.data, 0xEE, inherited.len)); /* the parent is unaffected, whatever the child did */
		CHECK_RC(osml_buffer_fill(inherited.b, 0, 1, inherited.len), 0);
		CHECK_RC(osml_buffer_close(inherited.b), 0);
		osml_buffer_free(inherited.b);
	}
}

/* ---- In the child ---- */

static void sees_zeros(void *arg)
{
	struct inherited *in = arg;

	CHECK(all_are(in->data, 0, in->len));
}

static void wiped_memory_is_zero_in_the_child_and_whole_in_the_parent(void **state)
{
	(void)state;
	in_child_of_each(OSML_DEFAULT_PROTECTIONS, sees_zeros);
	in_child_of_each(OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, sees_zeros);
}

static void finds_no_mapping(void *arg)
{
	struct inherited *in = arg;
	struct support_mapping mapping;

	CHECK(support_find_mapping(&mapping, in)); /* control */
	CHECK(!support_find_mapping(&mapping, in->data));
	CHECK(!support_find_mapping(&mapping, in->data + in->len));
}

static void nofork_memory_is_not_mapped_in_the_child(void **state)
{
	(void)state;
	in_child_of_each(NOFORK, finds_no_mapping);
	in_child_of_each(NOFORK | OSML_GUARDED, finds_no_mapping);
}

/* T10: it would be shared, writes included. */
static void secretmem_is_not_mapped_in_the_child(void **state)
{
	(void)state;
	if (!support_secretmem())
		SKIP("memfd_secret(2) is not offered here");
	in_child_of_each(OSML_DEFAULT_PROTECTIONS | OSML_SECRETMEM, finds_no_mapping);
}

static void is_told_that_it_is_the_parents(void *arg)
{
	struct inherited *in = arg;

	check_every_call(in->b, OSML_EFORKED);
	CHECK(!osml_buffer_data(in->b));
	CHECK(osml_buffer_size(in->b) == in->len);
	osml_buffer_unpin(in->b);
	check_every_call(in->b, OSML_EFORKED);
}

static void every_call_on_an_inherited_buffer_is_eforked(void **state)
{
	(void)state;
	in_child_of_each(OSML_DEFAULT_PROTECTIONS, is_told_that_it_is_the_parents);
	in_child_of_each(OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, is_told_that_it_is_the_parents);
	in_child_of_each(NOFORK, is_told_that_it_is_the_parents);
}

static void frees_and_goes_on(void *arg)
{
	struct inherited *in = arg;

	CHECK_RC(osml_buffer_close(in->b), 0);
	check_every_call(in->b, OSML_ECLOSED);
	osml_buffer_free(in->b);
	for (int i = 0; i < 100; i++) {
		osml_buffer *b = support_secret(100, OSML_DEFAULT_PROTECTIONS);
		CHECK(support_all_have(osml_buffer_data(b), 100, "lo"));
		if (i % 2)
			osml_buffer_free(b);
	}
}

static void closing_and_freeing_in_the_child_is_safe_and_new_buffers_work(void **state)
{
	(void)state;
	in_child_of_each(OSML_DEFAULT_PROTECTIONS, frees_and_goes_on);
	in_child_of_each(NOFORK, frees_and_goes_on);
	in_child_of_each(KEEP, frees_and_goes_on);
}

static void frees_without_closing(void *arg)
{
	struct inherited *in = arg;

	osml_buffer_free(in->b);
}

static void closes_lets_go_and_frees(void *arg)
{
	struct inherited *in = arg;
	uint64_t twice = 9;

	CHECK_RC(osml_buffer_close(in->b), 0);
	CHECK_RC(osml_buffer_close(in->b), 0);
	CHECK_RC(osml_buffer_fill(in->b, 0, 1, 1), OSML_ECLOSED);
	CHECK_RC(osml_buffer_unpin(in->b), OSML_ECLOSED);
	CHECK_RC(osml_buffer_unpin(in->b), OSML_EINVAL);
	osml_buffer_free(in->b);
	CHECK_RC(osml_info(OSML_INFO_DOUBLE_FREES, &twice), 0);
	CHECK(twice == 0);
	osml_buffer_free(support_secret(8, OSML_DEFAULT_PROTECTIONS));
}

static void a_pinned_buffer_can_be_closed_in_the_child_and_let_go(void **state)
{
	static const uint32_t wants[] = { OSML_DEFAULT_PROTECTIONS, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, NOFORK };

	(void)state;
	for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
		struct inherited pinned = { .b = support_secret(8, wants[i]) };

		assert_int_equal(osml_buffer_pin(pinned.b, NULL, NULL), 0);
		IN_CHILD(closes_lets_go_and_frees, &pinned);
		assert_int_equal(osml_buffer_unpin(pinned.b), 0);
		osml_buffer_free(pinned.b);
	}
}

static void freeing_a_pinned_or_inaccessible_buffer_in_the_child_is_safe(void **state)
{
	struct inherited pinned = { .b = support_secret(8, OSML_DEFAULT_PROTECTIONS) };
	struct inherited barred = { .b = support_secret(8, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED) };

	(void)state;
	assert_int_equal(osml_buffer_pin(pinned.b, NULL, NULL), 0);
	assert_int_equal(osml_buffer_protect(barred.b, OSML_ACCESS_NONE), 0);
	IN_CHILD(frees_without_closing, &pinned);
	IN_CHILD(frees_without_closing, &barred);
	osml_buffer_free(pinned.b);
	osml_buffer_free(barred.b);
}

/* ---- Keep ---- */

static void has_the_bytes_locked_again(struct inherited *in)
{
	uint32_t bits;

	CHECK(osml_buffer_data(in->b) == in->data);
	CHECK(all_are(in->data, 0xEE, in->len));
	CHECK(support_all_have(in->data, in->len, "lo"));
	CHECK(support_all_have(in->data, in->len, "dd"));
	CHECK_RC(osml_buffer_verify(in->b, &bits), 0);
	CHECK((bits & KEEP) == KEEP);
}

static void a_grandchild_uses_it(void *arg)
{
	struct inherited *in = arg;
	uint64_t live;

	has_the_bytes_locked_again(in);
	CHECK_RC(osml_info(OSML_INFO_LIVE_BUFFERS, &live), 0);
	CHECK(live == 1);
	CHECK_RC(osml_buffer_wipe(in->b), 0);
	CHECK_RC(osml_buffer_close(in->b), 0);
	osml_buffer_free(in->b);
}

static void a_child_uses_it(void *arg)
{
	struct inherited *in = arg;
	uint64_t live, locked;

	has_the_bytes_locked_again(in);
	CHECK_RC(osml_info(OSML_INFO_LIVE_BUFFERS, &live), 0);
	CHECK_RC(osml_info(OSML_INFO_LIBRARY_LOCKED_BYTES, &locked), 0);
	CHECK(live == 1);
	CHECK(locked >= in->len && locked == support_locked_kib() * 1024);
	IN_CHILD(a_grandchild_uses_it, in);
	has_the_bytes_locked_again(in);
	CHECK_RC(osml_buffer_fill(in->b, 0, 0xDD, in->len), 0);
	CHECK_RC(osml_buffer_close(in->b), 0);
	osml_buffer_free(in->b);
	support_settle();
	CHECK(support_locked_kib() == 0);
}

static void a_kept_buffer_is_a_locked_copy_in_child_and_grandchild(void **state)
{
	(void)state;
	in_child_of_each(KEEP, a_child_uses_it);
	in_child_of_each(KEEP | OSML_GUARDED, a_child_uses_it);
}

static void has_the_bytes_unlocked(void *arg)
{
	struct inherited *in = arg;
	uint64_t locked = 1;

	CHECK(all_are(osml_buffer_data(in->b), 0xEE, in->len));
	CHECK(support_none_has(in->data, in->len, "lo") && support_all_have(in->data, in->len, "dd"));
	CHECK_RC(osml_info(OSML_INFO_LIBRARY_LOCKED_BYTES, &locked), 0);
	CHECK(locked == 0);
	osml_buffer_free(in->b);
}

static void a_kept_buffer_that_was_not_locked_is_not_locked_in_the_child(void **state)
{
	(void)state;
	support_settle();
	in_child_of_each(OSML_NODUMP | OSML_CANARY, has_the_bytes_unlocked);
}

static void a_child_opens_it(void *arg)
{
	struct inherited *in = arg;

	CHECK_RC(osml_buffer_write(in->b, 0, "x", 1), OSML_EACCESS);
	CHECK_RC(osml_buffer_protect(in->b, OSML_ACCESS_READWRITE), 0);
	CHECK(all_are(osml_buffer_data(in->b), 0xEE, in->len));
	CHECK(support_all_have(in->data, in->len, "lo"));
}

static void a_kept_buffer_keeps_its_access_mode(void **state)
{
	struct inherited in = { .b = support_secret(8, KEEP | OSML_GUARDED), .len = 8 };

	(void)state;
	in.data = osml_buffer_data(in.b);
	assert_int_equal(osml_buffer_protect(in.b, OSML_ACCESS_NONE), 0);
	IN_CHILD(a_child_opens_it, &in);
	osml_buffer_free(in.b);
}

/* ---- Regions ---- */

static void a_child_gives_it_back(void *region)
{
	CHECK_RC(osml_region_unlock(region), OSML_EFORKED);
}

static void an_inherited_region_is_eforked_and_freed(void **state)
{
	static unsigned char memory[100];
	osml_region *region;

	(void)state;
	assert_int_equal(osml_region_lock(&region, memory, sizeof memory, 0), 0);
	IN_CHILD(a_child_gives_it_back, region);
	assert_true(support_all_have(memory, sizeof memory, "lo"));
	assert_int_equal(osml_region_unlock(region), 0);
}

/* ---- Exit ---- */

/* What a destructor that runs after the library's sweep sees. In shared memory, so that the test sees it too. */
static struct evidence {
	bool zero_before, zero_after, looked;
	const unsigned char *data;
	size_t len;
} * evidence;

static void look_after_the_sweep(void)
{
	evidence->looked = true;
	evidence->zero_after = all_are(evidence->data, 0, evidence->len);
}

enum ending { BY_EXIT, OPEN, PINNED, INACCESSIBLE, READ_ONLY, KEPT, LARGE, ENDINGS };

static osml_buffer *buffer_for(enum ending how)
{
	static const uint32_t wants[ENDINGS] = {
		[BY_EXIT] = OSML_DEFAULT_PROTECTIONS,
		[OPEN] = OSML_DEFAULT_PROTECTIONS,
		[PINNED] = OSML_DEFAULT_PROTECTIONS,
		[INACCESSIBLE] = OSML_DEFAULT_PROTECTIONS | OSML_GUARDED,
		[READ_ONLY] = OSML_DEFAULT_PROTECTIONS | OSML_GUARDED,
		[KEPT] = KEEP,
		[LARGE] = OSML_DEFAULT_PROTECTIONS,
	};

	return support_secret(how == LARGE ? 100000 : 100, wants[how]);
}

static int leave_open(enum ending how)
{
	osml_buffer *b = buffer_for(how);

	evidence->data = osml_buffer_data(b);
	evidence->len = osml_buffer_size(b);
	evidence->zero_before = all_are(evidence->data, 0, evidence->len);
	if (how == PINNED)
		CHECK_RC(osml_buffer_pin(b, NULL, NULL), 0);
	if (how == INACCESSIBLE)
		CHECK_RC(osml_buffer_protect(b, OSML_ACCESS_NONE), 0);
	if (how == READ_ONLY)
		CHECK_RC(osml_buffer_protect(b, OSML_ACCESS_READ), 0);
	if (how == BY_EXIT)
		exit(0);
	return 0;
}

/* A program of its own, whose first act is to register its destructor: before the library's first use, hence run after its sweep. */
static int main_of_victim(const char *shared_fd, const char *how)
{
	evidence = mmap(NULL, sizeof *evidence, PROT_READ | PROT_WRITE, MAP_SHARED, atoi(shared_fd), 0);
	if (evidence == MAP_FAILED || atexit(look_after_the_sweep))
		return CHILD_FAILED;
	return leave_open((enum ending)atoi(how));
}

static void become_victim(int fd, enum ending how)
{
	char fd_text[16], how_text[16], program[4096] = { 0 };

	snprintf(fd_text, sizeof fd_text, "%d", fd);
	snprintf(how_text, sizeof how_text, "%d", how);
	if (readlink("/proc/self/exe", program, sizeof program - 1) > 0) /* its name, because under valgrind the link is valgrind */
		execl(program, "victim", fd_text, how_text, (char *)NULL);
	_exit(CHILD_FAILED);
}

static void assert_wiped_at_exit(enum ending how)
{
	char name[] = "/tmp/osml-exit-XXXXXX";
	int fd = mkstemp(name), status;
	pid_t victim;

	unlink(name);
	assert_int_equal(ftruncate(fd, sizeof *evidence), 0);
	evidence = mmap(NULL, sizeof *evidence, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(evidence != MAP_FAILED);
	victim = fork();
	if (victim == 0)
		become_victim(fd, how);
	assert_int_equal(waitpid(victim, &status, 0), victim);
	assert_int_equal(status, 0);
	assert_true(evidence->looked);
	assert_false(evidence->zero_before); /* control: there was something to see */
	assert_true(evidence->zero_after);
	munmap(evidence, sizeof *evidence);
	close(fd);
}

static void an_open_buffer_is_wiped_by_exit(void **state)
{
	(void)state;
	assert_wiped_at_exit(BY_EXIT);
}

static void an_open_buffer_is_wiped_by_the_return_from_main(void **state)
{
	(void)state;
	assert_wiped_at_exit(OPEN);
	assert_wiped_at_exit(LARGE);
	assert_wiped_at_exit(KEPT);
}

static void a_pinned_buffer_is_wiped_at_exit(void **state)
{
	(void)state;
	assert_wiped_at_exit(PINNED);
}

static void a_buffer_without_access_is_wiped_at_exit(void **state)
{
	(void)state;
	assert_wiped_at_exit(INACCESSIBLE);
	assert_wiped_at_exit(READ_ONLY);
}

/* ---- Many, of which the child may lock some ---- */

enum { MANY = 200 };
static osml_buffer *many[MANY];

static uint64_t counted_bytes(void)
{
	uint64_t bytes;

	CHECK_RC(osml_info(OSML_INFO_LIBRARY_LOCKED_BYTES, &bytes), 0);
	return bytes;
}

/* Small ones share pages: as many stay locked as the limit has room for, and what is counted as locked is what the kernel locks. */
static void count_many(void *unused)
{
	unsigned locked = 0;
	uint32_t held;

	(void)unused;
	for (size_t i = 0; i < MANY; i++) {
		CHECK_RC(osml_buffer_protections(many[i], &held), 0);
		CHECK(!(held & OSML_LOCKED) || support_all_have(osml_buffer_data(many[i]), 1000, "lo"));
		locked += (held & OSML_LOCKED) != 0;
	}
	CHECK(locked > 0 && locked < MANY);
	CHECK(counted_bytes() == support_locked_kib() * 1024);
	for (size_t i = 0; i < MANY; i++)
		osml_buffer_free(many[i]);
	CHECK_RC(osml_trim(), 0);
	CHECK(counted_bytes() == 0 && support_locked_kib() == 0);
	osml_buffer_free(support_secret(32, OSML_DEFAULT_PROTECTIONS));
}

static void fork_with_many(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < MANY; i++)
		many[i] = support_secret(1000, KEEP);
	CHECK(support_locked_kib() > 128); /* control */
	support_limit_locked_memory(65536);
	IN_CHILD(count_many, NULL);
}

static void kept_buffers_beyond_the_childs_limit_are_counted_as_the_kernel_does(void **state)
{
	(void)state;
	IN_CHILD(fork_with_many, NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wiped_memory_is_zero_in_the_child_and_whole_in_the_parent),
		cmocka_unit_test(nofork_memory_is_not_mapped_in_the_child),
		cmocka_unit_test(secretmem_is_not_mapped_in_the_child),
		cmocka_unit_test(every_call_on_an_inherited_buffer_is_eforked),
		cmocka_unit_test(closing_and_freeing_in_the_child_is_safe_and_new_buffers_work),
		cmocka_unit_test(a_pinned_buffer_can_be_closed_in_the_child_and_let_go),
		cmocka_unit_test(freeing_a_pinned_or_inaccessible_buffer_in_the_child_is_safe),
		cmocka_unit_test(a_kept_buffer_is_a_locked_copy_in_child_and_grandchild),
		cmocka_unit_test(a_kept_buffer_that_was_not_locked_is_not_locked_in_the_child),
		cmocka_unit_test(a_kept_buffer_keeps_its_access_mode),
		cmocka_unit_test(kept_buffers_beyond_the_childs_limit_are_counted_as_the_kernel_does),
		cmocka_unit_test(an_inherited_region_is_eforked_and_freed),
		cmocka_unit_test(an_open_buffer_is_wiped_by_exit),
		cmocka_unit_test(an_open_buffer_is_wiped_by_the_return_from_main),
		cmocka_unit_test(a_pinned_buffer_is_wiped_at_exit),
		cmocka_unit_test(a_buffer_without_access_is_wiped_at_exit),
	};

	if (argc == 3)
		return main_of_victim(argv[1], argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
