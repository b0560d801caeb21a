/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What core files share. Nothing here is public; no OS header is included. */
#ifndef OSML_INTERNAL_H
#define OSML_INTERNAL_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "os.h"
#include "osmemlock.h"

/* For the common path of new and free, where compilers find a function too large to be put in line by themselves. */
#if defined(__GNUC__)
#define OSML__INLINE static inline __attribute__((always_inline))
#else
#define OSML__INLINE static inline
#endif

/* pages.c: the one place for "off by one page" arithmetic. */
bool osml__range_fits(const void *addr, size_t len);
void osml__range_outward(void **start, size_t *pages, const void *addr, size_t len);
size_t osml__page_round(size_t len); /* up to whole pages; 0 on overflow */

/* True when [addr, addr+len), rounded outward to pages, fits the address space. Both in the lowest quarter is the common case, and cheap. */
static inline bool osml__range_ok(const void *addr, size_t len)
{
	return ((uintptr_t)addr | len) <= UINTPTR_MAX / 4 || osml__range_fits(addr, len);
}

/* copy.c: memmove() for secrets, without vector registers. */
void osml__copy(void *to, const void *from, size_t n);

/* wipe.c: zeroes `n` bytes in a way that no optimiser removes. */
void osml__wipe(void *bytes, size_t n);

/* The same for a slot, whose size is a multiple of 16; the smallest are done in place of the call. */
static inline void osml__wipe_slot(unsigned char *slot, size_t size)
{
#if defined(__GNUC__)
	if (size <= 80) {
		for (unsigned char *end = slot + size; slot < end; slot += 16) {
			memset(slot, 0, 16);
			__asm__ __volatile__("" : : "r"(slot) : "memory");
		}
		return;
	}
#endif
	osml__wipe(slot, size);
}

/* limit.c: turns a refused lock of `need` bytes into OSML_ELIMIT when the quota is the reason, and remembers `need` for osml_explain(). */
int osml__limit_reason(int rc, size_t need);
size_t osml__limit_need(void);

/* mapping.c: whole pages with protections, for the pool's arenas and for buffers with pages of their own. */
struct osml__mapping {
	unsigned char *base;
	size_t pages;  /* bytes, whole pages, guards not counted */
	uint32_t held; /* protections that hold; GUARDED: one inaccessible page on either side */
};
int osml__mapping_new(struct osml__mapping *m, size_t pages, uint32_t want, uint32_t policy);
int osml__mapping_free(struct osml__mapping *m);
void osml__mapping_relock(struct osml__mapping *m); /* in a forked child, where no lock is inherited */
void osml__mapping_forget_all(void);                /* in a forked child: nothing is locked */
uint64_t osml__mapping_locked_bytes(void);

int osml__canary_start(void); /* canary.c: a key of this process; the rest is in canary.h */

struct osml__span;            /* pool.h */
void osml__pool_forget(void); /* in a forked child: the parent's arenas are not ours */

/* handle.c: the handles of all buffers. They are never returned to malloc, so a stale one is told from a live one. */
#define OSML__LIFE_FREE    0u
#define OSML__LIFE_OPEN    1u
#define OSML__LIFE_CLOSING 2u /* closed while pinned or claimed: wiped, the memory goes with the last pin */
#define OSML__LIFE_CLOSED  3u
#define OSML__LIFE_MASK    3u
#define OSML__CLAIMED      4u /* one call has the buffer to itself: its length or access is changing */
#define OSML__PIN          8u /* pins are counted above the other bits */

struct osml_buffer {
	union {
		unsigned char *data;      /* while open */
		struct osml_buffer *next; /* while free */
	};
	size_t len;
	union {
		struct osml__span *span;        /* pages == 0: in the pool */
		unsigned char *base;            /* else the first of its own pages */
		struct osml_buffer *next_batch; /* while free and the first of a batch */
	};
	size_t pages;          /* bytes, whole pages; of the first of a batch: how many it has */
	_Atomic uint32_t word; /* life, claim and pins; changes state atomically */
	uint32_t generation;   /* of the process that may use it */
	uint16_t held;         /* protections */
	bool keep;             /* a forked child goes on using its copy */
	_Atomic uint8_t access;
	uint16_t slot_size; /* these two spare a closing buffer in the pool a look at its slot's span */
	uint16_t slot_pad;  /* from the slot's start to the data */
};
int osml__handle_refill(osml_buffer **list, unsigned *count); /* a batch, which becomes the whole list */
void osml__handle_drain(osml_buffer *list, unsigned count);
void osml__handle_each(void (*visit)(osml_buffer *b)); /* all that ever were; takes no lock */
void osml__handle_forget(void);                        /* in a forked child: a list may be half changed */

/* buffer.c: the doors. A hold is a pin taken by one call. */
int osml__buffer_hold(const osml_buffer *b, unsigned access);
void osml__buffer_drop(const osml_buffer *b);
int osml__buffer_claim(osml_buffer *b, unsigned access);
void osml__buffer_unclaim(osml_buffer *b);
bool osml__options_known(const osml_buffer_options *given); /* no field is used that this library does not know */

/* hooks.c: what happens at the first use, in a forked child, at a thread's end and at exit. */
extern _Atomic uint32_t osml__generation; /* starts at 1, one more in each forked child */
int osml__start(void);                    /* the first use; cheap after that */

/* sweep.c: buffers in a forked child, and at exit. */
void osml__sweep_forked(void);
void osml__sweep_exiting(void);

/* cache.c, region.c: see there. */
void osml__cache_end(void *cache);
void osml__cache_forget(uint64_t kept);
void osml__region_forget(void);

uint64_t osml__live_buffers(void);
uint64_t osml__corruptions(void);
uint64_t osml__double_frees(void);

#endif
