/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A subject is one way to hold a secret. Each stands in a file of its own, compiled in only when its library is installed, and is
 * measured in processes of its own, so that no arena or heap of one is in the way of another.
 */
#ifndef BENCH_SUBJECT_H
#define BENCH_SUBJECT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct subject {
	const char *name;
	int locks; /* 0: does not claim to lock, so no lock is looked for */
	/*
	 * Makes ready for `count` live secrets of `size` bytes each, in `most` bytes of locked memory. 0, or anything else when it cannot.
	 * NULL: nothing is to be done.
	 */
	int (*start)(size_t size, size_t count, size_t most);
	/* Takes memory and writes the secret into it. NULL: there is no more. */
	void *(*hold)(const void *secret, size_t size);
	/* Where the bytes of a held secret are. NULL: what hold() returns points to them. */
	const void *(*data)(void *held);
	/* Wipes the secret and gives the memory back. */
	void (*release)(void *held, size_t size);
};

static inline int subject_start(const struct subject *subject, size_t size, size_t count, size_t most)
{
	return subject->start ? subject->start(size, count, most) : 0;
}

static inline const void *subject_data(const struct subject *subject, void *held)
{
	return subject->data ? subject->data(held) : held;
}

extern const struct subject subject_malloc;
extern const struct subject subject_osmemlock;
extern const struct subject subject_sodium;
extern const struct subject subject_openssl;
extern const struct subject subject_gcrypt;
extern const struct subject subject_botan;
extern const struct subject subject_gcr;
extern const struct subject subject_mmap;
extern const struct subject subject_mmap_dontdump;

/* The smallest power of two that is not below `least`. */
static inline size_t power_of_two(size_t least)
{
	size_t power = 1;
	while (power < least)
		power *= 2;
	return power;
}

#ifdef __cplusplus
}
#endif
#endif
