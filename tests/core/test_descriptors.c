/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Descriptors that the library opens for a while: a program that is started meanwhile inherits none of them (audit T9), and 0, which is the
 * first that a process without standard input gets, is a descriptor like any other.
 */
#define _GNU_SOURCE
#include "dialogue.h"

#include <errno.h>
#include <dlfcn.h>

#include "os_fake.h"

/* ---- The program that is started: its status says how many descriptors it found ---- */

static int start_lister(void)
{
	char program[4096] = { 0 };
	int status = -1;
	pid_t child;

	CHECK(readlink("/proc/self/exe", program, sizeof program - 1) > 0);
	child = fork();
	if (child == 0) {
		execl(program, "lister", "list", (char *)NULL);
		_exit(CHILD_FAILED);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int expected, found, open_meanwhile;

static int look_from_outside(void *unused)
{
	(void)unused;
	open_meanwhile = (int)support_open_fds();
	found = start_lister();
	return 0;
}

static osml_buffer_options looking(void)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;

	o.interrupted = look_from_outside;
	found = open_meanwhile = -1;
	expected = start_lister();
	return o;
}

/* ---- Files ---- */

static void a_program_started_meanwhile_inherits_no_file(void **state)
{
	osml_buffer_options o = looking();
	size_t fds = support_open_fds();
	osml_buffer *b;
	int open_to_all = open("/dev/null", O_RDONLY);

	(void)state;
	assert_int_equal(start_lister(), expected + 1); /* control: this one is found */
	close(open_to_all);
	CHECK_RC(osml_buffer_new(&b, 100, NULL), 0); /* what the first use of the library reads is read now */
	osml_buffer_free(b);
	fake_fail_function("read", 1, 1, -EINTR);
	CHECK_RC(osml_buffer_from_file(&b, "/proc/self/limits", 100000, &o, 0), 0);
	fake_reset();
	osml_buffer_free(b);
	assert_int_equal(open_meanwhile, fds + 1); /* control: the file was open */
	assert_int_equal(found, expected);
}

/* ---- The terminal, and what tells of signals ---- */

static void ask_with_a_look(void)
{
	osml_buffer_options o = looking();
	int fds = (int)support_open_fds();
	osml_buffer *b;

	fake_fail_function("terminal_read", 1, 1, -EAGAIN);
	CHECK_RC(osml_buffer_prompt(&b, "Passphrase: ", 100, &o, 0), 0);
	fake_reset();
	osml_buffer_free(b);
	CHECK(open_meanwhile == fds + 2); /* control */
	CHECK(found == expected);
}

static void a_program_started_meanwhile_inherits_no_terminal(void **state)
{
	struct dialogue d = begin(ask_with_a_look);

	(void)state;
	see(&d, "Passphrase: ");
	type(&d, "hunter2\n");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, "Passphrase: \r\n");
}

/* ---- Secret memory: its descriptor is open during one call of the library only ---- */

static int flags_of_secret_memory;

/* In place of the C library's. */
int ftruncate(int fd, off_t size)
{
	int (*real)(int fd, off_t size);

	flags_of_secret_memory = fcntl(fd, F_GETFD);
	*(void **)&real = dlsym(RTLD_NEXT, "ftruncate");
	return real(fd, size);
}

static osml_buffer *new_secret(void)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;
	uint32_t bits;

	o.want |= OSML_SECRETMEM;
	CHECK_RC(osml_buffer_new(&b, 100, &o), 0);
	CHECK_RC(osml_buffer_protections(b, &bits), 0);
	CHECK(bits & OSML_SECRETMEM);
	return b;
}

static void the_descriptor_of_secret_memory_is_not_inherited_either(void **state)
{
	(void)state;
	if (!support_secretmem())
		SKIP("memfd_secret(2) is not offered here");
	flags_of_secret_memory = -1;
	osml_buffer_free(new_secret());
	assert_int_equal(flags_of_secret_memory, FD_CLOEXEC);
}

/* ---- Descriptor 0 ---- */

static void works_without_standard_input(void *unused)
{
	uint32_t bits;
	bool secret = support_secretmem();
	uint64_t used;
	osml_buffer *b;

	(void)unused;
	close(0);
	CHECK_RC(osml_buffer_from_file(&b, "/proc/self/limits", 100000, NULL, 0), 0);
	CHECK(fcntl(0, F_GETFD) == -1);
	CHECK_RC(osml_buffer_verify(b, &bits), 0);
	CHECK(bits == OSML_DEFAULT_PROTECTIONS);
	CHECK_RC(osml_info(OSML_INFO_PROCESS_LOCKED_BYTES, &used), 0);
	CHECK(used > 0);
	CHECK(fcntl(0, F_GETFD) == -1);
	osml_buffer_free(b);
	if (secret) {
		osml_buffer_free(new_secret());
		CHECK(fcntl(0, F_GETFD) == -1);
	}
}

static void descriptor_0_is_used_and_closed_as_any_other(void **state)
{
	(void)state;
	IN_CHILD(works_without_standard_input, NULL);
}

static void ask_without_standard_input(void)
{
	osml_buffer *b;

	close(0);
	CHECK_RC(osml_buffer_prompt(&b, "Passphrase: ", 100, NULL, 0), 0);
	CHECK(!strcmp(osml_buffer_data(b), "hunter2"));
	CHECK(fcntl(0, F_GETFD) == -1);
	osml_buffer_free(b);
}

static void the_prompt_too(void **state)
{
	struct dialogue d = begin(ask_without_standard_input);

	(void)state;
	see(&d, "Passphrase: ");
	type(&d, "hunter2\n");
	see(&d, "\r\n");
	assert_int_equal(end(&d), 0);
	assert_seen(&d, "Passphrase: \r\n");
}

/* ---- Those of a program that is run ---- */

static void run(const char *script)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	osml_command command = OSML_COMMAND_INIT;
	osml_buffer *b;

	command.argv = argv;
	CHECK_RC(osml_buffer_from_command(&b, &command, 100, NULL, 0), 0);
	CHECK(osml_buffer_size(b) == 3);
	osml_buffer_free(b);
}

/* What it opens first would become its standard error, into which it writes messages. */
static void run_without_standard_error(void *unused)
{
	(void)unused;
	close(2);
	run("true >&2 && ! echo message >&2 && printf key");
}

static void a_program_of_a_process_without_standard_error_has_one(void **state)
{
	(void)state;
	IN_CHILD(run_without_standard_error, NULL);
}

static void a_program_without_input_needs_no_device(void **state)
{
	size_t fds = support_open_fds();

	(void)state;
	fake_redirect("/dev/null", "/nowhere/at/all");
	run("test \"$(wc -c)\" -eq 0 && printf key");
	fake_reset();
	assert_int_equal(support_open_fds(), fds);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_started_meanwhile_inherits_no_file),
		cmocka_unit_test(a_program_started_meanwhile_inherits_no_terminal),
		cmocka_unit_test(the_descriptor_of_secret_memory_is_not_inherited_either),
		cmocka_unit_test(descriptor_0_is_used_and_closed_as_any_other),
		cmocka_unit_test(the_prompt_too),
		cmocka_unit_test(a_program_of_a_process_without_standard_error_has_one),
		cmocka_unit_test(a_program_without_input_needs_no_device),
	};

	(void)argv;
	if (argc == 2)
		return (int)support_open_fds();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
