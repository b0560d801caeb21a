/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* pthread_cancel() of threads inside the library: no lock stays held, no descriptor, echo, buffer or child is left (audit C4). */
#define _GNU_SOURCE
#include "dialogue.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "os_fake.h"

static uint64_t info(enum osml_info what)
{
	uint64_t value = 0;

	CHECK_RC(osml_info(what, &value), 0);
	return value;
}

static _Atomic unsigned turns;

static void new_and_verify(void)
{
	osml_buffer *b;
	uint32_t bits;

	CHECK_RC(osml_buffer_new(&b, 32, NULL), 0);
	CHECK_RC(osml_buffer_verify(b, &bits), 0);
	osml_buffer_free(b);
}

static void lock_a_region(void)
{
	static unsigned char memory[8192];
	osml_region *region;

	CHECK_RC(osml_region_lock(&region, memory, sizeof memory, OSML_REGION_DONTDUMP), 0);
	CHECK_RC(osml_region_unlock(region), 0);
}

static void ask(void)
{
	info(OSML_INFO_PROCESS_LOCKED_BYTES);
	info(OSML_INFO_SUPPORTED_PROTECTIONS);
}

static void explain(void)
{
	char text[800];

	CHECK(osml_explain(OSML_ELIMIT, text, sizeof text) > 0);
}

static void *again_and_again(void *body)
{
	for (;;) {
		((void (*)(void))body)();
		turns++;
		pthread_testcancel();
	}
	return NULL;
}

/* Cancelled at any moment; whoever comes next must not wait for a lock that the cancelled one took along. */
static void a_cancelled_thread_blocks_nobody_and_leaves_nothing(void **state)
{
	static void (*const bodies[])(void) = { new_and_verify, lock_a_region, ask, explain };
	struct support_snapshot before;
	pthread_t threads[4];

	(void)state;
	ask();
	new_and_verify();
	before = support_snapshot();
	for (int i = 0; i < 250; i++) {
		unsigned start = turns;
		for (int k = 0; k < 4; k++)
			CHECK(pthread_create(&threads[k], NULL, again_and_again, (void *)bodies[k]) == 0);
		while (turns < start + (unsigned)(i % 6))
			sched_yield();
		for (int k = 0; k < 4; k++)
			CHECK(pthread_cancel(threads[k]) == 0);
		for (int k = 0; k < 4; k++)
			CHECK(pthread_join(threads[k], NULL) == 0);
	}
	assert_true(turns > 250); /* control */
	assert_int_equal(info(OSML_INFO_LIVE_BUFFERS), 0);
	ASSERT_BACK_TO(before);
}

/* ---- Calls that wait ---- */

static int waiting_on[2]; /* a pipe */
static osml_buffer *large;
static _Atomic bool started;

static void *wait_in_from_fd(void *unused)
{
	osml_buffer *b;

	started = true;
	CHECK(osml_buffer_from_fd(&b, waiting_on[0], 1000, NULL, 0) == 1); /* never returns */
	return unused;
}

static void *wait_in_from_file(void *unused)
{
	char path[32];
	osml_buffer *b;

	snprintf(path, sizeof path, "/proc/self/fd/%d", waiting_on[0]);
	started = true;
	CHECK(osml_buffer_from_file(&b, path, 1000, NULL, 0) == 1);
	return unused;
}

static void *wait_in_write_fd(void *unused)
{
	started = true;
	CHECK(osml_buffer_write_fd(large, waiting_on[1], NULL) == 1);
	return unused;
}

static void *wait_in_read_fd(void *unused)
{
	size_t got;

	started = true;
	CHECK(osml_buffer_read_fd(large, 0, 1000, waiting_on[0], &got, NULL) == 1);
	return unused;
}

/* The program takes the secret out of the pipe, so that it is seen to run. */
static void *wait_in_from_command(void *unused)
{
	char script[80];
	const char *const argv[] = { "sh", "-c", script, NULL };
	osml_command command = OSML_COMMAND_INIT;
	osml_buffer *b;

	snprintf(script, sizeof script, "head -c 6 </proc/%d/fd/%d >/dev/null; exec sleep 30", (int)getpid(), waiting_on[0]);
	command.argv = argv;
	command.input = large;
	started = true;
	CHECK(osml_buffer_from_command(&b, &command, 1000, NULL, 0) == 1);
	return unused;
}

/* The secret is taken out of the pipe, or the pipe is full. */
static bool waits_by_now(void *(*body)(void *))
{
	int inside = 0;

	CHECK(ioctl(waiting_on[0], FIONREAD, &inside) == 0);
	return body == wait_in_write_fd ? inside >= fcntl(waiting_on[1], F_GETPIPE_SZ) - 4096 : inside == 0;
}

static void cancel_in(void *(*body)(void *), bool at_once)
{
	pthread_t thread;
	void *result;

	started = false;
	CHECK(pthread_create(&thread, NULL, body, NULL) == 0);
	while (!started)
		sched_yield();
	while (!at_once && !waits_by_now(body))
		sched_yield();
	CHECK(pthread_cancel(thread) == 0);
	CHECK(pthread_join(thread, &result) == 0);
	CHECK(result == PTHREAD_CANCELED);                                               /* control */
	CHECK(fcntl(waiting_on[0], F_GETFD) >= 0 && fcntl(waiting_on[1], F_GETFD) >= 0); /* the caller's own */
}

static void a_call_that_is_cancelled_while_it_waits_leaves_no_descriptor_buffer_child_or_hold(void **state)
{
	static void *(*const bodies[])(void *) = { wait_in_from_fd, wait_in_from_file, wait_in_write_fd, wait_in_read_fd,
		                                   wait_in_from_command };
	struct support_snapshot before = support_snapshot();
	size_t pins = 9;

	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	SKIP("AddressSanitizer takes a stack whose thread was cancelled, and that a new thread has got, for one in use");
#endif
	for (int i = 0; i < 60; i++) {
		CHECK(pipe(waiting_on) == 0);
		CHECK(write(waiting_on[1], "secret", 6) == 6);
		CHECK_RC(osml_buffer_new(&large, 1 << 18, NULL), 0);
		/* Not while it opens the file: glibc can lose a descriptor that open(2) is just returning (its bug 12683). */
		cancel_in(bodies[i % 5], i / 5 % 2 && bodies[i % 5] != wait_in_from_file);
		CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
		CHECK_RC(osml_buffer_pins(large, &pins), 0);
		CHECK(pins == 0 && info(OSML_INFO_LIVE_BUFFERS) == 1);
		CHECK_RC(osml_buffer_close(large), 0); /* gives the memory back at once only where no hold is left */
		support_settle();
		CHECK(support_locked_kib() == before.locked_kib);
		osml_buffer_free(large);
		close(waiting_on[0]);
		close(waiting_on[1]);
	}
	ASSERT_BACK_TO(before);
}

/* ---- A prompt ---- */

static pthread_t prompting;
static size_t fds_before;

static void *prompt(void *unused)
{
	osml_buffer *b;

	CHECK(osml_buffer_prompt(&b, "Password: ", 100, NULL, 0) == 1);
	return unused;
}

static void say(const char *text)
{
	int fd = open("/dev/tty", O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* Cancels it when the person at the keyboard sends the signal that nobody holds back. */
static void prompt_and_cancel(void)
{
	sigset_t cue;
	void *result;
	int number;

	sigemptyset(&cue);
	sigaddset(&cue, SIGCONT);
	CHECK(pthread_sigmask(SIG_BLOCK, &cue, NULL) == 0);
	fds_before = support_open_fds();
	CHECK(pthread_create(&prompting, NULL, prompt, NULL) == 0);
	CHECK(sigwait(&cue, &number) == 0);
	CHECK(pthread_cancel(prompting) == 0);
	CHECK(pthread_join(prompting, &result) == 0 && result == PTHREAD_CANCELED);
	CHECK(support_open_fds() == fds_before);
	CHECK(info(OSML_INFO_LIVE_BUFFERS) == 0);
	support_settle();
	CHECK(support_locked_kib() == 0);
	say("over");
}

static void a_cancelled_prompt_restores_echo_and_leaves_no_descriptor_and_no_buffer(void **state)
{
	struct dialogue d;

	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	SKIP("AddressSanitizer takes the stack of a thread that was cancelled for one in use");
#endif
	d = begin(prompt_and_cancel);
	see(&d, "Password: ");
	assert_false(echoes(&d)); /* control */
	type(&d, "secr");
	assert_int_equal(kill(d.child, SIGCONT), 0);
	see(&d, "over");
	assert_seen(&d, "Password: \r\nover");
	assert_true(echoes(&d));
	assert_int_equal(end(&d), 0);
}

/* ---- When the file has been read ---- */

static void cancel_this_thread(void)
{
	fake_hook("close", NULL);
	CHECK(pthread_cancel(pthread_self()) == 0);
}

static void *read_a_file(void *unused)
{
	osml_buffer *b;

	fake_hook("close", cancel_this_thread);
	CHECK_RC(osml_buffer_from_file(&b, "/proc/self/cmdline", 10000, NULL, 0), 0); /* close(2) would end the thread */
	osml_buffer_free(b);
	pthread_testcancel();
	return unused;
}

static void a_cancellation_that_comes_at_the_end_waits_until_the_call_is_over(void **state)
{
	struct support_snapshot before = support_snapshot();
	pthread_t thread;
	void *result;

	(void)state;
	CHECK(pthread_create(&thread, NULL, read_a_file, NULL) == 0);
	CHECK(pthread_join(thread, &result) == 0);
	CHECK(result == PTHREAD_CANCELED); /* control */
	ASSERT_BACK_TO(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cancelled_prompt_restores_echo_and_leaves_no_descriptor_and_no_buffer),
		cmocka_unit_test(a_cancelled_thread_blocks_nobody_and_leaves_nothing),
		cmocka_unit_test(a_call_that_is_cancelled_while_it_waits_leaves_no_descriptor_buffer_child_or_hold),
		cmocka_unit_test(a_cancellation_that_comes_at_the_end_waits_until_the_call_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
