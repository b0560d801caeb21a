/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the files of the victim share: the secret it holds, and how it answers the script that watches it. */
#ifndef OSML_PROOF_VICTIM_H
#define OSML_PROOF_VICTIM_H

#include <osmemlock.h>
#include <stdint.h>

/* What one kind of place holds; the members that the kind does not use are NULL. */
struct held {
	osml_buffer *buffer;
	osml_region *region;
	unsigned char *plain;
};
extern struct held held;

struct kind {
	const char *name;
	void (*make)(const struct kind *kind, uint64_t seed);
	uint32_t want; /* OSML_* bits, for kinds that make a buffer */
	size_t len;
};
extern const struct kind memory_kinds[], source_kinds[]; /* ended by a NULL name */

/* Prints "ready PID" and returns when a line or the end comes in on stdin. */
void ready(void);
/* Makes the "ready" line for this process. Before the secret exists: formatting it later would use, and so clean, the stack. */
void ready_prepare(void);
/* Ends the process with "SKIP: ..." when `rc` says that the system has no such thing, with "FAIL: ..." for any other failure, else returns. */
void must(const char *what, int rc);
/* Like must(), with the library's own answer compared to the one that the case calls for. */
void must_be(const char *what, int rc, int expected);

/* `want` under OSML_POLICY_STRICT: a case that cannot have its protections says so, it does not test something else. */
osml_buffer_options strict(uint32_t want);

/* The whole swap case: needles of many kinds, then `mib` MiB of other pages. Does not return before stdin ends. */
void swap_run(uint64_t seed, size_t mib, int forked);

#endif
