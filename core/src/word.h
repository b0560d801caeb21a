/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * word.c: the handle's word. Life, exclusive access, references and pins are one atomic integer, so that each step from state to state is one
 * atomic change. docs/design.md has the table of the steps and who may take them; tests/model checks them.
 *
 * A reference keeps memory and handle: each call that is under way has one, and each pin. Pins are counted a second time in the upper half, so that
 * one unpin too many cannot take the reference of a call.
 */
#ifndef OSML_WORD_H
#define OSML_WORD_H

#include "handle.h"
#include "life.h"

#define OSML__LIFE_FREE   UINT64_C(0) /* waits for a new buffer; only who took it from the free handles may change it */
#define OSML__LIFE_OPEN   UINT64_C(1)
#define OSML__LIFE_ENDING UINT64_C(2) /* closed; the memory is still there, and the last reference releases it */
#define OSML__LIFE_CLOSED UINT64_C(3) /* closed; the memory is wiped, and released or about to be */
#define OSML__LIFE_MASK   UINT64_C(3)
#define OSML__EXCLUSIVE   UINT64_C(4)  /* one call has the memory to itself: to change its length or access, or to release it */
#define OSML__FREED       UINT64_C(8)  /* osml_buffer_free() has been called: the last reference recycles the handle */
#define OSML__SWEPT       UINT64_C(16) /* a sweep ended it: the memory stays until the handle is freed; with EXCLUSIVE: is being swept */
#define OSML__REFERENCE   UINT64_C(32) /* up to bit 31: 27 bits */
#define OSML__PIN         ((UINT64_C(1) << 32) + OSML__REFERENCE)

#define OSML__PINS_MAX (UINT32_MAX / OSML__REFERENCE / 2) /* leaves as many references for calls */

enum osml__state { OSML__FREE, OSML__OPEN, OSML__REFERENCED, OSML__IN_CHANGE, OSML__ENDING, OSML__CLOSED, OSML__FORKED, OSML__STATES };

/* `generation` is this process's. It is asked for before an atomic step, which no load overtakes. */
static inline enum osml__state osml__state_in(uint32_t generation, const osml_buffer *b, uint64_t word)
{
	static const enum osml__state by_life[] = { OSML__FREE, OSML__OPEN, OSML__ENDING, OSML__CLOSED };

	if ((word & OSML__LIFE_MASK) != OSML__LIFE_OPEN)
		return by_life[word & OSML__LIFE_MASK];
	if (atomic_load_explicit(&b->generation, memory_order_relaxed) != generation)
		return OSML__FORKED;
	if (word & OSML__EXCLUSIVE)
		return OSML__IN_CHANGE;
	return word >= OSML__REFERENCE ? OSML__REFERENCED : OSML__OPEN;
}

static inline enum osml__state osml__state_of(const osml_buffer *b, uint64_t word)
{
	return osml__state_in(osml__generation(), b, word);
}

static inline uint64_t osml__word(const osml_buffer *b)
{
	return atomic_load_explicit(&b->word, memory_order_acquire);
}

static inline uint32_t osml__pins_in(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static inline bool osml__word_change(osml_buffer *b, uint64_t *from, uint64_t to)
{
	return atomic_compare_exchange_weak_explicit(&b->word, from, to, memory_order_acq_rel, memory_order_acquire);
}

/* What each state answers: the only place that says what is allowed when. */
enum osml__request { OSML__SHARED, OSML__ALONE, OSML__REQUESTS };
extern const int osml__results[OSML__REQUESTS][OSML__STATES];

/*
 * For a question that needs no reference: NULL, closed and forked handles answer as they would for any other use. In line where all is well; in a
 * child that is not prepared no buffer has the generation.
 */
int osml__word_check_closely(const osml_buffer *b);
static inline int osml__word_check(const osml_buffer *b)
{
	uint32_t generation = osml__generation();

	if (b && (osml__word(b) & (OSML__LIFE_MASK | OSML__EXCLUSIVE)) == OSML__LIFE_OPEN &&
	    atomic_load_explicit(&b->generation, memory_order_relaxed) == generation)
		return 0;
	return osml__word_check_closely(b);
}

/*
 * A reference for one call. `access`: OSML_ACCESS_*, what the call does with the data. OSML_ECLOSED at the release: it was closed meanwhile, so what
 * was read since may have been zeros.
 */
int osml__buffer_acquire(const osml_buffer *b, unsigned access);
int osml__buffer_release(const osml_buffer *b);
int osml__word_refused(const osml_buffer *b, unsigned access, uint32_t generation,
                       uint64_t word); /* why, after the step with that `word` */

/* The memory for one call alone: nobody else has a reference or gets one. */
int osml__buffer_acquire_exclusive(osml_buffer *b, unsigned access);
void osml__buffer_release_exclusive(osml_buffer *b);

/* Gives back a reference, or the exclusive access; the word then. */
static inline uint64_t osml__word_subtract(osml_buffer *b, uint64_t what)
{
	return atomic_fetch_sub_explicit(&b->word, what, memory_order_acq_rel) - what;
}

int osml__word_left(osml_buffer *b, uint64_t left);  /* does what is left to do with that word */
int osml__word_leave(osml_buffer *b, uint64_t what); /* both; what the release of the memory answered, if it was the last */
int osml__word_finish(osml_buffer *b);         /* releases the memory if the buffer is ending and nobody uses it; after a sweep, wipes it */
int osml__word_sweep(osml_buffer *b);          /* wipes what a sweep has ended and holds exclusively, and lets go of it */
int osml__word_release_memory(osml_buffer *b); /* the same for who holds an ending buffer exclusively */
void osml__word_recycle(osml_buffer *b);       /* recycles the handle if it is freed and closed and nobody uses it */

/* The same two in line, for the calls that take no longer than that. */
OSML__INLINE int osml__word_acquire(const osml_buffer *const_b, unsigned access)
{
	osml_buffer *b = (osml_buffer *)const_b; /* A reference changes the count, not the buffer. */
	uint32_t generation = osml__generation();
	uint64_t word;

	if (!b)
		return OSML_EINVAL;
	word = atomic_fetch_add_explicit(&b->word, OSML__REFERENCE, memory_order_acquire);
	if ((word & (OSML__LIFE_MASK | OSML__EXCLUSIVE)) == OSML__LIFE_OPEN &&
	    atomic_load_explicit(&b->generation, memory_order_relaxed) == generation &&
	    !(access & ~atomic_load_explicit(&b->access, memory_order_relaxed)))
		return 0;
	return osml__word_refused(b, access, generation, word);
}

/*
 * A caller has released a reference or a pin, and this word is left. A close is looked for in it, not before: that could miss a close whose zeros the
 * caller has seen.
 */
OSML__INLINE int osml__word_let_go(osml_buffer *b, uint64_t left)
{
	if ((left & OSML__LIFE_MASK) == OSML__LIFE_OPEN)
		return 0;
	osml__word_left(b, left);
	return OSML_ECLOSED;
}

OSML__INLINE int osml__word_release(const osml_buffer *const_b)
{
	osml_buffer *b = (osml_buffer *)const_b;

	return osml__word_let_go(b, osml__word_subtract(b, OSML__REFERENCE));
}

#endif
