/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Holds a secret and waits to be attacked.
 *
 *   proof_victim SEED KIND THEN [FILE]      FILE: for the kinds that read one
 *   proof_victim SEED swap|swap-fork MIB    see victim_swap.c
 *
 * It makes the secret in memory of KIND, prints "ready PID", waits for a line, does THEN, prints "ready PID" again and waits for the
 * end of stdin. A line that starts with "SKIP:" or "FAIL:" comes instead when the case is unavailable.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "needle.h"
#include "victim.h"

struct held held;
static char ready_line[32];

void ready_prepare(void)
{
	snprintf(ready_line, sizeof ready_line, "ready %d\n", (int)getpid());
}

void ready(void)
{
	char c = 0;
	if (write(STDOUT_FILENO, ready_line, strlen(ready_line)) < 0)
		_exit(3);
	while (c != '\n' && read(STDIN_FILENO, &c, 1) == 1)
		continue;
}

static void give_up(const char *verdict, const char *what, int rc)
{
	char why[512];
	osml_explain(rc, why, sizeof why);
	printf("%s: %s: %s (%s)\n", verdict, what, osml_error_name(rc), why);
	exit(1);
}

void must(const char *what, int rc)
{
	if (rc == OSML_EUNSUPPORTED || rc == OSML_ELIMIT)
		give_up("SKIP", what, rc);
	if (rc != 0)
		give_up("FAIL", what, rc);
}

void must_be(const char *what, int rc, int expected)
{
	if (rc != expected)
		give_up("FAIL", what, rc);
}

osml_buffer_options strict(uint32_t want)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	options.want = want;
	options.policy = OSML_POLICY_STRICT;
	return options;
}

static void then_wait(void)
{
	ready();
}

/* Plain memory is freed as careless programs free it; a region gives the lock back and, as it promises, leaves the bytes alone. */
static void then_free(void)
{
	ready();
	must("osml_region_unlock", osml_region_unlock(held.region));
	osml_buffer_free(held.buffer);
	if (held.region == NULL)
		free(held.plain);
}

static void then_close(void)
{
	ready();
	must("osml_buffer_close", osml_buffer_close(held.buffer));
}

/* A pin keeps the memory mapped, so that what close() left of the secret cannot hide in an unmapped page. */
static void then_close_pinned(void)
{
	void *data;
	must("osml_buffer_pin", osml_buffer_pin(held.buffer, &data, NULL));
	ready();
	must("osml_buffer_close", osml_buffer_close(held.buffer));
}

static void then_exit(void)
{
	ready();
	exit(0); /* main() has registered ready() before the library registered its sweep, so it runs after it */
}

static void allow_core(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	if (setrlimit(RLIMIT_CORE, &limit) == 0)
		return;
	getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_CORE, &limit);
}

static void then_abort(void)
{
	allow_core();
	abort();
}

static void then_abort_limited(void)
{
	allow_core();
	must("osml_disable_core_dumps_for_process", osml_disable_core_dumps_for_process());
	abort();
}

/* Only the step that acts on dumps into a pipe too, so that the limit cannot do its work. */
static void then_abort_undumpable(void)
{
	allow_core();
	must("osml_harden", osml_harden(NULL, OSML_HARDEN_UNDUMPABLE));
	abort();
}

/* The child answers; the parent, whose pid the script knows, ends as the child did. */
static void split(pid_t child)
{
	int status = 0;
	if (child == 0) {
		ready_prepare();
		ready();
		return;
	}
	waitpid(child, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* Afterwards the child frees what it inherited and runs the library's sweep at exit: both must be safe. */
static void then_fork(void)
{
	split(fork());
	osml_buffer_free(held.buffer);
}

/* Without libc's handlers the library cannot know that this is a child, and nothing is promised about its calls: what holds, the kernel does. */
static void then_raw_fork(void)
{
	split((pid_t)syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L));
	_exit(0);
}

static const struct {
	const char *name;
	void (*run)(void);
} thens[] = {
	{ "wait", then_wait },
	{ "free", then_free },
	{ "close", then_close },
	{ "close-pinned", then_close_pinned },
	{ "exit", then_exit },
	{ "abort", then_abort },
	{ "abort-limited", then_abort_limited },
	{ "abort-undumpable", then_abort_undumpable },
	{ "fork", then_fork },
	{ "raw-fork", then_raw_fork },
};

static const struct kind *kind_find(const struct kind *kinds, const char *name)
{
	while (kinds->name != NULL && strcmp(kinds->name, name) != 0)
		kinds++;
	return kinds->name == NULL ? NULL : kinds;
}

static void run(const char *kind_name, uint64_t seed, const char *then)
{
	const struct kind *kind = kind_find(memory_kinds, kind_name);
	if (kind == NULL)
		kind = kind_find(source_kinds, kind_name);
	for (size_t i = 0; kind != NULL && i < sizeof thens / sizeof *thens; i++) {
		if (strcmp(thens[i].name, then) == 0) {
			kind->make(kind, seed);
			thens[i].run();
			ready();
			return;
		}
	}
	printf("FAIL: no kind %s or no step %s\n", kind_name, then);
	exit(1);
}

static void refuse_sanitizer(void)
{
	uint64_t sanitized = 0;
	if (osml_info(OSML_INFO_SANITIZER, &sanitized) == 0 && sanitized == 1) {
		printf("SKIP: a sanitizer is in the process, which keeps what was freed\n");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	setvbuf(stdout, NULL, _IONBF, 0);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* where Yama is on, else the scanner could not read us */
	uint64_t seed = strtoull(argv[1], NULL, 10);
	ready_prepare();
	refuse_sanitizer();
	if (strcmp(argv[3], "exit") == 0)
		atexit(ready);
	if (strncmp(argv[2], "swap", 4) == 0)
		swap_run(seed, (size_t)atoi(argv[3]), strcmp(argv[2], "swap-fork") == 0);
	else
		run(argv[2], seed, argv[3]);
	return 0;
}
