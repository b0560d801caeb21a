/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The life of a buffer: made, pinned, closed, freed. What is done to its bytes is in bytes.c, where they lie in storage.c. */
#include "storage.h"
#include "sweep.h"
#include "word.h"

static _Atomic size_t double_frees;

/* ---- Birth ---- */

static const osml_buffer_options defaults = { .struct_size = sizeof(osml_buffer_options),
	                                      .want = OSML_DEFAULT_PROTECTIONS,
	                                      .policy = OSML_POLICY_DEFAULT,
	                                      .alignment = OSML__ALIGNMENT };

static bool rest_is_zero(const osml_buffer_options *given)
{
	const unsigned char *bytes = (const unsigned char *)given;

	for (size_t i = sizeof *given; i < given->struct_size; i++)
		if (bytes[i])
			return false;
	return true;
}

/*
 * A caller compiled against a newer header may pass more fields, as long as it does not use them (as in copy_struct_from_user() of Linux).
 */
bool osml__options_known(const osml_buffer_options *given)
{
	return given->struct_size >= sizeof *given && given->struct_size <= osml__os_page_size() && rest_is_zero(given);
}

static int read_options(osml_buffer_options *o, const osml_buffer_options *given)
{
	if (!osml__options_known(given))
		return OSML_EINVAL;
	*o = *given;
	if (o->alignment < OSML__ALIGNMENT && !(o->alignment & (o->alignment - 1)))
		o->alignment = OSML__ALIGNMENT;
	if (o->alignment & (o->alignment - 1) || o->alignment > osml__os_page_size() || o->policy > OSML_POLICY_BEST_EFFORT)
		return OSML_EINVAL;
	if (o->want & OSML_SECRETMEM) /* What it implies is wanted of other memory, too, where the system has none of that. */
		o->want |= OSML_LOCKED | OSML_NODUMP | (o->want & OSML_WIPEONFORK ? 0 : OSML_NOFORK);
	return o->want & ~(OSML_DEFAULT_PROTECTIONS | OSML_NOFORK | OSML_GUARDED | OSML_SECRETMEM) ? OSML_EINVAL : 0;
}

/* `fast`: the defaults, and in line. */
OSML__INLINE int make_from(struct osml__cache *c, osml_buffer **out, size_t len, const osml_buffer_options *o, bool fast)
{
	osml_buffer *b;
	int rc = osml__cache_take_handle(c, &b);

	if (rc)
		return rc;
	atomic_store_explicit(&b->access, OSML_ACCESS_READWRITE, memory_order_relaxed);
	atomic_store_explicit(&b->generation, osml__generation(), memory_order_relaxed);
	rc = fast ? osml__storage_alloc(b, c, len, o) : osml__storage_alloc_slow(b, c, len, o);
	if (rc) {
		osml__cache_give_handle(c, b);
		return rc;
	}
	osml__cache_count(c, 1);
	atomic_store_explicit(&b->word, OSML__LIFE_OPEN, memory_order_release);
	*out = b;
	return 0;
}

static int verdict(int rc, size_t len)
{
	return osml__limit_verdict(rc, osml__page_round(len + OSML__TRAILER));
}

/*
 * Where a thread has no handle: always before the first buffer of a cache, whatever that was made for; and for each one in what a thread's end runs
 * after the library's own hook.
 */
static int make_slowly(osml_buffer **out, size_t len, const osml_buffer_options *o)
{
	struct osml__cache *c;
	int rc;

	osml__on_fork(OSML__FORK_SWEEP, osml__sweep_forked);
	osml__on_exit(osml__sweep_all);
	rc = osml__cache_get(&c);
	if (rc == 0)
		rc = make_from(c, out, len, o, false);
	osml__cache_end_late();
	return rc;
}

/* Inline twice: with the constant defaults the compiler settles most questions itself, and the common case needs no further call. */
OSML__INLINE int make(osml_buffer **out, size_t len, const osml_buffer_options *o)
{
	struct osml__cache *c;
	int rc;

	osml__check_fork();
	c = osml__cache_own();
	if (OSML__UNLIKELY(!c || !c->handles))
		return verdict(make_slowly(out, len, o), len);
	rc = make_from(c, out, len, o, o == &defaults);
	return OSML__UNLIKELY(rc || c->forbidden) ? verdict(rc, len) : 0; /* nothing was refused or is to be forgotten: no further call */
}

/* By itself, so that the common call keeps few registers. */
OSML__NOINLINE static int new_with(osml_buffer **out, size_t len, const osml_buffer_options *options)
{
	osml_buffer_options o;
	int rc = read_options(&o, options);

	return rc ? rc : make(out, len, &o);
}

int osml_buffer_new(osml_buffer **out, size_t len, const osml_buffer_options *options)
{
	if (!out)
		return OSML_EINVAL;
	*out = NULL;
	return options ? new_with(out, len, options) : make(out, len, &defaults);
}

OSML__COLD int osml__buffer_make(osml_buffer **b, size_t len, const osml_buffer_options *options)
{
	int rc = osml_buffer_new(b, len, options);

	return osml__buffer_made(b, rc ? rc : osml__buffer_acquire(*b, OSML_ACCESS_READWRITE));
}

OSML__COLD int osml__buffer_made(osml_buffer **out, int rc)
{
	if (rc) {
		osml_buffer_free(*out);
		*out = NULL;
	}
	return rc;
}

/* ---- Close and free ---- */

/* Another call or a pin uses it: wipe under a reference of our own; the last reference releases the memory. */
static int close_in_use(osml_buffer *b)
{
	int rc, released;

	rc = osml__storage_make_writable(b);
	if (rc == 0) {
		rc = osml__storage_check(b);
		osml__wipe(b->data, osml__len(b));
	}
	osml__cache_ending_in_steps(NULL);
	released = osml__word_leave(b, OSML__REFERENCE);
	return rc ? rc : released;
}

/* The word after a close: who ends the buffer holds it exclusively, or by a reference while others use it. */
static uint64_t closing(enum osml__state state, uint64_t word)
{
	const uint64_t ending = word - OSML__LIFE_OPEN + OSML__LIFE_ENDING;

	switch (state) {
	case OSML__OPEN:
		return ending | OSML__EXCLUSIVE;
	case OSML__REFERENCED:
		return ending + OSML__REFERENCE;
	case OSML__FORKED: /* The thread whose call had it exclusively does not exist in this child. */
		return word >= OSML__REFERENCE ? ending & ~OSML__EXCLUSIVE : ending | OSML__EXCLUSIVE;
	default: /* The call that has it ends it. */
		return ending;
	}
}

OSML__NOINLINE static int close_slow(osml_buffer *b)
{
	enum osml__state state;
	uint64_t word;

	osml__check_fork(); /* in a child it may give this thread another cache */
	word = osml__word(b);
	do {
		state = osml__state_of(b, word);
		if (state == OSML__FREE || state == OSML__ENDING || state == OSML__CLOSED) {
			osml__cache_ending_in_steps(NULL);
			return state == OSML__FREE ? OSML_EINVAL : osml__word_finish(b); /* an earlier wipe may have been refused */
		}
		osml__cache_ending_in_steps(b);
	} while (!osml__word_change(b, &word, closing(state, word)));
	if (state != OSML__FORKED)
		osml__cache_closed(osml__cache_own());
	if (state == OSML__REFERENCED)
		return close_in_use(b);
	if (state == OSML__OPEN || (state == OSML__FORKED && word < OSML__REFERENCE))
		return osml__word_release_memory(b);
	osml__cache_ending_in_steps(NULL);
	return 0;
}

/* One step ends it: nobody uses it, no child can read its slot, and this thread has a cache to name it in. */
static inline bool ends_in_one_step(const struct osml__cache *c, const osml_buffer *b, uint64_t word)
{
	return c && word == OSML__LIFE_OPEN && osml__storage_ends_at_once(b) && !osml__storage_is_inherited(b);
}

int osml_buffer_close(osml_buffer *b)
{
	struct osml__cache *c = osml__cache_own();
	uint64_t word;

	if (!b)
		return OSML_EINVAL;
	word = osml__word(b);
	if (!ends_in_one_step(c, b, word))
		return close_slow(b);
	osml__cache_ending(c, b);
	if (!osml__word_change(b, &word, OSML__LIFE_CLOSED))
		return close_slow(b);
	osml__cache_closed(c);
	return osml__storage_free_slot(c, b);
}

/* Not during a sweep, which may not release what it finds freed; it is over after a wipe. In a child the thread that sweeps does not exist. */
static void mark_freed(osml_buffer *b)
{
	const uint64_t sweeping = OSML__SWEPT | OSML__EXCLUSIVE;
	uint64_t word = osml__word(b);

	do
		while ((word & sweeping) == sweeping && !osml__storage_is_inherited(b))
			word = osml__word(b);
	while (!osml__word_change(b, &word, word | OSML__FREED));
}

/* Pins outlive the handle's owner: the last one to leave recycles it. */
static void free_slow(osml_buffer *b)
{
	uint64_t word = osml__word(b);

	if ((word & OSML__LIFE_MASK) == OSML__LIFE_FREE || word & OSML__FREED) {
		atomic_fetch_add_explicit(&double_frees, 1, memory_order_relaxed);
		return;
	}
	close_slow(b);
	mark_freed(b);
	osml__word_finish(b); /* a sweep leaves that undone */
	osml__word_recycle(b);
}

/* A sweep alone may come between; what it has ended stays until it is freed, so that this thread may say beforehand what it wipes. */
static void free_open_slot(struct osml__cache *c, osml_buffer *b)
{
	uint64_t word = OSML__LIFE_OPEN;

	osml__cache_ending(c, b);
	if (osml__word_change(b, &word, OSML__LIFE_FREE)) {
		osml__cache_closed(c);
		osml__storage_free_slot(c, b);
		osml__cache_return_handle(c, b);
	} else {
		osml__cache_ending(c, NULL);
		free_slow(b);
	}
}

/*
 * The caller promises that no thread uses the handle any more, but for pins. So nobody else changes the word of a closed buffer without
 * references, and of an open one only a sweep does.
 */
void osml_buffer_free(osml_buffer *b)
{
	struct osml__cache *c = osml__cache_own();
	uint64_t word;

	if (!b)
		return;
	word = osml__word(b);
	if (ends_in_one_step(c, b, word)) {
		free_open_slot(c, b);
	} else if (word == OSML__LIFE_CLOSED) {
		osml__check_fork();
		atomic_store_explicit(&b->word, OSML__LIFE_FREE, memory_order_relaxed);
		osml__cache_return_handle(osml__cache_own(), b);
	} else {
		free_slow(b);
	}
}

uint64_t osml__double_frees(void)
{
	return atomic_load_explicit(&double_frees, memory_order_relaxed);
}

/* ---- Questions and access ---- */

void *osml_buffer_data(const osml_buffer *b)
{
	int rc = osml__word_check(b);

	if (rc && rc != OSML_EPINNED)
		return NULL;
	return atomic_load_explicit(&b->access, memory_order_relaxed) & OSML_ACCESS_READ ? b->data : NULL;
}

size_t osml_buffer_size(const osml_buffer *b)
{
	return b ? osml__len(b) : 0;
}

/* One step counts the pin and its reference. A pin that is refused is never counted: an unpin too many in another thread could take it. */
static int take_pin(osml_buffer *b)
{
	uint64_t word;

	if (!b)
		return OSML_EINVAL;
	osml__check_fork();
	word = osml__word(b);
	do {
		int rc = osml__results[OSML__SHARED][osml__state_of(b, word)];
		if (rc)
			return rc;
		if (osml__pins_in(word) >= OSML__PINS_MAX)
			return OSML_EPINNED;
	} while (!osml__word_change(b, &word, word + OSML__PIN));
	return 0;
}

static int give_back_pin(osml_buffer *b)
{
	uint64_t word = osml__word(b);

	do
		if (!osml__pins_in(word))
			return OSML_EINVAL;
	while (!osml__word_change(b, &word, word - OSML__PIN));
	return osml__word_let_go(b, word - OSML__PIN);
}

int osml_buffer_pin(osml_buffer *b, void **data, size_t *len)
{
	int rc = take_pin(b);

	if (rc == 0 && !(atomic_load_explicit(&b->access, memory_order_relaxed) & OSML_ACCESS_READ)) {
		give_back_pin(b);
		rc = OSML_EACCESS;
	}
	if (data)
		*data = rc ? NULL : b->data;
	if (len)
		*len = rc ? 0 : osml__len(b);
	return rc;
}

/* The pin's reference keeps the handle until it is given back. */
int osml_buffer_unpin(osml_buffer *b)
{
	bool inherited;
	int rc;

	if (!b)
		return OSML_EINVAL;
	osml__check_fork();
	inherited = osml__storage_is_inherited(b);
	rc = give_back_pin(b);
	return rc == 0 && inherited ? OSML_EFORKED : rc;
}

int osml_buffer_pins(const osml_buffer *b, size_t *pins)
{
	uint64_t word;

	if (!pins)
		return OSML_EINVAL;
	word = b ? osml__word(b) : OSML__LIFE_FREE;
	*pins = 0;
	if (!b || osml__state_of(b, word) == OSML__FREE)
		return OSML_EINVAL;
	*pins = osml__pins_in(word);
	return 0;
}

OSML__COLD int osml_buffer_protect(osml_buffer *b, unsigned access)
{
	int rc;

	if (access != OSML_ACCESS_NONE && access != OSML_ACCESS_READ && access != OSML_ACCESS_READWRITE)
		return OSML_EINVAL;
	rc = osml__buffer_acquire_exclusive(b, OSML_ACCESS_NONE);
	if (rc)
		return rc;
	rc = b->held & OSML_GUARDED ? osml__os_protect(b->data - b->before, osml__handle_size(b), access) : OSML_EUNSUPPORTED;
	if (rc == 0)
		atomic_store_explicit(&b->access, (uint8_t)access, memory_order_relaxed);
	osml__buffer_release_exclusive(b);
	return rc;
}

int osml_buffer_protections(const osml_buffer *b, uint32_t *bits)
{
	int rc = bits ? osml__word_check(b) : OSML_EINVAL;

	if (rc == OSML_EPINNED)
		rc = 0;
	if (bits)
		*bits = rc ? 0 : b->held;
	return rc;
}

/*
 * The kernel tells its list of mappings in pieces, and one that other threads change meanwhile may be missed: what is missing is asked for
 * twice.
 */
static int query_kernel(const osml_buffer *b, uint32_t *bits)
{
	struct osml__mapping memory = osml__storage_bounds(b);
	uint32_t seen = OSML_CANARY, now;
	size_t pages;
	void *start;

	osml__range_outward(&start, &pages, memory.base, memory.size);
	for (int looks = 0; looks < 2 && b->held & ~seen; looks++) {
		int rc = osml__os_verify(start, pages, &now);
		if (rc)
			return rc;
		seen |= now;
	}
	*bits = b->held & seen;
	return 0;
}

OSML__COLD int osml_buffer_verify(osml_buffer *b, uint32_t *bits)
{
	int rc, released;

	if (!bits)
		return OSML_EINVAL;
	*bits = 0;
	rc = osml__buffer_acquire(b, OSML_ACCESS_READ);
	if (rc)
		return rc;
	rc = osml__storage_check(b);
	if (rc == 0)
		rc = query_kernel(b, bits);
	released = osml__buffer_release(b);
	if (released)
		*bits = 0;
	return rc ? rc : released;
}
