/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No files: only buffers read and write them, and an unknown system has no buffers. */
#include "../os.h"

bool osml__os_is_absolute(const char *path)
{
	(void)path;
	return false;
}

bool osml__os_is_name(const char *name)
{
	return *name;
}

int osml__os_open(int *fd, const char *path)
{
	(void)fd;
	(void)path;
	return OSML_EUNSUPPORTED;
}

int osml__os_read(int fd, void *bytes, size_t n, size_t *got)
{
	(void)fd;
	(void)bytes;
	(void)n;
	(void)got;
	return OSML_EUNSUPPORTED;
}

int osml__os_write(int fd, const void *bytes, size_t n, size_t *wrote)
{
	(void)fd;
	(void)bytes;
	(void)n;
	(void)wrote;
	return OSML_EUNSUPPORTED;
}

void osml__os_close(int fd)
{
	(void)fd;
}

int osml__os_fd_from_handle(intptr_t handle)
{
	(void)handle;
	return OSML_EUNSUPPORTED;
}

int osml__os_wait(int fd, bool to_write, int milliseconds)
{
	(void)fd;
	(void)to_write;
	(void)milliseconds;
	return OSML_EUNSUPPORTED;
}

int osml__os_file(struct osml__file *file, int fd)
{
	(void)file;
	(void)fd;
	return OSML_EUNSUPPORTED;
}
