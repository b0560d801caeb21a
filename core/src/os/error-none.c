/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No texts for system errors: an unknown system gives none of its own codes, so this is reached by a caller's mistake only. */
#include <stdio.h>

#include "../os.h"

void osml__os_strerror(int rc, char *buf, size_t len)
{
	snprintf(buf, len, "system error %d", rc);
}
