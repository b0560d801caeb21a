/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The words around a secret: taken over, joined, cut out, found. */
#include "secret.h"
#include "storage.h"
#include "word.h"

OSML__COLD int osml_buffer_take(osml_buffer **out, void *bytes, size_t n, const osml_buffer_options *options)
{
	int rc;

	if (!out)
		return OSML_EINVAL;
	*out = NULL;
	rc = bytes || !n ? osml__buffer_make(out, n, options) : OSML_EINVAL;
	if (rc == 0) {
		osml__copy((*out)->data, bytes, n);
		rc = osml__buffer_release(*out);
	}
	return rc ? osml__buffer_made(out, rc) : osml_wipe(bytes, n);
}

/* ---- Join ---- */

/* Holds a piece's buffer until the end, so that neither its bytes nor its length change. */
static int hold(const osml_piece *p)
{
	if (!p->buffer)
		return p->length == OSML_TO_END || (!p->bytes && p->length) ? OSML_EINVAL : 0;
	return p->bytes ? OSML_EINVAL : osml__buffer_acquire(p->buffer, OSML_ACCESS_READ);
}

/* The first `count` pieces. What is already known comes first; else a close meanwhile is. */
OSML__COLD static int let_go(const osml_piece *pieces, size_t count, int rc)
{
	while (count--) {
		int released = pieces[count].buffer ? osml__buffer_release(pieces[count].buffer) : 0;
		if (rc == 0)
			rc = released;
	}
	return rc;
}

/* Of a piece that is held. Bytes have no end that could be known. */
static int measure(const osml_piece *p, size_t *length)
{
	const size_t all = p->buffer ? osml__len(p->buffer) : SIZE_MAX;

	if (p->offset > all || (p->length != OSML_TO_END && p->length > all - p->offset))
		return OSML_ERANGE;
	*length = p->length == OSML_TO_END ? all - p->offset : p->length;
	return 0;
}

static int hold_all(const osml_piece *pieces, size_t count, size_t *total)
{
	*total = 0;
	for (size_t i = 0; i < count; i++) {
		size_t length = 0;
		int rc = hold(&pieces[i]);
		if (rc)
			return let_go(pieces, i, rc);
		rc = measure(&pieces[i], &length);
		if (rc == 0 && length > SIZE_MAX - *total)
			rc = OSML_ERANGE;
		if (rc)
			return let_go(pieces, i + 1, rc);
		*total += length;
	}
	return 0;
}

static void copy_all(unsigned char *to, const osml_piece *pieces, size_t count)
{
	for (const osml_piece *p = pieces; p < pieces + count; p++) {
		const unsigned char *from = p->buffer ? p->buffer->data : p->bytes;
		size_t length = 0;
		measure(p, &length);
		if (length)
			osml__copy(to, from + p->offset, length);
		to += length;
	}
}

int osml_buffer_join(osml_buffer **out, const osml_piece *pieces, size_t count, const osml_buffer_options *options)
{
	size_t total;
	int rc;

	if (!out)
		return OSML_EINVAL;
	*out = NULL;
	rc = pieces || !count ? hold_all(pieces, count, &total) : OSML_EINVAL;
	if (rc)
		return rc;
	rc = osml__buffer_make(out, total, options);
	if (rc == 0) {
		copy_all((*out)->data, pieces, count);
		rc = osml__buffer_release(*out);
	}
	return osml__buffer_made(out, let_go(pieces, count, rc));
}

/* ---- Compare ---- */

/* No early end, nor one that the compiler invents. */
OSML__CLEAN_REGISTERS static bool same_bytes(const unsigned char *a, const unsigned char *b, size_t n)
{
	size_t differs = 0, i = 0, x, y;

	for (; OSML__BY_WORDS && n - i >= sizeof x; i += sizeof x) {
		memcpy(&x, a + i, sizeof x);
		memcpy(&y, b + i, sizeof y);
		differs = osml__opaque(differs | (x ^ y));
	}
	for (; i < n; i++)
		differs = osml__opaque(differs | (size_t)(a[i] ^ b[i]));
	return OSML__VERDICT(differs == 0);
}

int osml_buffer_equal_bytes(int *equal, const osml_buffer *b, const void *bytes, size_t n)
{
	int rc = equal && (bytes || !n) ? osml__word_acquire(b, OSML_ACCESS_READ) : OSML_EINVAL;
	bool same;

	if (equal)
		*equal = 0;
	if (rc)
		return rc;
	same = osml__len(b) == n && same_bytes(b->data, bytes, n);
	rc = osml__word_release(b);
	*equal = rc == 0 && same;
	return rc;
}

int osml_buffer_equal(int *equal, const osml_buffer *a, const osml_buffer *b)
{
	int rc = equal ? osml__word_acquire(a, OSML_ACCESS_READ) : OSML_EINVAL;
	int released;

	if (equal)
		*equal = 0;
	if (rc)
		return rc;
	rc = osml_buffer_equal_bytes(equal, b, a->data, osml__len(a));
	released = osml__word_release(a);
	if (released)
		*equal = 0;
	return rc ? rc : released;
}

/* ---- Find ---- */

#define FACTOR 0x9e3779b97f4a7c15u /* any odd number will do */

/*
 * A rolling sum over `n` bytes (Rabin and Karp): each step does the same work, so the time depends on the place alone. Bytes are compared where
 * the sums are equal.
 */
static OSML__CLEAN_REGISTERS size_t find(const unsigned char *text, size_t len, const unsigned char *wanted, size_t n)
{
	uint64_t goal = 0, sum = 0, top = 1;

	for (size_t i = 0; i < n; i++) {
		goal = goal * FACTOR + wanted[i];
		sum = sum * FACTOR + text[i];
		top *= FACTOR;
	}
	for (size_t at = 0;; at++) {
		if (OSML__VERDICT(sum == goal) && same_bytes(text + at, wanted, n))
			return at;
		if (at == len - n)
			return OSML_NOT_FOUND;
		sum = sum * FACTOR + text[at + n] - text[at] * top;
	}
}

int osml_buffer_find(size_t *at, const osml_buffer *b, size_t from, const void *bytes, size_t n)
{
	int rc = at && (bytes || !n) ? osml__buffer_acquire(b, OSML_ACCESS_READ) : OSML_EINVAL;
	size_t found = OSML_NOT_FOUND, len;
	int released;

	if (at)
		*at = OSML_NOT_FOUND;
	if (rc)
		return rc;
	len = osml__len(b);
	if (from > len)
		rc = OSML_ERANGE;
	else if (n <= len - from)
		found = find(b->data + from, len - from, bytes, n);
	released = osml__buffer_release(b);
	if (rc || released)
		return rc ? rc : released;
	*at = found == OSML_NOT_FOUND ? found : from + found;
	return 0;
}
