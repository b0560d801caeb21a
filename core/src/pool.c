/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The shared part of the pool: arenas and spans. Everything here is under OSML__MUTEX_POOL. */
#include "pool.h"

#include <stdlib.h>

#define FIRST_ARENA_PAGES  4u /* 16 KiB of the 64 KiB that a container may lock (item T38) */
#define ARENA_BYTES_MAX    OSML__HUGE_PAGE
#define ARENA_UNITS        64u /* one bit each in `free_units` */
#define SLOTS_PER_SPAN_MIN 8u

struct osml__arena {
	struct osml__mapping mapping;
	unsigned page_count, unit;       /* a unit: so many pages, the least that a span takes */
	uint64_t free_units;             /* bit i: unit i belongs to no span */
	struct osml__arena *prev, *next; /* in `roomy`, while free_units != 0 */
};

static struct osml__span *partial[OSML__CLASSES];
static struct osml__arena *roomy;
static struct osml__arena *spare; /* the one arena that may stay without a span */
static unsigned next_arena_pages = FIRST_ARENA_PAGES;

#define LIST_ADD(head, item)                   \
	do {                                   \
		(item)->prev = NULL;           \
		(item)->next = (head);         \
		if (head)                      \
			(head)->prev = (item); \
		(head) = (item);               \
	} while (0)

#define LIST_REMOVE(head, item)                            \
	do {                                               \
		if ((item)->prev)                          \
			(item)->prev->next = (item)->next; \
		else                                       \
			(head) = (item)->next;             \
		if ((item)->next)                          \
			(item)->next->prev = (item)->prev; \
	} while (0)

static uint64_t low_bits(unsigned n)
{
	return n == 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

/* An arena of at least `need` pages; under a tight quota a smaller one is better than none. */
static int arena_new(struct osml__arena **out, unsigned need)
{
	unsigned pages = next_arena_pages > need ? next_arena_pages : need;
	struct osml__arena *a = calloc(1, sizeof *a);
	int rc;

	if (!a)
		return -ENOMEM;
	do {
		rc = osml__mapping_new(&a->mapping, pages * osml__os_page_size(), OSML_DEFAULT_PROTECTIONS | OSML_GUARDED,
		                       OSML_POLICY_DEFAULT);
	} while (rc == OSML_ELIMIT && pages > need && (pages = pages / 2 > need ? pages / 2 : need));
	if (rc) {
		free(a);
		return rc;
	}
	if (next_arena_pages * osml__os_page_size() < ARENA_BYTES_MAX)
		next_arena_pages *= 2;
	a->page_count = pages;
	a->unit = (pages + ARENA_UNITS - 1) / ARENA_UNITS;
	a->free_units = low_bits(pages / a->unit);
	LIST_ADD(roomy, a);
	*out = a;
	return 0;
}

static void arena_free(struct osml__arena *a)
{
	if (next_arena_pages > FIRST_ARENA_PAGES)
		next_arena_pages /= 2;
	LIST_REMOVE(roomy, a);
	osml__mapping_free(&a->mapping);
	free(a);
}

/* The first run of units that has `pages` free pages, as a mask; or 0. */
static uint64_t find_run(const struct osml__arena *a, unsigned pages)
{
	unsigned n = (pages + a->unit - 1) / a->unit;

	for (unsigned first = 0; first + n <= a->page_count / a->unit; first++) {
		uint64_t run = low_bits(n) << first;
		if ((a->free_units & run) == run)
			return run;
	}
	return 0;
}

static int take_units(struct osml__arena **arena, uint64_t *run, unsigned pages)
{
	int rc;

	for (struct osml__arena *a = roomy; a; a = a->next) {
		*run = find_run(a, pages);
		if (*run) {
			*arena = a;
			return 0;
		}
	}
	rc = arena_new(arena, pages);
	if (rc == 0)
		*run = find_run(*arena, pages);
	return rc;
}

static unsigned first_bit(uint64_t bits)
{
#if defined(__GNUC__)
	return (unsigned)__builtin_ctzll(bits);
#else
	unsigned i = 0;

	while (!(bits >> i & 1))
		i++;
	return i;
#endif
}

static unsigned bit_count(uint64_t bits)
{
	unsigned n = 0;

	for (; bits; bits &= bits - 1)
		n++;
	return n;
}

static unsigned span_pages(unsigned cls)
{
	return (unsigned)(osml__page_round((size_t)osml__slot_sizes[cls] * SLOTS_PER_SPAN_MIN) / osml__os_page_size());
}

static bool idle(const struct osml__arena *a)
{
	return a->free_units == low_bits(a->page_count / a->unit);
}

/* Of two arenas without a span the smaller one stays. */
static void retire_if_idle(struct osml__arena *a)
{
	if (!idle(a) || a == spare)
		return;
	if (spare && spare->page_count < a->page_count) {
		arena_free(a);
		return;
	}
	if (spare)
		arena_free(spare);
	spare = a;
}

static struct osml__span *span_on(struct osml__arena *a, uint64_t units, unsigned cls)
{
	size_t unit = a->unit * osml__os_page_size();
	unsigned count = (unsigned)(bit_count(units) * unit / osml__slot_sizes[cls]);
	struct osml__span *s = calloc(1, sizeof *s + (count + 63) / 64 * sizeof *s->free);

	if (!s)
		return NULL;
	s->arena = a;
	s->units = units;
	s->base = a->mapping.base + first_bit(units) * unit;
	s->cls = (uint16_t)cls;
	s->slot_size = osml__slot_sizes[cls];
	s->held = (uint16_t)((a->mapping.held & ~OSML_GUARDED) | OSML_CANARY);
	s->count = count;
	for (unsigned word = 0; count; word++) {
		unsigned bits = count < 64 ? count : 64;
		s->free[word] = low_bits(bits);
		count -= bits;
	}
	return s;
}

static int span_new(unsigned cls)
{
	struct osml__arena *a;
	struct osml__span *s;
	uint64_t units;
	int rc = take_units(&a, &units, span_pages(cls));

	if (rc)
		return rc;
	s = span_on(a, units, cls);
	if (!s) {
		retire_if_idle(a);
		return -ENOMEM;
	}
	if (spare == a)
		spare = NULL;
	a->free_units &= ~units;
	if (!a->free_units)
		LIST_REMOVE(roomy, a);
	LIST_ADD(partial[cls], s);
	return 0;
}

static void span_free(struct osml__span *s)
{
	struct osml__arena *a = s->arena;

	LIST_REMOVE(partial[s->cls], s);
	if (!a->free_units)
		LIST_ADD(roomy, a);
	a->free_units |= s->units;
	free(s);
	retire_if_idle(a);
}

static struct osml__slot slot_take(unsigned cls)
{
	struct osml__span *s = partial[cls];
	unsigned bit;

	while (!s->free[s->roomy])
		s->roomy++;
	bit = first_bit(s->free[s->roomy]);
	s->free[s->roomy] &= ~(UINT64_C(1) << bit);
	if (++s->live == s->count)
		LIST_REMOVE(partial[cls], s);
	return (struct osml__slot){ s->base + (size_t)(s->roomy * 64 + bit) * s->slot_size, s };
}

static void slot_give(const struct osml__slot *slot)
{
	struct osml__span *s = slot->span;
	unsigned index = (unsigned)(slot->base - s->base) / s->slot_size;

	if (s->live == s->count)
		LIST_ADD(partial[s->cls], s);
	s->free[index / 64] |= UINT64_C(1) << index % 64;
	if (s->roomy > index / 64)
		s->roomy = index / 64;
	if (--s->live == 0)
		span_free(s);
}

int osml__pool_refill(struct osml__slot *slots, unsigned *got, unsigned cls, unsigned n)
{
	int rc = 0;

	osml__os_mutex_lock(OSML__MUTEX_POOL);
	if (!partial[cls])
		rc = span_new(cls);
	for (*got = 0; *got < n && partial[cls]; ++*got)
		slots[*got] = slot_take(cls);
	osml__os_mutex_unlock(OSML__MUTEX_POOL);
	return rc;
}

void osml__pool_drain(const struct osml__slot *slots, unsigned n)
{
	if (!n)
		return;
	osml__os_mutex_lock(OSML__MUTEX_POOL);
	while (n--)
		slot_give(slots++);
	osml__os_mutex_unlock(OSML__MUTEX_POOL);
}

void osml__pool_trim(void)
{
	osml__os_mutex_lock(OSML__MUTEX_POOL);
	if (spare)
		arena_free(spare);
	spare = NULL;
	osml__os_mutex_unlock(OSML__MUTEX_POOL);
}

/* The child abandons the parent's arenas: their pages read as zeros there (or were wiped by buffer.c), and their guards are unused. */
void osml__pool_forget(void)
{
	memset(partial, 0, sizeof partial);
	roomy = NULL;
	spare = NULL;
	next_arena_pages = FIRST_ARENA_PAGES;
}

void osml__span_pages(const struct osml__span *span, struct osml__mapping *pages)
{
	*pages = span->arena->mapping;
}
