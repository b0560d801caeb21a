/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../internal.h"

/* The names themselves: a pointer to each would be another relocation. */
static const struct {
	int rc;
	char name[8];
} common[] = {
	{ -ENOMEM, "ENOMEM" }, { -EPERM, "EPERM" },   { -EAGAIN, "EAGAIN" }, { -EINVAL, "EINVAL" },
	{ -ENOENT, "ENOENT" }, { -EACCES, "EACCES" }, { -EBADF, "EBADF" },   { -EISDIR, "EISDIR" },
	{ -ENXIO, "ENXIO" },   { -EINTR, "EINTR" },   { -EPIPE, "EPIPE" },   { -EIO, "EIO" },
};

/*
 * Safe in threads, whatever POSIX allows: a constant text for each known code, and otherwise one that belongs to the thread (glibc since 2.32, musl,
 * the BSDs, macOS). strerror_r() would want a thread-local buffer here, which costs each thread static TLS.
 */
const char *osml__os_strerror(int rc)
{
	return strerror(-rc);
}

const char *osml__os_error_name(int rc)
{
	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (common[i].rc == rc)
			return common[i].name;
	return NULL;
}
