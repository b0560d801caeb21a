/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "reader.h"

#include "storage.h"
#include "textflags.h"

#define FIRST_GUESS 504u /* most secrets are shorter; longer ones double it until they fit */

/* Moves `n` bytes to a buffer of `len` bytes; the old one is wiped and freed, but not on failure. */
static int move(osml_buffer **b, size_t len, size_t n, const osml_buffer_options *options)
{
	osml_buffer *next;
	int rc = osml_buffer_new(&next, len, options);

	if (rc)
		return rc;
	osml__copy(next->data, (*b)->data, n);
	osml_buffer_free(*b);
	*b = next;
	return 0;
}

static size_t sum(size_t a, size_t b)
{
	return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

/* Of a known length the buffer need not grow, so that what fits the quota can be read; but of a file that has one line of interest that is no measure. */
int osml__reader_start(struct osml__reader *r, size_t max, const osml_buffer_options *options, unsigned flags, uint64_t expected)
{
	*r = (struct osml__reader){ NULL, 0, sum(max, osml__text_extra(flags)), max, options, flags };
	if (!expected || (flags & OSML_FIRST_LINE && expected > FIRST_GUESS))
		expected = FIRST_GUESS;
	return osml_buffer_new(&r->b, r->most < expected ? r->most : (size_t)expected, options);
}

size_t osml__reader_room(const struct osml__reader *r, unsigned char **at)
{
	*at = r->b->data + r->got;
	return osml__len(r->b) - r->got;
}

int osml__reader_put(struct osml__reader *r, unsigned char byte)
{
	size_t len = osml__len(r->b), twice = len > r->most / 2 ? r->most : 2 * len;

	if (r->got == r->most)
		return OSML_ETOOBIG;
	if (r->got == len) {
		int rc = move(&r->b, twice < FIRST_GUESS && FIRST_GUESS < r->most ? FIRST_GUESS : twice, r->got, r->options);
		if (rc)
			return rc;
	}
	r->b->data[r->got++] = byte;
	return 0;
}

/* The buffer ends exactly where the secret does, and is no larger than it need be, unless there is no room for both. */
static int fit(struct osml__reader *r)
{
	size_t from, n;
	int rc = osml__text_secret(&from, &n, r->b->data, r->got, r->max, r->flags);

	if (rc)
		return rc;
	if (from)
		osml__copy(r->b->data, r->b->data + from, n);
	if (n == osml__len(r->b))
		return 0;
	if (move(&r->b, n, n, r->options))
		osml__storage_shrink(r->b, n);
	return 0;
}

int osml__reader_finish(osml_buffer **out, struct osml__reader *r, int rc)
{
	if (rc == 0)
		rc = fit(r);
	if (rc)
		osml_buffer_free(r->b);
	else
		*out = r->b;
	return rc;
}
