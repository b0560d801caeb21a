/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The strings that exec() left, which /proc/PID/environ and /proc/PID/cmdline go on showing: from_env() overwrites every byte of the values
 * that bear the name, and no byte of any other string (audit T2, T3). Each case is a program of its own, started with an environment to measure.
 */
#define _GNU_SOURCE
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os_fake.h"

#define NAME "OSML_DB"
#define MOST 32768

struct block {
	char text[MOST];
	size_t len;
};

static void read_block(struct block *b, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	CHECK(fd >= 0);
	for (b->len = 0; (got = read(fd, b->text + b->len, MOST - b->len)) > 0; b->len += (size_t)got)
		;
	close(fd);
	CHECK(b->len < MOST);
}

/* What it should be afterwards: NULs for each value of NAME. */
static size_t without_values(struct block *b)
{
	size_t values = 0, next;

	for (size_t at = 0; at < b->len; at = next) {
		next = at + strlen(b->text + at) + 1;
		if (strncmp(b->text + at, NAME "=", sizeof NAME))
			continue;
		values++;
		memset(b->text + at + sizeof NAME, 0, next - 1 - at - sizeof NAME);
	}
	return values;
}

static void compare(const struct block *seen, const struct block *expected, const char *which)
{
	for (size_t i = 0; i < expected->len; i++) {
		if (i < seen->len && seen->text[i] == expected->text[i])
			continue;
		fprintf(stderr, "%s: byte %zu is %d, not %d\n", which, i, seen->text[i], expected->text[i]);
		CHECK(!"the block is as it should be");
	}
	CHECK(seen->len == expected->len);
}

/* ---- The program that is started: its arguments tell how many values to expect where ---- */

static int main_of_heir(char **argv)
{
	static struct block environment, arguments, now;
	const char *first = getenv(NAME);
	osml_buffer *b;
	char *value;

	read_block(&environment, "/proc/self/environ");
	read_block(&arguments, "/proc/self/cmdline");
	CHECK(first && memmem(environment.text, environment.len, first, strlen(first))); /* control */
	CHECK(without_values(&environment) == (size_t)atoi(argv[1]));
	CHECK(without_values(&arguments) == (size_t)atoi(argv[2]));
	value = strdup(first);
	CHECK_RC(osml_buffer_from_env(&b, NAME, MOST, NULL, OSML_ALLOW_EMPTY), 0);
	CHECK(!strcmp(osml_buffer_data(b), value));
	CHECK(!getenv(NAME));
	read_block(&now, "/proc/self/environ");
	compare(&now, &environment, "environ");
	read_block(&now, "/proc/self/cmdline");
	compare(&now, &arguments, "cmdline");
	osml_buffer_free(b);
	free(value);
	return 0;
}

/* Without randomisation the first string lies as near as it can to the kernel's own bytes before it. Where that is refused it may be farther. */
static void become_heir(char **arguments, char **environment)
{
	char program[4096] = { 0 };

	personality(ADDR_NO_RANDOMIZE);
	if (readlink("/proc/self/exe", program, sizeof program - 1) > 0)
		execve(program, arguments, environment);
	_exit(CHILD_FAILED);
}

static void check_heir(char **arguments, char **environment)
{
	int status;
	pid_t child;

	if (support_valgrind())
		SKIP("under valgrind the first environment is not the program's");
	child = fork();
	if (child == 0)
		become_heir(arguments, environment);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* ---- Cases ---- */

static void every_byte_of_the_value_goes(void **state)
{
	char *arguments[] = { "heir", "1", "0", NULL };
	char *environment[] = { "PATH=/bin", NAME "=every single byte", "HOME=/", NULL };

	(void)state;
	check_heir(arguments, environment);
}

static void every_byte_of_a_long_value_goes(void **state)
{
	static char variable[20000] = NAME "=";
	char *arguments[] = { "heir", "1", "0", NULL };
	char *environment[] = { variable, NULL };

	(void)state;
	memset(variable + sizeof NAME, 'k', sizeof variable - sizeof NAME - 1);
	check_heir(arguments, environment);
}

/* Of DB, DB_PASSWORD is another variable; so is D, and what is named in a value is none. */
static void no_byte_of_another_variable_goes(void **state)
{
	char *arguments[] = { "heir", "1", "0", NAME, NAME "_PASSWORD=an argument", NULL };
	char *environment[] = { NAME "_PASSWORD=longer name",
		                "OSML_D=shorter name",
		                "OSML_DC=other end",
		                "X" NAME "=other beginning",
		                "osml_db=lower case",
		                NAME ".x=dot",
		                NAME "=the one",
		                "X=" NAME "=in a value",
		                NAME,
		                NAME "_=last",
		                NULL };

	(void)state;
	check_heir(arguments, environment);
}

/* execve(2) takes any list; getenv(3) finds the first, /proc shows them all. */
static void all_values_of_a_name_that_comes_more_than_once_go(void **state)
{
	char *arguments[] = { "heir", "3", "0", NULL };
	char *environment[] = { NAME "=first of all", "A=b", NAME "=second", "C=d", NAME "=last of all", NULL };

	(void)state;
	check_heir(arguments, environment);
}

/* env(1), sudo(8) and systemd-run(1) take variables as arguments. */
static void an_argument_of_that_form_goes_too(void **state)
{
	char *arguments[] = { NAME "=argument 0", "1", "3", NAME "=argument 3", "--", NAME "=argument 5", NULL };
	char *environment[] = { NAME "=value", NULL };

	(void)state;
	check_heir(arguments, environment);
}

static void an_empty_value_harms_nobody(void **state)
{
	char *arguments[] = { "heir", "1", "0", NULL };
	char *environment[] = { "A=b", NAME "=", "C=d", NULL };

	(void)state;
	check_heir(arguments, environment);
}

/* ---- The removal fails when the bytes are copied and wiped already ---- */

static void a_variable_that_cannot_be_removed_is_as_it_was_to_the_last_byte(void **state)
{
	static const unsigned flags[] = { 0, OSML_TRIM_NEWLINE };
	static char variable[] = NAME "=value\r\n";
	struct support_snapshot before;
	osml_buffer *b;

	(void)state;
	assert_int_equal(putenv(variable), 0);
	before = support_snapshot();
	for (size_t i = 0; i < 2; i++) {
		uint64_t live = 1;
		b = (osml_buffer *)&b;
		fake_fail_function("env_remove", 1, 1, -ENOMEM);
		CHECK_RC(osml_buffer_from_env(&b, NAME, 100, NULL, flags[i]), -ENOMEM);
		fake_reset();
		assert_null(b);
		assert_memory_equal(variable, NAME "=value\r\n", sizeof variable);
		assert_string_equal(getenv(NAME), "value\r\n");
		CHECK_RC(osml_info(OSML_INFO_LIVE_BUFFERS, &live), 0);
		assert_int_equal(live, 0);
		ASSERT_BACK_TO(before);
	}
	CHECK_RC(osml_buffer_from_env(&b, NAME, 100, NULL, OSML_TRIM_NEWLINE), 0); /* control: now it works, and wipes */
	assert_string_equal(osml_buffer_data(b), "value");
	assert_memory_equal(variable, NAME "=\0\0\0\0\0\0\0", sizeof variable);
	osml_buffer_free(b);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_of_the_value_goes),
		cmocka_unit_test(every_byte_of_a_long_value_goes),
		cmocka_unit_test(no_byte_of_another_variable_goes),
		cmocka_unit_test(all_values_of_a_name_that_comes_more_than_once_go),
		cmocka_unit_test(an_argument_of_that_form_goes_too),
		cmocka_unit_test(an_empty_value_harms_nobody),
		cmocka_unit_test(a_variable_that_cannot_be_removed_is_as_it_was_to_the_last_byte),
	};

	if (argc >= 3)
		return main_of_heir(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
