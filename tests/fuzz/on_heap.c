/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Calls on the locked heap. Beside each block stand its size and the byte that it is full of. */
#include "fuzz.h"

#include <string.h>

static struct block {
	unsigned char *p; /* NULL: none */
	size_t n;
	unsigned char byte;
} blocks[6];

static bool is_full(const unsigned char *p, unsigned char byte, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte)
			return false;
	return true;
}

static struct block *pick(struct input *in)
{
	return &blocks[fuzz_byte(in) % (sizeof blocks / sizeof *blocks)];
}

/* Mostly small, and sometimes with pages of its own. */
static size_t size(struct input *in)
{
	size_t n = fuzz_size(in);

	return fuzz_byte(in) % 16 ? n : 40 * n;
}

static void fill(struct input *in, struct block *b)
{
	b->byte = (unsigned char)fuzz_byte(in);
	memset(b->p, b->byte, b->n);
}

static void drop(struct block *b)
{
	if (b->p)
		EXPECT(osml_owns(b->p) && is_full(b->p, b->byte, b->n));
	osml_free(b->p);
	EXPECT(!osml_owns(b->p));
	*b = (struct block){ NULL, 0, 0 };
}

void op_malloc(struct input *in)
{
	struct block *b = pick(in);

	drop(b);
	b->n = size(in);
	b->p = fuzz_byte(in) & 1 ? osml_malloc(b->n) : osml_calloc(b->n, 1);
	EXPECT(b->p && (uintptr_t)b->p % 16 == 0 && is_full(b->p, 0, b->n));
	fill(in, b);
}

void op_realloc(struct input *in)
{
	struct block *b = pick(in);
	size_t n = size(in);
	unsigned char *p = osml_realloc(b->p, n);

	EXPECT(p && osml_owns(p) && (p == b->p || !osml_owns(b->p)));
	EXPECT(is_full(p, b->byte, n < b->n ? n : b->n));
	b->p = p;
	b->n = n;
	fill(in, b);
}

/* Of what is no block, too: an address within one, and one that was freed. */
void op_heap_free(struct input *in)
{
	struct block *b = pick(in);
	size_t inside = 1 + fuzz_offset(in);
	unsigned char *p = b->p;
	uint64_t before, after;

	EXPECT_RC(osml_info(OSML_INFO_FOREIGN_FREES, &before), 0);
	if (p && inside && inside < b->n) /* 0: the offset was SIZE_MAX */
		osml_free(p + inside);
	drop(b);
	osml_free(p);
	EXPECT_RC(osml_info(OSML_INFO_FOREIGN_FREES, &after), 0);
	EXPECT(after - before <= 2u && (after > before || !p));
}

void heap_end(void)
{
	uint64_t left;

	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
		drop(&blocks[i]);
	EXPECT_RC(osml_info(OSML_INFO_HEAP_BLOCKS, &left), 0);
	EXPECT(left == 0);
}
