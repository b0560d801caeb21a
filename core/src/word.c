/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "word.h"

#include "storage.h"

/* What each state answers: the only place that says what is allowed when. */
const int osml__results[OSML__REQUESTS][OSML__STATES] = {
	[OSML__SHARED] = { OSML_EINVAL, 0, 0, OSML_EPINNED, OSML_ECLOSED, OSML_ECLOSED, OSML_EFORKED },
	[OSML__ALONE] = { OSML_EINVAL, 0, OSML_EPINNED, OSML_EPINNED, OSML_ECLOSED, OSML_ECLOSED, OSML_EFORKED },
};

/* ---- The end ---- */

void osml__word_recycle(osml_buffer *b)
{
	uint64_t over = OSML__LIFE_CLOSED | OSML__FREED;

	if (atomic_compare_exchange_strong(&b->word, &over, OSML__LIFE_FREE))
		osml__cache_return_handle(osml__cache_own(), b);
}

/* Wiped before it is marked as closed, and closed before the memory goes: a child that is forked in between finds out what is left to do. */
int osml__word_release_memory(osml_buffer *b)
{
	int rc;

	osml__cache_ending_in_steps(b);
	rc = osml__storage_wipe(b);
	osml__cache_ending_in_steps(NULL);
	if (rc && rc != OSML_ECORRUPT) { /* Mapped and locked is better than dirty and free (T28): the next close or free tries again. */
		atomic_fetch_and(&b->word, ~OSML__EXCLUSIVE);
		return rc;
	}
	atomic_fetch_add(&b->word, OSML__LIFE_CLOSED - OSML__LIFE_ENDING);
	osml__storage_free(b);
	osml__word_leave(b, OSML__EXCLUSIVE);
	return rc;
}

/* A call that was under way may have written after the wipe. Then the last to leave wipes again; and here, if it has left meanwhile. */
int osml__word_sweep(osml_buffer *b)
{
	const bool inherited = osml__storage_is_inherited(b);
	uint64_t swept = OSML__LIFE_ENDING | OSML__SWEPT;
	bool used;
	int rc;

	do {
		osml__cache_name(b);
		used = osml__word(b) >= OSML__REFERENCE;
		rc = inherited ? 0 : osml__storage_make_writable(b);
		if (!inherited && rc == 0)
			osml__wipe(b->data, osml__len(b));
		osml__cache_name(NULL);
		atomic_fetch_and(&b->word, ~OSML__EXCLUSIVE);
	} while (used && atomic_compare_exchange_strong(&b->word, &(uint64_t){ swept }, swept | OSML__EXCLUSIVE));
	return rc;
}

int osml__word_finish(osml_buffer *b)
{
	uint64_t word = osml__word(b), to;

	do {
		if ((word & ~(OSML__SWEPT | OSML__FREED)) != OSML__LIFE_ENDING)
			return 0; /* It is still in use, or another thread is releasing it. */
		to = word & OSML__FREED ? word & ~OSML__SWEPT : word;
	} while (!osml__word_change(b, &word, to | OSML__EXCLUSIVE));
	return to & OSML__SWEPT ? osml__word_sweep(b) : osml__word_release_memory(b);
}

int osml__word_left(osml_buffer *b, uint64_t left)
{
	if ((left & OSML__LIFE_MASK) == OSML__LIFE_OPEN || left >= OSML__REFERENCE)
		return 0;
	if ((left & OSML__LIFE_MASK) == OSML__LIFE_ENDING)
		return osml__word_finish(b);
	osml__word_recycle(b);
	return 0;
}

int osml__word_leave(osml_buffer *b, uint64_t what)
{
	return osml__word_left(b, osml__word_subtract(b, what));
}

/* ---- References ---- */

int osml__word_check_closely(const osml_buffer *b)
{
	if (!b)
		return OSML_EINVAL;
	osml__check_fork();
	return osml__results[OSML__SHARED][osml__state_of(b, osml__word(b))];
}

/* The first call in a child, before any fork handler of ours: prepared, it may find that the buffer was kept. */
static int acquire_in_child(const osml_buffer *b, unsigned access)
{
	osml__prepare_child();
	return osml__buffer_acquire(b, access);
}

/*
 * One atomic step where all is well. Where it is not, the reference is given back at once; a thread that sees it meanwhile takes it for a call that
 * is under way, and the last to leave does what is left to do.
 */
int osml__word_refused(const osml_buffer *b, unsigned access, uint32_t generation, uint64_t word)
{
	int rc = osml__results[OSML__SHARED][osml__state_in(generation, b, word)];

	if (rc == 0 && access & ~atomic_load_explicit(&b->access, memory_order_relaxed))
		rc = OSML_EACCESS;
	if (rc)
		osml__buffer_release(b);
	return rc == OSML_EFORKED && osml__unprepared(generation) ? acquire_in_child(b, access) : rc;
}

int osml__buffer_acquire(const osml_buffer *b, unsigned access)
{
	return osml__word_acquire(b, access);
}

int osml__buffer_release(const osml_buffer *b)
{
	return osml__word_release(b);
}

int osml__buffer_acquire_exclusive(osml_buffer *b, unsigned access)
{
	uint64_t word;

	if (!b)
		return OSML_EINVAL;
	osml__check_fork();
	word = osml__word(b);
	do {
		int rc = osml__results[OSML__ALONE][osml__state_of(b, word)];
		if (rc)
			return rc;
	} while (!osml__word_change(b, &word, word | OSML__EXCLUSIVE));
	if (access & ~atomic_load_explicit(&b->access, memory_order_relaxed)) {
		osml__buffer_release_exclusive(b);
		return OSML_EACCESS;
	}
	return 0;
}

/* Closed meanwhile: then this call is the one that ends it. A child of fork() has no other thread that could do so. */
void osml__buffer_release_exclusive(osml_buffer *b)
{
	uint64_t word = osml__word(b);

	do {
		if ((word & OSML__LIFE_MASK) == OSML__LIFE_ENDING) {
			osml__word_release_memory(b);
			return;
		}
	} while (!osml__word_change(b, &word, word & ~OSML__EXCLUSIVE));
}
