/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Many needles in one process, all of the same age: seed + 0 in plain memory, + 1 in small buffers, + 2 in a large buffer, + 3 in memory
 * of our own under a region lock, + 4 in secretmem. Then a balloon pushes out what can be pushed out.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "needle.h"
#include "victim.h"

#define PAGE   4096
#define PAGES  256
#define LEN    ((size_t)PAGES * PAGE)
#define SMALL  1024
#define SECRET 32

static unsigned char *plain, *owned;
static osml_buffer *small[SMALL], *large, *secret[SECRET];
static osml_region *region;

static unsigned char *map(size_t len)
{
	unsigned char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		exit(3);
	return p;
}

static void put_pages(unsigned char *p, uint64_t seed)
{
	for (size_t i = 0; i < PAGES; i++)
		needle_put(p + i * PAGE + 128, seed);
}

static void make_small(osml_buffer **buffers, size_t n, uint32_t want, uint64_t seed)
{
	osml_buffer_options options = strict(want);
	for (size_t i = 0; i < n; i++) {
		int rc = osml_buffer_new(&buffers[i], NEEDLE_LEN, &options);
		if (rc == OSML_EUNSUPPORTED && (want & OSML_SECRETMEM))
			return;
		must("osml_buffer_new", rc);
		needle_put(osml_buffer_data(buffers[i]), seed);
	}
}

static void make_all(uint64_t seed)
{
	plain = map(LEN);
	put_pages(plain, seed);
	make_small(small, SMALL, OSML_DEFAULT_PROTECTIONS, seed + 1);
	must("osml_buffer_new", osml_buffer_new(&large, LEN, NULL));
	put_pages(osml_buffer_data(large), seed + 2);
	owned = map(LEN);
	must("osml_region_lock", osml_region_lock(&region, owned, LEN, 0));
	put_pages(owned, seed + 3);
	make_small(secret, SECRET, OSML_SECRETMEM, seed + 4);
}

/* The parent's exemplary end: everything wiped and released. What is in swap afterwards can only be the child's. */
static void drop_all(void)
{
	explicit_bzero(plain, LEN);
	explicit_bzero(owned, LEN);
	must("osml_region_unlock", osml_region_unlock(region));
	osml_buffer_free(large);
	for (size_t i = 0; i < SMALL; i++)
		osml_buffer_free(small[i]);
	for (size_t i = 0; i < SECRET; i++)
		osml_buffer_free(secret[i]);
}

/* Pages of noise: a page of zeros would not be written (zeromap), a page that repeats could be compressed. Two rounds, to age the others. */
static void blow_balloon(size_t mib)
{
	size_t words = (mib << 20) / sizeof(uint64_t);
	volatile uint64_t *p = (volatile uint64_t *)(void *)map(mib << 20);
	uint64_t x = 88172645463325252u;
	for (size_t i = 0; i < 2 * words; i += 8) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i % words] = x | 1;
	}
}

/* The parent waits for the child, so that the script has one process to wait for. */
static void become_child(void)
{
	int gone[2];
	char c;
	if (pipe(gone) != 0)
		exit(3);
	pid_t child = fork();
	if (child > 0) {
		drop_all();
		if (write(gone[1], "x", 1) != 1)
			exit(3);
		waitpid(child, NULL, 0);
		_exit(0);
	}
	ready_prepare();
	if (read(gone[0], &c, 1) != 1)
		exit(3);
}

void swap_run(uint64_t seed, size_t mib, int forked)
{
	make_all(seed);
	if (forked)
		become_child();
	blow_balloon(mib);
	ready();
}
