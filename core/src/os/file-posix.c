/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../internal.h"

#include <fcntl.h>
#include <unistd.h>

int osml__os_open(int *fd, const char *path)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return *fd < 0 ? -errno : 0;
}

int osml__os_read(int fd, void *bytes, size_t n, size_t *got)
{
	ssize_t done = read(fd, bytes, n);

	*got = done < 0 ? 0 : (size_t)done;
	return done < 0 ? -errno : 0;
}

int osml__os_write(int fd, const void *bytes, size_t n, size_t *wrote)
{
	ssize_t done = write(fd, bytes, n);

	*wrote = done < 0 ? 0 : (size_t)done;
	return done < 0 ? -errno : 0;
}

void osml__os_close(int fd)
{
	close(fd);
}
