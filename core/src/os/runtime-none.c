/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * No probe: 0 means that nothing is known of either. Where locks go through libc a sanitizer may fake them unseen (lock-posix.c). The emulator
 * that accepts any advice is qemu-user, and what it runs are Linux programs (T23).
 */
#include "../os.h"

int osml__os_sanitized(void)
{
	return 0;
}

int osml__os_emulated(void)
{
	return 0;
}
