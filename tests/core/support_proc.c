/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the kernel says of this process: Linux, also below wine. */
#define _GNU_SOURCE
#include "support.h"

#include <fcntl.h>
#include <unistd.h>

#ifndef O_CLOEXEC
#define O_CLOEXEC 0
#endif

/* ---- Files of /proc, by plain reads, so that reading them maps nothing ---- */

static void each_line(const char *file, void (*visit)(const char *line, void *arg), void *arg)
{
	char text[16384 + 1], *line = text, *end;
	size_t have = 0;
	ssize_t got;
	char path[64];
	int fd;

	snprintf(path, sizeof path, "%s/%s", support_proc_folder(), file);
	fd = open(path, O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	while ((got = read(fd, text + have, sizeof text - 1 - have)) > 0) {
		have += (size_t)got;
		text[have] = 0;
		for (line = text; (end = strchr(line, '\n')); line = end + 1) {
			*end = 0;
			visit(line, arg);
		}
		have = (size_t)(text + have - line);
		memmove(text, line, have);
	}
	close(fd);
}

static void find_locked(const char *line, void *kib)
{
	if (!strncmp(line, "VmLck:", 6))
		*(size_t *)kib = strtoull(line + 6, NULL, 10);
}

size_t support_locked_kib(void)
{
	size_t kib = SIZE_MAX;

	each_line("status", find_locked, &kib);
	CHECK(kib != SIZE_MAX);
	return kib;
}

static void count_line(const char *line, void *count)
{
	(void)line;
	++*(size_t *)count;
}

size_t support_mappings(void)
{
	size_t count = 0;

	each_line("maps", count_line, &count);
	return count;
}

/* ---- smaps ---- */

struct walk {
	struct support_mapping now;
	void (*visit)(const struct support_mapping *mapping, void *arg);
	void *arg;
};

/* A mapping starts with "from-to perms ..." and ends with "VmFlags: rd wr ...". */
static void smaps_line(const char *line, void *arg)
{
	struct walk *walk = arg;
	struct support_mapping *now = &walk->now;
	char *rest;

	if ((line[0] >= '0' && line[0] <= '9') || (line[0] >= 'a' && line[0] <= 'f')) {
		now->start = strtoull(line, &rest, 16);
		now->end = strtoull(rest + 1, &rest, 16);
		snprintf(now->permissions, sizeof now->permissions, "%s", rest + 1);
	} else if (!strncmp(line, "VmFlags:", 8)) {
		snprintf(now->flags, sizeof now->flags, "%s ", line + 8);
		walk->visit(now, walk->arg);
	}
}

static void each_mapping(void (*visit)(const struct support_mapping *mapping, void *arg), void *arg)
{
	struct walk walk = { .visit = visit, .arg = arg };

	each_line("smaps", smaps_line, &walk);
}

static bool carries(const struct support_mapping *mapping, const char *flag)
{
	char padded[8];

	snprintf(padded, sizeof padded, " %s ", flag);
	return strstr(mapping->flags, padded);
}

struct search {
	uintptr_t from, to;
	const char *flag;
	size_t with, without; /* bytes of the range */
	struct support_mapping *found;
	bool is_found;
};

static void compare(const struct support_mapping *mapping, void *arg)
{
	struct search *search = arg;
	uintptr_t from = mapping->start > search->from ? mapping->start : search->from;
	uintptr_t to = mapping->end < search->to ? mapping->end : search->to;

	if (from >= to)
		return;
	search->is_found = true;
	if (search->found)
		*search->found = *mapping;
	if (search->flag && carries(mapping, search->flag))
		search->with += to - from;
	else
		search->without += to - from;
}

bool support_find_mapping(struct support_mapping *found, const void *addr)
{
	struct search search = { .from = (uintptr_t)addr, .to = (uintptr_t)addr + 1, .found = found };

	each_mapping(compare, &search);
	return search.is_found;
}

bool support_all_have(const void *addr, size_t len, const char *flag)
{
	struct search search = { .from = (uintptr_t)addr, .to = (uintptr_t)addr + len, .flag = flag };

	each_mapping(compare, &search);
	return search.with == len;
}

bool support_none_has(const void *addr, size_t len, const char *flag)
{
	struct search search = { .from = (uintptr_t)addr, .to = (uintptr_t)addr + len, .flag = flag };

	each_mapping(compare, &search);
	return search.with == 0;
}

struct collection {
	const char *flag;
	struct support_range *ranges;
	size_t count, capacity;
};

static void collect(const struct support_mapping *mapping, void *arg)
{
	struct collection *all = arg;

	if (!carries(mapping, all->flag))
		return;
	if (all->count && all->ranges[all->count - 1].end == mapping->start) {
		all->ranges[all->count - 1].end = mapping->end;
		return;
	}
	if (all->count == all->capacity) {
		all->capacity = all->capacity ? 2 * all->capacity : 64;
		all->ranges = realloc(all->ranges, all->capacity * sizeof *all->ranges);
		CHECK(all->ranges);
	}
	all->ranges[all->count++] = (struct support_range){ mapping->start, mapping->end };
}

struct support_range *support_ranges_with(const char *flag, size_t *count)
{
	struct collection all = { .flag = flag };

	each_mapping(collect, &all);
	*count = all.count;
	return all.ranges;
}

bool support_ranges_hold(const struct support_range *ranges, size_t count, const void *addr, size_t len)
{
	uintptr_t from = (uintptr_t)addr;

	for (size_t i = 0; i < count; i++)
		if (ranges[i].start <= from && from < ranges[i].end)
			return len <= ranges[i].end - from;
	return false;
}
