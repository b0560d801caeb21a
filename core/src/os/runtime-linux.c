/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <sys/mman.h>

/* Defined by the sanitizer's runtime library when the process has one, else 0. */
extern void __asan_init(void) __attribute__((weak, visibility("default")));
extern void __tsan_init(void) __attribute__((weak, visibility("default")));
extern void __msan_init(void) __attribute__((weak, visibility("default")));

int osml__os_sanitized(void)
{
	return __asan_init || __tsan_init || __msan_init;
}

/* Linux refuses unknown advice before it looks at the range; qemu-user and the like say 0 (T23). */
int osml__os_emulated(void)
{
	static _Atomic int known; /* 0: not asked yet; 1: no; 2: yes */
	int answer = atomic_load_explicit(&known, memory_order_relaxed);

	if (!answer) {
		answer = madvise(NULL, 0, -1) == 0 ? 2 : 1;
		atomic_store_explicit(&known, answer, memory_order_relaxed);
	}
	return answer == 2;
}
