/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Region locks on a mapping of our own; what the kernel says about its pages must be what the counts of the model say. */
#define _GNU_SOURCE
#include "fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PAGES     16u
#define FORBIDDEN 12u /* a page without access, which cannot be locked */
#define REGIONS   6u

static struct {
	osml_region *region;
	size_t first, end; /* pages */
	unsigned flags;
} regions[REGIONS];

static struct {
	unsigned locks, nodumps;
} pages[PAGES];

static unsigned char *memory;
static size_t page;
static bool touched;

void regions_start(void)
{
	uint64_t size;

	touched = false;
	if (memory)
		return;
	EXPECT_RC(osml_info(OSML_INFO_PAGE_SIZE, &size), 0);
	page = (size_t)size;
	memory = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(memory != MAP_FAILED);
	EXPECT(mprotect(memory + FORBIDDEN * page, page, PROT_NONE) == 0);
}

static void count(size_t which, int change)
{
	for (size_t i = regions[which].first; i < regions[which].end; i++) {
		pages[i].locks += (unsigned)change;
		if (regions[which].flags & OSML_REGION_DONTDUMP)
			pages[i].nodumps += (unsigned)change;
	}
}

static void unlock(size_t which)
{
	EXPECT_RC(osml_region_unlock(regions[which].region), 0);
	if (regions[which].region)
		count(which, -1);
	regions[which].region = NULL;
}

static void lock(size_t which, size_t offset, size_t len, unsigned flags)
{
	size_t first = offset / page, end = len ? (offset + len + page - 1) / page : first;
	int rc = 0;

	if (first <= FORBIDDEN && FORBIDDEN < end)
		rc = -ENOMEM;
	if (flags & ~OSML_REGION_DONTDUMP)
		rc = OSML_EINVAL;
	EXPECT_RC(osml_region_lock(&regions[which].region, memory + offset, len, flags), rc);
	EXPECT(!regions[which].region == (rc != 0));
	regions[which].first = first;
	regions[which].end = end;
	regions[which].flags = flags;
	if (rc == 0)
		count(which, +1);
}

static void lock_nonsense(unsigned byte)
{
	osml_region *region = (osml_region *)memory;

	EXPECT_RC(osml_region_lock(&region, NULL, byte + 1, 0), OSML_EINVAL);
	EXPECT(region == NULL);
	EXPECT_RC(osml_region_lock(&region, memory, SIZE_MAX - byte, 0), OSML_EINVAL);
	EXPECT_RC(osml_region_lock(&region, (void *)(UINTPTR_MAX - byte), 1, 0), OSML_EINVAL);
	EXPECT_RC(osml_region_lock(NULL, memory, 1, 0), OSML_EINVAL);
}

void op_region_lock(struct input *in)
{
	size_t which = fuzz_byte(in) % REGIONS;
	unsigned flags = fuzz_byte(in);
	size_t offset = fuzz_byte(in) * page / 16 + fuzz_byte(in) % 3;
	size_t len = fuzz_size(in) * 2;

	touched = true;
	unlock(which);
	if (flags >= 250) {
		lock_nonsense(flags);
		return;
	}
	if (len > PAGES * page - offset)
		len = PAGES * page - offset;
	lock(which, offset, len, flags < 240 ? flags & OSML_REGION_DONTDUMP : flags);
}

void op_region_unlock(struct input *in)
{
	unlock(fuzz_byte(in) % REGIONS);
}

/* The number of our pages in [from, to), which has these flags. */
static size_t compare(unsigned char *from, unsigned char *to, const char *flags)
{
	bool locked = strstr(flags, " lo"), nodump = strstr(flags, " dd");
	size_t seen = 0;

	for (unsigned char *at = from < memory ? memory : from; at < to && at < memory + PAGES * page; at += page) {
		seen++;
		EXPECT(locked == (pages[(size_t)(at - memory) / page].locks > 0));
		EXPECT(nodump == (pages[(size_t)(at - memory) / page].nodumps > 0));
	}
	return seen;
}

/* The whole mapping must be found, page by page: a report that says nothing proves nothing. */
static void compare_all(void)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	size_t from, to, start = 0, end = 0, seen = 0;
	char line[512];

	EXPECT(smaps != NULL);
	while (seen < PAGES && fgets(line, sizeof line, smaps)) {
		if (sscanf(line, "%zx-%zx ", &from, &to) == 2) { /* "Anonymous:" starts like a number, too */
			start = from;
			end = to;
		} else if (!strncmp(line, "VmFlags:", 8)) {
			seen += compare((unsigned char *)start, (unsigned char *)end, line);
		}
	}
	fclose(smaps);
	EXPECT(seen == PAGES);
}

void regions_end(void)
{
	if (!touched)
		return;
	compare_all();
	for (size_t i = 0; i < REGIONS; i++)
		unlock(i);
	compare_all();
}
