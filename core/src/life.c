/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "life.h"

/* Both become 0 in a child at once, so that a handler which interrupts the thread that prepares it does not wait for that thread. */
struct life {
	_Atomic uint32_t generation;
	_Atomic uintptr_t preparing; /* the thread that prepares this child, or has prepared it; 0: none */
};
static struct life first = { 1, 0 }; /* until there is a page that the kernel wipes, and where it cannot */
_Atomic uint32_t *_Atomic osml__generation_word = &first.generation;
static _Atomic uint32_t last_generation = 1; /* in ordinary memory, so a child reads its parent's */

static void (*_Atomic prepare[OSML__FORK_STEPS])(uint32_t generation);
static void (*_Atomic exit_sweep)(void);
static void (*_Atomic thread_end)(void *mark);
static _Atomic bool held[OSML__MUTEX_COUNT], held_at_fork[OSML__MUTEX_COUNT];

void osml__on_fork(enum osml__fork_step step, void (*function)(uint32_t generation))
{
	atomic_store(&prepare[step], function);
}

void osml__on_exit(void (*function)(void))
{
	atomic_store(&exit_sweep, function);
}

void osml__on_thread_end(void (*function)(void *mark))
{
	atomic_store(&thread_end, function);
}

bool osml__consistent_at_fork(enum osml__mutex which)
{
	return !held_at_fork[which];
}

/* A mutex may have been locked by a thread that does not exist in the child. */
static void renew_mutexes(void)
{
	for (int i = 0; i < OSML__MUTEX_COUNT; i++) {
		held_at_fork[i] = held[i];
		held[i] = false;
	}
	osml__os_mutexes_renew();
}

/*
 * In a child that clone() made, several threads may come here at once: one works, and comes here again from the steps themselves, or from a handler
 * of a signal; the others wait for its few microseconds.
 */
void osml__prepare_child(void)
{
	struct life *life = (struct life *)(void *)atomic_load(&osml__generation_word);
	uintptr_t self = (uintptr_t)osml__os_thread_id(), other = 0;
	uint32_t generation;

	if (!atomic_compare_exchange_strong(&life->preparing, &other, self)) {
		while (other != self && !atomic_load(&life->generation))
			;
		return;
	}
	generation = atomic_load(&last_generation) + 1;
	renew_mutexes();
	for (int i = 0; i < OSML__FORK_STEPS; i++)
		if (atomic_load(&prepare[i]))
			atomic_load (&prepare[i])(generation);
	atomic_store(&last_generation, generation);
	atomic_store(&life->generation, generation);
}

/*
 * The fork handler. The child may be prepared already: by a call from a handler that ran before, or by this one, registered twice. Without the
 * page, the process number shows it, which differs from the parent's while the parent lives.
 */
static void forked(void)
{
	static _Atomic uintptr_t prepared_process;
	uintptr_t process = (uintptr_t)osml__os_process_id();

	if (atomic_load(&osml__generation_word) == &first.generation && atomic_exchange(&prepared_process, process) != process) {
		atomic_store(&first.preparing, 0);
		atomic_store(&first.generation, 0);
	}
	osml__check_fork();
}

static void exiting(void)
{
	if (atomic_load(&exit_sweep))
		atomic_load (&exit_sweep)();
}

static void thread_ended(void *mark)
{
	if (atomic_load(&thread_end))
		atomic_load (&thread_end)(mark);
}

/* Where the kernel cannot wipe a page only the handler detects a fork, and that is no error. The page is never unmapped. */
static int map_generation(void)
{
	_Atomic uint32_t *expected = &first.generation, *word;
	size_t size = osml__os_page_size();
	void *page;
	int rc;

	if (atomic_load(&osml__generation_word) != &first.generation)
		return 0;
	rc = osml__os_map(&page, size, 0);
	if (rc)
		return rc;
	word = page;
	atomic_init(word, atomic_load(&last_generation));
	rc = osml__os_wipe_on_fork(page, size);
	if (rc || !atomic_compare_exchange_strong(&osml__generation_word, &expected, word))
		osml__os_unmap(page, size, 0);
	return rc == -EAGAIN ? rc : 0; /* the limit on mappings, for now */
}

/*
 * No mutex and no call_once(): a child that is forked during the call would wait without end. Threads that run this at the same time each do all
 * of it; a handler that runs twice finds its work done.
 */
int osml__start(void)
{
	static const struct osml__hooks hooks = { forked, exiting, thread_ended };
	static _Atomic bool started;
	int rc;

	if (atomic_load_explicit(&started, memory_order_acquire)) {
		osml__check_fork();
		return 0;
	}
	rc = map_generation();
	if (rc == 0)
		rc = osml__os_start(&hooks);
	if (rc == 0)
		atomic_store_explicit(&started, true, memory_order_release);
	return rc;
}

/* A fork must be seen before there is anything that it could disturb. Where it cannot be seen, this is still a mutex among threads. */
void osml__lock(enum osml__mutex which)
{
	(void)osml__start();
	osml__os_mutex_lock(which);
	atomic_store_explicit(&held[which], true, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
}

void osml__unlock(enum osml__mutex which)
{
	atomic_store_explicit(&held[which], false, memory_order_release);
	osml__os_mutex_unlock(which);
}
