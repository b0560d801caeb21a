/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the library can tell: info(INFO_...) and version(). */
%constant int INFO_PAGE_SIZE = OSML_INFO_PAGE_SIZE;
%constant int INFO_LOCK_LIMIT_SOFT = OSML_INFO_LOCK_LIMIT_SOFT;
%constant int INFO_LOCK_LIMIT_HARD = OSML_INFO_LOCK_LIMIT_HARD;
%constant int INFO_LOCK_USED = OSML_INFO_LOCK_USED;
%constant int INFO_LIVE_BUFFERS = OSML_INFO_LIVE_BUFFERS;
%constant int INFO_LOCKED_BYTES = OSML_INFO_LOCKED_BYTES;
%constant int INFO_OFFERED = OSML_INFO_OFFERED;
%constant int INFO_SANITIZER = OSML_INFO_SANITIZER;
%constant int INFO_EMULATOR = OSML_INFO_EMULATOR;
%constant int INFO_CORRUPTIONS = OSML_INFO_CORRUPTIONS;
%constant int INFO_DOUBLE_FREES = OSML_INFO_DOUBLE_FREES;
%constant uint64_t UNLIMITED = OSML_UNLIMITED;

%rename(version) osml_version;
%rename(info) osmls_info;
const char *osml_version(void);

%inline %{
static uint64_t osmls_info(int what)
{
	uint64_t value = 0;

	check(osml_info((enum osml_info)what, &value));
	return value;
}
%}
