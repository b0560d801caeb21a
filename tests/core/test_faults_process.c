/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Regions, core dumps, the report and the sources, while the system refuses one call or another. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os_fake.h"
#include "positions.h"

static int documented(int rc)
{
	return positions_documented(rc);
}

static int nested_regions(void)
{
	size_t page = support_page_size();
	char *memory = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	osml_region *outer = NULL, *inner = NULL;
	int unlocked, rc;

	CHECK(memory != MAP_FAILED);
	rc = documented(osml_region_lock(&outer, memory, 4 * page, OSML_REGION_DONTDUMP));
	if (rc == 0)
		rc = documented(osml_region_lock(&inner, memory + page, 2 * page, OSML_REGION_DONTDUMP));
	unlocked = documented(osml_region_unlock(inner));
	rc = rc ? rc : unlocked;
	unlocked = documented(osml_region_unlock(outer));
	rc = rc ? rc : unlocked;
	if (!fake_fired())
		CHECK(support_none_has(memory, 4 * page, "lo") && support_none_has(memory, 4 * page, "dd"));
	munmap(memory, 4 * page);
	return rc;
}

static int core_dumps_guard(void)
{
	osml_core_dumps_guard *guard;
	struct rlimit limit;
	int rc;

	CHECK(getrlimit(RLIMIT_CORE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max; /* something to switch off, where it is not off for good */
	CHECK(setrlimit(RLIMIT_CORE, &limit) == 0);
	rc = documented(osml_disable_core_dumps_with_guard(&guard));
	if (rc == 0)
		rc = documented(osml_core_dumps_guard_release(guard));
	return rc;
}

static int harden(void)
{
	uint32_t done = 0, undone = 0;
	int undo, rc = documented(osml_harden(&done, OSML_HARDEN_ALL));

	CHECK((rc == 0) == (done == OSML_HARDEN_ALL));
	undo = documented(osml_harden_undo(&undone, OSML_HARDEN_ALL));
	return rc ? rc : undo;
}

static int harden_for_good(void)
{
	return documented(osml_disable_core_dumps_for_process());
}

static int info(void)
{
	int rc = 0;

	for (int what = OSML_INFO_PAGE_SIZE; what <= OSML_INFO_DOUBLE_FREES; what++) {
		uint64_t value;
		int failed = documented(osml_info((enum osml_info)what, &value));
		rc = rc ? rc : failed;
	}
	return rc;
}

static int explain_limit(void)
{
	char sentence[600] = "";

	CHECK(osml_explain(OSML_ELIMIT, sentence, sizeof sentence) > 0);
	CHECK(strstr(sentence, "ulimit -l"));
	return 0;
}

static int direct_wrappers(void)
{
	size_t page = support_page_size();
	char *memory = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int dump, rc;

	CHECK(memory != MAP_FAILED);
	rc = documented(osml_mlock(memory, page));
	dump = documented(osml_madvise_dontdump(memory, page));
	rc = rc ? rc : dump;
	dump = documented(osml_munlock(memory, page));
	munmap(memory, page);
	return rc ? rc : dump;
}

/* ---- Sources ---- */

#define SECRET_LEN 3000u /* does not fit the first guess, so that it is moved twice */

static int check_source(int rc, osml_buffer *b)
{
	CHECK((rc == 0) == (b != NULL));
	if (rc == 0) {
		CHECK(osml_buffer_size(b) == SECRET_LEN);
		for (size_t i = 0; i < SECRET_LEN; i++)
			CHECK(((unsigned char *)osml_buffer_data(b))[i] == 'x');
	}
	osml_buffer_free(b);
	return rc;
}

static int pipe_with_secret(void)
{
	char text[SECRET_LEN];
	int ends[2];

	memset(text, 'x', sizeof text);
	CHECK(pipe(ends) == 0);
	CHECK(write(ends[1], text, sizeof text) == (ssize_t)sizeof text);
	close(ends[1]);
	return ends[0];
}

static int from_fd(void)
{
	osml_buffer *b;
	int fd = pipe_with_secret();
	int rc = documented(osml_buffer_from_fd(&b, fd, 100000, NULL, OSML_TRIM_NEWLINE));

	close(fd);
	return check_source(rc, b);
}

static int from_file(void)
{
	osml_buffer *b;
	char path[64];
	int fd = pipe_with_secret();
	int rc;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	rc = documented(osml_buffer_from_file(&b, path, SECRET_LEN, NULL, 0));
	close(fd);
	return check_source(rc, b);
}

static int from_credential(void)
{
	osml_buffer *b;
	char name[16];
	int fd = pipe_with_secret();
	int rc;

	snprintf(name, sizeof name, "%d", fd);
	CHECK(setenv("CREDENTIALS_DIRECTORY", "/proc/self/fd", 1) == 0);
	rc = documented(osml_buffer_from_credential(&b, name, SECRET_LEN, NULL, 0));
	close(fd);
	return check_source(rc, b);
}

static int from_env(void)
{
	char text[SECRET_LEN + 1];
	osml_buffer *b;
	int rc;

	memset(text, 'x', SECRET_LEN);
	text[SECRET_LEN] = 0;
	CHECK(setenv("OSML_TEST_SECRET", text, 1) == 0);
	rc = documented(osml_buffer_from_env(&b, "OSML_TEST_SECRET", SECRET_LEN, NULL, 0));
	if (rc) /* "On failure the variable is left alone." */
		CHECK(getenv("OSML_TEST_SECRET") && !strcmp(getenv("OSML_TEST_SECRET"), text));
	else
		CHECK(!getenv("OSML_TEST_SECRET"));
	return check_source(rc, b);
}

static int from_command(void)
{
	static const char *const argv[] = { "sh", "-c", "cat; head -c 2000 /dev/zero | tr '\\000' x", NULL };
	osml_command command = OSML_COMMAND_INIT;
	osml_buffer *b, *input;
	int rc = documented(osml_buffer_new(&input, 1000, NULL));

	if (rc)
		return rc;
	CHECK_RC(osml_buffer_fill(input, 0, 'x', 1000), 0);
	command.argv = argv;
	command.input = input;
	rc = documented(osml_buffer_from_command(&b, &command, SECRET_LEN, NULL, 0));
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	osml_buffer_free(input);
	return check_source(rc, b);
}

static int write_fd(void)
{
	osml_buffer *b;
	int ends[2], rc = documented(osml_buffer_new(&b, 500, NULL));

	if (rc)
		return rc;
	CHECK(pipe(ends) == 0);
	rc = documented(osml_buffer_write_fd(b, ends[1], NULL));
	close(ends[0]);
	close(ends[1]);
	osml_buffer_free(b);
	return rc;
}

/* ---- Every position ---- */

static void every_call_fails_once(void **state)
{
	static const struct scenario scenarios[] = {
		SCENARIO(nested_regions), SCENARIO(core_dumps_guard), SCENARIO(harden),          SCENARIO(harden_for_good),
		SCENARIO(info),           SCENARIO(explain_limit),    SCENARIO(direct_wrappers), SCENARIO(from_fd),
		SCENARIO(from_file),      SCENARIO(from_credential),  SCENARIO(from_env),        SCENARIO(write_fd),
		SCENARIO(from_command),
	};

	(void)state;
	positions_try(scenarios, sizeof scenarios / sizeof *scenarios);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_fails_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
