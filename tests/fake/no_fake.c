/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What support.c asks the fake for, in a program that is linked without --wrap. */
#include "os.h"
#include "os_fake.h"

int __real_osml__os_sanitized(void);
int __real_osml__os_sanitized(void)
{
	return osml__os_sanitized();
}

size_t fake_mapped(void)
{
	return FAKE_NOT_COUNTED;
}
