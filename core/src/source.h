/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* source.c: input of unknown length, taken into buffers that grow: each larger one gets the bytes, and the smaller one is wiped. */
#ifndef OSML_SOURCE_H
#define OSML_SOURCE_H

#include "internal.h"

struct osml__intake {
	osml_buffer *b;
	size_t got, max;
	const osml_buffer_options *options;
};
int osml__intake_start(struct osml__intake *in, size_t max, const osml_buffer_options *options);
int osml__intake_room(struct osml__intake *in, unsigned char **at, size_t *room);            /* *room 0: `max` bytes are there */
bool osml__may_go_on(const osml_buffer_options *o);                                          /* a signal came: whether to wait on */
int osml__intake_finish(osml_buffer **out, struct osml__intake *in, int rc, unsigned flags); /* rc: how the reading went */

#endif
