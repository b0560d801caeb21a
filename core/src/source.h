/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* source.c: what all sources have in common. */
#ifndef OSML_SOURCE_H
#define OSML_SOURCE_H

#include "reader.h"

/* Of the arguments; and forgets why the last source of this thread was refused. Sets *out to NULL. */
int osml__source_check(osml_buffer **out, const void *source, unsigned flags, unsigned known);
/*
 * As osml_buffer_from_file(). `more` is 0 or OSML__CREDENTIAL, which is no flag of callers: then the group may read a private file. systemd gives the
 * user of a service an access list, and of a file that has one fstat(2) tells the list's mask there.
 */
#define OSML__CREDENTIAL 0x80000000u
int osml__source_file(osml_buffer **out, const char *path, size_t max, const osml_buffer_options *options, unsigned flags, unsigned more);
/* One read, and *got 0 at the end. `waits`: it may have to wait. */
int osml__source_read_more(struct osml__reader *r, int fd, bool waits, size_t *got);
/* Reads `fd` to its end, or to the end of the first line if that is asked for. */
int osml__source_read(struct osml__reader *r, int fd, bool waits);

#endif
