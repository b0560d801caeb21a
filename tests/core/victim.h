/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A buffer of known pages, to which something is done behind the library's back or in what the kernel tells of it. */
#ifndef OSML_TEST_VICTIM_H
#define OSML_TEST_VICTIM_H

#include "support.h"

#define ALL    (OSML_DEFAULT_PROTECTIONS | OSML_GUARDED)
#define NOFORK (OSML_LOCKED | OSML_NODUMP | OSML_CANARY | OSML_NOFORK | OSML_GUARDED)
#define SECRET (NOFORK | OSML_SECRETMEM)

/* A buffer of five pages, and where they are by the kernel's word. */
#define PAGES 5u

struct victim {
	osml_buffer *b;
	char *start;
	size_t page;
};

static inline struct victim make(uint32_t want)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	struct victim v = { .page = support_page_size() };
	struct support_mapping mapping;

	o.want = want;
	o.policy = OSML_POLICY_STRICT;
	CHECK_RC(osml_trim(), 0); /* where pages are large, the last victim's wait for the next buffer, as they were left */
	CHECK_RC(osml_buffer_new(&v.b, (PAGES - 1) * v.page, &o), 0);
	CHECK(support_find_mapping(&mapping, osml_buffer_data(v.b)));
	v.start = (char *)osml_buffer_data(v.b) - ((uintptr_t)osml_buffer_data(v.b) & (v.page - 1));
	CHECK(!(want & OSML_GUARDED) || (mapping.start == (uintptr_t)v.start && mapping.end - mapping.start == PAGES * v.page));
	return v;
}

static inline uint32_t verified(const struct victim *v)
{
	uint32_t bits = ~0u;

	CHECK_RC(osml_buffer_verify(v->b, &bits), 0);
	return bits;
}

#endif
