/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The thread's cache: free handles and free slots that only this thread touches, so that the common path of new and free takes no lock. It
 * holds at most OSML__CACHE_MAX slots of a class and OSML__CACHE_BYTES of all; more go back to the pool in one batch. All slots in it are wiped.
 *
 * When another thread is refused a lock it empties the caches of all (osml__cache_drain_others). The owner says `busy` while it is at its lists; a
 * thread that is refused says `wanted`, then makes all threads pass a memory barrier, and leaves caches alone that are busy then: their owners
 * see `wanted` at their next step. So the owner's own steps need no barrier.
 */
#ifndef OSML_CACHE_H
#define OSML_CACHE_H

#include "handle.h"
#include "pool.h"

/* Fetches what the next call will use while this one goes on: with many live secrets it is in no near cache of the processor. */
#if defined(__GNUC__)
#define OSML__PREFETCH(address) __builtin_prefetch((address), 1)
#else
#define OSML__PREFETCH(address) ((void)(address))
#endif

#define OSML__CACHE_MAX   32u
#define OSML__CACHE_BATCH OSML__HANDLE_BATCH
#define OSML__CACHE_BYTES ((size_t)32 << 10)

struct osml__cache {
	struct osml__cache *next; /* in the list of all caches */
	struct osml__cache **own; /* the variable of its thread, for a child's thread that is not the one which forked */
	_Atomic uintptr_t ending; /* what this thread has begun to end and has not wiped yet; 0: nothing. See osml__cache_ending() */
	_Atomic ptrdiff_t opened; /* buffers opened minus closed by this thread; written by it alone, read by osml_info() */
	ptrdiff_t drain_below;    /* after so many closes the cache shrinks: it grew when more buffers were open */
	_Atomic bool busy, wanted;
	bool late;         /* made after the thread's end, for one call */
	size_t refused;    /* how much this thread was last refused to lock, for osml_explain() */
	size_t forbidden;  /* the same where it was not for the quota */
	const char *unfit; /* why a text was refused, likewise: unfit.h */
	size_t unfit_line;
	int reason_code; /* what reason.c remembers */
	unsigned reason_number;
	unsigned char reason;
	osml_buffer *handles;
	unsigned handle_count;
	size_t bytes; /* of all slots in it */
	struct osml__free_list {
		_Atomic uint16_t count; /* written by the owner; read by osml_info() */
		uint16_t batch; /* how many are asked for next: more each time, so that a thread with one secret holds no more than that */
	} free_lists[OSML__CLASSES];
	struct osml__slot slots[OSML__CLASSES][OSML__CACHE_MAX]; /* of each list */
};

/*
 * OSML_STATIC_TLS: one load instead of a call to find the variable. glibc keeps room for libraries that are opened later, and this takes 8 bytes
 * of it (no other variable may be thread-local); musl keeps none (audit C7). It also spares ppc64 that call, which gcc's -fno-plt makes there
 * without the stub that ld counts on (binutils 2.40); modules that make it, of the bindings, are bound at the start by -z now alone.
 */
#if defined(OSML_STATIC_TLS)
#define OSML__TLS_MODEL __attribute__((tls_model("initial-exec")))
#else
#define OSML__TLS_MODEL
#endif
extern OSML__HIDDEN _Thread_local struct osml__cache *osml__cache OSML__TLS_MODEL;

/* After the thread's end. Destructors of other code may still call, and what is cached then would never be released. */
#define OSML__CACHE_ENDED ((struct osml__cache *)1)

/* NULL: there is none, not yet or not any more. */
static inline struct osml__cache *osml__cache_own(void)
{
	return (uintptr_t)osml__cache > (uintptr_t)OSML__CACHE_ENDED ? osml__cache : NULL;
}

OSML__COLD int osml__cache_start(void); /* makes this thread's cache; 0 or an error */
void osml__cache_end(void *cache);      /* at the thread's end */
void osml__cache_end_late(void);        /* the same for one that was made after it */
OSML__COLD void osml__cache_forked(uint32_t generation);
void osml__cache_count_inherited(uint64_t kept); /* buffers that a child goes on using */
int osml__cache_fill_handles(struct osml__cache *c);
int osml__cache_fill_list(struct osml__cache *c, unsigned cls);
void osml__cache_spill_handles(struct osml__cache *c);
OSML__COLD void osml__cache_return_slow(struct osml__cache *c, unsigned char *base,
                                        struct osml__span *span); /* a slot for which there is no room, or no cache */
OSML__COLD void osml__cache_drain(struct osml__cache *c);         /* all of it back to the pool */
OSML__COLD void osml__cache_drain_others(const struct osml__cache *own);
OSML__COLD void osml__cache_give_back(struct osml__cache *c); /* the owner, when its cache is wanted */
OSML__COLD void osml__cache_shrink(struct osml__cache *c);    /* the owner, when it has closed many */
size_t osml__cache_bytes(enum osml__kind kind);               /* of free slots of that kind, in all caches */
void osml__cache_closed_elsewhere(void);                      /* by a thread that has no cache yet, or can have none */

static inline int osml__cache_get(struct osml__cache **c)
{
	int rc = 0;

	*c = osml__cache_own();
	if (!*c) {
		rc = osml__cache_start();
		*c = osml__cache;
	}
	return rc;
}

static inline ptrdiff_t osml__cache_count(struct osml__cache *c, int change)
{
	ptrdiff_t opened = atomic_load_explicit(&c->opened, memory_order_relaxed) + change;
	atomic_store_explicit(&c->opened, opened, memory_order_relaxed);
	return opened;
}

static inline void osml__cache_enter(struct osml__cache *c)
{
	atomic_store_explicit(&c->busy, true, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst); /* a fence for the compiler; the processor's is on the other side */
	if (OSML__UNLIKELY(atomic_load_explicit(&c->wanted, memory_order_acquire))) /* not any more: after the other side is done */
		osml__cache_give_back(c);
}

static inline void osml__cache_leave(struct osml__cache *c)
{
	atomic_store_explicit(&c->busy, false, memory_order_release);
}

static inline int osml__cache_take_handle(struct osml__cache *c, osml_buffer **b)
{
	int rc = c->handles ? 0 : osml__cache_fill_handles(c);

	if (rc)
		return rc;
	*b = c->handles;
	c->handles = c->handles->next;
	OSML__PREFETCH(c->handles);
	c->handle_count--;
	return 0;
}

static inline void osml__cache_give_handle(struct osml__cache *c, osml_buffer *b)
{
	b->next = c->handles;
	atomic_signal_fence(memory_order_release); /* A child that is forked now adopts the list as it is. */
	c->handles = b;
	if (++c->handle_count > OSML__CACHE_MAX)
		osml__cache_spill_handles(c);
}

/* *slot is the caller's until the next call. It lies in the list, because to copy both words at once stalls where they were stored one by one. */
static inline int osml__cache_take_slot(struct osml__cache *c, unsigned cls, size_t size, const struct osml__slot **slot)
{
	struct osml__free_list *list = &c->free_lists[cls];
	unsigned count;
	int rc = 0;

	osml__cache_enter(c);
	count = atomic_load_explicit(&list->count, memory_order_relaxed);
	if (OSML__UNLIKELY(!count)) {
		rc = osml__cache_fill_list(c, cls);
		count = list->count;
	}
	if (rc == 0) {
		atomic_store_explicit(&list->count, (uint16_t)--count, memory_order_relaxed);
		*slot = &c->slots[cls][count];
		c->bytes -= size;
	}
	osml__cache_leave(c);
	return rc;
}

/* In what follows `c` is osml__cache_own(), which the caller asks once; NULL: there is none. */

/*
 * Until this is called with NULL, which must be before the memory goes, a sweep by a signal handler of this thread wipes the buffer whatever its
 * word says: the interrupted call will do so too late.
 */
static inline void osml__cache_ending(struct osml__cache *c, osml_buffer *b)
{
	atomic_store_explicit(&c->ending, (uintptr_t)b, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
}

/*
 * The same for what ends in steps, also on a thread that has no cache: only while the word says that it is ending is the memory there, since another
 * thread may be first.
 */
#define OSML__IN_STEPS 1u
OSML__COLD void osml__cache_ending_in_steps(osml_buffer *b);
OSML__COLD uintptr_t osml__cache_what_is_ending(void); /* of this thread; its lowest bit: in steps */

/* What that is made of, for a sweep, which another may interrupt: who has taken a note gives it back, and nobody else does. */
OSML__COLD bool osml__cache_take_note(void); /* false: the thread has a cache, or a note already, or there is none */
OSML__COLD void osml__cache_give_note(void);
OSML__COLD void osml__cache_name(osml_buffer *b);

/* Counts a buffer that this thread closed. */
static inline void osml__cache_closed(struct osml__cache *c)
{
	if (!c)
		osml__cache_closed_elsewhere();
	else if (osml__cache_count(c, -1) < c->drain_below)
		osml__cache_shrink(c);
}

/* Closing must work where there is no memory for a cache, so it does not ask for one. */
static inline void osml__cache_return_slot(struct osml__cache *c, unsigned char *base, struct osml__span *span, size_t size)
{
	struct osml__free_list *list;
	unsigned count;

	if (OSML__UNLIKELY(!c)) {
		osml__cache_return_slow(NULL, base, span);
		return;
	}
	osml__cache_enter(c);
	list = &c->free_lists[span->cls];
	count = atomic_load_explicit(&list->count, memory_order_relaxed);
	if (OSML__UNLIKELY(count == OSML__CACHE_MAX || c->bytes + size > OSML__CACHE_BYTES)) {
		osml__cache_return_slow(c, base, span);
	} else {
		c->slots[span->cls][count].base = base;
		c->slots[span->cls][count].span = span;
		atomic_signal_fence(memory_order_release); /* as above */
		atomic_store_explicit(&list->count, (uint16_t)(count + 1), memory_order_relaxed);
		c->bytes += size;
	}
	osml__cache_leave(c);
}

static inline void osml__cache_return_handle(struct osml__cache *c, osml_buffer *b)
{
	if (c) {
		osml__cache_give_handle(c, b);
	} else {
		b->next = NULL;
		osml__handle_drain(b, 1);
	}
}

#endif
