/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Sources with a name: files, variables of the environment, credentials of systemd. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64 /* for a large file where a long has 32 bits */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os_fake.h"

static char directory[64];

static int make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/osml-source-XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path_of("file"));
	unlink(path_of("fifo"));
	unlink(path_of("a..b"));
	return rmdir(directory);
}

static void write_file(const char *name, const char *text)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void assert_holds(osml_buffer *b, const char *text)
{
	assert_int_equal(osml_buffer_size(b), strlen(text));
	assert_string_equal((char *)osml_buffer_data(b), text);
	osml_buffer_free(b);
}

/* ---- Files ---- */

static void from_file_takes_the_whole_file_and_trims_when_asked(void **state)
{
	osml_buffer *b;
	size_t fds = support_open_fds();

	(void)state;
	write_file("file", "key\n");
	assert_int_equal(osml_buffer_from_file(&b, path_of("file"), 100, NULL, 0), 0);
	assert_holds(b, "key\n");
	assert_int_equal(osml_buffer_from_file(&b, path_of("file"), 3, NULL, OSML_TRIM_NEWLINE), 0);
	assert_holds(b, "key");
	assert_int_equal(osml_buffer_from_file(&b, path_of("file"), 2, NULL, OSML_TRIM_NEWLINE), OSML_ETOOBIG);
	assert_null(b);
	assert_int_equal(support_open_fds(), fds);
}

static void a_file_of_more_than_2_gib_has_a_first_line(void **state)
{
	osml_buffer *b;

	(void)state;
	write_file("file", "key\n");
	signal(SIGXFSZ, SIG_IGN); /* of a limit on files: then truncate() fails */
	if (truncate(path_of("file"), (off_t)3 << 30))
		SKIP("no file may be so large");
	CHECK_RC(osml_buffer_from_file(&b, path_of("file"), 100, NULL, OSML_FIRST_LINE), 0);
	assert_holds(b, "key");
}

static void a_file_that_is_not_there_or_no_file_is_the_systems_error(void **state)
{
	osml_buffer *b = (osml_buffer *)&b;
	size_t fds = support_open_fds();

	(void)state;
	assert_int_equal(osml_buffer_from_file(&b, path_of("missing"), 100, NULL, 0), -ENOENT);
	assert_null(b);
	assert_int_equal(osml_buffer_from_file(&b, "", 100, NULL, 0), -ENOENT);
	assert_int_equal(osml_buffer_from_file(&b, directory, 100, NULL, 0), -EISDIR);
	assert_int_equal(osml_buffer_from_file(&b, "/dev/null/x", 100, NULL, 0), -ENOTDIR);
	assert_null(b);
	assert_int_equal(support_open_fds(), fds);
}

static void from_file_reads_a_fifo(void **state)
{
	osml_buffer *b;
	pid_t child;

	(void)state;
	assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
	child = fork();
	if (child == 0) {
		int fd = open(path_of("fifo"), O_WRONLY);
		_exit(write(fd, "through", 7) != 7 || write(fd, " a fifo", 7) != 7);
	}
	assert_int_equal(osml_buffer_from_file(&b, path_of("fifo"), 100, NULL, 0), 0);
	assert_holds(b, "through a fifo");
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* ---- The environment ---- */

#define NAME "OSML_TEST_SECRET"

/* putenv() makes this array itself part of the environment, so that the original bytes can be looked at. */
static char variable[200];

static char *put_variable(const char *value)
{
	snprintf(variable, sizeof variable, NAME "=%s", value);
	assert_int_equal(putenv(variable), 0);
	return variable + sizeof NAME;
}

static void from_env_copies_the_value_wipes_the_original_and_unsets_it(void **state)
{
	static const char zeros[sizeof variable];
	char *original = put_variable("a secret value");
	osml_buffer *b;

	(void)state;
	assert_memory_equal(original, "a secret value", 14); /* control */
	assert_int_equal(osml_buffer_from_env(&b, NAME, 14, NULL, 0), 0);
	assert_null(getenv(NAME));
	assert_memory_equal(original, zeros, 14);
	assert_memory_equal(variable, NAME "=", sizeof NAME);
	assert_holds(b, "a secret value");
}

static void from_env_trims_no_newline_unasked(void **state)
{
	osml_buffer *b;

	(void)state;
	setenv(NAME, "secret\n", 1);
	assert_int_equal(osml_buffer_from_env(&b, NAME, 7, NULL, 0), 0);
	assert_int_equal(osml_buffer_size(b), 7);
	assert_memory_equal(osml_buffer_data(b), "secret\n", 8);
	osml_buffer_free(b);
}

static void from_env_trims_one_newline_and_wipes_it_too(void **state)
{
	char *original = put_variable("value\r\n");
	osml_buffer *b;

	(void)state;
	assert_int_equal(osml_buffer_from_env(&b, NAME, 7, NULL, OSML_TRIM_NEWLINE), 0);
	assert_memory_equal(original, "\0\0\0\0\0\0", 7);
	assert_holds(b, "value");
}

static void from_env_of_an_empty_value_is_refused_unless_allowed(void **state)
{
	osml_buffer *b;

	(void)state;
	put_variable("");
	assert_int_equal(osml_buffer_from_env(&b, NAME, 0, NULL, 0), OSML_EEMPTY);
	assert_string_equal(getenv(NAME), "");
	assert_int_equal(osml_buffer_from_env(&b, NAME, 0, NULL, OSML_ALLOW_EMPTY), 0);
	assert_null(getenv(NAME));
	assert_holds(b, "");
}

static void a_variable_that_is_not_set_is_enoent(void **state)
{
	osml_buffer *b = (osml_buffer *)&b;

	(void)state;
	unsetenv(NAME);
	assert_int_equal(osml_buffer_from_env(&b, NAME, 100, NULL, 0), -ENOENT);
	assert_null(b);
	assert_int_equal(osml_buffer_from_env(&b, "", 100, NULL, 0), OSML_EINVAL);
}

static void a_value_that_is_too_long_is_left_alone(void **state)
{
	osml_buffer *b = (osml_buffer *)&b;

	(void)state;
	put_variable("12345\n");
	assert_int_equal(osml_buffer_from_env(&b, NAME, 4, NULL, OSML_TRIM_NEWLINE), OSML_ETOOBIG);
	assert_null(b);
	assert_string_equal(getenv(NAME), "12345\n");
	unsetenv(NAME);
}

/* Bad options; no memory; a name that unsetenv(3) refuses and getenv(3) finds. */
static void after_a_failure_the_variable_is_as_it_was(void **state)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b = (osml_buffer *)&b;

	(void)state;
	put_variable("value");
	o.policy = 77;
	assert_int_equal(osml_buffer_from_env(&b, NAME, 100, &o, 0), OSML_EINVAL);
	assert_null(b);
	assert_string_equal(getenv(NAME), "value");
	o = (osml_buffer_options)OSML_BUFFER_OPTIONS_INIT;
	o.want |= OSML_GUARDED;
	fake_reset();
	fake_fail_function("map", 1, ~0u, -ENOMEM);
	assert_int_equal(osml_buffer_from_env(&b, NAME, 100, &o, 0), -ENOMEM);
	fake_reset();
	assert_string_equal(getenv(NAME), "value");
	put_variable("value=more");
	assert_int_equal(osml_buffer_from_env(&b, NAME "=value", 100, NULL, 0), OSML_EINVAL);
	assert_null(b);
	assert_string_equal(getenv(NAME), "value=more");
	unsetenv(NAME);
}

/* A literal: it can be read, and a write to it is SIGSEGV (audit P8). */
static void a_variable_in_memory_that_cannot_be_written_is_an_error(void **state)
{
	long page = sysconf(_SC_PAGESIZE);
	char why[500], *pages = mmap(NULL, 3 * (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *variable = pages + page - 40;
	osml_buffer *b = (osml_buffer *)&b;

	(void)state;
	memset(variable, 'v', (size_t)page + 39);
	variable[(size_t)page + 39] = 0;
	memcpy(variable, NAME "=", sizeof NAME);
	putenv(variable);
	for (size_t i = 0; i < 2; i++) { /* where the value begins, and where it ends */
		mprotect(pages + i * (size_t)page, (size_t)page, PROT_READ);
		assert_int_equal(osml_buffer_from_env(&b, NAME, 2 * (size_t)page, NULL, 0), -EFAULT);
		assert_null(b);
		assert_ptr_equal(getenv(NAME), variable + sizeof NAME);
		assert_true(osml_explain(-EFAULT, why, sizeof why) > 0);
		assert_non_null(strstr(why, "cannot be written"));
		mprotect(pages, 2 * (size_t)page, PROT_READ | PROT_WRITE);
	}
	assert_int_equal(osml_buffer_from_env(&b, NAME, 2 * (size_t)page, NULL, 0), 0); /* control */
	assert_int_equal(variable[sizeof NAME], 0);
	osml_buffer_free(b);
	munmap(pages, 3 * (size_t)page);
}

/* ---- /proc/self/environ, which shows the block that exec() made ---- */

static size_t read_environ(char *text, size_t size)
{
	int fd = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t got;

	while (have < size && (got = read(fd, text + have, size - have)) > 0)
		have += (size_t)got;
	close(fd);
	return have;
}

/*
 * Runs after exec() with the variable inherited; `moves`: as interpreters do, which copy it, and whose copy then is the environment. Statuses tell
 * which step went wrong.
 */
static int main_of_heir(int moves)
{
	static char text[65536];
	char *first = getenv(NAME);
	osml_buffer *b;
	size_t n;

	if (moves && (setenv(NAME, "inherited secret", 1) || getenv(NAME) == first))
		return 5;
	n = read_environ(text, sizeof text);
	if (!memmem(text, n, NAME "=", sizeof NAME) || !memmem(text, n, "inherited secret", 16))
		return 1; /* control */
	if (osml_buffer_from_env(&b, NAME, 100, NULL, 0) || getenv(NAME))
		return 2;
	n = read_environ(text, sizeof text);
	if (memmem(text, n, osml_buffer_data(b), osml_buffer_size(b)))
		return 3;
	if (osml_buffer_size(b) != 16 || memcmp(osml_buffer_data(b), "inherited secret", 16))
		return 4;
	osml_buffer_free(b);
	return 0;
}

static void become_heir(const char *kind)
{
	char program[4096] = { 0 };

	if (readlink("/proc/self/exe", program, sizeof program - 1) > 0) /* its name, because under valgrind the link is valgrind */
		execl(program, kind, kind, (char *)NULL);
	_exit(CHILD_FAILED);
}

static void check_heir(const char *kind)
{
	int status;
	pid_t child;

	put_variable("inherited secret");
	child = fork();
	if (child == 0)
		become_heir(kind);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	unsetenv(NAME);
}

static void an_inherited_variable_vanishes_from_proc_self_environ(void **state)
{
	(void)state;
	check_heir("heir");
}

static void also_where_the_program_moved_its_environment(void **state)
{
	(void)state;
	check_heir("mover");
}

/* ---- Credentials ---- */

static void from_credential_reads_the_file_in_the_directory(void **state)
{
	osml_buffer *b;

	(void)state;
	write_file("file", "credential\n");
	write_file("a..b", "dots");
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	assert_int_equal(osml_buffer_from_credential(&b, "file", 100, NULL, OSML_TRIM_NEWLINE), 0);
	assert_holds(b, "credential");
	assert_int_equal(osml_buffer_from_credential(&b, "a..b", 100, NULL, 0), 0);
	assert_holds(b, "dots");
	assert_int_equal(osml_buffer_from_credential(&b, "file", 5, NULL, 0), OSML_ETOOBIG);
	assert_int_equal(osml_buffer_from_credential(&b, "missing", 5, NULL, 0), -ENOENT);
	assert_null(b);
	unsetenv("CREDENTIALS_DIRECTORY");
}

/* An empty one would be the root's, a relative one anybody's (audit P8). Each refusal names what is missing (audit P6). */
static void a_directory_of_credentials_must_be_named_and_absolute(void **state)
{
	static const char *const directories[] = { NULL, "", ".", "tmp", "../tmp" };
	osml_buffer *b = (osml_buffer *)&b;
	char why[500];

	(void)state;
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
		int rc = i ? -ENOTDIR : -ENOENT;
		unsetenv("CREDENTIALS_DIRECTORY");
		if (i)
			setenv("CREDENTIALS_DIRECTORY", directories[i], 1);
		assert_int_equal(osml_buffer_from_credential(&b, "etc", 100, NULL, 0), rc);
		assert_null(b);
		assert_true(osml_explain(rc, why, sizeof why) > 0);
		assert_non_null(strstr(why, i ? "CREDENTIALS_DIRECTORY is not an absolute" : "CREDENTIALS_DIRECTORY is not set"));
	}
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	assert_int_equal(osml_buffer_from_credential(&b, "missing", 100, NULL, 0), -ENOENT);
	assert_true(osml_explain(-ENOENT, why, sizeof why) > 0);
	assert_non_null(strstr(why, "has no credential"));
	assert_int_equal(osml_buffer_from_env(&b, NAME, 100, NULL, 0), -ENOENT);
	assert_true(osml_explain(-ENOENT, why, sizeof why) > 0);
	assert_non_null(strstr(why, "variable is not set"));
	assert_int_equal(osml_buffer_from_file(&b, "/nothing", 100, NULL, 0), -ENOENT); /* control: no reason but the system's */
	assert_true(osml_explain(-ENOENT, why, sizeof why) > 0);
	assert_non_null(strstr(why, "ENOENT: "));
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void a_name_that_would_leave_the_directory_is_refused_unopened(void **state)
{
	static const char *const names[] = { "", ".", "..", "/", "/etc/passwd", "../file", "a/b", "file/", "./file" };
	char long_name[5000];
	osml_buffer *b = (osml_buffer *)&b;

	(void)state;
	memset(long_name, 'n', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = 0;
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	fake_reset();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_int_equal(osml_buffer_from_credential(&b, names[i], 100, NULL, 0), OSML_EINVAL);
		assert_null(b);
	}
	assert_int_equal(osml_buffer_from_credential(&b, long_name, 100, NULL, 0), OSML_EINVAL);
	assert_int_equal(fake_calls_of("open"), 0);
	assert_int_equal(osml_buffer_from_credential(&b, "missing", 100, NULL, 0), -ENOENT);
	assert_int_equal(fake_calls_of("open"), 1); /* control */
	unsetenv("CREDENTIALS_DIRECTORY");
}

/* A path of 4095 bytes is the longest that the system takes. */
static void a_path_that_is_too_long_is_refused_unopened(void **state)
{
	osml_buffer *b = (osml_buffer *)&b;
	char long_directory[4097];

	(void)state;
	for (size_t i = 0; i < sizeof long_directory; i++)
		long_directory[i] = i % 2 ? '.' : '/';
	fake_reset();
	for (size_t len = 4087; len <= 4096; len++) {
		long_directory[len - strlen("/missing")] = 0;
		setenv("CREDENTIALS_DIRECTORY", long_directory, 1);
		assert_int_equal(osml_buffer_from_credential(&b, "missing", 100, NULL, 0), len < 4096 ? -ENOENT : OSML_EINVAL);
		assert_null(b);
		long_directory[len - strlen("/missing")] = (len - strlen("/missing")) % 2 ? '.' : '/';
	}
	assert_int_equal(fake_calls_of("open"), 9);
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void without_a_credentials_directory_it_is_enoent(void **state)
{
	osml_buffer *b = (osml_buffer *)&b;

	(void)state;
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(osml_buffer_from_credential(&b, "file", 100, NULL, 0), -ENOENT);
	assert_null(b);
	setenv("CREDENTIALS_DIRECTORY", "/nowhere/at/all", 1);
	assert_int_equal(osml_buffer_from_credential(&b, "file", 100, NULL, 0), -ENOENT);
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void named_sources_pass_the_options_on(void **state)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *all[3];

	(void)state;
	o.want |= OSML_GUARDED;
	write_file("file", "key");
	put_variable("key");
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	assert_int_equal(osml_buffer_from_file(&all[0], path_of("file"), 100, &o, 0), 0);
	assert_int_equal(osml_buffer_from_env(&all[1], NAME, 100, &o, 0), 0);
	assert_int_equal(osml_buffer_from_credential(&all[2], "file", 100, &o, 0), 0);
	for (size_t i = 0; i < 3; i++) {
		uint32_t bits;
		assert_int_equal(osml_buffer_protections(all[i], &bits), 0);
		assert_int_equal(bits, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED);
		assert_holds(all[i], "key");
	}
	unsetenv("CREDENTIALS_DIRECTORY");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_file_takes_the_whole_file_and_trims_when_asked),
		cmocka_unit_test(a_file_of_more_than_2_gib_has_a_first_line),
		cmocka_unit_test(a_file_that_is_not_there_or_no_file_is_the_systems_error),
		cmocka_unit_test(from_file_reads_a_fifo),
		cmocka_unit_test(from_env_copies_the_value_wipes_the_original_and_unsets_it),
		cmocka_unit_test(from_env_trims_no_newline_unasked),
		cmocka_unit_test(from_env_trims_one_newline_and_wipes_it_too),
		cmocka_unit_test(from_env_of_an_empty_value_is_refused_unless_allowed),
		cmocka_unit_test(a_variable_that_is_not_set_is_enoent),
		cmocka_unit_test(a_value_that_is_too_long_is_left_alone),
		cmocka_unit_test(after_a_failure_the_variable_is_as_it_was),
		cmocka_unit_test(an_inherited_variable_vanishes_from_proc_self_environ),
		cmocka_unit_test(also_where_the_program_moved_its_environment),
		cmocka_unit_test(from_credential_reads_the_file_in_the_directory),
		cmocka_unit_test(a_variable_in_memory_that_cannot_be_written_is_an_error),
		cmocka_unit_test(a_directory_of_credentials_must_be_named_and_absolute),
		cmocka_unit_test(a_name_that_would_leave_the_directory_is_refused_unopened),
		cmocka_unit_test(a_path_that_is_too_long_is_refused_unopened),
		cmocka_unit_test(without_a_credentials_directory_it_is_enoent),
		cmocka_unit_test(named_sources_pass_the_options_on),
	};

	if (argc == 2)
		return main_of_heir(strcmp(argv[1], "mover") == 0);
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
