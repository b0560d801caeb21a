/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * process_vm_writev(2) to the process itself, of a byte that is there already: where it cannot be written that is EFAULT, without a descriptor, without
 * /proc and without a signal. A kernel or a filter that has no such call cannot tell.
 */
#define _GNU_SOURCE
#include "../internal.h"

#include <sys/uio.h>
#include <unistd.h>

static bool is_writable(uintptr_t address)
{
	unsigned char byte = *(const volatile unsigned char *)address;
	struct iovec from = { &byte, 1 }, to = { (void *)address, 1 };
	bool refused = process_vm_writev(getpid(), &from, 1, &to, 1, 0) < 0 && errno == EFAULT;

	osml__wipe(&byte, 1);
	return !refused;
}

int osml__os_writable(const void *at, size_t n)
{
	uintptr_t first = (uintptr_t)at, last = first + n - 1, page = osml__os_page_size();

	for (uintptr_t a = first; a < last; a = (a | (page - 1)) + 1)
		if (!is_writable(a))
			return -EFAULT;
	return is_writable(last) ? 0 : -EFAULT;
}
