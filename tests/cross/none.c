/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The library on a system that it does not know (A8, S14): each call says OSML_EUNSUPPORTED, for empty ranges too,
 * leaves nothing behind and does not crash. Prints what is wrong, and a last line with the counts.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "osmemlock.h"

static int passed, failed;
static int junk; /* what an *out holds before the call */

static void check(int right, const char *promise)
{
	if (right) {
		passed++;
		return;
	}
	failed++;
	printf("FAIL %s\n", promise);
}

static void unsupported(int rc, const char *call)
{
	check(rc == OSML_EUNSUPPORTED, call);
	if (rc != OSML_EUNSUPPORTED)
		printf("     answered %d (%s)\n", rc, osml_error_name(rc));
}

static void test_locks(void)
{
	static char mem[64];

	unsupported(osml_mlock(mem, sizeof(mem)), "mlock");
	unsupported(osml_mlock(mem, 0), "mlock: 0 bytes");
	unsupported(osml_mlock(NULL, 0), "mlock: NULL, 0");
	unsupported(osml_munlock(mem, sizeof(mem)), "munlock");
	unsupported(osml_munlock(mem, 0), "munlock: 0 bytes");
	unsupported(osml_munlock(NULL, 0), "munlock: NULL, 0");
	unsupported(osml_madvise_dontdump(mem, sizeof(mem)), "madvise_dontdump");
	unsupported(osml_madvise_dontdump(mem, 0), "madvise_dontdump: 0 bytes");
	unsupported(osml_madvise_dontdump(NULL, 0), "madvise_dontdump: NULL, 0");
}

static void test_regions(void)
{
	osml_region *region = (osml_region *)&junk;
	static char mem[64];

	unsupported(osml_region_lock(&region, mem, sizeof(mem), 0), "region_lock");
	check(region == NULL, "region_lock: *out is NULL");
	check(osml_region_unlock(NULL) == 0, "region_unlock: NULL");
}

static void test_process(void)
{
	osml_core_dumps_guard *guard = (osml_core_dumps_guard *)&junk;
	uint32_t bits = 0xffff;

	unsupported(osml_disable_core_dumps_for_process(), "disable_core_dumps_for_process");
	unsupported(osml_disable_core_dumps_with_guard(&guard), "disable_core_dumps_with_guard");
	check(guard == NULL, "disable_core_dumps_with_guard: *out is NULL");
	check(osml_core_dumps_guard_release(NULL) == 0, "core_dumps_guard_release: NULL");
	unsupported(osml_set_windows_error_mode(&bits, 0), "set_windows_error_mode");
	unsupported(osml_set_windows_error_mode(NULL, 0), "set_windows_error_mode: NULL");
	unsupported(osml_suppress_windows_error_dialogs_for_process(&bits), "suppress_windows_error_dialogs_for_process");
	unsupported(osml_suppress_windows_error_dialogs_for_process(NULL), "suppress_windows_error_dialogs_for_process: NULL");
	unsupported(osml_harden(&bits, OSML_HARDEN_ALL), "harden");
	check(bits == 0, "harden: no step holds");
}

static void test_buffers(void)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b = (osml_buffer *)&junk;

	unsupported(osml_buffer_new(&b, 32, NULL), "buffer_new");
	check(b == NULL, "buffer_new: *out is NULL");
	options.policy = OSML_POLICY_BEST_EFFORT;
	unsupported(osml_buffer_new(&b, 1 << 20, &options), "buffer_new: best effort, for there is no memory either");
	options.policy = OSML_POLICY_STRICT;
	unsupported(osml_buffer_new(&b, 0, &options), "buffer_new: strict, 0 bytes");
	osml_buffer_free(b);
}

static void test_sources(void)
{
	static const char *const argv[] = { "none", NULL };
	osml_command command = OSML_COMMAND_INIT;
	osml_buffer *b = (osml_buffer *)&junk;

	command.argv = argv;
	unsupported(osml_buffer_from_command(&b, &command, 64, NULL, 0), "buffer_from_command");
	check(b == NULL, "buffer_from_command: *out is NULL");
	unsupported(osml_fd_from_os_handle(0), "fd_from_os_handle");
	unsupported(osml_buffer_from_fd(&b, 0, 64, NULL, 0), "buffer_from_fd");
	check(b == NULL, "buffer_from_fd: *out is NULL");
	unsupported(osml_buffer_from_file(&b, "none", 64, NULL, 0), "buffer_from_file");
	unsupported(osml_buffer_prompt(&b, "? ", 64, NULL, 0), "buffer_prompt");
	unsupported(osml_buffer_from_env(&b, "PATH", 4096, NULL, 0), "buffer_from_env");
	unsupported(osml_buffer_from_credential(&b, "key", 64, NULL, 0), "buffer_from_credential");
}

static void test_info(void)
{
	uint64_t value = 1;

	unsupported(osml_info(OSML_INFO_LOCK_LIMIT_SOFT, &value), "info: lock limit");
	unsupported(osml_info(OSML_INFO_LOCK_LIMIT_HARD, &value), "info: hard lock limit");
	unsupported(osml_info(OSML_INFO_PROCESS_LOCKED_BYTES, &value), "info: lock use");
	check(osml_info(OSML_INFO_SUPPORTED_PROTECTIONS, &value) == 0 && value == 0, "info: no protection is offered");
	check(osml_info(OSML_INFO_LIVE_BUFFERS, &value) == 0 && value == 0, "info: no buffer lives");
	check(osml_info(OSML_INFO_LIBRARY_LOCKED_BYTES, &value) == 0 && value == 0, "info: nothing is locked");
}

static void test_texts(void)
{
	char text[256] = "";

	check(strlen(osml_version()) > 0, "version");
	check(strcmp(osml_error_name(OSML_EUNSUPPORTED), "OSML_EUNSUPPORTED") == 0, "error_name");
	check(strcmp(osml_strerror(OSML_EUNSUPPORTED), "unavailable on this platform, or for this buffer") == 0,
	      "strerror: the text of the header");
	check(osml_explain(OSML_EUNSUPPORTED, text, sizeof(text)) > 0 && strlen(text) > 0, "explain");
	check(strlen(osml_strerror(-5)) > 0, "strerror: a system's code, though there is no such system");
}

int main(void)
{
	test_locks();
	test_regions();
	test_process();
	test_buffers();
	test_sources();
	test_info();
	test_texts();
	printf("none: %d passed, %d failed\n", passed, failed);
	return failed > 0;
}
