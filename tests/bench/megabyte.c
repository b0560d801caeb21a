/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A buffer of 1 MiB over the system calls that it is made of. */
#include <osmemlock.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "figures.h"

enum { MEGABYTE = 1 << 20 };
static unsigned char secret[MEGABYTE];

static void fill_secret(void)
{
	memset(secret, 0xa5, sizeof secret);
}

static void *map_locked(void)
{
	void *pages = mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || mlock(pages, MEGABYTE) != 0 || madvise(pages, MEGABYTE, MADV_DONTDUMP) != 0)
		abort();
	return pages;
}

static void unmap_locked(void *pages)
{
	munlock(pages, MEGABYTE);
	munmap(pages, MEGABYTE);
}

static void calls(int times)
{
	for (int i = 0; i < times; i++)
		unmap_locked(map_locked());
}

static void calls_written(int times)
{
	for (int i = 0; i < times; i++) {
		void *pages = map_locked();
		memcpy(pages, secret, MEGABYTE);
		unmap_locked(pages);
	}
}

static void calls_written_wiped(int times)
{
	for (int i = 0; i < times; i++) {
		void *pages = map_locked();
		memcpy(pages, secret, MEGABYTE);
		explicit_bzero(pages, MEGABYTE);
		unmap_locked(pages);
	}
}

static osml_buffer *new_buffer(void)
{
	osml_buffer *b;
	if (osml_buffer_new(&b, MEGABYTE, NULL) != 0)
		abort();
	return b;
}

static void buffer(int times)
{
	for (int i = 0; i < times; i++)
		osml_buffer_free(new_buffer());
}

static void buffer_written(int times)
{
	for (int i = 0; i < times; i++) {
		osml_buffer *b = new_buffer();
		osml_buffer_write(b, 0, secret, MEGABYTE);
		osml_buffer_free(b);
	}
}

static const struct contender written[] = {
	{ "mmap+mlock+madvise, write, munlock+munmap", calls_written },
	{ "the same again (control)", calls_written },
	{ "osml_buffer_new, _write, _free", buffer_written },
	{ "mmap+mlock+madvise, write, wipe, munlock+munmap", calls_written_wiped },
};
static const struct contender unwritten[] = {
	{ "mmap+mlock+madvise+munlock+munmap", calls },
	{ "the same again (control)", calls },
	{ "osml_buffer_new, _free", buffer },
};

struct comparison megabyte_written = {
	.title = "1 MiB, written", .start = fill_secret, .contenders = written, .count = 4, .rounds = 201, .times = 1
};
struct comparison megabyte_unwritten = {
	.title = "1 MiB, not written", .start = fill_secret, .contenders = unwritten, .count = 3, .rounds = 201, .times = 1
};
