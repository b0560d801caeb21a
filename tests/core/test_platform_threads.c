/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Threads and the platform layer: the handlers around a fork, which keep it out of atexit() and pthread_key_create() (audit C15), called here by
 * hand; and the caller's cancelability, which each call leaves as it was.
 */
#define _GNU_SOURCE
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os.h"
#include "os_fake.h"

/* ---- In place of the C library's ---- */

static void (*before_fork)(void), (*in_parent)(void), (*in_child)(void);
static _Atomic unsigned registered; /* by atexit() */

int pthread_atfork(void (*before)(void), void (*parent)(void), void (*child)(void))
{
	before_fork = before;
	in_parent = parent;
	in_child = child;
	return 0;
}

int atexit(void (*function)(void))
{
	(void)function;
	registered++;
	return 0;
}

/* The linker's --wrap, because a sanitizer makes a key of its own before this program can call anything. */
#define IN_PLACE_OF(type, name, ...)     \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

static void (*at_key_create)(void);

IN_PLACE_OF(int, pthread_key_create, pthread_key_t *key, void (*destructor)(void *))
{
	if (at_key_create)
		at_key_create();
	return __real_pthread_key_create(key, destructor);
}

/* ---- Forks and atexit() ---- */

static unsigned children;

static void count_child(void)
{
	children++;
}

static void nothing(void)
{
}

static void no_mark(void *mark)
{
	(void)mark;
}

static const struct osml__hooks hooks = { count_child, nothing, no_mark };

struct starter {
	pthread_t thread;
	_Atomic pid_t id;
	_Atomic bool done;
};

static void *start_again(void *arg)
{
	struct starter *s = arg;

	s->id = (pid_t)syscall(SYS_gettid);
	CHECK_RC(osml__os_start(&hooks), 0);
	s->done = true;
	return NULL;
}

static bool is_asleep(pid_t thread)
{
	char path[64], text[200] = "";
	const char *state;
	int fd;

	snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	(void)!read(fd, text, sizeof text - 1); /* nothing, where the thread has ended meanwhile */
	close(fd);
	state = strrchr(text, ')');
	return state && state[2] == 'S';
}

/* Waits until the thread has done it, or until it waits itself. */
static void start_thread(struct starter *s, void *(*body)(void *))
{
	*s = (struct starter){ .done = false };
	CHECK(pthread_create(&s->thread, NULL, body, s) == 0);
	while (!s->done && (!s->id || !is_asleep(s->id)))
		sched_yield();
}

static void check_waits_until(void (*last)(void))
{
	unsigned before = registered;
	struct starter s;

	start_thread(&s, start_again);
	CHECK(registered == before && !s.done);
	last();
	CHECK(pthread_join(s.thread, NULL) == 0);
	CHECK(registered == before + 1);
}

static void check_waits_for_nobody(void)
{
	unsigned before = registered;
	struct starter s;

	start_thread(&s, start_again);
	CHECK(pthread_join(s.thread, NULL) == 0);
	CHECK(registered == before + 1);
}

static void twice_in_parent(void)
{
	in_parent();
	in_parent();
}

static void *come_from_a_fork(void *unused)
{
	in_parent();
	return unused;
}

/* What would wait for ever is ended, and fails. */
static void call_the_handlers(void *unused)
{
	pthread_t thread;

	(void)unused;
	alarm(60);
	CHECK_RC(osml__os_thread_mark(NULL), 0); /* before the first use: nobody is to be told */
	CHECK_RC(osml__os_start(&hooks), 0);
	CHECK(registered == 1);
	check_waits_for_nobody(); /* control */
	for (int round = 0; round < 3; round++) {
		before_fork();
		check_waits_until(in_parent);
		before_fork(); /* registered twice */
		before_fork();
		check_waits_until(twice_in_parent);
		check_waits_for_nobody();
	}
	in_parent(); /* registered while the fork was under way */
	check_waits_for_nobody();
	before_fork();
	CHECK(pthread_create(&thread, NULL, come_from_a_fork, NULL) == 0); /* the same, of another thread's fork */
	CHECK(pthread_join(thread, NULL) == 0);
	check_waits_until(in_parent);
	check_waits_for_nobody();
}

static void a_fork_and_atexit_wait_for_each_other(void **state)
{
	(void)state;
	if (support_sanitized() || support_valgrind())
		SKIP("handlers that are called by hand are no fork, and mutexes are watched here");
	IN_CHILD(call_the_handlers, NULL);
}

static struct starter forker;

static void *fork_by_hand(void *arg)
{
	struct starter *s = arg;

	s->id = (pid_t)syscall(SYS_gettid);
	before_fork();
	s->done = true;
	in_parent();
	return NULL;
}

static void start_a_fork(void)
{
	CHECK(before_fork); /* registered */
	at_key_create = NULL;
	start_thread(&forker, fork_by_hand);
	CHECK(!forker.done);
}

static void start_beside_a_fork(void *unused)
{
	(void)unused;
	alarm(60);
	CHECK(support_glibc() == !before_fork); /* nothing happens at load but on musl */
	at_key_create = start_a_fork;
	CHECK_RC(osml__os_start(&hooks), 0);
	CHECK(!at_key_create); /* control */
	CHECK(pthread_join(forker.thread, NULL) == 0);
	CHECK(forker.done);
	start_thread(&forker, fork_by_hand); /* control: nothing keeps it now */
	CHECK(pthread_join(forker.thread, NULL) == 0);
	check_waits_for_nobody();
}

static void a_fork_waits_until_the_key_is_made(void **state)
{
	(void)state;
	if (support_sanitized() || support_valgrind())
		SKIP("handlers that are called by hand are no fork, and mutexes are watched here");
	IN_CHILD(start_beside_a_fork, NULL);
}

static void be_the_child(void *unused)
{
	(void)unused;
	alarm(60);
	CHECK_RC(osml__os_start(&hooks), 0);
	before_fork();
	before_fork();
	in_child();
	in_child();
	CHECK(children == 2);
	check_waits_for_nobody();
	before_fork();
	check_waits_until(in_parent);
}

static void a_child_begins_with_all_of_it_free(void **state)
{
	(void)state;
	if (support_sanitized() || support_valgrind())
		SKIP("handlers that are called by hand are no fork, and mutexes are watched here");
	IN_CHILD(be_the_child, NULL);
}

/* ---- Cancelability ---- */

static bool cancelable(void)
{
	int before, unused;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	pthread_setcancelstate(before, &unused);
	return before == PTHREAD_CANCEL_ENABLE;
}

static void use_all_that_turns_it_off(void)
{
	uint64_t value;
	uint32_t bits;
	osml_buffer *b;
	void *secret;
	char byte;
	int rc;

	(void)osml_info(OSML_INFO_PROCESS_LOCKED_BYTES, &value);
	CHECK_RC(osml_buffer_new(&b, 40, NULL), 0);
	rc = osml_buffer_verify(b, &bits);
	CHECK(rc == 0 || rc == OSML_EUNSUPPORTED);
	osml_buffer_free(b);
	if (osml_buffer_from_file(&b, "/proc/self/stat", 4096, NULL, 0) == 0)
		osml_buffer_free(b);
	(void)osml__os_random(&byte, 1);
	if (osml__os_map_secret(&secret, support_page_size(), 0) == 0)
		osml__os_unmap(secret, support_page_size(), 0);
}

static void every_call_leaves_the_callers_cancelability_as_it_was(void **state)
{
	int before;

	(void)state;
	for (int enabled = 0; enabled < 2; enabled++) {
		pthread_setcancelstate(enabled ? PTHREAD_CANCEL_ENABLE : PTHREAD_CANCEL_DISABLE, &before);
		use_all_that_turns_it_off();
		CHECK(cancelable() == enabled);
		fake_fail_function("open", 1, ~0u, -ENOENT);
		use_all_that_turns_it_off();
		CHECK(fake_fired() > 0 && cancelable() == enabled);
		fake_reset();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fork_and_atexit_wait_for_each_other),
		cmocka_unit_test(a_fork_waits_until_the_key_is_made),
		cmocka_unit_test(a_child_begins_with_all_of_it_free),
		cmocka_unit_test(every_call_leaves_the_callers_cancelability_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
