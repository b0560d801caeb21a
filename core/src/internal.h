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

#if defined(__GNUC__)
#define OSML__NOINLINE __attribute__((noinline))
#else
#define OSML__NOINLINE
#endif

#if defined(__GNUC__)
#define OSML__UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define OSML__COLD                __attribute__((cold)) /* small, not fast; and who calls it is not likely to */
#else
#define OSML__COLD
#define OSML__UNLIKELY(condition) (condition)
#endif

/* A variable of the library that is used on the common path: read where it lies, not by way of a table of addresses. */
#if defined(__ELF__) && defined(__GNUC__)
#define OSML__HIDDEN __attribute__((visibility("hidden")))
#else
#define OSML__HIDDEN
#endif

/* Of memory: what its protections are, and which pool its slots come from. */
enum osml__kind {
	OSML__KIND_ORDINARY, /* the default protections */
	OSML__KIND_KEPT,     /* a forked child goes on using its copy */
	OSML__KIND_SECRET,   /* memfd_secret(2): all its pages are locked, as long as it is mapped */
	OSML__KINDS
};

/* pages.c: all rounding of ranges to pages. */
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

/* The same for a slot but for its last eight bytes; its size is a multiple of 16. The smallest are done in place of the call. */
static inline void osml__wipe_slot(unsigned char *slot, size_t size)
{
#if defined(__GNUC__)
	if (size <= 80) {
		unsigned char *last = slot + size - 16;

		for (; slot < last; slot += 16) {
			memset(slot, 0, 16);
			__asm__ __volatile__("" : : "r"(slot) : "memory");
		}
		memset(last, 0, 8);
		__asm__ __volatile__("" : : "r"(last) : "memory");
		return;
	}
#endif
	osml__wipe(slot, size - 8);
}

/*
 * limit.c: a refused lock. Whoever is refused passes OSML__REFUSED(errno) upward, so that idle memory can be released and the lock tried again;
 * the call that gives up turns it into OSML_ELIMIT where the quota was the reason, else into -errno. No mutex is held then.
 */
#define OSML__REFUSED(negative_errno) (-20000 + (negative_errno))
static inline bool osml__was_refused(int rc)
{
	return rc < -20000;
}
int osml__lock_pages(void *addr, size_t size); /* mapping.c: for the library's own locks: osml__os_lock(), or OSML__REFUSED() */
int osml__limit_verdict(int rc, size_t need);  /* remembers `need` for osml_explain() */
size_t osml__limit_need(void);                 /* of this thread's last lock that the quota refused; 0: none was */
size_t osml__limit_forbidden(void);            /* of this thread's last lock, if it was refused, and not by the quota; else 0 */

/* mapping.c: whole pages with protections, for the pool's arenas and for buffers with pages of their own. */
struct osml__mapping {
	unsigned char *base;
	size_t size;   /* bytes, whole pages, guards not counted */
	uint32_t held; /* protections that hold; GUARDED: one inaccessible page on either side */
	size_t locked; /* bytes that are locked now: all where LOCKED holds, but for spare ones; in an arena, some */
};
OSML__COLD int osml__mapping_new(struct osml__mapping *m, size_t size, uint32_t want, uint32_t policy);
void osml__mapping_free(struct osml__mapping *m);
OSML__COLD int osml__mapping_renew(struct osml__mapping *m); /* all protections that it held, and the lock of what was unlocked */
int osml__mapping_lock_part(struct osml__mapping *m, size_t at, size_t size);   /* or OSML__REFUSED() */
int osml__mapping_unlock_after(struct osml__mapping *m, size_t stay);           /* the first `stay` bytes stay locked */
int osml__mapping_unlock_part(struct osml__mapping *m, size_t at, size_t size); /* which is all zero; its memory goes back to the system */
int osml__mapping_relock(struct osml__mapping *m);                              /* in a forked child, where no lock is inherited */
void osml__mapping_inherit(struct osml__mapping *m);        /* the same, as far as the child may; `held` is what it could */
void osml__mapping_inherit_slot(struct osml__mapping *m);   /* the same of a slot, whose neighbours may have locked a part of it */
void osml__mapping_free_inherited(struct osml__mapping *m); /* in a forked child: one that was not locked again */
void osml__mapping_retry(void);                             /* unmaps what an earlier munmap() was refused for */
void osml__mapping_forked(uint32_t generation);
uint64_t osml__mapping_locked_bytes(void);

bool osml__options_known(const osml_buffer_options *given); /* no field is used that this library does not know */
/* osml_buffer_new() with a reference: what is written meanwhile is wiped after a purge or a close, of which the release tells. */
int osml__buffer_make(osml_buffer **out, size_t len, const osml_buffer_options *options);
int osml__buffer_made(osml_buffer **out, int rc); /* at the end of a call that made one, perhaps: rc; not 0 frees it */

uint64_t osml__live_buffers(void);
uint64_t osml__corruptions(enum osml__kind kind);
uint64_t osml__double_frees(void);

#endif
