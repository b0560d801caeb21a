/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No texts for system errors: no call here gives one, so the number can only be the C library's (no heap) or the caller's own. */
#include <stdio.h>

#include "../os.h"

const char *osml__os_strerror(int rc)
{
	(void)rc;
	return NULL;
}

/* Names like ENOMEM belong to errno; the numbers here are not errno's. */
const char *osml__os_error_name(int rc)
{
	(void)rc;
	return NULL;
}
