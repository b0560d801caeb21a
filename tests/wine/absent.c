/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What Windows has not, or the library does not offer there yet: each call says so, and leaves nothing behind. */
#include "wine.h"

static int junk; /* what an *out holds before the call */

static void test_dontdump(void)
{
	char *mem = map_pages(1);

	check_rc(osml_madvise_dontdump(mem, page_size()), OSML_EUNSUPPORTED, "madvise_dontdump: a page (S13)");
	check_rc(osml_madvise_dontdump(mem + 16, 1), OSML_EUNSUPPORTED, "madvise_dontdump: one byte, unaligned");
	check_rc(osml_madvise_dontdump(mem, 0), OSML_EUNSUPPORTED, "madvise_dontdump: 0 bytes (S3)");
	check_rc(osml_madvise_dontdump(NULL, 0), OSML_EUNSUPPORTED, "madvise_dontdump: NULL, 0 (S3)");
	VirtualFree(mem, 0, MEM_RELEASE);
}

static void test_core_dumps(void)
{
	osml_core_dumps_guard *guard = (osml_core_dumps_guard *)&junk;

	check_rc(osml_disable_core_dumps_for_process(), OSML_EUNSUPPORTED, "disable_core_dumps_for_process (S17)");
	check_rc(osml_disable_core_dumps_with_guard(&guard), OSML_EUNSUPPORTED, "disable_core_dumps_with_guard (S18)");
	check(guard == NULL, "disable_core_dumps_with_guard: *out is NULL");
	check_rc(osml_core_dumps_guard_release(NULL), 0, "core_dumps_guard_release: NULL");
}

/* The table of regions is not kept without the hooks of thread-windows.c. */
static void test_regions(void)
{
	osml_region *region = (osml_region *)&junk;
	char *mem = map_pages(1);
	long before = locked_kb();

	check_rc(osml_region_lock(&region, mem, 1, 0), OSML_EUNSUPPORTED, "region_lock");
	check(region == NULL, "region_lock: *out is NULL");
	check_locked(before, 0, "region_lock: nothing got locked");
	check_rc(osml_region_unlock(NULL), 0, "region_unlock: NULL");
	VirtualFree(mem, 0, MEM_RELEASE);
}

static void test_harden(void)
{
	uint32_t done = 0xffff;

	check_rc(osml_harden(&done, OSML_HARDEN_ALL), OSML_EUNSUPPORTED, "harden: every step");
	check(done == 0, "harden: no step holds");
}

static void check_no_buffer(uint32_t policy, size_t len, const char *promise)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b = (osml_buffer *)&junk;

	options.policy = policy;
	check_rc(osml_buffer_new(&b, len, &options), OSML_EUNSUPPORTED, promise);
	check(b == NULL, "buffer_new: *out is NULL");
}

static void test_buffers(void)
{
	osml_buffer *b = (osml_buffer *)&junk;

	check_rc(osml_buffer_new(&b, 32, NULL), OSML_EUNSUPPORTED, "buffer_new: defaults");
	check(b == NULL, "buffer_new: *out is NULL");
	check_no_buffer(OSML_POLICY_STRICT, 32, "buffer_new: strict");
	check_no_buffer(OSML_POLICY_BEST_EFFORT, 32, "buffer_new: best effort, for there is no memory either");
	check_no_buffer(OSML_POLICY_DEFAULT, 0, "buffer_new: 0 bytes");
	check_no_buffer(OSML_POLICY_DEFAULT, 1 << 20, "buffer_new: 1 MiB");
	check(osml_buffer_new(NULL, 32, NULL) < 0, "buffer_new: NULL for out is an error");
	check(osml_buffer_len(NULL) == 0 && osml_buffer_data(NULL) == NULL, "buffer_len, buffer_data: NULL");
	check(osml_buffer_close(NULL) < 0 && osml_buffer_wipe(NULL) < 0, "buffer_close, buffer_wipe: NULL is an error");
	osml_buffer_free(NULL);
}

static void test_sources(void)
{
	osml_buffer *b = (osml_buffer *)&junk;

	check_rc(osml_buffer_from_fd(&b, 0, 64, NULL, 0), OSML_EUNSUPPORTED, "buffer_from_fd");
	check(b == NULL, "buffer_from_fd: *out is NULL");
	check_rc(osml_buffer_from_file(&b, "C:\\none", 64, NULL, 0), OSML_EUNSUPPORTED, "buffer_from_file");
	check_rc(osml_buffer_prompt(&b, "? ", 64, NULL), OSML_EUNSUPPORTED, "buffer_prompt");
	check_rc(osml_buffer_from_env(&b, "PATH", 4096, NULL, 0), OSML_EUNSUPPORTED, "buffer_from_env");
	check_rc(osml_buffer_from_credential(&b, "key", 64, NULL, 0), OSML_EUNSUPPORTED, "buffer_from_credential");
}

static void test_info(void)
{
	uint64_t value = 0;

	check_rc(osml_info(OSML_INFO_PAGE_SIZE, &value), 0, "info: page size");
	check(value == page_size(), "info: the page size is GetSystemInfo's");
	check_rc(osml_info(OSML_INFO_LOCK_LIMIT_SOFT, &value), OSML_EUNSUPPORTED, "info: lock limit");
	check_rc(osml_info(OSML_INFO_LOCK_USED, &value), OSML_EUNSUPPORTED, "info: lock use");
	check_rc(osml_info(OSML_INFO_LIVE_BUFFERS, &value), 0, "info: live buffers");
	check(value == 0, "info: no buffer lives");
}

void test_absent(void)
{
	test_dontdump();
	test_core_dumps();
	test_regions();
	test_harden();
	test_buffers();
	test_sources();
	test_info();
}
