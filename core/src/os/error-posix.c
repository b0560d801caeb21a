/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../internal.h"

/* The XSI strerror_r(), which returns an int: hence no _GNU_SOURCE in this file. */
void osml__os_strerror(int rc, char *buf, size_t len)
{
	if (strerror_r(-rc, buf, len))
		buf[0] = 0;
}
