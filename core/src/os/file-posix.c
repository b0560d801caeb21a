/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where a long has 32 bits, else: EOVERFLOW for files of 2 GiB, of large numbers, and of times from 2038 on. */
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS        64
#define _GNU_SOURCE       /* F_GET_SEALS */
#include "../internal.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

bool osml__os_is_absolute(const char *path)
{
	return *path == '/';
}

bool osml__os_is_name(const char *name)
{
	const char *rest = name;

	while (*rest == '.')
		rest++;
	return (*rest || rest > name + 2) && !strchr(name, '/');
}

#define BETWEEN_TRIES 20 /* milliseconds */

/*
 * Without a wait for the writer of a FIFO. So on Linux it does not wait for another's lease either, as Samba's or the NFS server's of a file that a
 * client is writing: EAGAIN, and the kernel has told its holder, and will soon end it. That is asked again.
 */
int osml__os_open(int *fd, const char *path)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd >= 0)
		return 0;
	if (errno != EAGAIN)
		return -errno;
	poll(NULL, 0, BETWEEN_TRIES);
	return -EINTR;
}

/* macOS refuses to move more than INT_MAX bytes, and others move no more than about that. */
static size_t at_once(size_t n)
{
	return n < INT_MAX ? n : INT_MAX;
}

int osml__os_read(int fd, void *bytes, size_t n, size_t *got)
{
	ssize_t done = read(fd, bytes, at_once(n));

	*got = done < 0 ? 0 : (size_t)done;
	return done < 0 ? -errno : 0;
}

int osml__os_write(int fd, const void *bytes, size_t n, size_t *wrote)
{
	ssize_t done = write(fd, bytes, at_once(n));

	*wrote = done < 0 ? 0 : (size_t)done;
	return done < 0 ? -errno : 0;
}

void osml__os_close(int fd)
{
	close(fd);
}

int osml__os_fd_from_handle(intptr_t handle)
{
	return handle >= 0 && handle <= INT_MAX ? (int)handle : OSML_EINVAL;
}

/* Sockets alone are asked: a filter of system calls may end a process that has none. */
static bool listens(int fd)
{
	struct stat status;
	int yes = 0;
	socklen_t size = sizeof yes;

	return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes;
}

/*
 * A descriptor that was opened for the other direction, or a socket that waits for connections, never gets ready: what read(2) and write(2) say of it
 * is EBADF, and ENOTCONN.
 */
int osml__os_wait(int fd, bool to_write, int milliseconds)
{
	struct pollfd wait = { .fd = fd, .events = to_write ? POLLOUT : POLLIN };
	int mode = fcntl(fd, F_GETFL), ready;

	if (mode < 0)
		return -errno;
	if ((mode & O_ACCMODE) == (to_write ? O_RDONLY : O_WRONLY))
		return -EBADF;
	if (listens(fd))
		return -ENOTCONN;
	ready = poll(&wait, 1, milliseconds);
	if (ready < 0)
		return -errno;
	return ready ? 0 : -EAGAIN;
}

static bool is_stream(int socket)
{
	int type;
	socklen_t size = sizeof type;

	return getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

/* Of memfd_create(2), whose mode is 0777, and yet no other user can open it. That there is no name tells nothing: some file systems count none. */
static bool is_nameless_memory(int fd, const struct stat *status)
{
#ifdef F_GET_SEALS
	return !status->st_nlink && fcntl(fd, F_GET_SEALS) >= 0;
#else
	(void)fd;
	(void)status;
	return false;
#endif
}

int osml__os_file(struct osml__file *file, int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		return -errno;
	*file = (struct osml__file){ .regular = S_ISREG(status.st_mode), .mode = status.st_mode & 07777 };
	if (file->regular)
		file->size = (uint64_t)status.st_size;
	if (is_nameless_memory(fd, &status))
		file->mode = 0;
	if (!S_ISSOCK(status.st_mode))
		return 0;
	file->mode = 0;
	return is_stream(fd) ? 0 : -ESOCKTNOSUPPORT;
}
