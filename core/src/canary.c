/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "canary.h"

#include "internal.h"

uint64_t osml__canary_key;

int osml__canary_start(void)
{
	return osml__os_random(&osml__canary_key, sizeof osml__canary_key);
}
