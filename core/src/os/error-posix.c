/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../internal.h"

static const struct {
	int rc;
	const char *name;
} common[] = {
	{ -ENOMEM, "ENOMEM" }, { -EPERM, "EPERM" },   { -EAGAIN, "EAGAIN" }, { -EINVAL, "EINVAL" },
	{ -ENOENT, "ENOENT" }, { -EACCES, "EACCES" }, { -EBADF, "EBADF" },   { -EISDIR, "EISDIR" },
	{ -ENXIO, "ENXIO" },   { -EINTR, "EINTR" },   { -EPIPE, "EPIPE" },   { -EIO, "EIO" },
};

/* The XSI strerror_r(), which returns an int: hence no _GNU_SOURCE in this file. */
void osml__os_strerror(int rc, char *buf, size_t len)
{
	if (strerror_r(-rc, buf, len))
		buf[0] = 0;
}

const char *osml__os_error_name(int rc)
{
	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (common[i].rc == rc)
			return common[i].name;
	return NULL;
}
