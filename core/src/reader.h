/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * reader.c: input of unknown length, taken into buffers that grow: each larger one gets the bytes, and the smaller one is wiped. Each has a reference
 * until the reader is finished or abandoned. So what is read after a purge, or after the sweep at exit, is wiped too, and the release reports it.
 */
#ifndef OSML_READER_H
#define OSML_READER_H

#include "internal.h"

struct osml__reader {
	osml_buffer *b;
	size_t got, most; /* most: what is read at most */
	size_t max;       /* what may be left of it */
	const osml_buffer_options *options;
	unsigned flags;
};
/* `expected` bytes will come; 0: unknown. */
int osml__reader_start(struct osml__reader *r, size_t max, const osml_buffer_options *options, unsigned flags, uint64_t expected);
size_t osml__reader_room(const struct osml__reader *r, unsigned char **at); /* 0: osml__reader_put() makes more */
int osml__reader_put(struct osml__reader *r, unsigned char byte);           /* OSML_ETOOBIG when there are `most` already */
void osml__reader_abandon(struct osml__reader *r);
int osml__reader_finish(osml_buffer **out, struct osml__reader *r, int rc); /* rc: how the reading went */

#endif
