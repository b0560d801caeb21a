/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sweep.h"

#include "storage.h"
#include "word.h"

static uint32_t kept, child; /* of a sweep in a child, which has one thread */

/* Pages without access would be refused, and a thread of the parent may have been changing the access: so they are opened first. */
static void inherit_pages(osml_buffer *b)
{
	struct osml__mapping memory = osml__storage_bounds(b);
	bool guarded = b->held & OSML_GUARDED;

	if (guarded)
		osml__os_protect(memory.base, memory.size, OSML_ACCESS_READWRITE);
	osml__mapping_inherit(&memory);
	b->held = (uint16_t)memory.held;
	if (guarded)
		osml__os_protect(memory.base, memory.size, atomic_load(&b->access));
}

static void inherit(osml_buffer *b)
{
	if (b->span)
		b->held = (uint16_t)osml__pool_inherit(&(struct osml__slot){ b->data - b->before, b->span }, b->held);
	else
		inherit_pages(b);
	b->generation = child;
	atomic_fetch_and(&b->word, ~OSML__EXCLUSIVE); /* The thread that had it does not exist in the child. */
	kept++;
}

/*
 * A buffer of the parent that the kernel neither wiped nor unmapped here: kept if that was asked for, else wiped by hand. One that a thread of
 * the parent was ending is still mapped, since that thread marks it as closed before the memory goes.
 */
static void inherit_or_wipe(osml_buffer *b)
{
	uint64_t life = osml__word(b) & OSML__LIFE_MASK;
	struct osml__mapping memory = osml__storage_bounds(b);

	if ((life != OSML__LIFE_OPEN && life != OSML__LIFE_ENDING) || b->generation != child - 1 ||
	    !osml__storage_is_readable_after_fork(b))
		return;
	if (life == OSML__LIFE_OPEN && b->keep)
		inherit(b);
	else if (!(b->held & OSML_GUARDED) || osml__os_protect(memory.base, memory.size, OSML_ACCESS_READWRITE) == 0)
		osml__wipe(memory.base, memory.size);
}

void osml__sweep_forked(uint32_t generation)
{
	kept = 0;
	child = generation;
	if (atomic_load(&osml__readable_after_fork))
		osml__handle_each(inherit_or_wipe);
	atomic_store(&osml__readable_after_fork, kept);
	osml__cache_count_inherited(kept);
}

/*
 * The memory stays mapped, wiped, until the handle is freed: destructors that run later may still look (T29). A call that has the buffer to itself
 * ends it when it returns. Nothing is released here, since this may run in a signal handler; who frees the handle meanwhile waits.
 */
static void close_and_wipe(osml_buffer *b)
{
	uint64_t word = osml__word(b), ending;
	bool in_change;

	do {
		enum osml__state state = osml__state_of(b, word);
		if (state != OSML__OPEN && state != OSML__REFERENCED && state != OSML__IN_CHANGE)
			return;
		in_change = state == OSML__IN_CHANGE;
		osml__cache_name(in_change ? NULL : b);
		ending = word - OSML__LIFE_OPEN + OSML__LIFE_ENDING;
	} while (!osml__word_change(b, &word, in_change ? ending : ending | OSML__SWEPT | OSML__EXCLUSIVE));
	osml__cache_closed_elsewhere();
	if (!in_change)
		osml__word_sweep(b);
}

/*
 * In a signal handler that interrupts this thread's close, free or sweep: its word says that it is over, and its bytes are still there. Where another
 * thread came first, memory may have gone; what ends in steps is marked as closed then.
 */
static void wipe_what_is_ending(void)
{
	uintptr_t ending = osml__cache_what_is_ending();
	osml_buffer *b = (osml_buffer *)(ending & ~(uintptr_t)OSML__IN_STEPS);

	if (!b || osml__storage_is_inherited(b))
		return;
	if (ending & OSML__IN_STEPS && (osml__word(b) & OSML__LIFE_MASK) != OSML__LIFE_ENDING)
		return;
	if (osml__storage_make_writable(b) == 0)
		osml__wipe(b->data, osml__len(b));
}

/* That comes first, because the sweep names what it wipes in the same place. */
void osml__sweep_all(void)
{
	bool noted;

	wipe_what_is_ending();
	noted = osml__cache_take_note();
	osml__handle_each(close_and_wipe);
	osml__cache_name(NULL);
	if (noted)
		osml__cache_give_note();
}

int osml_purge(void)
{
	osml__check_fork();
	osml__sweep_all();
	return 0;
}
