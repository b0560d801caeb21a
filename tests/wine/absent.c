/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What Windows has not, or wine: each call says so, and leaves nothing behind. */
#include "wine.h"

/* Windows has an exclusion from its own reports (core_windows.c), wine has not. */
static void test_dontdump(void)
{
	char *mem = map_pages(1);

	check_rc(osml_madvise_dontdump(mem, page_size()), OSML_EUNSUPPORTED, "madvise_dontdump: a page (S13)");
	check_rc(osml_madvise_dontdump(mem + 16, 1), OSML_EUNSUPPORTED, "madvise_dontdump: one byte, unaligned");
	check_rc(osml_madvise_dontdump(mem, 0), OSML_EUNSUPPORTED, "madvise_dontdump: 0 bytes (S3)");
	check_rc(osml_madvise_dontdump(NULL, 0), OSML_EUNSUPPORTED, "madvise_dontdump: NULL, 0 (S3)");
	VirtualFree(mem, 0, MEM_RELEASE);
}

static void test_info(void)
{
	uint64_t value = 0;

	check_rc(osml_info(OSML_INFO_PAGE_SIZE, &value), 0, "info: page size");
	check(value == page_size(), "info: the page size is GetSystemInfo's");
	check_rc(osml_info(OSML_INFO_PROCESS_LOCKED_BYTES, &value), OSML_EUNSUPPORTED, "info: lock use");
	check_rc(osml_info(OSML_INFO_LIVE_BUFFERS, &value), 0, "info: live buffers");
	check(value == 0, "info: no buffer lives");
}

void test_absent(void)
{
	test_dontdump();
	test_info();
}
