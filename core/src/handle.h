/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* handle.c: the handles of all buffers. They are never returned to the system, so that a stale one can be told from a live one. */
#ifndef OSML_HANDLE_H
#define OSML_HANDLE_H

#include "internal.h"

#define OSML__HANDLE_BATCH 16u

struct osml__span; /* pool.h */

/* 64 bytes at an address that is a multiple of that: threads that use two of them do not share a cache line (audit C24). */
struct osml_buffer {
	_Atomic uint64_t word; /* word.h */
	unsigned char *data;
	_Atomic size_t len;
	struct osml__span *span;     /* of its slot; NULL: it has pages of its own */
	uint32_t size;               /* of the slot, in units of 16 bytes; or of its pages, in pages */
	_Atomic uint32_t generation; /* of the process that may use it; a sweep may look while the handle is given to a new buffer */
	uint16_t before;             /* bytes from the start of the slot or of the pages to the data; less than a page */
	uint16_t held;               /* protections */
	bool keep;                   /* a forked child goes on using its copy */
	_Atomic uint8_t access;
	uint16_t batch_count;           /* while free and the first of a batch: how many it has */
	struct osml_buffer *next;       /* while free: in its batch, or in a thread's cache */
	struct osml_buffer *next_batch; /* while free and the first of a batch */
};

/* Of the slot, or of the pages; in bytes. */
static inline size_t osml__handle_size(const osml_buffer *b)
{
	return b->size * (b->span ? (size_t)16 : osml__os_page_size());
}

int osml__handle_refill(osml_buffer **list, unsigned *count); /* a batch, which becomes the whole list */
void osml__handle_drain(osml_buffer *list, unsigned count);
void osml__handle_each(void (*visit)(osml_buffer *b)); /* all that ever were; takes no lock */
void osml__handle_forked(uint32_t generation);

#endif
