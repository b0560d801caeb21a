/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATTERN_MAX 16    /* the end of the secret, because free() overwrites the beginning of a block that nobody wiped */
#define CHUNK       16384 /* the window is locked too, and some containers allow 64 KiB in all */
#define PAGE        4096

int look_pattern_new(struct look_pattern *pattern, const osml_buffer *secret)
{
	size_t len = osml_buffer_size(secret) < PATTERN_MAX ? osml_buffer_size(secret) : PATTERN_MAX;
	*pattern = (struct look_pattern){ NULL, NULL };
	int rc = osml_buffer_new(&pattern->pad, len, NULL);
	if (rc == 0)
		rc = osml_buffer_new(&pattern->masked, len, NULL);
	if (rc == 0)
		rc = osml_buffer_random(pattern->pad, 0, len);
	if (rc != 0)
		return rc;
	/* Volatile: byte by byte, for a vector register that holds sixteen of them may be spilled to the stack. */
	const volatile unsigned char *from = (const unsigned char *)osml_buffer_data(secret) + osml_buffer_size(secret) - len;
	const unsigned char *pad = osml_buffer_data(pattern->pad);
	unsigned char *masked = osml_buffer_data(pattern->masked);
	for (size_t i = 0; i < len; i++)
		masked[i] = from[i] ^ pad[i];
	return 0;
}

void look_pattern_free(struct look_pattern *pattern)
{
	osml_buffer_free(pattern->pad);
	osml_buffer_free(pattern->masked);
}

static size_t count_in(const unsigned char *bytes, size_t n, const struct look_pattern *pattern)
{
	const unsigned char *pad = osml_buffer_data(pattern->pad);
	const unsigned char *masked = osml_buffer_data(pattern->masked);
	size_t len = osml_buffer_size(pattern->pad), copies = 0;
	for (size_t at = 0; at + len <= n; at++) {
		size_t i = 0;
		while (i < len && (bytes[at + i] ^ pad[i]) == masked[i])
			i++;
		copies += i == len;
	}
	return copies;
}

/* Reads [lo, hi) piece by piece into the window; pieces overlap by one byte less than the pattern, so that none is missed or counted twice. */
static size_t count_range(int mem, unsigned long lo, unsigned long hi, osml_buffer *window, const struct look_pattern *pattern)
{
	size_t overlap = osml_buffer_size(pattern->pad) - 1, copies = 0;
	while (lo < hi) {
		size_t wanted = hi - lo < CHUNK ? hi - lo : CHUNK;
		ssize_t got = pread(mem, osml_buffer_data(window), wanted, (off_t)lo);
		if (got > 0)
			copies += count_in(osml_buffer_data(window), (size_t)got, pattern);
		if (got <= 0)
			lo = (lo / PAGE + 1) * PAGE; /* a page that cannot be read */
		else
			lo += (size_t)got < wanted || lo + wanted == hi ? (size_t)got : wanted - overlap;
	}
	return copies;
}

/* The window is a large locked buffer, so it has pages of its own. They are left out: they hold what was read last. */
static size_t count_line(const char *line, int mem, osml_buffer *window, const struct look_pattern *pattern)
{
	unsigned long lo, hi, start = (unsigned long)osml_buffer_data(window), end = start + CHUNK;
	if (sscanf(line, "%lx-%lx", &lo, &hi) != 2 || strstr(line, "[v") != NULL) /* [vvar] and [vsyscall] are the kernel's */
		return 0;
	if (end <= lo || hi <= start)
		return count_range(mem, lo, hi, window, pattern);
	size_t copies = lo < start ? count_range(mem, lo, start, window, pattern) : 0;
	return copies + (end < hi ? count_range(mem, end, hi, window, pattern) : 0);
}

int look_count(size_t *copies, const struct look_pattern *pattern)
{
	osml_buffer *window;
	char line[4300];
	int rc = osml_buffer_new(&window, CHUNK, NULL);
	if (rc != 0)
		return rc;
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	FILE *maps = fopen("/proc/self/maps", "re");
	rc = mem < 0 || maps == NULL ? -ENOENT : 0;
	*copies = 0;
	while (rc == 0 && fgets(line, sizeof line, maps) != NULL)
		*copies += count_line(line, mem, window, pattern);
	if (maps != NULL)
		fclose(maps);
	if (mem >= 0)
		close(mem);
	osml_buffer_free(window);
	return rc;
}

int look_flag(int *has, const void *address, const char *flag)
{
	char line[4300], word[8];
	unsigned long lo, hi;
	int here = 0;
	FILE *smaps = fopen("/proc/self/smaps", "re");
	if (smaps == NULL)
		return -ENOENT;
	snprintf(word, sizeof word, " %s ", flag);
	*has = 0;
	while (fgets(line, sizeof line, smaps) != NULL) {
		if (sscanf(line, "%lx-%lx", &lo, &hi) == 2) /* the first line of a mapping; the others describe it */
			here = lo <= (unsigned long)address && (unsigned long)address < hi;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			*has = strstr(line, word) != NULL;
	}
	fclose(smaps);
	return 0;
}
