/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Systems that lack or forbid a call: seccomp filters, no /proc, no random generator (audit C20). Each filter has a process of its own. */
#define _GNU_SOURCE
#include "forbid.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os_fake.h"

static uint32_t protections(const osml_buffer *b)
{
	uint32_t bits = 0;

	CHECK_RC(osml_buffer_protections(b, &bits), 0);
	return bits;
}

static const size_t lengths[] = { 32, 5000 };

static void no_mlock(void *unused)
{
	osml_buffer_options strict = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;

	(void)unused;
	strict.policy = OSML_POLICY_STRICT;
	forbid(SYS_mlock, ENOSYS);
	for (size_t i = 0; i < 2; i++) {
		CHECK_RC(osml_buffer_new(&b, lengths[i], NULL), 0);
		CHECK(protections(b) == (OSML_DEFAULT_PROTECTIONS & ~OSML_LOCKED)); /* control: the rest holds */
		CHECK(support_none_has(osml_buffer_data(b), lengths[i], "lo"));
		osml_buffer_free(b);
		CHECK_RC(osml_buffer_new(&b, lengths[i], &strict), OSML_EUNSUPPORTED);
	}
}

static void where_mlock_is_missing_the_default_goes_without_and_says_so_and_strict_refuses(void **state)
{
	(void)state;
	IN_CHILD(no_mlock, NULL);
}

static void no_getrandom(void *error)
{
	unsigned char zero[64] = { 0 };
	osml_buffer *b;

	forbid(SYS_getrandom, *(int *)error);
	CHECK(syscall(SYS_getrandom, zero, 1, 0) == -1 && errno == *(int *)error); /* control */
	CHECK_RC(osml_buffer_new(&b, 64, NULL), 0);
	CHECK(protections(b) == OSML_DEFAULT_PROTECTIONS);
	CHECK_RC(osml_buffer_random(b, 0, 64), 0);
	CHECK(memcmp(osml_buffer_data(b), zero, 64) != 0);
	osml_buffer_free(b);
}

static void where_getrandom_is_missing_or_forbidden_the_device_does(void **state)
{
	int errors[] = { ENOSYS, EPERM };

	(void)state;
	IN_CHILD(no_getrandom, &errors[0]);
	IN_CHILD(no_getrandom, &errors[1]);
}

static void no_random_at_all(void *unused)
{
	osml_buffer *b;

	(void)unused;
	fake_fail_function("random", 1, ~0u, OSML_EUNSUPPORTED);
	for (size_t i = 0; i < 2; i++) {
		CHECK_RC(osml_buffer_new(&b, lengths[i], NULL), 0);
		CHECK(protections(b) == (OSML_DEFAULT_PROTECTIONS & ~OSML_CANARY));
		CHECK_RC(osml_buffer_random(b, 0, 8), OSML_EUNSUPPORTED);
		CHECK_RC(osml_buffer_close(b), 0);
		osml_buffer_free(b);
	}
}

static void without_any_random_generator_there_are_buffers_that_claim_no_canary(void **state)
{
	(void)state;
	IN_CHILD(no_random_at_all, NULL);
}

static void mlock_forbidden(void *unused)
{
	char sentence[1000], asked[32];
	osml_region *region;
	osml_buffer *b;

	(void)unused;
	snprintf(asked, sizeof asked, " %zu bytes", (5008 + support_page_size() - 1) / support_page_size() * support_page_size());
	support_limit_locked_memory(65536);
	CHECK(osml_explain(-EPERM, sentence, sizeof sentence) > 0);
	CHECK(!strstr(sentence, "seccomp")); /* control: no lock was refused so far */
	forbid(SYS_mlock, EPERM);
	CHECK_RC(osml_mlock(sentence, 10), -EPERM);
	CHECK(osml_explain(-EPERM, sentence, sizeof sentence) < (int)sizeof sentence);
	CHECK(strstr(sentence, " 10 bytes") && strstr(sentence, "seccomp"));
	CHECK_RC(osml_buffer_new(&b, 5000, NULL), -EPERM);
	CHECK(osml_explain(-EPERM, sentence, sizeof sentence) < (int)sizeof sentence);
	CHECK(strstr(sentence, asked) && strstr(sentence, " 65536 bytes") && strstr(sentence, "not the quota"));
	CHECK(strstr(sentence, "seccomp") && strstr(sentence, "security module") && strstr(sentence, "@memlock"));
	CHECK(!strstr(sentence, "ulimit"));
	CHECK_RC(osml_buffer_new(&b, 32, NULL), -EPERM);
	CHECK_RC(osml_region_lock(&region, sentence, 10, 0), -EPERM);
}

static void a_filter_that_forbids_mlock_is_told_from_the_quota(void **state)
{
	(void)state;
	IN_CHILD(mlock_forbidden, NULL);
}

/* ---- memfd_secret(2) ---- */

static osml_buffer_options secret_options(uint32_t policy)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;

	o.want |= OSML_SECRETMEM;
	o.policy = policy;
	return o;
}

/* Kernels that charge the quota when a page is touched answer EFAULT to the call that touches it (R2). */
static void secret_pages_that_cannot_be_touched(void *unused)
{
	struct support_snapshot before = support_snapshot();
	osml_buffer_options o = secret_options(OSML_POLICY_STRICT);
	osml_buffer *b;

	(void)unused;
	support_limit_locked_memory(65536);
	forbid(SYS_rt_sigprocmask, EFAULT);
	for (size_t i = 0; i < 2; i++) {
		CHECK_RC(osml_buffer_new(&b, lengths[i], &o), OSML_ELIMIT);
		ASSERT_BACK_TO(before);
	}
	o = secret_options(OSML_POLICY_DEFAULT);
	CHECK_RC(osml_buffer_new(&b, lengths[0], &o), 0);
	CHECK((protections(b) & (OSML_SECRETMEM | OSML_LOCKED)) == OSML_LOCKED);
	osml_buffer_free(b);
}

static void secret_pages_over_the_quota_are_elimit_and_no_sigbus(void **state)
{
	(void)state;
	if (!support_secretmem() || support_valgrind())
		SKIP("no memfd_secret(2) here");
	IN_CHILD(secret_pages_that_cannot_be_touched, NULL);
}

/* ---- Whether the message names the sandbox ---- */

static bool is_told(int rc, const char *words)
{
	char sentence[1000];

	CHECK(osml_explain(rc, sentence, sizeof sentence) > 0);
	return strstr(sentence, words);
}

static unsigned char byte_of_ours[1];

/* A thread that has made no buffer so far: a refused region is its first call. */
static void *refuse_a_region(void *code)
{
	osml_region *region;
	int rc = *(int *)code;
	char more[40];

	snprintf(more, sizeof more, "Locking %zu more bytes", support_page_size());
	fake_fail_function("lock", 1, ~0u, rc);
	CHECK_RC(osml_region_lock(&region, byte_of_ours, 1, 0), rc == -ENOMEM ? OSML_ELIMIT : rc);
	fake_reset();
	CHECK(is_told(-EPERM, "seccomp") == (rc == -EPERM)); /* control */
	CHECK(is_told(OSML_ELIMIT, more) == (rc == -ENOMEM));
	return NULL;
}

static void *be_told_nothing_of_others(void *unused)
{
	CHECK(!is_told(-EPERM, "seccomp"));
	CHECK(!is_told(OSML_ELIMIT, "Locking") && is_told(OSML_ELIMIT, "ulimit"));
	return unused;
}

static void run(void *(*body)(void *arg), void *arg)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, body, arg) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
}

static void refuse_and_ask_elsewhere(void *unused)
{
	int codes[] = { -EPERM, -ENOMEM };

	support_limit_locked_memory(65536);
	for (size_t i = 0; i < 2; i++) {
		run(refuse_a_region, &codes[i]);
		run(be_told_nothing_of_others, unused);
		refuse_a_region(&codes[i]);
		run(be_told_nothing_of_others, unused);
	}
}

static void a_refusal_is_explained_to_the_thread_that_met_it_alone(void **state)
{
	(void)state;
	IN_CHILD(refuse_and_ask_elsewhere, NULL);
}

static void refuse_then_grant(void *unused)
{
	int code = -EPERM;

	(void)unused;
	support_limit_locked_memory(65536);
	refuse_a_region(&code);
	osml_buffer_free(support_secret(5000, OSML_DEFAULT_PROTECTIONS));
	CHECK(!is_told(-EPERM, "seccomp"));
	refuse_a_region(&code);
	code = -ENOMEM;
	refuse_a_region(&code);
	CHECK(!is_told(-EPERM, "seccomp"));
}

/* What is said of a later EPERM, of a file for instance, must not be about a lock of long ago (audit P6). */
static void a_forbidden_lock_is_forgotten_with_the_next_that_is_not(void **state)
{
	(void)state;
	IN_CHILD(refuse_then_grant, NULL);
}

static void limit_zero(void *unused)
{
	char sentence[1000];
	osml_buffer *b;

	(void)unused;
	support_limit_locked_memory(0);
	CHECK_RC(osml_buffer_new(&b, 32, NULL), OSML_ELIMIT);
	CHECK(osml_explain(OSML_ELIMIT, sentence, sizeof sentence) > 0 && strstr(sentence, "ulimit"));
}

static void eperm_with_a_limit_of_zero_is_the_quota(void **state)
{
	(void)state;
	IN_CHILD(limit_zero, NULL);
}

/* ---- No /proc ---- */

static void verify_where_open_answers(int answer)
{
	uint32_t bits = 0;
	osml_buffer *b;

	CHECK_RC(osml_buffer_new(&b, 32, NULL), 0);
	CHECK_RC(osml_buffer_verify(b, &bits), 0);
	CHECK(bits == OSML_DEFAULT_PROTECTIONS);                    /* control */
	fake_redirect("/proc/thread-self/smaps", "/nowhere/smaps"); /* before Linux 3.17 */
	if (answer)
		fake_redirect("/proc/self/smaps", "/nowhere/smaps");
	CHECK_RC(osml_buffer_verify(b, &bits), answer);
	CHECK(bits == (answer ? 0 : OSML_DEFAULT_PROTECTIONS));
	fake_reset();
	fake_fail_function("open", 1, ~0u, -EACCES); /* a /proc that is not for us */
	CHECK_RC(osml_buffer_verify(b, &bits), OSML_EUNSUPPORTED);
	fake_fail_function("open", 1, ~0u, -EMFILE);
	CHECK_RC(osml_buffer_verify(b, &bits), -EMFILE);
	CHECK(bits == 0);
	fake_reset();
	osml_buffer_free(b);
}

static void verify_without_proc_is_eunsupported(void **state)
{
	(void)state;
	verify_where_open_answers(0);
	verify_where_open_answers(OSML_EUNSUPPORTED);
}

static void live_in_an_empty_root(void *unused)
{
	uint64_t value;
	uint32_t bits;
	osml_buffer *b;

	(void)unused;
	if (chroot("/proc/self/fdinfo"))
		_exit(77);
	CHECK_RC(osml_buffer_new(&b, 32, NULL), 0);
	CHECK(protections(b) == OSML_DEFAULT_PROTECTIONS);
	CHECK_RC(osml_buffer_verify(b, &bits), OSML_EUNSUPPORTED);
	CHECK_RC(osml_info(OSML_INFO_PROCESS_LOCKED_BYTES, &value), OSML_EUNSUPPORTED);
	osml_buffer_free(b);
}

static void in_a_root_without_proc_and_dev_buffers_work(void **state)
{
	int status = support_in_child(live_in_an_empty_root, NULL);

	(void)state;
	if (status == 77)
		SKIP("chroot(2) is not permitted");
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_mlock_is_missing_the_default_goes_without_and_says_so_and_strict_refuses),
		cmocka_unit_test(where_getrandom_is_missing_or_forbidden_the_device_does),
		cmocka_unit_test(without_any_random_generator_there_are_buffers_that_claim_no_canary),
		cmocka_unit_test(a_filter_that_forbids_mlock_is_told_from_the_quota),
		cmocka_unit_test(secret_pages_over_the_quota_are_elimit_and_no_sigbus),
		cmocka_unit_test(a_refusal_is_explained_to_the_thread_that_met_it_alone),
		cmocka_unit_test(a_forbidden_lock_is_forgotten_with_the_next_that_is_not),
		cmocka_unit_test(eperm_with_a_limit_of_zero_is_the_quota),
		cmocka_unit_test(in_a_root_without_proc_and_dev_buffers_work),
		cmocka_unit_test(verify_without_proc_is_eunsupported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
