/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The controls: what a program does without any library. The careless one neither locks nor wipes; the other locks the pages of a block of the
 * heap, wipes it and unlocks them.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "holder.h"

enum { ROOM = 16384 };

static void *hold(const void *secret, size_t size)
{
	void *held = malloc(size);
	if (held)
		memcpy(held, secret, size);
	return held;
}

static void release(void *held, size_t size)
{
	(void)size;
	free(held);
}

/* As it is often done: through an array on the stack, which nobody wipes. What is too long is refused, after it was read. */
static void *read_through(int fd, size_t most)
{
	char line[ROOM];
	void *held = NULL;
	ssize_t got = read(fd, line, sizeof line);
	if (got > 0 && (size_t)got <= most && (held = malloc((size_t)got)) != NULL)
		memcpy(held, line, (size_t)got);
	return held;
}

static void *hold_locked(const void *secret, size_t size)
{
	void *held = hold(secret, size);
	if (!held || mlock(held, size) == 0)
		return held;
	explicit_bzero(held, size);
	free(held);
	return NULL;
}

static void release_locked(void *held, size_t size)
{
	explicit_bzero(held, size);
	munlock(held, size);
	free(held);
}

/* The variable stays where it is. */
static void *copy_variable(int fd, size_t most)
{
	const char *value = getenv("OSML_PROOF_SECRET");
	(void)fd;
	return value != NULL && strlen(value) <= most ? hold(value, strlen(value)) : NULL;
}

static const struct subject careless = { "malloc", 0, NULL, hold, NULL, release };
static const struct subject locked = { "malloc and mlock", 1, NULL, hold_locked, NULL, release_locked };

const struct holder holders[] = {
	{ "careless", &careless, read_through, NULL, NULL, NULL, NULL },
	{ "env", &careless, copy_variable, NULL, NULL, NULL, NULL },
	{ "mlock", &locked, NULL, NULL, NULL, NULL, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};
