/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447 /* Linux 5.14; the same number on every architecture */
#endif

static int reserve(unsigned char **p, size_t bytes)
{
	*p = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return *p == MAP_FAILED ? -errno : 0;
}

/* Puts the secret memory of `fd` into the middle of a reservation, so that inaccessible pages are left on either side. */
static int map_fd(void **addr, int fd, size_t pages, size_t guard)
{
	unsigned char *p;
	int rc = ftruncate(fd, (off_t)pages) ? -errno : reserve(&p, pages + 2 * guard);

	if (rc)
		return rc;
	*addr = p + guard;
	if (mmap(*addr, pages, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED)
		return 0;
	rc = -errno;
	munmap(p, pages + 2 * guard);
	return rc;
}

/* The kernel makes each page on first touch and kills the process when it cannot: touch them now. */
static void touch(unsigned char *addr, size_t pages)
{
	for (size_t at = 0; at < pages; at += osml__os_page_size())
		*(volatile unsigned char *)(addr + at) = 0;
}

/* An open descriptor can be taken by pidfd_getfd(2) and mapped elsewhere, so it is closed at once; the mapping keeps the memory. */
int osml__os_map_secret(void **addr, size_t pages, size_t guard)
{
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	int rc = fd < 0 ? -errno : map_fd(addr, fd, pages, guard);

	if (fd >= 0)
		close(fd);
	if (rc == -ENOSYS)
		return OSML_EUNSUPPORTED;
	if (rc == 0)
		touch(*addr, pages);
	return rc;
}
