/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../internal.h"

#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The system call itself: glibc has the function since 2.25 only, and makes it a cancellation point. */
static int ask_kernel(unsigned char *at, size_t n)
{
	while (n) {
		long got = syscall(SYS_getrandom, at, n, 0);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0) {
			at += got;
			n -= (size_t)got;
		}
	}
	return 0;
}

static int read_device(unsigned char *at, size_t n)
{
	size_t got;
	int fd, rc = osml__os_open(&fd, "/dev/urandom");

	if (rc)
		return OSML_EUNSUPPORTED;
	while (n && rc == 0) {
		rc = osml__os_read(fd, at, n, &got);
		if (rc == 0 && got == 0)
			rc = OSML_EUNSUPPORTED;
		if (rc == -EINTR)
			rc = 0;
		at += got;
		n -= got;
	}
	osml__os_close(fd);
	return rc;
}

/* Before Linux 3.17 there is no such call, and a filter may refuse it. */
int osml__os_random(void *bytes, size_t n)
{
	int cancellation, rc = ask_kernel(bytes, n);

	if (rc != -ENOSYS && rc != -EPERM)
		return rc;
	cancellation = osml__os_cancellation_off();
	rc = read_device(bytes, n);
	osml__os_cancellation_restore(cancellation);
	return rc;
}

/* Eight of the sixteen random bytes that the kernel gives to each program, of which libc makes its stack canary. */
uint64_t osml__os_process_seed(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	uint64_t seed = (uintptr_t)&seed;

	if (random)
		memcpy(&seed, (const char *)random + 8, sizeof seed);
	return seed * 0x9E3779B97F4A7C15u;
}
