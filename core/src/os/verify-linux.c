/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Asks the kernel what it does with a range: /proc/thread-self/smaps, proc(5). */
#include "../internal.h"
#include "proc.h"

#include <stdlib.h>

/* One pass over the file. A mapping starts with a line "from-to perms ..." and has its flags in a line "VmFlags: rd wr ...". */
struct pass {
	uintptr_t from, to;   /* the range asked about */
	uintptr_t start, end; /* the mapping that the last header line described */
	bool inaccessible;    /* that mapping is */
	bool secret;          /* it is of memfd_secret(2): never evicted, whether the kernel calls that locked or not (R2) */
	uintptr_t covered;    /* the range is covered up to here */
	uintptr_t barrier;    /* end of the last inaccessible mapping */
	uint32_t bits;        /* what holds for all mappings of the range so far */
	bool guard_below, guard_above;
};

static void header(struct pass *p, const char *line)
{
	char *rest;

	if (p->inaccessible)
		p->barrier = p->end;
	p->start = (uintptr_t)strtoull(line, &rest, 16);
	p->end = (uintptr_t)strtoull(rest + 1, &rest, 16);
	p->inaccessible = !strncmp(rest, " ---p", 5);
	p->secret = strstr(line, "/secretmem") != NULL;
	if (p->start <= p->from && p->from < p->end)
		p->guard_below = p->start == p->from && p->barrier == p->from;
	if (p->start == p->to)
		p->guard_above = p->inaccessible;
	if (p->end > p->from && p->start < p->to) {
		if (!p->secret)
			p->bits &= ~OSML_SECRETMEM;
		if (p->start <= p->covered)
			p->covered = p->end;
	}
}

static void flags(struct pass *p, const char *line)
{
	static const struct {
		uint32_t bit;
		const char *flag;
	} known[] = { { OSML_LOCKED, " lo" }, { OSML_NODUMP, " dd" }, { OSML_WIPEONFORK, " wf" }, { OSML_NOFORK, " dc" } };

	if (p->end <= p->from || p->start >= p->to)
		return;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strstr(line, known[i].flag) && !(p->secret && known[i].bit == OSML_LOCKED))
			p->bits &= ~known[i].bit;
	if (strstr(line, " mg")) /* PR_SET_MEMORY_MERGE came later: a page that is merged is not locked any more (audit C14) */
		p->bits &= ~OSML_LOCKED;
}

static void parse_line(void *context, const char *line)
{
	struct pass *p = context;

	if (!strncmp(line, "VmFlags:", 8))
		flags(p, line);
	else if ((line[0] >= '0' && line[0] <= '9') || (line[0] >= 'a' && line[0] <= 'f'))
		header(p, line);
}

int osml__os_verify(const void *addr, size_t size, uint32_t *bits)
{
	struct pass p = { .from = (uintptr_t)addr, .to = (uintptr_t)addr + size, .covered = (uintptr_t)addr };
	int rc;

	*bits = 0;
	p.bits = OSML_LOCKED | OSML_NODUMP | OSML_WIPEONFORK | OSML_NOFORK | OSML_SECRETMEM;
	rc = osml__os_proc_lines("smaps", parse_line, &p);
	if (rc == -ENOENT || rc == -EACCES) /* no /proc, or one that is not for us */
		return OSML_EUNSUPPORTED;
	if (rc == 0 && p.covered >= p.to)
		*bits = p.bits | (p.guard_below && p.guard_above ? OSML_GUARDED : 0);
	return rc;
}
