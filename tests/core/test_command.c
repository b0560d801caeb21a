/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* osml_buffer_from_command(): another program's output, its status, and nothing left of it on any path (audit L3). */
#define _GNU_SOURCE
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os_fake.h"

#ifdef __ELF__
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from) __attribute__((weak));
#else
#define posix_spawn_file_actions_addclosefrom_np 0 /* nor does the core ask for it there */
#endif

#define NO_VFORK "valgrind has no vfork(2), by which posix_spawn(3) learns that a program cannot be run"
#define MUCH     (size_t)300000 /* more than a pipe holds */

static osml_buffer *b;
static osml_command command;
static const char *argv[4];
static struct support_snapshot before;

/* Runs `script` by sh. */
static int run_with(const char *script, size_t max, const osml_buffer_options *o, unsigned flags)
{
	argv[0] = "sh";
	argv[1] = "-c";
	argv[2] = script;
	argv[3] = NULL;
	command.argv = argv;
	osml_buffer_free(b);
	b = (osml_buffer *)&b;
	return osml_buffer_from_command(&b, &command, max, o, flags);
}

static int run(const char *script)
{
	return run_with(script, 1000, NULL, OSML_TRIM_NEWLINE);
}

static bool got(const char *text)
{
	return b && osml_buffer_size(b) == strlen(text) && !memcmp(osml_buffer_data(b), text, strlen(text));
}

static bool says(int rc, const char *words)
{
	char text[300];

	CHECK(osml_explain(rc, text, sizeof text) > 0);
	return strstr(text, words);
}

static bool no_child_is_left(void)
{
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

static int setup(void **state)
{
	(void)state;
	command = (osml_command)OSML_COMMAND_INIT;
	b = NULL;
	before = support_snapshot();
	return 0;
}

static int cleanup(void **state)
{
	(void)state;
	fake_reset();
	osml_buffer_free(b);
	osml_buffer_free((osml_buffer *)command.input);
	ASSERT_BACK_TO(before);
	CHECK(no_child_is_left());
	return 0;
}

/* ---- The output ---- */

static void the_output_is_in_the_buffer(void **state)
{
	(void)state;
	CHECK_RC(run("echo 'a  b'; printf 'c\\000d'"), 0);
	assert_int_equal(osml_buffer_size(b), 8);
	assert_memory_equal(osml_buffer_data(b), "a  b\nc\0d", 8);
	assert_int_equal(command.status, 0);
}

static void there_is_no_shell(void **state)
{
	static const char *const words[] = { "printf", "%s", "$HOME; `id` | * >x", NULL };

	(void)state;
	command.argv = words;
	CHECK_RC(osml_buffer_from_command(&b, &command, 100, NULL, 0), 0);
	assert_true(got(words[2]));
}

static void no_output_is_empty_unless_allowed(void **state)
{
	(void)state;
	CHECK_RC(run("exit 0"), OSML_EEMPTY);
	assert_null(b);
	CHECK_RC(run_with("exit 0", 10, NULL, OSML_ALLOW_EMPTY), 0);
	assert_true(got(""));
}

static void too_much_output_is_refused_and_the_program_killed(void **state)
{
	(void)state;
	CHECK_RC(run_with("printf 0123456789", 10, NULL, 0), 0);
	CHECK_RC(run_with("printf 0123456789a; exec sleep 30", 10, NULL, 0), OSML_ETOOBIG);
	assert_null(b);
	CHECK_RC(run_with("yes", 10, NULL, 0), OSML_ETOOBIG);
}

/* More than a pipe holds follows: a program that cannot write it would be killed by SIGPIPE. */
static void what_follows_the_first_line_is_read_and_dropped(void **state)
{
	(void)state;
	CHECK_RC(run_with("echo hunter2; head -c 300000 /dev/zero", 10, NULL, OSML_FIRST_LINE), 0);
	assert_true(got("hunter2"));
	CHECK_RC(run_with("echo hunter2; head -c 300000 /dev/zero; exit 3", 10, NULL, OSML_FIRST_LINE), OSML_ECOMMAND);
}

/* ---- How it ended ---- */

static void a_program_that_fails_is_told_with_its_status(void **state)
{
	(void)state;
	CHECK_RC(run("echo secret; exit 3"), OSML_ECOMMAND);
	assert_null(b);
	assert_int_equal(command.status, 3);
	assert_true(says(OSML_ECOMMAND, "exit status was 3"));
	CHECK_RC(run("kill -9 $$"), OSML_ECOMMAND);
	assert_int_equal(command.status, -SIGKILL);
	assert_true(says(OSML_ECOMMAND, "killed by signal 9"));
	CHECK_RC(run("echo good"), 0);
	assert_int_equal(command.status, 0);
}

static void a_program_that_closes_its_output_is_waited_for(void **state)
{
	(void)state;
	CHECK_RC(run("echo secret; exec >&-; sleep 0.2; exit 4"), OSML_ECOMMAND);
	assert_int_equal(command.status, 4);
}

static void what_cannot_be_run_is_the_systems_error(void **state)
{
	static const char *const missing[] = { "/nonexistent/program", NULL }, *const unknown[] = { "osml-no-such-program", NULL },
	                         *const folder[] = { "/tmp", NULL };

	(void)state;
	if (support_valgrind())
		SKIP(NO_VFORK);
	setenv("PATH", "/usr/bin:/bin", 1);
	command.argv = missing;
	CHECK_RC(osml_buffer_from_command(&b, &command, 100, NULL, 0), -ENOENT);
	assert_null(b);
	command.argv = unknown;
	CHECK_RC(osml_buffer_from_command(&b, &command, 100, NULL, 0), -ENOENT);
	command.argv = folder;
	CHECK_RC(osml_buffer_from_command(&b, &command, 100, NULL, 0), -EACCES);
}

/* ---- SIGCHLD ---- */

static void with_sigchld(void (*handler)(int), int flags, struct sigaction *previous)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	CHECK(sigaction(SIGCHLD, &action, previous) == 0);
}

static bool sigchld_is(void (*handler)(int), int flags)
{
	struct sigaction now;

	CHECK(sigaction(SIGCHLD, NULL, &now) == 0);
	return now.sa_handler == handler && (now.sa_flags & SA_NOCLDWAIT) == flags;
}

/* Nobody waits for another child that ends meanwhile: the system would have done it. */
static void start_another_child(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		_exit(0);
}

static void where_sigchld_is_ignored_a_failure_is_told_all_the_same(void **state)
{
	static const struct {
		void (*handler)(int);
		int flags;
	} ways[] = { { SIG_IGN, 0 }, { SIG_DFL, SA_NOCLDWAIT } };
	struct sigaction previous;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		with_sigchld(ways[i].handler, ways[i].flags, &previous);
		fake_hook("child_end", start_another_child);
		CHECK_RC(run("echo secret; exit 3"), OSML_ECOMMAND);
		assert_int_equal(command.status, 3);
		fake_reset();
		CHECK_RC(run("echo secret"), 0);
		assert_true(sigchld_is(ways[i].handler, ways[i].flags));
		while (!no_child_is_left()) /* the last one may still be ending, but the system waits for it */
			sched_yield();
		sigaction(SIGCHLD, &previous, NULL);
	}
}

static volatile sig_atomic_t signals;

static void count(int signal)
{
	(void)signal;
	signals++;
}

static void a_handler_of_sigchld_stays_and_is_called(void **state)
{
	struct sigaction previous;

	(void)state;
	signals = 0;
	with_sigchld(count, SA_RESTART, &previous);
	CHECK_RC(run("echo secret"), 0);
	assert_true(sigchld_is(count, 0));
	assert_int_equal(signals, 1);
	sigaction(SIGCHLD, &previous, NULL);
}

/* ---- What it is given ---- */

static void give(size_t n)
{
	osml_buffer *input;

	CHECK_RC(osml_buffer_new(&input, n, NULL), 0);
	CHECK_RC(osml_buffer_fill(input, 0, 'x', n), 0);
	command.input = input;
}

static void its_input_may_be_larger_than_a_pipe_and_so_may_its_output(void **state)
{
	int equal = 0;

	(void)state;
	give(MUCH);
	CHECK_RC(run_with("cat", MUCH, NULL, 0), 0);
	CHECK_RC(osml_buffer_equal(&equal, b, command.input), 0);
	assert_true(equal);
	CHECK_RC(run_with("cat; echo end", MUCH + 4, NULL, 0), 0);
	assert_int_equal(osml_buffer_size(b), MUCH + 4);
}

static void its_input_ends_also_when_its_output_has(void **state)
{
	(void)state;
	give(MUCH);
	CHECK_RC(run("echo secret; exec >&-; test $(wc -c) = 300000"), 0);
	assert_true(got("secret"));
}

/* SIGPIPE would end this process. */
static void it_need_not_read_its_input(void **state)
{
	sigset_t pending, blocked;

	(void)state;
	give(MUCH);
	CHECK_RC(run("echo none"), 0);
	assert_true(got("none"));
	CHECK_RC(run("head -c 3"), 0);
	assert_true(got("xxx"));
	assert_int_equal(sigpending(&pending) + sigismember(&pending, SIGPIPE), 0);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &blocked) + sigismember(&blocked, SIGPIPE), 0);
}

static void without_an_input_it_reads_nothing(void **state)
{
	(void)state;
	CHECK_RC(run("cat; readlink /proc/self/fd/0"), 0);
	assert_true(got("/dev/null"));
}

static void an_input_that_is_closed_is_refused(void **state)
{
	(void)state;
	give(3);
	CHECK_RC(osml_buffer_close((osml_buffer *)command.input), 0);
	CHECK_RC(run("cat"), OSML_ECLOSED);
	assert_null(b);
}

static void close_the_input(void)
{
	CHECK_RC(osml_buffer_close((osml_buffer *)command.input), 0);
}

static void an_input_that_is_closed_meanwhile_gives_no_output(void **state)
{
	(void)state;
	give(3);
	fake_hook("child_feed", close_the_input);
	CHECK_RC(run("cat"), OSML_ECLOSED);
	assert_null(b);
}

static void environment_and_folder_are_those_given(void **state)
{
	static const char *const environment[] = { "ONLY=this", NULL };

	(void)state;
	setenv("OSML_INHERITED", "yes", 1);
	CHECK_RC(run("echo $OSML_INHERITED"), 0);
	assert_true(got("yes"));
	command.envp = environment;
	command.directory = "/usr";
	CHECK_RC(run("echo $OSML_INHERITED$ONLY; pwd"), 0);
	assert_true(got("this\n/usr"));
}

static void a_folder_that_is_not_there_is_the_systems_error(void **state)
{
	(void)state;
	if (support_valgrind())
		SKIP(NO_VFORK);
	command.directory = "/nonexistent";
	CHECK_RC(run("pwd"), -ENOENT);
}

/* This process blocks and ignores what the program must have back. */
static void its_signals_are_as_a_shell_gives_them(void **state)
{
	sigset_t blocked, previous;

	(void)state;
	sigfillset(&blocked);
	pthread_sigmask(SIG_BLOCK, &blocked, &previous);
	signal(SIGPIPE, SIG_IGN);
	CHECK_RC(run("sed -n 's/^SigBlk:.//p' /proc/self/status; yes | head -n 1"), 0);
	signal(SIGPIPE, SIG_DFL);
	pthread_sigmask(SIG_SETMASK, &previous, NULL);
	assert_true(got("0000000000000000\ny"));
}

static void of_the_descriptors_it_has_the_standard_ones_alone(void **state)
{
	char script[100];
	int fd = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */

	(void)state;
	snprintf(script, sizeof script, "test ! -e /proc/self/fd/%d && echo gone", fd);
	assert_int_not_equal(system(script), 0); /* control */
	if (!posix_spawn_file_actions_addclosefrom_np) {
		close(fd);
		SKIP("this C library has no posix_spawn_file_actions_addclosefrom_np()");
	}
	CHECK_RC(run(script), 0);
	assert_true(got("gone"));
	close(fd);
}

/* ---- The caller's word ---- */

static int asked;

static int give_up(void *context)
{
	(void)context;
	return ++asked >= 2;
}

static void a_deadline_ends_it_whatever_it_does(void **state)
{
	static const char *const scripts[] = {
		"exec sleep 30",                        /* is silent */
		"echo secret; exec >&-; exec sleep 30", /* has said all */
		"echo secret; sleep 3 &",               /* leaves a child that keeps the pipe open */
	};
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;

	(void)state;
	o.interrupted = give_up;
	for (size_t i = 0; i < 3; i++) {
		asked = 0;
		CHECK_RC(run_with(scripts[i], 100, &o, 0), -EINTR);
		assert_null(b);
		assert_int_equal(asked, 2);
		assert_true(no_child_is_left());
	}
	give(MUCH);
	asked = 0;
	CHECK_RC(run_with("exec sleep 30", 100, &o, 0), -EINTR); /* does not read */
}

static int never(void *context)
{
	asked += *(int *)context;
	return 0;
}

static void who_is_asked_and_is_patient_gets_the_secret(void **state)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	int one = 1;

	(void)state;
	asked = 0;
	o.interrupted = never;
	o.context = &one;
	CHECK_RC(run_with("sleep 0.5; echo secret; exec >&-; sleep 0.5", 100, &o, OSML_TRIM_NEWLINE), 0);
	assert_true(got("secret") && asked >= 2);
}

/* ---- Misuse ---- */

static void wrong_arguments_are_refused(void **state)
{
	static const char *const none[] = { NULL };

	(void)state;
	CHECK_RC(osml_buffer_from_command(NULL, &command, 1, NULL, 0), OSML_EINVAL);
	CHECK_RC(osml_buffer_from_command(&b, NULL, 1, NULL, 0), OSML_EINVAL);
	CHECK_RC(osml_buffer_from_command(&b, &command, 1, NULL, 0), OSML_EINVAL);
	command.argv = none;
	CHECK_RC(osml_buffer_from_command(&b, &command, 1, NULL, 0), OSML_EINVAL);
	CHECK_RC(run_with("echo", 10, NULL, OSML_PRIVATE), OSML_EINVAL);
	CHECK_RC(run_with("echo", 10, NULL, 32), OSML_EINVAL);
	command.struct_size--;
	CHECK_RC(run("echo secret"), OSML_EINVAL);
	command.struct_size++;
	CHECK_RC(run("echo secret"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, cleanup)
	const struct CMUnitTest tests[] = {
		TEST(the_output_is_in_the_buffer),
		TEST(there_is_no_shell),
		TEST(no_output_is_empty_unless_allowed),
		TEST(too_much_output_is_refused_and_the_program_killed),
		TEST(what_follows_the_first_line_is_read_and_dropped),
		TEST(a_program_that_fails_is_told_with_its_status),
		TEST(a_program_that_closes_its_output_is_waited_for),
		TEST(what_cannot_be_run_is_the_systems_error),
		TEST(where_sigchld_is_ignored_a_failure_is_told_all_the_same),
		TEST(a_handler_of_sigchld_stays_and_is_called),
		TEST(its_input_may_be_larger_than_a_pipe_and_so_may_its_output),
		TEST(its_input_ends_also_when_its_output_has),
		TEST(it_need_not_read_its_input),
		TEST(without_an_input_it_reads_nothing),
		TEST(an_input_that_is_closed_is_refused),
		TEST(an_input_that_is_closed_meanwhile_gives_no_output),
		TEST(environment_and_folder_are_those_given),
		TEST(a_folder_that_is_not_there_is_the_systems_error),
		TEST(its_signals_are_as_a_shell_gives_them),
		TEST(of_the_descriptors_it_has_the_standard_ones_alone),
		TEST(a_deadline_ends_it_whatever_it_does),
		TEST(who_is_asked_and_is_patient_gets_the_secret),
		TEST(wrong_arguments_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
