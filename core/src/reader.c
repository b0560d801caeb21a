/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "reader.h"

#include "storage.h"
#include "textflags.h"
#include "word.h"

#define FIRST_GUESS 504u /* most secrets are shorter; longer ones double it until they fit */

static int drop(osml_buffer *b)
{
	int rc = osml__buffer_release(b);

	osml_buffer_free(b);
	return rc;
}

/* Moves `n` bytes to a buffer of `len` bytes; the old one is wiped and freed, but not on failure. OSML_ECLOSED: a purge wiped what was moved. */
static int move(osml_buffer **b, size_t len, size_t n, const osml_buffer_options *options)
{
	osml_buffer *next;
	int rc = osml__buffer_make(&next, len, options);

	if (rc)
		return rc;
	osml__copy(next->data, (*b)->data, n);
	rc = drop(*b);
	*b = next;
	return rc;
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
	return osml__buffer_make(&r->b, r->most < expected ? r->most : (size_t)expected, options);
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
	rc = move(&r->b, n, n, r->options);
	if (rc && rc != OSML_ECLOSED) {
		osml__storage_shrink(r->b, n);
		rc = 0;
	}
	return rc;
}

void osml__reader_abandon(struct osml__reader *r)
{
	drop(r->b);
}

int osml__reader_finish(osml_buffer **out, struct osml__reader *r, int rc)
{
	int released;

	if (rc == 0)
		rc = fit(r);
	released = osml__buffer_release(r->b);
	if (rc == 0)
		rc = released;
	if (rc)
		osml_buffer_free(r->b);
	else
		*out = r->b;
	return rc;
}
