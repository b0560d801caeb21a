/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* storage.c: where a buffer's bytes live. The caller makes sure that nobody else uses the buffer meanwhile. */
#ifndef OSML_STORAGE_H
#define OSML_STORAGE_H

#include "cache.h"

#define OSML__ALIGNMENT 16u /* of every slot; enough for any type */

/* How many open buffers a forked child must see to; 0 spares it the walk over all handles. */
extern _Atomic uint32_t osml__fork_chores;

/* Fills in data, len, held, keep and where they lie. `o` is complete and checked. */
int osml__storage_take(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o);
int osml__storage_release(osml_buffer *b); /* wiped; OSML_ECORRUPT when a canary had died */
int osml__storage_check(const osml_buffer *b);
int osml__storage_open_up(const osml_buffer *b); /* makes the pages writable, whatever the access mode */
void osml__storage_shrink(osml_buffer *b, size_t len); /* wipes what is cut off */
void osml__storage_bounds(const osml_buffer *b, struct osml__mapping *memory); /* the slot, or the pages */

#endif
