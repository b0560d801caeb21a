/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the flags of sources read, and whose files they refuse. What they make of the contents is in test_formats.c. */
#include "support.h"

#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

static void the_end_of_the_first_line_is_waited_for_and_no_more(void **state)
{
	int ends[2];
	osml_buffer *b;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "hunter2\nmore", 12), 12);
	assert_int_equal(osml_buffer_from_fd(&b, ends[0], 100, NULL, OSML_FIRST_LINE), 0); /* the writer is still there */
	assert_string_equal(osml_buffer_data(b), "hunter2");
	osml_buffer_free(b);
	close(ends[0]);
	close(ends[1]);
}

static void a_first_line_is_taken_of_a_file_that_is_longer_than_the_maximum(void **state)
{
	char path[] = "/tmp/osml-textflags-XXXXXX", rest[5000];
	int fd = mkstemp(path);
	osml_buffer *b;

	(void)state;
	memset(rest, 'r', sizeof rest);
	memcpy(rest, "hunter2\n", 8);
	assert_int_equal(write(fd, rest, sizeof rest), sizeof rest);
	assert_int_equal(osml_buffer_from_file(&b, path, 7, NULL, OSML_FIRST_LINE), 0);
	assert_string_equal(osml_buffer_data(b), "hunter2");
	osml_buffer_free(b);
	assert_int_equal(osml_buffer_from_file(&b, path, 6, NULL, OSML_FIRST_LINE), OSML_ETOOBIG); /* control */
	assert_int_equal(osml_buffer_from_file(&b, path, 7, NULL, OSML_TRIM_NEWLINE), OSML_ETOOBIG);
	close(fd);
	unlink(path);
}

/* audit P10 */
static void a_private_file_is_one_that_its_group_and_others_cannot_read(void **state)
{
	static const mode_t open_to_others[] = { 0640, 0604, 0644, 0444, 0666 }, closed[] = { 0600, 0400, 0700, 0622 };
	osml_buffer *b = (osml_buffer *)&b;
	char path[] = "/tmp/osml-textflags-XXXXXX", why[500], mode[8];
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "key", 3), 3);
	for (size_t i = 0; i < sizeof open_to_others / sizeof *open_to_others; i++) {
		chmod(path, open_to_others[i]);
		assert_int_equal(osml_buffer_from_file(&b, path, 100, NULL, OSML_PRIVATE), OSML_EEXPOSED);
		assert_null(b);
		assert_true(osml_explain(OSML_EEXPOSED, why, sizeof why) > 0);
		snprintf(mode, sizeof mode, "%04o", (unsigned)open_to_others[i]);
		assert_non_null(strstr(why, mode));
		assert_int_equal(osml_buffer_from_file(&b, path, 100, NULL, 0), 0); /* control */
		assert_string_equal(osml_buffer_data(b), "key");
		osml_buffer_free(b);
	}
	for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
		chmod(path, closed[i]);
		assert_int_equal(osml_buffer_from_file(&b, path, 100, NULL, OSML_PRIVATE), 0);
		assert_string_equal(osml_buffer_data(b), "key");
		osml_buffer_free(b);
	}
	close(fd);
	unlink(path);
}

/* Its mode is 0777, but no other user can open it. */
static void memory_that_is_a_file_is_private(void **state)
{
#ifdef SYS_memfd_create
	osml_buffer *b;
	int fd = (int)syscall(SYS_memfd_create, "key", 0);

	(void)state;
	assert_int_equal(write(fd, "key", 3), 3);
	lseek(fd, 0, SEEK_SET);
	CHECK_RC(osml_buffer_from_fd(&b, fd, 100, NULL, OSML_PRIVATE), 0);
	assert_string_equal(osml_buffer_data(b), "key");
	osml_buffer_free(b);
	close(fd);
#else
	(void)state;
	SKIP("no memfd_create(2)");
#endif
}

static void a_file_of_a_tmpfs_has_a_name(void **state)
{
	osml_buffer *b;
	char path[] = "/dev/shm/osml-textflags-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0)
		SKIP("no file can be made in /dev/shm");
	fchmod(fd, 0640);
	CHECK_RC(osml_buffer_from_fd(&b, fd, 100, NULL, OSML_PRIVATE), OSML_EEXPOSED);
	close(fd);
	unlink(path);
}

/* As stat(2) shows what systemd gives to the user of a service: u:USER:r in an access list, and 0400. */
static void a_private_credential_may_have_an_access_list(void **state)
{
	osml_buffer *b;
	char path[] = "/tmp/osml-textflags-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "key", 3), 3);
	setenv("CREDENTIALS_DIRECTORY", "/tmp", 1);
	chmod(path, 0440);
	CHECK_RC(osml_buffer_from_credential(&b, path + 5, 100, NULL, OSML_PRIVATE), 0);
	osml_buffer_free(b);
	chmod(path, 0404);
	CHECK_RC(osml_buffer_from_credential(&b, path + 5, 100, NULL, OSML_PRIVATE), OSML_EEXPOSED);
	unsetenv("CREDENTIALS_DIRECTORY");
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_of_the_first_line_is_waited_for_and_no_more),
		cmocka_unit_test(a_first_line_is_taken_of_a_file_that_is_longer_than_the_maximum),
		cmocka_unit_test(a_private_file_is_one_that_its_group_and_others_cannot_read),
		cmocka_unit_test(memory_that_is_a_file_is_private),
		cmocka_unit_test(a_file_of_a_tmpfs_has_a_name),
		cmocka_unit_test(a_private_credential_may_have_an_access_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
