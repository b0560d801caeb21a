/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One of the crates of ../rust, which the build names: -DCRATE='"memsec"'. */
#include "holder.h"

struct crate {
	void *(*hold)(int fd, size_t size); /* reads `size` bytes to where they stay; without a descriptor (-1) they are zeros */
	int (*sum)(void *held, size_t size);
	const void *(*data)(void *held);
	void (*poke)(void *held, long offset, long count);
	void (*release)(void *held);
};
extern const struct crate *osml_proof_crate(const char *name);

static const struct crate *crate;

static int start(size_t size, size_t count, size_t most)
{
	(void)size, (void)count, (void)most;
	crate = osml_proof_crate(CRATE);
	return crate == NULL;
}

static void *hold(const void *secret, size_t size)
{
	(void)secret;
	return crate->hold(-1, size);
}

static void *from_fd(int fd, size_t most)
{
	(void)most;
	return crate->hold(fd, SECRET);
}

static const void *data(void *held)
{
	return crate->data(held);
}

static int use(void *held)
{
	return crate->sum(held, SECRET);
}

static void poke(void *held, long offset, long count)
{
	crate->poke(held, offset, count);
}

static void release(void *held, size_t size)
{
	(void)size;
	crate->release(held);
}

static const struct subject subject = { CRATE, 1, start, hold, data, release };

const struct holder holders[] = {
	{ "rival", &subject, from_fd, use, NULL, NULL, poke },
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};
