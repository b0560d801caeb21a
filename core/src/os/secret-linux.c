/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
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

/* Beyond the limit on files ftruncate(2) sends SIGXFSZ, which ends the process. */
static bool exceeds_a_file(size_t size)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) == 0 && size > limit.rlim_cur;
}

/* Puts the secret memory of `fd` into the middle of a reservation, so that inaccessible pages are left on either side. */
static int map_fd(void **addr, int fd, size_t size, size_t guard)
{
	unsigned char *p;
	int rc = exceeds_a_file(size) ? -EFBIG : 0;

	if (rc == 0)
		rc = ftruncate(fd, (off_t)size) ? -errno : reserve(&p, size + 2 * guard);
	if (rc)
		return rc;
	*addr = p + guard;
	if (mmap(*addr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED)
		return 0;
	rc = -errno;
	munmap(p, size + 2 * guard);
	return rc;
}

/*
 * The kernel makes each page on first touch, and kills the process by SIGBUS when it cannot. Newer ones (6.12.117, 7.2) charge the quota only then,
 * one that all processes of the user share (R2). So the kernel itself touches each page now, in a call that writes the thread's signal mask
 * there: that call answers EFAULT instead.
 */
static int touch(unsigned char *addr, size_t size)
{
	const size_t mask = 8; /* bytes that the kernel writes */

	for (size_t at = 0; at < size; at += osml__os_page_size()) {
		if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, addr + at, mask))
			return errno == EFAULT ? -EAGAIN : -errno;
		memset(addr + at, 0, mask);
	}
	return 0;
}

/* An open descriptor can be taken by pidfd_getfd(2) and mapped elsewhere, so it is closed at once; the mapping keeps the memory. */
int osml__os_map_secret(void **addr, size_t size, size_t guard)
{
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	int rc = fd < 0 ? -errno : map_fd(addr, fd, size, guard);
	int cancellation = osml__os_cancellation_off(); /* close(2) would leave all of it behind */

	if (fd >= 0)
		close(fd);
	osml__os_cancellation_restore(cancellation);
	if (rc == -ENOSYS)
		return OSML_EUNSUPPORTED;
	if (rc == 0) {
		rc = touch(*addr, size);
		if (rc)
			munmap((unsigned char *)*addr - guard, size + 2 * guard);
	}
	return rc;
}
