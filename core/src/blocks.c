/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "blocks.h"

#include <stdlib.h>

struct osml__part *_Atomic osml__parts[OSML__PART_BUCKETS];

/* No mutex, which a child could find locked: of two threads that make the same part one finds that of the other, and frees its own. */
int osml__part_new(struct osml__part **out, const void *p)
{
	struct osml__part *part = calloc(1, sizeof *part);
	struct osml__part *_Atomic *bucket;

	if (!part)
		return -ENOMEM;
	part->number = (uintptr_t)p >> OSML__PART_SHIFT;
	bucket = &osml__parts[part->number % OSML__PART_BUCKETS];
	part->next = atomic_load(bucket);
	do {
		*out = osml__part_of(p);
		if (*out) {
			free(part);
			return 0;
		}
	} while (!atomic_compare_exchange_strong(bucket, &part->next, part));
	*out = part;
	return 0;
}

static void visit_part(struct osml__part *part, void (*visit)(unsigned char *p, unsigned mark, void *owner, void *context), void *context)
{
	for (size_t i = 0; i < sizeof part->marks; i++) {
		unsigned mark = atomic_load_explicit(&part->marks[i], memory_order_relaxed);
		uintptr_t p = (part->number << OSML__PART_SHIFT) + (i << OSML__MARK_SHIFT) + ((mark - 1) & 1) * 16;

		if (mark)
			visit((unsigned char *)p, mark, atomic_load_explicit(osml__owner_of(part, (void *)p), memory_order_relaxed),
			      context);
	}
}

void osml__blocks_each(void (*visit)(unsigned char *p, unsigned mark, void *owner, void *context), void *context)
{
	for (size_t i = 0; i < OSML__PART_BUCKETS; i++)
		for (struct osml__part *part = atomic_load_explicit(&osml__parts[i], memory_order_acquire); part; part = part->next)
			visit_part(part, visit, context);
}
