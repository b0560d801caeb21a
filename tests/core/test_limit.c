/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Whom the limit on locked memory binds, and how much is used: read from files of /proc, which are this test's own here (audit T18). What changes a
 * process has a child.
 */
#define _GNU_SOURCE
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os_fake.h"

#define LIMIT  ((size_t)1 << 20)
#define STATUS "/proc/thread-self/status"

static char name[] = "/tmp/osml-limit-XXXXXX";

static int make_file(void **state)
{
	(void)state;
	return close(mkstemp(name));
}

static int remove_file(void **state)
{
	(void)state;
	fake_reset();
	return unlink(name);
}

static void show(const char *path, const char *text)
{
	int fd = open(name, O_WRONLY | O_TRUNC | O_CLOEXEC);

	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	fake_redirect(path, name);
}

static uint64_t info(enum osml_info what)
{
	uint64_t value = 0xA5A5A5A5u;

	CHECK_RC(osml_info(what, &value), 0);
	return value;
}

/* ---- Root in a container ---- */

/* By the kernel's word. */
static bool locks_beyond_the_limit(void)
{
	static unsigned char memory[1];
	bool locked;

	support_set_lock_limit(0);
	locked = mlock(memory, 1) == 0;
	munlock(memory, 1);
	return locked;
}

static void is_exempt(void *unused)
{
	(void)unused;
	if (!locks_beyond_the_limit())
		_exit(1);
	CHECK(info(OSML_INFO_LOCK_LIMIT_SOFT) == OSML_UNLIMITED);
	CHECK(info(OSML_INFO_LOCK_LIMIT_HARD) == 0);
}

static ino_t number;           /* of the namespace; 0: the true one */
static bool number_is_unknown; /* no namespaces in this kernel, no /proc, no memory for an answer */

/* In place of the C library's. */
int stat(const char *path, struct stat *status)
{
	int rc;

	errno = ENOENT;
	if (number_is_unknown)
		return -1;
	rc = fstatat(AT_FDCWD, path, status, 0);
	if (number)
		status->st_ino = number;
	return rc;
}

/* The capability alone exempts nobody: it must be one of the first namespace. */
static void is_bound_in(void *this)
{
	char sentence[800];
	osml_buffer *b;

	support_set_lock_limit(LIMIT);
	number = *(const ino_t *)this;
	CHECK(info(OSML_INFO_LOCK_LIMIT_SOFT) == LIMIT);
	CHECK(info(OSML_INFO_LOCK_LIMIT_HARD) == LIMIT);
	fake_fail_function("lock", 1, ~0u, -ENOMEM);
	CHECK_RC(osml_buffer_new(&b, 100, NULL), OSML_ELIMIT);
	CHECK(osml_explain(OSML_ELIMIT, sentence, sizeof sentence) > 0 && strstr(sentence, " 1048576 bytes"));
}

static void is_exempt_in(void *this)
{
	support_set_lock_limit(LIMIT);
	number = *(const ino_t *)this;
	CHECK(info(OSML_INFO_LOCK_LIMIT_SOFT) == OSML_UNLIMITED);
	CHECK(info(OSML_INFO_LOCK_LIMIT_HARD) == LIMIT);
}

static void is_exempt_where_that_is_unknown(void *unused)
{
	(void)unused;
	support_set_lock_limit(LIMIT);
	number_is_unknown = true;
	CHECK(info(OSML_INFO_LOCK_LIMIT_SOFT) == OSML_UNLIMITED);
}

static void the_capability_counts_in_the_first_user_namespace_only(void **state)
{
	ino_t bound[] = { 0xF0000000u, 0xF0000001u, 0xFFFFFFFFu }, exempt[] = { 0xEFFFFFFDu, 1 };
	int status = support_in_child(is_exempt, NULL);

	(void)state;
	if (status == 1)
		SKIP("this process has no CAP_IPC_LOCK");
	assert_int_equal(status, 0);
	IN_CHILD(is_exempt_where_that_is_unknown, NULL);
	for (size_t i = 0; i < sizeof bound / sizeof *bound; i++)
		IN_CHILD(is_bound_in, &bound[i]);
	for (size_t i = 0; i < sizeof exempt / sizeof *exempt; i++)
		IN_CHILD(is_exempt_in, &exempt[i]);
}

/* As a container's that has all users of the machine under their own numbers. */
static bool give_all_users(pid_t process)
{
	char path[64];
	int map;

	snprintf(path, sizeof path, "/proc/%d/uid_map", (int)process);
	map = open(path, O_WRONLY | O_CLOEXEC);
	return map >= 0 && write(map, "0 0 4294967295", 14) == 14;
}

static void enters_a_namespace_of_all_users(void *unused)
{
	int entered[2];
	pid_t helper;
	int status;
	char byte = 0;

	(void)unused;
	support_set_lock_limit(LIMIT);
	CHECK(pipe2(entered, O_CLOEXEC) == 0);
	helper = fork();
	if (helper == 0) {
		close(entered[1]);
		_exit(read(entered[0], &byte, 1) == 1 && give_all_users(getppid()) ? 0 : 1);
	}
	if (unshare(CLONE_NEWUSER))
		_exit(1);
	CHECK(write(entered[1], &byte, 1) == 1);
	CHECK(waitpid(helper, &status, 0) == helper);
	if (status)
		_exit(1);
	CHECK(info(OSML_INFO_LOCK_LIMIT_SOFT) == LIMIT);
}

/* The same with the kernel's own word: mlock(2) refuses what the report says it would. */
static void enters_a_namespace(void *unused)
{
	osml_buffer *b;

	(void)unused;
	support_set_lock_limit(LIMIT);
	info(OSML_INFO_LOCK_LIMIT_SOFT); /* the library was used before */
	if (unshare(CLONE_NEWUSER))
		_exit(1);
	CHECK(info(OSML_INFO_LOCK_LIMIT_SOFT) == LIMIT);
	CHECK_RC(osml_buffer_new(&b, LIMIT + 1, NULL), OSML_ELIMIT);
	CHECK_RC(osml_buffer_new(&b, LIMIT / 2, NULL), 0); /* control */
	osml_buffer_free(b);
}

static void root_of_another_namespace_is_bound_by_the_limit(void **state)
{
	void (*const enter[])(void *unused) = { enters_a_namespace, enters_a_namespace_of_all_users };

	(void)state;
	for (size_t i = 0; i < sizeof enter / sizeof *enter; i++) {
		int status = support_in_child(enter[i], NULL);
		if (status == 1)
			SKIP("no user namespace can be made here");
		assert_int_equal(status, 0);
	}
}

static void without_the_capability(void *unused)
{
	(void)unused;
	support_limit_locked_memory(LIMIT);
	CHECK(info(OSML_INFO_LOCK_LIMIT_SOFT) == LIMIT);
}

static void has_two_limits(void *unused)
{
	struct rlimit limit = { LIMIT, 3 * LIMIT };

	(void)unused;
	support_limit_locked_memory(3 * LIMIT);
	CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	CHECK(info(OSML_INFO_LOCK_LIMIT_SOFT) == LIMIT);
	CHECK(info(OSML_INFO_LOCK_LIMIT_HARD) == 3 * LIMIT);
}

static void the_soft_and_the_hard_limit_are_told_apart(void **state)
{
	(void)state;
	IN_CHILD(has_two_limits, NULL);
}

static void the_first_namespace_alone_exempts_nobody(void **state)
{
	(void)state;
	IN_CHILD(without_the_capability, NULL);
}

/* ---- The limit on files, of which secret memory is one ---- */

static void makes_secret_memory_without_files(void *unused)
{
	osml_buffer_options options = { .struct_size = sizeof options, .want = OSML_SECRETMEM, .policy = OSML_POLICY_STRICT };
	struct rlimit before, none;
	osml_buffer *b;

	(void)unused;
	CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
	none = (struct rlimit){ 0, before.rlim_max };
	CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
	CHECK_RC(osml_buffer_new(&b, 32, &options), -EFBIG);
	CHECK(!(info(OSML_INFO_SUPPORTED_PROTECTIONS) & OSML_SECRETMEM));
	options.policy = OSML_POLICY_DEFAULT;
	CHECK_RC(osml_buffer_new(&b, 32, &options), 0);
	osml_buffer_free(b);
	CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0); /* what counts coverage writes a file at the end */
}

static void where_no_file_may_grow_secret_memory_is_refused_without_a_signal(void **state)
{
	(void)state;
	if (!support_secretmem())
		SKIP("no memfd_secret(2)");
	IN_CHILD(makes_secret_memory_without_files, NULL);
}

/* ---- How much is used ---- */

static void assert_used(const char *status, uint64_t expected)
{
	uint64_t value = 7;

	show(STATUS, status);
	for (size_t share = 0; share < 20; share += 3) {
		fake_share(share);
		CHECK_RC(osml_info(OSML_INFO_PROCESS_LOCKED_BYTES, &value), expected == OSML_UNLIMITED ? OSML_EUNSUPPORTED : 0);
		CHECK(value == (expected == OSML_UNLIMITED ? 0 : expected));
	}
	fake_reset();
}

static void the_use_is_read_from_its_line_and_no_other(void **state)
{
	static char far[3000] = "Name:\tx\n";

	(void)state;
	assert_used("Name:\tx\nVmLck:\t     123 kB\nVmPin:\t 7 kB\n", 123 * 1024);
	assert_used("", OSML_UNLIMITED); /* although the one before still lies where the text is read to */
	assert_used("Name:\tx\nVmLck:\t       0 kB\n", 0);
	assert_used("Name:\tVmLck: 5 kB\nVmLck:\t 9 kB\n", 9 * 1024); /* a program may be called so */
	assert_used("Name:\tx\nVmPin:\t 7 kB\n", OSML_UNLIMITED);
	memset(far + 8, 'x', 2900);
	strcat(far, "\nVmLck:\t 11 kB\n");
	assert_used(far, 11 * 1024);
}

/* As "Groups:" is in a process of many groups. The rest of such a line is none of its own. */
static void a_long_line_does_not_hide_the_lines_behind(void **state)
{
	static char text[70000];

	(void)state;
	for (size_t length = 4080; length < sizeof text - 40; length += length < 4110 ? 1 : 30011) {
		memset(text, 'x', length);
		memcpy(text, "VmLck:\t 11 kB\n", 14);
		strcpy(text + length, "VmLck:\t 5 kB\n");
		assert_used(text, 11 * 1024);
		strcat(text, "VmLck:\t 12 kB\n");
		assert_used(text, 12 * 1024);
	}
	strcpy(text + 60000, "\n");
	memcpy(text, "VmLck:\t 12 kB x", 15);
	assert_used(text, 12 * 1024);
}

static void what_cannot_be_read_is_not_known(void **state)
{
	uint64_t value;
	size_t fds = support_open_fds();

	(void)state;
	info(OSML_INFO_LOCK_LIMIT_SOFT);
	fake_fail_function("open", 1, 2, -ENOENT);
	CHECK_RC(osml_info(OSML_INFO_PROCESS_LOCKED_BYTES, &value), OSML_EUNSUPPORTED);
	for (unsigned nth = 1; nth < 3; nth++) {
		show(STATUS, "Name:\tx\nVmLck:\t 11 kB\n");
		fake_share(21); /* all of it but the end of the line */
		fake_fail_function("read", nth, nth, -EIO);
		CHECK_RC(osml_info(OSML_INFO_PROCESS_LOCKED_BYTES, &value), OSML_EUNSUPPORTED);
		fake_fail_function("read", nth, nth + 1, -EINTR);
		CHECK_RC(osml_info(OSML_INFO_PROCESS_LOCKED_BYTES, &value), 0); /* control */
		assert_int_equal(value, 11 * 1024);
		fake_reset();
	}
	assert_int_equal(support_open_fds(), fds);
}

/* ---- Why a lock was refused ---- */

/* EPERM is the limit only where that is 0, because a filter says EPERM too; ENOMEM wherever one binds. Other codes never are. */
struct refusal {
	size_t limit;
	int code, expected;
};

static const struct refusal refusals[] = {
	{ LIMIT, -ENOMEM, OSML_ELIMIT }, { LIMIT, -EPERM, -EPERM },  { LIMIT, -EAGAIN, -EAGAIN },
	{ 0, -ENOMEM, OSML_ELIMIT },     { 0, -EPERM, OSML_ELIMIT }, { LIMIT, -EINVAL, -EINVAL },
};

static void ask_with(const struct refusal *r)
{
	static unsigned char memory[100];
	osml_region *region;
	osml_buffer *b;

	fake_fail_function("lock", 1, ~0u, r->code);
	CHECK_RC(osml_buffer_new(&b, 100, NULL), r->expected);
	CHECK_RC(osml_buffer_new(&b, 100000, NULL), r->expected);
	CHECK_RC(osml_region_lock(&region, memory, sizeof memory, 0), r->expected);
	fake_reset();
}

static void is_refused(void *refusal)
{
	support_limit_locked_memory(((const struct refusal *)refusal)->limit);
	ask_with(refusal);
}

static void is_refused_without_a_limit(void *unused)
{
	static const struct refusal exempt[] = { { 0, -ENOMEM, -ENOMEM }, { 0, -EPERM, -EPERM } };

	(void)unused;
	if (!locks_beyond_the_limit())
		_exit(1);
	ask_with(&exempt[0]);
	ask_with(&exempt[1]);
}

static void a_refusal_is_the_limits_only_where_it_binds(void **state)
{
	int status = support_in_child(is_refused_without_a_limit, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		IN_CHILD(is_refused, (void *)&refusals[i]);
	if (status == 1)
		SKIP("no exemption to be tried: this process has no CAP_IPC_LOCK");
	assert_int_equal(status, 0);
}

/* As Linux does where a lock would be one mapping too many. */
static void is_refused_far_below_the_limit(void *unused)
{
	char sentence[2000];
	osml_buffer *b;

	(void)unused;
	support_limit_locked_memory(LIMIT);
	fake_fail_function("lock", 1, ~0u, -ENOMEM);
	CHECK_RC(osml_buffer_new(&b, 32, NULL), OSML_ELIMIT);
	CHECK(osml_explain(OSML_ELIMIT, sentence, sizeof sentence) > 0);
	CHECK(strstr(sentence, "uses 0 of the 1048576 bytes") && strstr(sentence, "vm.max_map_count"));
	fake_reset();
	CHECK_RC(osml_buffer_new(&b, LIMIT, NULL), OSML_ELIMIT); /* control */
	CHECK(osml_explain(OSML_ELIMIT, sentence, sizeof sentence) > 0 && !strstr(sentence, "vm.max_map_count"));
}

static void explain_of_a_refusal_below_the_limit_names_what_else_it_may_be(void **state)
{
	(void)state;
	IN_CHILD(is_refused_far_below_the_limit, NULL);
}

static void memory_is_short_and_the_limit_is(void *limit)
{
	char sentence[2000];

	support_limit_locked_memory(*(size_t *)limit);
	CHECK(osml_explain(-ENOMEM, sentence, sizeof sentence) > 0);
	CHECK(strncmp(sentence, "ENOMEM: ", 8) == 0);
	CHECK(!strstr(sentence, "mlockall()") == (*(size_t *)limit > 1u << 20));
	CHECK(!strstr(sentence, "ulimit -l") == (*(size_t *)limit > 1u << 20));
}

/* A process that called mlockall(MCL_FUTURE) gets ENOMEM from malloc() at the limit. */
static void explain_of_enomem_names_the_limit_where_it_is_small(void **state)
{
	size_t small = 65536, large = 4u << 20; /* the second is the control */

	(void)state;
	IN_CHILD(memory_is_short_and_the_limit_is, &small);
	IN_CHILD(memory_is_short_and_the_limit_is, &large);
}

static void a_lock_by_address_is_refused_and_the_limit_is(void *limit)
{
	static unsigned char memory[65536 * 2];
	char sentence[2000];
	int rc;

	support_limit_locked_memory(*(size_t *)limit);
	rc = osml_mlock(memory, sizeof memory);
	CHECK_RC(rc, *(size_t *)limit ? -ENOMEM : -EPERM);
	CHECK(osml_explain(rc, sentence, sizeof sentence) > 0);
	CHECK(strstr(sentence, *(size_t *)limit ? "limit of locked memory: 65536 bytes" : "limit of locked memory: 0 bytes"));
	CHECK(strstr(sentence, "ulimit -l"));
}

static void any_eperm_with_the_limit(void *limit)
{
	char sentence[2000];

	support_limit_locked_memory(*(size_t *)limit);
	CHECK(osml_explain(-EPERM, sentence, sizeof sentence) > 0);
	CHECK(!strstr(sentence, "ulimit -l") == (*(size_t *)limit > 0));
}

/* osml_mlock() returns the system's number, which says nothing of a limit: ENOMEM, and EPERM where the limit is 0. */
static void explain_of_what_osml_mlock_returns_names_the_limit(void **state)
{
	size_t none = 0, small = 65536;

	(void)state;
	IN_CHILD(a_lock_by_address_is_refused_and_the_limit_is, &none);
	IN_CHILD(a_lock_by_address_is_refused_and_the_limit_is, &small);
	IN_CHILD(any_eperm_with_the_limit, &none);
	IN_CHILD(any_eperm_with_the_limit, &small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_capability_counts_in_the_first_user_namespace_only),
		cmocka_unit_test(root_of_another_namespace_is_bound_by_the_limit),
		cmocka_unit_test(the_first_namespace_alone_exempts_nobody),
		cmocka_unit_test(the_soft_and_the_hard_limit_are_told_apart),
		cmocka_unit_test(where_no_file_may_grow_secret_memory_is_refused_without_a_signal),
		cmocka_unit_test(the_use_is_read_from_its_line_and_no_other),
		cmocka_unit_test(a_long_line_does_not_hide_the_lines_behind),
		cmocka_unit_test(what_cannot_be_read_is_not_known),
		cmocka_unit_test(a_refusal_is_the_limits_only_where_it_binds),
		cmocka_unit_test(explain_of_a_refusal_below_the_limit_names_what_else_it_may_be),
		cmocka_unit_test(explain_of_enomem_names_the_limit_where_it_is_small),
		cmocka_unit_test(explain_of_what_osml_mlock_returns_names_the_limit),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
