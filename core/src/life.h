/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * life.c: the events in the life of the process: first use, fork, the end of a thread, exit. Higher files register what they do then, so that
 * lower files call no higher ones.
 *
 * A fork is detected in memory. The generation of the process is kept in a page that the kernel wipes in a child (MADV_WIPEONFORK): 0 means
 * a child which has not been prepared yet. The fork handler prepares it, or the first call of the library does, whichever comes first: handlers
 * of others may run before ours, and clone(2) and _Fork() run none. Where the kernel cannot wipe a page, only the handler detects a fork.
 */
#ifndef OSML_LIFE_H
#define OSML_LIFE_H

#include "internal.h"

extern OSML__HIDDEN _Atomic uint32_t *_Atomic osml__generation_word;

/* What is prepared in a child, in this order. */
enum osml__fork_step {
	OSML__FORK_PAGEREFS,
	OSML__FORK_MAPPINGS,
	OSML__FORK_HANDLES,
	OSML__FORK_POOL,
	OSML__FORK_SPARES,
	OSML__FORK_CACHES,
	OSML__FORK_SWEEP,
	OSML__FORK_HEAP,
	OSML__FORK_COMMANDS,
	OSML__FORK_STEPS
};

/*
 * Registering twice is harmless, and must come before the first use of what is registered. `generation` is the child's; the parent's is one
 * less. `consistent` is false when a thread that the child does not have may have been changing what the file's mutex protects.
 */
void osml__on_fork(enum osml__fork_step step, void (*prepare)(uint32_t generation));
void osml__on_exit(void (*sweep)(void));
void osml__on_thread_end(void (*end)(void *mark));
bool osml__consistent_at_fork(enum osml__mutex which); /* for `prepare`: no other thread had locked it */

OSML__COLD int osml__start(void); /* the first use; cheap after that */
OSML__COLD void osml__prepare_child(void);

/* Of this process; 0, which no buffer has, in a child that is not prepared, or where a thread is at it. */
static inline uint32_t osml__generation(void)
{
	return atomic_load_explicit(atomic_load_explicit(&osml__generation_word, memory_order_acquire), memory_order_relaxed);
}

static inline bool osml__unprepared(uint32_t generation)
{
	return generation == 0;
}

static inline void osml__check_fork(void)
{
	if (osml__unprepared(osml__generation()))
		osml__prepare_child();
}

void osml__lock(enum osml__mutex which);
void osml__unlock(enum osml__mutex which);

#endif
