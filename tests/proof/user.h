/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A library that takes an allocator, at work on a secret: one file each, and user.c, which is their main(). */
#ifndef OSML_PROOF_USER_H
#define OSML_PROOF_USER_H

#include <osmemlock.h>
#include <stddef.h>

struct allocator {
	void *(*allocate)(size_t n);
	void *(*move)(void *p, size_t n);
	void (*release)(void *p);
};
extern const struct allocator *user_allocator; /* the locked heap, or malloc */

/* Copies the secret around, as programs do, and leaves it in what the library holds. `secret` is printable, and ends with a NUL. */
void user_work(const char *secret, size_t len);
void user_end(void); /* frees all that the library has */

void user_must(int holds, const char *what); /* else ends the process with "FAIL: ..." */

#endif
