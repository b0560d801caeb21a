/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The life of a buffer: made, held, closed, freed. What is done to its bytes is in bytes.c, where they lie in storage.c. */
#include "storage.h"

enum state { FREE, OPEN, PINNED, CLAIMED, CLOSING, CLOSED, FORKED, STATES };
enum request { HOLD, CLAIM, REQUESTS };

/* What each state answers: the only place that says what is allowed when. */
static const int answers[REQUESTS][STATES] = {
	[HOLD] = { OSML_EINVAL, 0, 0, OSML_EPINNED, OSML_ECLOSED, OSML_ECLOSED, OSML_EFORKED },
	[CLAIM] = { OSML_EINVAL, 0, OSML_EPINNED, OSML_EPINNED, OSML_ECLOSED, OSML_ECLOSED, OSML_EFORKED },
};

static _Atomic uint64_t double_frees;

static enum state state_of(const osml_buffer *b, uint32_t word)
{
	static const enum state by_life[] = { FREE, OPEN, CLOSING, CLOSED };

	if ((word & OSML__LIFE_MASK) != OSML__LIFE_OPEN)
		return by_life[word & OSML__LIFE_MASK];
	if (b->generation != atomic_load_explicit(&osml__generation, memory_order_relaxed))
		return FORKED;
	if (word & OSML__CLAIMED)
		return CLAIMED;
	return word >= OSML__PIN ? PINNED : OPEN;
}

static enum state current_state(const osml_buffer *b)
{
	return state_of(b, atomic_load_explicit(&b->word, memory_order_acquire));
}

/* A question that needs no hold: NULL, closed and forked handles answer as they would for any other use. */
static int ask(const osml_buffer *b)
{
	return b ? answers[HOLD][current_state(b)] : OSML_EINVAL;
}

static _Atomic uint32_t *word_of(const osml_buffer *b)
{
	return &((osml_buffer *)b)->word; /* A hold changes the count, not the buffer. */
}

/* ---- The end of the memory: whoever finds a closing buffer without pins and claims ---- */

static int finish(osml_buffer *b)
{
	uint32_t closing = OSML__LIFE_CLOSING;

	if (!atomic_compare_exchange_strong(&b->word, &closing, OSML__LIFE_CLOSED))
		return 0; /* Another thread is at it, or has taken a pin that it will give back. */
	if (b->generation != atomic_load_explicit(&osml__generation, memory_order_relaxed))
		return 0; /* The parent was closing it; here its memory is not ours. */
	return osml__storage_release(b);
}

static int leave(const osml_buffer *b, uint32_t what)
{
	uint32_t before = atomic_fetch_sub_explicit(word_of(b), what, memory_order_acq_rel);

	return before - what == OSML__LIFE_CLOSING ? finish((osml_buffer *)b) : 0;
}

/* ---- The doors ---- */

int osml__buffer_hold(const osml_buffer *b, unsigned access)
{
	uint32_t word;
	int rc;

	if (!b)
		return OSML_EINVAL;
	word = atomic_fetch_add_explicit(word_of(b), OSML__PIN, memory_order_acquire);
	rc = answers[HOLD][state_of(b, word)];
	if (rc == 0 && access & ~atomic_load_explicit(&b->access, memory_order_relaxed))
		rc = OSML_EACCESS;
	if (rc)
		leave(b, OSML__PIN);
	return rc;
}

void osml__buffer_drop(const osml_buffer *b)
{
	leave(b, OSML__PIN);
}

int osml__buffer_claim(osml_buffer *b, unsigned access)
{
	uint32_t word;

	if (!b)
		return OSML_EINVAL;
	word = atomic_load(&b->word);
	do {
		int rc = answers[CLAIM][state_of(b, word)];
		if (rc)
			return rc;
	} while (!atomic_compare_exchange_weak(&b->word, &word, word | OSML__CLAIMED));
	if (access & ~atomic_load_explicit(&b->access, memory_order_relaxed)) {
		osml__buffer_unclaim(b);
		return OSML_EACCESS;
	}
	return 0;
}

void osml__buffer_unclaim(osml_buffer *b)
{
	leave(b, OSML__CLAIMED);
}

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
	return o->want & ~(OSML_DEFAULT_PROTECTIONS | OSML_NOFORK | OSML_GUARDED | OSML_SECRETMEM) ? OSML_EINVAL : 0;
}

/* Inline twice: with the constant defaults the compiler settles most questions itself. */
OSML__INLINE int make(osml_buffer **out, size_t len, const osml_buffer_options *o)
{
	struct osml__cache *c;
	osml_buffer *b;
	int rc = osml__cache_get(&c);

	if (rc == 0)
		rc = osml__cache_take_handle(c, &b);
	if (rc)
		return rc;
	atomic_store_explicit(&b->access, OSML_ACCESS_READWRITE, memory_order_relaxed);
	rc = osml__storage_take(b, c, len, o);
	if (rc) {
		osml__cache_give_handle(c, b);
		return rc;
	}
	osml__cache_count(c, 1);
	b->generation = atomic_load_explicit(&osml__generation, memory_order_relaxed);
	atomic_store_explicit(&b->word, OSML__LIFE_OPEN, memory_order_release);
	*out = b;
	return 0;
}

int osml_buffer_new(osml_buffer **out, size_t len, const osml_buffer_options *options)
{
	osml_buffer_options o;
	int rc;

	if (!out)
		return OSML_EINVAL;
	*out = NULL;
	if (!options)
		return make(out, len, &defaults);
	rc = read_options(&o, options);
	return rc ? rc : make(out, len, &o);
}

/* ---- Death ---- */

/* Nobody else is in: one step. */
static int close_alone(osml_buffer *b)
{
	osml__cache_closed();
	return osml__storage_release(b);
}

/* Somebody has it pinned: wipe under a pin of our own, and leave the memory to the last one. */
static int close_pinned(osml_buffer *b)
{
	int rc = osml__storage_open_up(b);

	osml__cache_closed();
	if (rc == 0) {
		rc = osml__storage_check(b);
		osml__wipe(b->data, b->len);
	}
	int finished = leave(b, OSML__PIN);
	return rc ? rc : finished;
}

int osml_buffer_close(osml_buffer *b)
{
	uint32_t word, next;
	enum state state;

	if (!b)
		return OSML_EINVAL;
	word = atomic_load_explicit(&b->word, memory_order_acquire);
	do {
		state = state_of(b, word);
		if (state == FREE)
			return OSML_EINVAL;
		if (state == CLOSING || state == CLOSED)
			return 0;
		if (state == OPEN || state == FORKED)
			next = OSML__LIFE_CLOSED;
		else if (state == CLAIMED)
			next = word - OSML__LIFE_OPEN + OSML__LIFE_CLOSING; /* The call that has it wipes it, when it returns. */
		else
			next = word - OSML__LIFE_OPEN + OSML__LIFE_CLOSING + OSML__PIN;
	} while (!atomic_compare_exchange_weak_explicit(&b->word, &word, next, memory_order_acq_rel, memory_order_acquire));
	if (state == OPEN)
		return close_alone(b);
	if (state == PINNED)
		return close_pinned(b);
	if (state == CLAIMED)
		osml__cache_closed();
	return 0;
}

/* Pins end with the handle. */
static void close_for_ever(osml_buffer *b)
{
	osml_buffer_close(b);
	if (current_state(b) != CLOSING)
		return;
	atomic_store(&b->word, OSML__LIFE_CLOSING);
	finish(b);
}

/* The caller promises that no thread uses the handle any more, so the common case needs no atomic step. */
void osml_buffer_free(osml_buffer *b)
{
	enum state state;

	if (!b)
		return;
	state = current_state(b);
	if (state == FREE) {
		atomic_fetch_add_explicit(&double_frees, 1, memory_order_relaxed);
		return;
	}
	if (state == OPEN)
		close_alone(b);
	else if (state != CLOSED)
		close_for_ever(b);
	atomic_store_explicit(&b->word, OSML__LIFE_FREE, memory_order_relaxed);
	osml__cache_return_handle(b);
}

uint64_t osml__double_frees(void)
{
	return atomic_load_explicit(&double_frees, memory_order_relaxed);
}

/* ---- Questions and access ---- */

void *osml_buffer_data(const osml_buffer *b)
{
	int rc = ask(b);

	if (rc && rc != OSML_EPINNED)
		return NULL;
	return atomic_load_explicit(&b->access, memory_order_relaxed) & OSML_ACCESS_READ ? b->data : NULL;
}

size_t osml_buffer_len(const osml_buffer *b)
{
	return b ? b->len : 0;
}

int osml_buffer_pin(osml_buffer *b, void **data, size_t *len)
{
	int rc = osml__buffer_hold(b, OSML_ACCESS_READ);

	if (data)
		*data = rc ? NULL : b->data;
	if (len)
		*len = rc ? 0 : b->len;
	return rc;
}

void osml_buffer_unpin(osml_buffer *b)
{
	enum state state = b ? current_state(b) : FREE;

	if (state == PINNED || state == CLOSING)
		osml__buffer_drop(b);
}

int osml_buffer_pins(const osml_buffer *b, size_t *pins)
{
	uint32_t word;

	if (!pins)
		return OSML_EINVAL;
	*pins = 0;
	if (!b)
		return OSML_EINVAL;
	word = atomic_load_explicit(&b->word, memory_order_relaxed);
	*pins = word / OSML__PIN;
	return (word & OSML__LIFE_MASK) == OSML__LIFE_FREE ? OSML_EINVAL : 0;
}

int osml_buffer_protect(osml_buffer *b, unsigned access)
{
	int rc;

	if (access != OSML_ACCESS_NONE && access != OSML_ACCESS_READ && access != OSML_ACCESS_READWRITE)
		return OSML_EINVAL;
	rc = osml__buffer_claim(b, OSML_ACCESS_NONE);
	if (rc)
		return rc;
	rc = b->held & OSML_GUARDED ? osml__os_protect(b->base, b->pages, access) : OSML_EUNSUPPORTED;
	if (rc == 0)
		atomic_store_explicit(&b->access, (uint8_t)access, memory_order_relaxed);
	osml__buffer_unclaim(b);
	return rc;
}

int osml_buffer_protections(const osml_buffer *b, uint32_t *bits)
{
	int rc = bits ? ask(b) : OSML_EINVAL;

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
static int ask_kernel(const osml_buffer *b, uint32_t *bits)
{
	struct osml__mapping pages = osml__storage_bounds(b);
	uint32_t seen = OSML_CANARY, now;

	if (!b->pages)
		osml__span_pages(b->span, &pages);
	for (int looks = 0; looks < 2 && b->held & ~seen; looks++) {
		int rc = osml__os_verify(pages.base, pages.pages, &now);
		if (rc)
			return rc;
		seen |= now;
	}
	*bits = b->held & seen;
	return 0;
}

int osml_buffer_verify(osml_buffer *b, uint32_t *bits)
{
	int rc;

	if (!bits)
		return OSML_EINVAL;
	*bits = 0;
	rc = osml__buffer_hold(b, OSML_ACCESS_READ);
	if (rc)
		return rc;
	rc = osml__storage_check(b);
	if (rc == 0)
		rc = ask_kernel(b, bits);
	osml__buffer_drop(b);
	return rc;
}
