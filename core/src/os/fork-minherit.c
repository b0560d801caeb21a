/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What a child of fork() inherits, by minherit(2) of the BSDs. FreeBSD can leave pages out and can hand the child zeros; macOS has
 * the first only, under the name that Mach gave it.
 */
#include <errno.h>
#include <sys/mman.h>

#include "../os.h"

#ifndef INHERIT_NONE
#include <mach/vm_inherit.h>
#define INHERIT_NONE VM_INHERIT_NONE
#endif

#ifdef INHERIT_ZERO
int osml__os_wipe_on_fork(void *addr, size_t size)
{
	return minherit(addr, size, INHERIT_ZERO) == 0 ? 0 : -errno;
}
#else
int osml__os_wipe_on_fork(void *addr, size_t size)
{
	(void)addr;
	(void)size;
	return OSML_EUNSUPPORTED;
}
#endif

int osml__os_no_fork(void *addr, size_t size)
{
	return minherit(addr, size, INHERIT_NONE) == 0 ? 0 : -errno;
}
