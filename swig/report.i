/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the library reports: info(INFO_...) and version(). */
%constant int INFO_PAGE_SIZE = OSML_INFO_PAGE_SIZE;
%constant int INFO_LOCK_LIMIT_SOFT = OSML_INFO_LOCK_LIMIT_SOFT;
%constant int INFO_LOCK_LIMIT_HARD = OSML_INFO_LOCK_LIMIT_HARD;
%constant int INFO_PROCESS_LOCKED_BYTES = OSML_INFO_PROCESS_LOCKED_BYTES;
%constant int INFO_LIVE_BUFFERS = OSML_INFO_LIVE_BUFFERS;
%constant int INFO_LIBRARY_LOCKED_BYTES = OSML_INFO_LIBRARY_LOCKED_BYTES;
%constant int INFO_SUPPORTED_PROTECTIONS = OSML_INFO_SUPPORTED_PROTECTIONS;
%constant int INFO_SANITIZER = OSML_INFO_SANITIZER;
%constant int INFO_EMULATOR = OSML_INFO_EMULATOR;
%constant int INFO_CORRUPTIONS = OSML_INFO_CORRUPTIONS;
%constant int INFO_DOUBLE_FREES = OSML_INFO_DOUBLE_FREES;
%constant int INFO_IDLE_BYTES = OSML_INFO_IDLE_BYTES;
%constant int INFO_HEAP_BLOCKS = OSML_INFO_HEAP_BLOCKS;
%constant int INFO_HEAP_BYTES = OSML_INFO_HEAP_BYTES;
%constant int INFO_FOREIGN_FREES = OSML_INFO_FOREIGN_FREES;
%constant int INFO_LIVE_BYTES = OSML_INFO_LIVE_BYTES;
%constant int INFO_KEPT_LIVE_BYTES = OSML_INFO_KEPT_LIVE_BYTES;
%constant int INFO_KEPT_IDLE_BYTES = OSML_INFO_KEPT_IDLE_BYTES;
%constant int INFO_SECRETMEM_LIVE_BYTES = OSML_INFO_SECRETMEM_LIVE_BYTES;
%constant int INFO_SECRETMEM_IDLE_BYTES = OSML_INFO_SECRETMEM_IDLE_BYTES;
%constant int INFO_KEPT_CORRUPTIONS = OSML_INFO_KEPT_CORRUPTIONS;
%constant int INFO_SECRETMEM_CORRUPTIONS = OSML_INFO_SECRETMEM_CORRUPTIONS;
%constant uint64_t UNLIMITED = OSML_UNLIMITED;

/** Returns the version of the library. */
const char *osml_version(void);

%inline %{
/** Returns a figure about the library, the process or the machine. */
static uint64_t osmls_info(int what)
{
	uint64_t value = 0;

	check(osml_info((enum osml_info)what, &value));
	return value;
}
%}
