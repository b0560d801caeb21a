/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What exactly comes of one refused call: which code, which protections, and in which order the system was asked. */
#include "support.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os_fake.h"

#define LARGE 100000u

static osml_buffer_options options_of(uint32_t want, uint32_t policy)
{
	return (osml_buffer_options){ .struct_size = sizeof(osml_buffer_options), .want = want, .policy = policy };
}

static osml_buffer_options with_policy(uint32_t policy)
{
	return options_of(OSML_DEFAULT_PROTECTIONS, policy);
}

/* Both kinds of buffer: one in the pool, one with pages of its own. */
static const size_t lengths[] = { 40, LARGE };
#define EACH_LENGTH(len) for (const size_t *len = lengths; len < lengths + 2; len++)

static uint32_t protections(const osml_buffer *b)
{
	uint32_t bits = 0;

	CHECK_RC(osml_buffer_protections(b, &bits), 0);
	return bits;
}

static int teardown(void **state)
{
	(void)state;
	fake_reset();
	support_settle();
	return 0;
}

/* EPERM is never the quota's here, and ENOMEM not where none binds us: the system's own code comes through (A11). */
static void a_refused_lock_keeps_its_code(void **state)
{
	osml_buffer *b = (osml_buffer *)1;

	(void)state;
	EACH_LENGTH(len)
	{
		support_settle();
		fake_fail_function("lock", 1, ~0u, -ENOMEM);
		CHECK_RC(osml_buffer_new(&b, *len, NULL), support_refused_lock(-ENOMEM));
		CHECK(!b && fake_fired());
		fake_reset();
		fake_fail_function("lock", 1, ~0u, -EPERM);
		CHECK_RC(osml_buffer_new(&b, *len, NULL), -EPERM);
		fake_reset();
	}
}

static osml_buffer *some;

static int open_a_file(void)
{
	osml_buffer *b;

	return osml_buffer_from_file(&b, "/dev/null", 10, NULL, 0);
}

static int write_somewhere(void)
{
	return osml_buffer_write_fd(some, 1, NULL);
}

static int read_something(void)
{
	size_t got;

	return osml_buffer_read_fd(some, 0, 1, 0, &got, NULL);
}

static bool blames_the_lock(void)
{
	char sentence[1000];

	CHECK(osml_explain(-EPERM, sentence, sizeof sentence) > 0);
	return strstr(sentence, "last lock");
}

/* Windows says the same of a lock and of a file: access denied. */
static void what_is_denied_later_is_not_explained_by_a_lock(void **state)
{
	static const struct {
		const char *function;
		int (*call)(void);
	} later[] = { { "open", open_a_file }, { "write", write_somewhere }, { "read", read_something }, { "file", read_something } };
	osml_buffer *b;

	(void)state;
	some = support_secret(32, OSML_DEFAULT_PROTECTIONS);
	for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
		support_settle();
		fake_fail_function("lock", 1, ~0u, -EPERM);
		CHECK_RC(osml_buffer_new(&b, 300000, NULL), -EPERM);
		fake_reset();
		assert_true(blames_the_lock()); /* control */
		fake_fail_function(later[i].function, 1, ~0u, -EPERM);
		CHECK_RC(later[i].call(), -EPERM);
		fake_reset();
		assert_false(blames_the_lock());
	}
	osml_buffer_free(some);
}

static void ask_beyond_the_quota(void *unused)
{
	osml_buffer *b;
	osml_region *region;
	static unsigned char memory[1 << 18];

	(void)unused;
	support_limit_locked_memory(64 << 10);
	CHECK_RC(osml_buffer_new(&b, 128 << 10, NULL), OSML_ELIMIT);
	CHECK_RC(osml_region_lock(&region, memory, sizeof memory, 0), OSML_ELIMIT);
}

/* mlockall(MCL_FUTURE) with a limit of 0: there it is the mapping that is refused so. */
static void map_under(void *limit)
{
	osml_buffer_options best = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;

	support_limit_locked_memory(*(size_t *)limit);
	best.policy = OSML_POLICY_BEST_EFFORT;
	CHECK_RC(osml_buffer_new(&b, 8, &best), 0); /* the handles are there from now on */
	fake_fail_function("map", 1, ~0u, -EPERM);
	CHECK_RC(osml_buffer_new(&b, 100000, NULL), *(size_t *)limit ? -EPERM : OSML_ELIMIT);
	CHECK(fake_fired() > 0);
}

static void a_mapping_refused_with_eperm_is_the_quotas_where_that_is_0(void **state)
{
	size_t limits[] = { 0, 65536 };

	(void)state;
	IN_CHILD(map_under, &limits[0]);
	IN_CHILD(map_under, &limits[1]);
}

static void a_lock_beyond_the_quota_says_so(void **state)
{
	(void)state;
	IN_CHILD(ask_beyond_the_quota, NULL);
}

/* CAP_IPC_LOCK lifts the limit, so a hole in the memory must not be taken for it, however large the range. */
static void ask_with_a_hole(void *unused)
{
	size_t page = support_page_size(), size = 64 * page;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	osml_region *region;
	uint64_t soft = 0;

	(void)unused;
	CHECK(memory != MAP_FAILED && munmap(memory + size / 2, page) == 0);
	support_set_lock_limit(4 * page);
	CHECK_RC(osml_info(OSML_INFO_LOCK_LIMIT_SOFT, &soft), 0);
	if (soft != OSML_UNLIMITED)
		_exit(1);
	CHECK_RC(osml_region_lock(&region, memory, size, 0), -ENOMEM);
	CHECK(support_none_has(memory, size, "lo"));
}

static void a_hole_is_not_the_quota_of_a_privileged_process(void **state)
{
	int status = support_in_child(ask_with_a_hole, NULL);

	(void)state;
	if (status == 1)
		SKIP("this process has no CAP_IPC_LOCK");
	CHECK(status == 0);
}

/* "LOCKED must hold wherever the platform can lock at all" (A11). */
static void without_locks_in_the_platform_the_default_is_an_unlocked_buffer(void **state)
{
	osml_buffer_options strict = with_policy(OSML_POLICY_STRICT);
	osml_buffer *b;

	(void)state;
	EACH_LENGTH(len)
	{
		support_settle();
		fake_fail_function("lock", 1, ~0u, OSML_EUNSUPPORTED);
		CHECK_RC(osml_buffer_new(&b, *len, NULL), 0);
		CHECK(!(protections(b) & OSML_LOCKED));
		CHECK(support_none_has(osml_buffer_data(b), *len, "lo"));
		osml_buffer_free(b);
		support_settle();
		CHECK_RC(osml_buffer_new(&b, *len, &strict), OSML_EUNSUPPORTED);
		fake_reset();
	}
}

static void best_effort_gives_an_unlocked_buffer_that_says_so(void **state)
{
	osml_buffer_options options = with_policy(OSML_POLICY_BEST_EFFORT);
	osml_buffer *b;
	uint32_t verified = ~0u;

	(void)state;
	EACH_LENGTH(len)
	{
		support_settle();
		fake_fail_function("lock", 1, ~0u, -ENOMEM);
		CHECK_RC(osml_buffer_new(&b, *len, &options), 0);
		CHECK(!(protections(b) & OSML_LOCKED) && protections(b) & OSML_NODUMP);
		CHECK_RC(osml_buffer_verify(b, &verified), 0);
		CHECK(!(verified & OSML_LOCKED));
		CHECK_RC(osml_buffer_fill(b, 0, 1, *len), 0);
		osml_buffer_free(b);
		fake_reset();
	}
}

static void a_refused_dump_exclusion_is_reported_or_under_strict_fatal(void **state)
{
	osml_buffer_options strict = with_policy(OSML_POLICY_STRICT);
	osml_buffer *b;

	(void)state;
	EACH_LENGTH(len)
	{
		support_settle();
		fake_fail_function("nodump", 1, ~0u, -EINVAL);
		CHECK_RC(osml_buffer_new(&b, *len, NULL), 0);
		CHECK(!(protections(b) & OSML_NODUMP) && protections(b) & OSML_LOCKED);
		CHECK(support_none_has(osml_buffer_data(b), *len, "dd"));
		osml_buffer_free(b);
		support_settle();
		CHECK(osml_buffer_new(&b, *len, &strict) < 0 && !b);
		fake_reset();
		support_settle();
		CHECK_RC(osml_buffer_new(&b, *len, &strict), 0); /* the control */
		CHECK(protections(b) & OSML_NODUMP);
		osml_buffer_free(b);
	}
}

static void look_at_forked(void *data)
{
	for (size_t i = 0; i < 40; i++)
		CHECK(((unsigned char *)data)[i] == 0);
}

static void look_at_unprotected(void *data)
{
	CHECK(((unsigned char *)data)[0] == 0x77);
}

/* A kernel without MADV_WIPEONFORK: the child wipes its copies by hand. */
static void without_wiping_in_the_kernel_the_child_wipes_by_hand(void **state)
{
	osml_buffer_options kept = options_of(OSML_LOCKED, OSML_POLICY_DEFAULT);
	osml_buffer *b, *control;

	(void)state;
	EACH_LENGTH(len)
	{
		support_settle();
		fake_fail_function("wipe_on_fork", 1, ~0u, OSML_EUNSUPPORTED);
		CHECK_RC(osml_buffer_new(&b, *len, NULL), 0);
		CHECK_RC(osml_buffer_new(&control, 40, &kept), 0);
		CHECK(!(protections(b) & OSML_WIPEONFORK));
		CHECK_RC(osml_buffer_fill(b, 0, 0x77, *len), 0);
		CHECK_RC(osml_buffer_fill(control, 0, 0x77, 40), 0);
		IN_CHILD(look_at_forked, osml_buffer_data(b));
		IN_CHILD(look_at_unprotected, osml_buffer_data(control));
		look_at_unprotected(osml_buffer_data(b));
		osml_buffer_free(b);
		osml_buffer_free(control);
		fake_reset();
	}
}

static size_t position_of(const char *function)
{
	for (size_t i = 0; i < fake_recorded(); i++)
		if (!strcmp(fake_call(i)->function, function))
			return i;
	print_error("no call of %s\n", function);
	fail();
	return 0;
}

/* Data written before the lock could have been swapped out (M8): so nothing is. */
static void the_lock_comes_last_and_before_the_first_byte(void **state)
{
	osml_buffer *b;

	(void)state;
	EACH_LENGTH(len)
	{
		support_settle();
		fake_record();
		CHECK_RC(osml_buffer_new(&b, *len, NULL), 0);
		CHECK(position_of("map") < position_of("nodump"));
		CHECK(position_of("nodump") < position_of("lock"));
		CHECK(position_of("wipe_on_fork") < position_of("lock"));
		CHECK(fake_call(position_of("lock"))->zero);
		osml_buffer_free(b);
		fake_reset();
	}
}

/* A11: the bytes are zero before the pages go. A write past the end, seen as corruption, makes no difference. */
static void all_bytes_are_zero_before_they_are_unmapped(void **state)
{
	osml_buffer *b;

	(void)state;
	EACH_LENGTH(len)
	{
		support_settle();
		CHECK_RC(osml_buffer_new(&b, *len, NULL), 0);
		CHECK_RC(osml_buffer_fill(b, 0, 0xEE, *len), 0);
		fake_record();
		osml_buffer_free(b);
		support_settle();
		CHECK(fake_call(position_of("unmap"))->zero);
		fake_reset();
		fake_record();
		CHECK_RC(osml_mlock(&(int){ 1 }, sizeof(int)), 0); /* the control: the recorder can tell */
		CHECK_RC(osml_munlock(&(int){ 1 }, sizeof(int)), 0);
		CHECK(!fake_call(position_of("unlock"))->zero);
		fake_reset();
	}
}

/* T28: mapped and locked is better than dirty and free, and the next close tries again. */
static void what_cannot_be_made_writable_is_neither_unmapped_nor_unlocked(void **state)
{
	osml_buffer_options options = options_of(OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, OSML_POLICY_DEFAULT);
	const void *data;
	osml_buffer *b;

	(void)state;
	CHECK_RC(osml_buffer_new(&b, 100, &options), 0);
	data = osml_buffer_data(b);
	CHECK_RC(osml_buffer_protect(b, OSML_ACCESS_READ), 0);
	fake_fail_function("protect", 1, 1, -ENOMEM);
	CHECK_RC(osml_buffer_close(b), -ENOMEM);
	CHECK(!osml_buffer_data(b));
	CHECK(fake_calls_of("unmap") == 0 && support_all_have(data, 100, "lo"));
	CHECK_RC(osml_buffer_close(b), 0);
	CHECK_RC(osml_trim(), 0);
	CHECK(fake_calls_of("unmap") == 1);
	osml_buffer_free(b);
}

/* So does a close after a purge, which itself says nothing. */
static void what_a_purge_could_not_wipe_is_wiped_by_the_close(void **state)
{
	osml_buffer *b = support_secret(100, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED);
	const unsigned char *data = osml_buffer_data(b);

	(void)state;
	CHECK_RC(osml_buffer_protect(b, OSML_ACCESS_READ), 0);
	fake_fail_function("protect", 1, 2, -ENOMEM);
	CHECK_RC(osml_purge(), 0);
	CHECK_RC(osml_buffer_close(b), -ENOMEM);
	CHECK(fake_fired() == 2 && data[99] == 0xEE); /* control: it could not */
	CHECK_RC(osml_buffer_close(b), 0);
	CHECK(data[99] == 0);
	osml_buffer_free(b);
}

/* Memory that fork() shares with the child must not be used as if it were private. */
/* Closed it is all the same; the last to leave tries again. */
static void a_pinned_one_that_cannot_be_made_writable_is_wiped_by_the_last_to_leave(void **state)
{
	struct support_snapshot before = support_snapshot();
	osml_buffer *b = support_secret(100, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED);
	void *data;

	(void)state;
	CHECK_RC(osml_buffer_protect(b, OSML_ACCESS_READ), 0);
	CHECK_RC(osml_buffer_pin(b, &data, NULL), 0);
	fake_fail_function("protect", 1, 1, -ENOMEM);
	CHECK_RC(osml_buffer_close(b), -ENOMEM);
	CHECK(fake_fired() == 1 && ((unsigned char *)data)[99] == 0xEE); /* control: it could not */
	fake_reset();
	fake_record();
	CHECK_RC(osml_buffer_unpin(b), OSML_ECLOSED);
	CHECK(fake_recorded() > 0);
	for (size_t i = 0; i < fake_recorded(); i++)
		if (!strcmp(fake_call(i)->function, "unmap"))
			CHECK(fake_call(i)->zero);
	fake_reset();
	ASSERT_BACK_TO(before);
	osml_buffer_free(b);
}

static void secret_memory_that_cannot_be_kept_out_of_children_is_not_used(void **state)
{
	osml_buffer_options options = options_of(OSML_SECRETMEM | OSML_DEFAULT_PROTECTIONS, OSML_POLICY_DEFAULT);
	osml_buffer *b;

	(void)state;
	if (!support_secretmem())
		SKIP("no memfd_secret(2)");
	CHECK_RC(osml_buffer_new(&b, 40, &options), 0);
	CHECK(protections(b) & OSML_SECRETMEM && protections(b) & OSML_NOFORK); /* the control */
	osml_buffer_free(b);
	support_settle();
	fake_fail_function("no_fork", 1, ~0u, -EINVAL);
	CHECK_RC(osml_buffer_new(&b, 40, &options), 0);
	CHECK(fake_fired() && !(protections(b) & OSML_SECRETMEM) && protections(b) & OSML_WIPEONFORK);
	osml_buffer_free(b);
	options.policy = OSML_POLICY_STRICT;
	fake_fail_function("no_fork", 1, ~0u, -EINVAL);
	CHECK_RC(osml_buffer_new(&b, 40, &options), -EINVAL);
}

/* An arena that was refused something serves DEFAULT; STRICT never gets a slot of it, and is served again once it is gone. */
static void strict_gets_no_slot_of_an_arena_that_was_refused_something(void **state)
{
	osml_buffer_options strict = with_policy(OSML_POLICY_STRICT);
	osml_buffer *first, *b;

	(void)state;
	support_settle();
	fake_fail_function("nodump", 1, 1, -EAGAIN);
	CHECK_RC(osml_buffer_new(&first, 40, NULL), 0);
	CHECK(!(protections(first) & OSML_NODUMP));
	fake_reset();
	CHECK_RC(osml_buffer_new(&b, 40, &strict), 0);
	CHECK(protections(b) & OSML_NODUMP);
	osml_buffer_free(b);
	osml_buffer_free(first);
	support_settle();
	CHECK_RC(osml_buffer_new(&b, 40, &strict), 0);
	CHECK(protections(b) & OSML_NODUMP);
	osml_buffer_free(b);
}

static void lose_a_buffer(void *options)
{
	struct support_snapshot before;
	osml_buffer *b;

	fclose(stderr); /* The failure is meant; its text would only puzzle. Before the snapshot, which counts descriptors. */
	before = support_snapshot();
	CHECK_RC(osml_buffer_new(&b, LARGE, options), 0);
	ASSERT_BACK_TO(before);
}

/* The control of all tests that look for what is left behind: locked memory, and memory that only the count of mapped bytes can see. */
static void a_lost_buffer_is_seen(void **state)
{
	osml_buffer_options unlocked = options_of(OSML_CANARY, OSML_POLICY_DEFAULT);

	(void)state;
	CHECK(support_in_child(lose_a_buffer, NULL) == CHILD_FAILED);
	CHECK(support_in_child(lose_a_buffer, &unlocked) == CHILD_FAILED);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_refused_lock_keeps_its_code),
		TEST(what_is_denied_later_is_not_explained_by_a_lock),
		TEST(a_mapping_refused_with_eperm_is_the_quotas_where_that_is_0),
		TEST(a_lock_beyond_the_quota_says_so),
		TEST(a_hole_is_not_the_quota_of_a_privileged_process),
		TEST(without_locks_in_the_platform_the_default_is_an_unlocked_buffer),
		TEST(best_effort_gives_an_unlocked_buffer_that_says_so),
		TEST(a_refused_dump_exclusion_is_reported_or_under_strict_fatal),
		TEST(without_wiping_in_the_kernel_the_child_wipes_by_hand),
		TEST(the_lock_comes_last_and_before_the_first_byte),
		TEST(all_bytes_are_zero_before_they_are_unmapped),
		TEST(what_cannot_be_made_writable_is_neither_unmapped_nor_unlocked),
		TEST(what_a_purge_could_not_wipe_is_wiped_by_the_close),
		TEST(a_pinned_one_that_cannot_be_made_writable_is_wiped_by_the_last_to_leave),
		TEST(secret_memory_that_cannot_be_kept_out_of_children_is_not_used),
		TEST(strict_gets_no_slot_of_an_arena_that_was_refused_something),
		TEST(a_lost_buffer_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
