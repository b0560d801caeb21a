/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST 8191u /* of fuzz_size() */

void op_new(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	struct options options;
	const osml_buffer_options *o = fuzz_options(in, &options);
	size_t len = fuzz_offset(in);
	osml_buffer *b = (osml_buffer *)s; /* must be overwritten */
	int rc = osml_buffer_new(&b, len, o);

	subject_drop(s);
	if (len > LONGEST && rc)
		EXPECT_RC(rc, OSML_EINVAL);
	else if (model_made(rc, b, o))
		subject_adopt(s, b, o, NULL, len);
}

void op_write(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	size_t offset = fuzz_offset(in), n = fuzz_size(in);
	unsigned char bytes[LONGEST];
	int rc = model_enter(s, OSML_ACCESS_READWRITE, offset, n);

	fuzz_bytes(in, bytes, n);
	EXPECT_RC(osml_buffer_write(s->b, offset, bytes, n), rc);
	if (rc == 0 && n)
		memcpy(s->bytes + offset, bytes, n);
	EXPECT_RC(osml_buffer_write(s->b, offset, NULL, 1), OSML_EINVAL);
}

void op_read(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	size_t offset = fuzz_offset(in), n = fuzz_size(in);
	unsigned char bytes[LONGEST], untouched[LONGEST];
	int rc = model_enter(s, OSML_ACCESS_READ, offset, n);

	memset(untouched, 0x5A, n);
	memcpy(bytes, untouched, n);
	EXPECT_RC(osml_buffer_read(s->b, offset, bytes, n), rc);
	EXPECT(n == 0 || !memcmp(bytes, rc ? untouched : s->bytes + offset, n));
}

void op_fill(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	size_t offset = fuzz_offset(in), n = fuzz_offset(in);
	unsigned char byte = (unsigned char)fuzz_byte(in);
	int rc = model_enter(s, OSML_ACCESS_READWRITE, offset, n);

	EXPECT_RC(osml_buffer_fill(s->b, offset, byte, n), rc);
	if (rc == 0)
		memset(s->bytes + offset, byte, n);
}

/* What came cannot be foretold; that the bytes around it are as before can. */
void op_random(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	size_t offset = fuzz_offset(in), n = fuzz_offset(in);
	int rc = model_enter(s, OSML_ACCESS_READWRITE, offset, n);

	EXPECT_RC(osml_buffer_random(s->b, offset, n), rc);
	if (rc == 0)
		EXPECT_RC(osml_buffer_read(s->b, offset, s->bytes + offset, n), 0);
}

void op_copy(struct input *in)
{
	struct subject *to = fuzz_subject(in), *from = fuzz_subject(in);
	size_t to_offset = fuzz_offset(in), from_offset = fuzz_offset(in), n = fuzz_offset(in);
	int rc = model_enter(from, OSML_ACCESS_READ, from_offset, n);

	if (rc == 0)
		rc = model_enter(to, OSML_ACCESS_READWRITE, to_offset, n);
	EXPECT_RC(osml_buffer_copy(to->b, to_offset, from->b, from_offset, n), rc);
	if (rc == 0)
		memmove(to->bytes + to_offset, from->bytes + from_offset, n);
	subject_check(from);
	subject_check(to);
}

void op_wipe(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	int rc = model_hold(s, OSML_ACCESS_READWRITE);

	EXPECT_RC(osml_buffer_wipe(s->b), rc);
	if (rc == 0)
		memset(s->bytes, 0, s->len);
}

void op_equal(struct input *in)
{
	struct subject *a = fuzz_subject(in), *b = fuzz_subject(in);
	int rc = model_hold(a, OSML_ACCESS_READ), equal = 7;

	if (rc == 0)
		rc = model_hold(b, OSML_ACCESS_READ);
	EXPECT_RC(osml_buffer_equal(&equal, a->b, b->b), rc);
	EXPECT(equal == (rc == 0 && a->len == b->len && !memcmp(a->bytes, b->bytes, a->len)));
	EXPECT_RC(osml_buffer_equal(NULL, a->b, b->b), OSML_EINVAL);
}

void op_pin(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	int rc = model_hold(s, OSML_ACCESS_READ);
	void *data = s;
	size_t len = 1;

	EXPECT_RC(osml_buffer_pin(s->b, &data, &len), rc);
	EXPECT(rc ? !data && !len : data == osml_buffer_data(s->b) && len == s->len);
	if (rc == 0) {
		s->pins++;
		s->pinned = data;
	}
}

void op_unpin(struct input *in)
{
	struct subject *s = fuzz_subject(in);

	EXPECT_RC(osml_buffer_unpin(s->b), !s->pins ? OSML_EINVAL : s->life == OPEN ? 0 : OSML_ECLOSED);
	if (s->pins && --s->pins == 0 && s->life == CLOSING)
		s->life = CLOSED;
}

static void closed(struct subject *s)
{
	s->life = s->pins ? CLOSING : CLOSED;
	free(s->bytes);
	s->bytes = NULL;
}

void op_close(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	int rc = s->life == NONE ? OSML_EINVAL : 0;

	EXPECT_RC(osml_buffer_close(s->b), rc);
	if (s->life == OPEN)
		closed(s);
	EXPECT_RC(osml_buffer_close(s->b), rc);
}

/* No canary is checked, so none is reported corrupted. */
void op_purge(struct input *in)
{
	uint64_t live;

	(void)in;
	EXPECT_RC(osml_purge(), 0);
	for (size_t i = 0; i < SUBJECTS; i++)
		if (subjects[i].life == OPEN)
			closed(&subjects[i]);
	EXPECT_RC(osml_info(OSML_INFO_LIVE_BUFFERS, &live), 0);
	EXPECT(live == 0);
}

static bool any_secretmem(void)
{
	for (size_t i = 0; i < SUBJECTS; i++)
		if (subjects[i].life != NONE && subjects[i].held & OSML_SECRETMEM)
			return true;
	return false;
}

/* The kernel unlocks no single page of memfd_secret, and what was purged keeps its memory until it is freed. What is open is compared after each call. */
void op_trim(struct input *in)
{
	uint64_t idle;

	(void)in;
	EXPECT_RC(osml_trim(), 0);
	EXPECT_RC(osml_info(OSML_INFO_IDLE_BYTES, &idle), 0);
	EXPECT(idle == 0 || any_secretmem());
}

void op_scrub(struct input *in)
{
	(void)in;
	osml_scrub();
}

void op_free(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	bool twice = fuzz_byte(in) & 1;
	osml_buffer *b = s->b;
	uint64_t before, after;

	subject_drop(s);
	EXPECT_RC(osml_info(OSML_INFO_DOUBLE_FREES, &before), 0);
	if (twice)
		osml_buffer_free(b); /* nothing has taken the handle since */
	EXPECT_RC(osml_info(OSML_INFO_DOUBLE_FREES, &after), 0);
	EXPECT(after - before == (twice && b));
}

void op_protect(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	unsigned access = fuzz_byte(in) % 5;
	int rc = model_claim(s, OSML_ACCESS_NONE);

	if (rc == 0 && !(s->held & OSML_GUARDED))
		rc = OSML_EUNSUPPORTED;
	if (access == 2 || access == 4)
		rc = OSML_EINVAL;
	EXPECT_RC(osml_buffer_protect(s->b, access), rc);
	if (rc == 0)
		s->access = access;
}

/*
 * Looked at by its own buffer before any other, and undone or closed: the last bytes of a slot are the next one's too, and whichever of the two is looked
 * at first tells of it (audit C13).
 */
void op_overrun(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	unsigned char *data = osml_buffer_data(s->b);
	unsigned where = fuzz_byte(in) % 8;
	uint32_t bits = ~0u;

	if (s->life != OPEN || s->access != OSML_ACCESS_READWRITE)
		return;
	data[s->len + where] ^= 0x81;
	if (fuzz_byte(in) & 1) {
		EXPECT_RC(osml_buffer_close(s->b), OSML_ECORRUPT);
		closed(s);
	} else {
		EXPECT_RC(osml_buffer_verify(s->b, &bits), OSML_ECORRUPT);
		EXPECT(bits == 0);
		data[s->len + where] ^= 0x81;
	}
}

void op_verify(struct input *in)
{
	struct subject *s = fuzz_subject(in);
	int rc = model_hold(s, OSML_ACCESS_READ);
	uint32_t bits = ~0u;

	EXPECT_RC(osml_buffer_verify(s->b, &bits), rc);
	EXPECT(bits == (rc ? 0 : s->held));
}
