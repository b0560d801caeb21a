/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* textflags.c: what the flags of a source make of the text that was read. */
#ifndef OSML_TEXTFLAGS_H
#define OSML_TEXTFLAGS_H

#include "internal.h"

#define OSML__TEXT_FLAGS   (OSML_TRIM_NEWLINE | OSML_TRIM_SPACE | OSML_FIRST_LINE)
#define OSML__SOURCE_FLAGS (OSML__TEXT_FLAGS | OSML_ALLOW_EMPTY | OSML_PRIVATE)

/* What may be read beyond the maximum because it is dropped: a byte order mark, and a newline. */
static inline size_t osml__text_extra(unsigned flags)
{
	return flags & OSML__TEXT_FLAGS ? 5 : 0;
}

/* Whether the first line ends in these bytes, and nothing that follows is of interest. */
bool osml__text_line_ends(const unsigned char *text, size_t n, unsigned flags);
/* Which part of the text is the secret; OSML_EFORMAT, OSML_EEMPTY, or OSML_ETOOBIG when it is longer than `max`. */
int osml__text_secret(size_t *from, size_t *n, const unsigned char *text, size_t len, size_t max, unsigned flags);

#endif
