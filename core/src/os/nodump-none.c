/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * No dump exclusion. macOS has no such advice. Windows has WerRegisterExcludedMemoryBlock, but it needs Windows 10 and steers the reports
 * of Windows Error Reporting only. No length makes a difference, 0 too (S3).
 */
#include "../os.h"

int osml__os_nodump(void *addr, size_t size)
{
	(void)addr;
	(void)size;
	return OSML_EUNSUPPORTED;
}

int osml__os_dodump(void *addr, size_t size)
{
	(void)addr;
	(void)size;
	return OSML_EUNSUPPORTED;
}
