/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locks.h"

/*
 * Static, since a subject that used up the mappings of the process (vm.max_map_count) leaves none for this file. Ranges that touch
 * are one; 65 530 mappings is the default of that limit.
 */
enum { MOST_RANGES = 1 << 17 };
static struct range {
	unsigned long from, to;
} ranges[MOST_RANGES];
static size_t range_count;
static char read_buffer[1 << 16];

static void add_range(struct range locked)
{
	if (range_count > 0 && ranges[range_count - 1].to == locked.from)
		ranges[range_count - 1].to = locked.to;
	else if (range_count < MOST_RANGES)
		ranges[range_count++] = locked;
}

/* proc_pid_smaps(5): a line with the range opens each mapping, one with its flags ends it; "lo" is VM_LOCKED. */
static void read_locked_ranges(void)
{
	char line[512];
	struct range current = { 0, 0 };
	FILE *smaps = fopen("/proc/self/smaps", "r");
	range_count = 0;
	if (!smaps)
		return;
	setvbuf(smaps, read_buffer, _IOFBF, sizeof read_buffer);
	while (fgets(line, sizeof line, smaps)) {
		if (strncmp(line, "VmFlags:", 8) == 0) {
			if (strstr(line, " lo"))
				add_range(current);
		} else if (strchr("0123456789abcdef", line[0])) {
			sscanf(line, "%lx-%lx", &current.from, &current.to);
		}
	}
	fclose(smaps);
}

static int compare_range(const void *key, const void *element)
{
	const struct range *wanted = key;
	const struct range *range = element;
	if (wanted->from < range->from)
		return -1;
	return wanted->from >= range->to;
}

static int is_locked(const void *data, size_t size)
{
	struct range wanted = { (unsigned long)data, (unsigned long)data + size };
	struct range *found = bsearch(&wanted, ranges, range_count, sizeof *ranges, compare_range);
	return found && wanted.to <= found->to;
}

size_t locks_count(const struct subject *subject, void **held, size_t n, size_t size)
{
	size_t locked = 0;
	read_locked_ranges();
	for (size_t i = 0; i < n; i++)
		if (held[i] && is_locked(subject_data(subject, held[i]), size))
			locked++;
	return locked;
}

long locks_vmlck_kib(void)
{
	char line[256];
	long kib = -1;
	FILE *status = fopen("/proc/self/status", "r");
	if (!status)
		return -1;
	while (kib < 0 && fgets(line, sizeof line, status))
		sscanf(line, "VmLck: %ld", &kib);
	fclose(status);
	return kib;
}
