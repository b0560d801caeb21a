/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Every error path of the examples: what was tried, and the library's one sentence about why not and what to type. */
#ifndef EXAMPLE_EXPLAIN_H
#define EXAMPLE_EXPLAIN_H

#include <osmemlock.h>
#include <stdio.h>

/* Returns 1, so that `return explain(...)` ends main(). */
static inline int explain(const char *tried, int rc)
{
	char why[1024];
	osml_explain(rc, why, sizeof why);
	fprintf(stderr, "%s: %s: %s\n", tried, osml_error_name(rc), why);
	return 1;
}

#endif
