/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* fork() at any time and by any way: beside frees, in the first call, without handlers, again and again (audit C2, C3, C8, C15). */
#define _GNU_SOURCE
#include "support.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os_fake.h"
#include "pagerefs.h"

#define KEEP (OSML_LOCKED | OSML_NODUMP | OSML_CANARY)
#define LEN  20000u

static int rounds_of(int natively)
{
	return support_valgrind() ? natively / 50 : natively;
}

static void expect_exit_0(pid_t child)
{
	int status = -1;

	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(status == 0);
}

/* ---- Beside a thread that changes kept buffers ---- */

static _Atomic bool stop;
static _Atomic unsigned rounds;

static void *free_kept(void *close_first)
{
	while (!stop) {
		osml_buffer *b = support_secret(LEN, KEEP);

		if (close_first)
			CHECK_RC(osml_buffer_close(b), 0);
		osml_buffer_free(b);
		rounds++;
	}
	return NULL;
}

static void *protect_kept(void *unused)
{
	osml_buffer *b = support_secret(LEN, KEEP | OSML_GUARDED);

	for (unsigned i = 0; !stop; i++, rounds++)
		CHECK_RC(osml_buffer_protect(b, i % 2 ? OSML_ACCESS_READWRITE : i % 4 ? OSML_ACCESS_READ : OSML_ACCESS_NONE), 0);
	CHECK_RC(osml_buffer_protect(b, OSML_ACCESS_READWRITE), 0);
	osml_buffer_free(b);
	return unused;
}

static void fork_beside(void *(*body)(void *), void *arg, int forks)
{
	unsigned before;
	pthread_t thread;

	stop = false;
	rounds = 0;
	CHECK(pthread_create(&thread, NULL, body, arg) == 0);
	while (!rounds)
		sched_yield();
	before = rounds;
	for (int i = 0; i < forks; i++) {
		pid_t child = fork();
		if (child == 0)
			exit(0);
		expect_exit_0(child);
	}
	CHECK(rounds > before); /* control */
	stop = true;
	CHECK(pthread_join(thread, NULL) == 0);
}

static void a_child_forked_while_a_kept_buffer_is_freed_or_protected_can_exit(void **state)
{
	(void)state;
	if (support_sanitized())
		SKIP("the sanitizers lose count of threads in a forked child");
	fork_beside(free_kept, NULL, rounds_of(300));
	fork_beside(free_kept, &stop, rounds_of(300));
	fork_beside(protect_kept, NULL, rounds_of(300));
}

/* ---- No byte of a secret outside a live handle ---- */

static unsigned char needle[64]; /* inverted, so that it is no hit itself */

static bool is_needle(const unsigned char *at)
{
	for (size_t i = 0; i < sizeof needle; i++)
		if (at[i] != (unsigned char)~needle[i])
			return false;
	return true;
}

/* Counts whole copies in this process's writable memory; the scanner's own window does not count. */
static size_t count_copies(void)
{
	static char maps[1 << 16];
	static unsigned char window[1 << 16];
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC), list = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t have = 0, found = 0;
	ssize_t got;

	CHECK(mem >= 0 && list >= 0);
	while ((got = read(list, maps + have, sizeof maps - 1 - have)) > 0)
		have += (size_t)got;
	maps[have] = 0;
	for (char *line = maps; *line; line = strchr(line, '\n') + 1) {
		char *rest;
		uintptr_t from = strtoul(line, &rest, 16), to = strtoul(rest + 1, &rest, 16);

		for (; rest[2] == 'w' && from < to; from += sizeof window - sizeof needle) {
			size_t n = to - from < sizeof window ? to - from : sizeof window;
			got = pread(mem, window, n, (off_t)from);
			for (ssize_t i = 0; i + (ssize_t)sizeof needle <= got; i += 8)
				if (from + (size_t)i - (uintptr_t)window >= sizeof window && is_needle(window + i))
					found++;
		}
	}
	memset(window, 0, sizeof window);
	close(mem);
	close(list);
	return found;
}

static osml_buffer *marked(void)
{
	osml_buffer *b = support_secret(LEN, KEEP);
	unsigned char *data = osml_buffer_data(b);

	data = (unsigned char *)(((uintptr_t)data + 7) & ~(uintptr_t)7);
	for (size_t i = 0; i < sizeof needle; i++)
		data[i] = (unsigned char)~needle[i];
	return b;
}

static void *close_marked(void *unused)
{
	while (!stop) {
		osml_buffer *b = marked();

		CHECK_RC(osml_buffer_close(b), 0);
		osml_buffer_free(b);
		rounds++;
	}
	return unused;
}

/* What is live here was adopted; osml_purge() closes all of it, and then nothing is left. */
static void look_for_copies(void *unused)
{
	(void)unused;
	CHECK_RC(osml_purge(), 0);
	CHECK(count_copies() == 0);
}

static void no_bytes_of_a_closed_buffer_stay_in_a_child_outside_a_live_handle(void **state)
{
	osml_buffer *b;
	pthread_t thread;

	(void)state;
	if (support_sanitized())
		SKIP("the sanitizers lose count of threads in a forked child");
	for (size_t i = 0; i < sizeof needle; i++)
		needle[i] = (unsigned char)(i * 37 + 11);
	b = marked();
	assert_int_equal(count_copies(), 1); /* control */
	osml_buffer_free(b);
	assert_int_equal(count_copies(), 0);
	stop = false;
	CHECK(pthread_create(&thread, NULL, close_marked, NULL) == 0);
	for (int i = 0; i < rounds_of(150); i++)
		IN_CHILD(look_for_copies, NULL);
	stop = true;
	CHECK(pthread_join(thread, NULL) == 0);
}

/* ---- In the first call ---- */

static _Atomic bool go;

static void *first_call(void *unused)
{
	go = true;
	osml_buffer_free(support_secret(32, OSML_DEFAULT_PROTECTIONS));
	return unused;
}

static void use_it_here(void)
{
	osml_buffer *b = support_secret(32, OSML_DEFAULT_PROTECTIONS);

	CHECK(support_all_have(osml_buffer_data(b), 32, "lo"));
	osml_buffer_free(b);
	exit(0);
}

/* Else a child that is forked meanwhile could not know that the mutex is held by nobody. */
static unsigned locks;

static void look_whether_it_has_begun(void)
{
	locks++;
	CHECK(fake_calls_of("start") > 0);
}

static void begin(void *call)
{
	fake_hook("mutex_lock", look_whether_it_has_begun);
	((void (*)(void))call)();
	CHECK(locks > 0); /* control */
}

static void ask_what_is_supported(void)
{
	uint64_t value;

	CHECK_RC(osml_info(OSML_INFO_SUPPORTED_PROTECTIONS, &value), 0);
}

static void count_live_buffers(void)
{
	uint64_t value;

	CHECK_RC(osml_info(OSML_INFO_LIVE_BUFFERS, &value), 0);
}

static void make_a_buffer(void)
{
	osml_buffer_free(support_secret(32, OSML_DEFAULT_PROTECTIONS));
}

static void lock_a_region(void)
{
	static char byte;
	osml_region *region;

	CHECK_RC(osml_region_lock(&region, &byte, 1, 0), 0);
	CHECK_RC(osml_region_unlock(region), 0);
}

static void disable_core_dumps(void)
{
	osml_core_dumps_guard *guard;

	CHECK_RC(osml_disable_core_dumps_for_process(), 0);
	CHECK_RC(osml_disable_core_dumps_with_guard(&guard), 0);
	CHECK_RC(osml_core_dumps_guard_release(guard), 0);
}

static void harden(void)
{
	CHECK_RC(osml_harden(NULL, OSML_HARDEN_CORE_LIMIT), 0);
}

static void no_first_call_takes_a_mutex_before_a_fork_is_seen(void **state)
{
	static void (*const calls[])(void) = { ask_what_is_supported, count_live_buffers, make_a_buffer,
		                               lock_a_region,         disable_core_dumps, harden };

	(void)state;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		IN_CHILD(begin, (void *)calls[i]);
}

/* What that call has counted for a moment is not the child's, whose memory at that address may be a region's one day. */
static unsigned forks;

static void has_nothing_counted(void *page)
{
	CHECK(osml__pagerefs_count(page, OSML__COUNT_LOCK) == 0);
}

static void fork_where_a_page_is_counted(void)
{
	for (size_t i = 0; i < fake_recorded(); i++) {
		const struct fake_call *call = fake_call(i);

		if (strcmp(call->function, "lock") || !osml__pagerefs_count(call->addr, OSML__COUNT_LOCK))
			continue;
		fake_hook("mutex_lock", NULL);
		forks++;
		IN_CHILD(has_nothing_counted, (void *)call->addr);
		fake_hook("mutex_lock", fork_where_a_page_is_counted);
	}
}

static void ask_with_forks(void *unused)
{
	(void)unused;
	fake_record();
	fake_hook("mutex_lock", fork_where_a_page_is_counted);
	ask_what_is_supported();
	CHECK(forks > 0); /* control */
}

static void a_child_forked_while_protections_are_tried_has_counted_none_of_them(void **state)
{
	(void)state;
	IN_CHILD(ask_with_forks, NULL);
}

static void fork_in_the_first_call(void *delay)
{
	pthread_t thread;
	pid_t child;

	CHECK(pthread_create(&thread, NULL, first_call, NULL) == 0);
	while (!go)
		;
	for (volatile int i = 0; i < *(int *)delay; i++)
		;
	child = fork();
	if (child == 0) {
		alarm(20); /* a child that waits for a lock that nobody holds is a failure, not a test that never ends */
		use_it_here();
	}
	expect_exit_0(child);
}

static void a_child_forked_during_the_first_call_can_use_the_library(void **state)
{
	(void)state;
	if (support_sanitized())
		SKIP("the sanitizers lose count of threads in a forked child");
	for (int i = 0; i < rounds_of(support_glibc() ? 400 : 4000); i++) { /* musl has more locks that a child could find locked */
		int delay = i * 7919 % 20000;
		IN_CHILD(fork_in_the_first_call, &delay);
	}
}

/* A thread that has one gives it away at its end, and with musl 1.2.3 that and a fork() wait for each other without end. */
static void look_for_a_message(void *unused)
{
	(void)unused;
	make_a_buffer();
	CHECK(!dlerror());
	CHECK(!dlopen("/nonexistent", RTLD_NOW));
	CHECK(dlerror()); /* control */
}

static void the_first_call_leaves_no_message_of_the_loader(void **state)
{
	(void)state;
	IN_CHILD(look_for_a_message, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* before this process's own first */
		cmocka_unit_test(no_first_call_takes_a_mutex_before_a_fork_is_seen),
		cmocka_unit_test(a_child_forked_while_protections_are_tried_has_counted_none_of_them),
		cmocka_unit_test(the_first_call_leaves_no_message_of_the_loader),
		cmocka_unit_test(a_child_forked_during_the_first_call_can_use_the_library),
		cmocka_unit_test(a_child_forked_while_a_kept_buffer_is_freed_or_protected_can_exit),
		cmocka_unit_test(no_bytes_of_a_closed_buffer_stay_in_a_child_outside_a_live_handle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
