/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "unfit.h"

#include "cache.h"

int osml__unfit(const char *why, size_t line)
{
	struct osml__cache *c;

	if (osml__cache_get(&c) == 0) {
		c->unfit = why;
		c->unfit_line = line;
		osml__cache_end_late();
	}
	return OSML_EFORMAT;
}

const char *osml__unfit_why(size_t *line)
{
	const struct osml__cache *c = osml__cache_own();

	*line = c ? c->unfit_line : 0;
	return c ? c->unfit : NULL;
}
