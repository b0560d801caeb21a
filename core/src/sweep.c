/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* All buffers at once: in a forked child, and at exit. Neither takes a lock: another thread may have held it when it ceased to be. */
#include "storage.h"

static uint64_t kept;

/*
 * The parent's open buffers that the kernel neither wiped nor unmapped here: one that was asked for is locked again; one whose wiping the
 * kernel could not do is wiped by hand.
 */
static void inherit(osml_buffer *b)
{
	uint32_t generation = atomic_load_explicit(&osml__generation, memory_order_relaxed);
	struct osml__mapping memory;

	if ((atomic_load(&b->word) & OSML__LIFE_MASK) != OSML__LIFE_OPEN || b->generation != generation - 1)
		return;
	if (b->held & (OSML_WIPEONFORK | OSML_NOFORK))
		return;
	if (b->keep) {
		memory = osml__storage_bounds(b);
		osml__mapping_relock(&memory);
		b->held = (uint16_t)memory.held;
		b->generation = generation;
		atomic_fetch_and(&b->word, ~OSML__CLAIMED); /* The thread that had it is not here. */
		kept++;
	} else if (osml__storage_open_up(b) == 0) {
		osml__wipe(b->data, b->len);
	}
}

/* The generation is the child's already. */
void osml__sweep_forked(void)
{
	kept = 0;
	if (atomic_load(&osml__fork_chores))
		osml__handle_each(inherit);
	atomic_store(&osml__fork_chores, (uint32_t)kept);
	osml__cache_forget(kept);
}

/*
 * Wiped but not unmapped: destructors that run later may still look (item T29). The hold is never dropped, so no thread unmaps it
 * meanwhile.
 */
static void wipe_for_good(osml_buffer *b)
{
	if (osml__buffer_hold(b, OSML_ACCESS_NONE) == 0 && osml__storage_open_up(b) == 0)
		osml__wipe(b->data, b->len);
}

void osml__sweep_exiting(void)
{
	osml__handle_each(wipe_for_good);
}
