/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A holder is one way to keep a secret, in its best documented use: a subject of the benchmark (tests/bench/subject.h), and what else it has to
 * offer against the attacks. What is NULL it has not.
 */
#ifndef OSML_PROOF_HOLDER_H
#define OSML_PROOF_HOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "../../../bench/subject.h"

enum { SECRET = 64 };

struct holder {
	const char *name;
	const struct subject *subject;
	/* Reads to the end; a longer secret than `most` is refused with NULL. Else the secret is read to where subject->data() says. */
	void *(*from_fd)(int fd, size_t most);
	/* The sum of the bytes, by calls that may run beside close(); -1 when they tell that it is closed. Else the bytes are read where they are. */
	int (*use)(void *held);
	/* Ends the secret, and leaves what is held to be freed. Else release() is the end. */
	void (*close)(void *held);
	/* How much damage was reported so far. */
	uint64_t (*reports)(void);
	/* Changes `count` bytes at `offset`, while it is open for writing. Else it always is. */
	void (*poke)(void *held, long offset, long count);
};

extern const struct holder holders[]; /* ended by a NULL name */

/* One byte after the other, so that no vector register gathers the secret. */
static inline int sum_of(const volatile unsigned char *bytes)
{
	int sum = 0;
	for (size_t i = 0; i < SECRET; i++)
		sum = (sum + bytes[i]) & 0xff;
	return sum;
}

#endif
