/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A buffer and what must be true of it. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

struct subject subjects[SUBJECTS];

#define KNOWN_BITS  (OSML_DEFAULT_PROTECTIONS | OSML_NOFORK | OSML_GUARDED | OSML_SECRETMEM)
#define SMALL_QUOTA (1u << 20) /* what a run needs at most is less */

struct subject *fuzz_subject(struct input *in)
{
	return &subjects[fuzz_byte(in) % SUBJECTS];
}

static uint64_t info(enum osml_info what)
{
	uint64_t value = 0;

	EXPECT_RC(osml_info(what, &value), 0);
	return value;
}

/* ---- Options ---- */

/* NULL half of the time: the defaults are what people use. */
const osml_buffer_options *fuzz_options(struct input *in, struct options *options)
{
	unsigned kind = fuzz_byte(in);

	if (kind < 128)
		return NULL;
	memset(options, 0, sizeof *options);
	options->o = (osml_buffer_options)OSML_BUFFER_OPTIONS_INIT;
	if (kind & 32)
		options->o.want = fuzz_byte(in);
	options->o.policy = kind % 4;
	options->o.alignment = kind & 4 ? (size_t)1 << fuzz_byte(in) % 14 : fuzz_byte(in) % 3;
	if (kind & 8) {
		options->o.struct_size = offsetof(struct options, newer_fields) + 1 + kind % 16;
		options->newer_fields[fuzz_byte(in) % 16] = kind & 16 ? 1 : 0;
	}
	if (kind % 64 == 33)
		options->o.struct_size -= 1;
	return &options->o;
}

static bool valid(const osml_buffer_options *o)
{
	const unsigned char *rest = (const unsigned char *)o;

	if (o->struct_size < sizeof *o || o->policy > OSML_POLICY_BEST_EFFORT || o->want & ~KNOWN_BITS)
		return false;
	for (size_t i = sizeof *o; i < o->struct_size; i++)
		if (rest[i])
			return false;
	return !(o->alignment & (o->alignment - 1)) && o->alignment <= info(OSML_INFO_PAGE_SIZE);
}

/* What this system can give is asked once: the answer is got by trying, which takes time. */
static uint32_t offered(void)
{
	static uint32_t bits;

	if (!bits)
		bits = (uint32_t)info(OSML_INFO_SUPPORTED_PROTECTIONS);
	return bits;
}

bool model_made(int rc, const osml_buffer *b, const osml_buffer_options *options)
{
	EXPECT((rc == 0) == (b != NULL));
	if (options && !valid(options)) {
		EXPECT_RC(rc, OSML_EINVAL);
		return false;
	}
	if (rc == OSML_ELIMIT && info(OSML_INFO_LOCK_LIMIT_SOFT) < SMALL_QUOTA)
		return false;
	if (rc && options && options->policy == OSML_POLICY_STRICT)
		EXPECT(options->want & ~offered());
	else
		EXPECT_RC(rc, 0);
	return rc == 0;
}

/* ---- Life ---- */

static void check_held(const struct subject *s, const osml_buffer_options *options)
{
	uint32_t want = options ? options->want : OSML_DEFAULT_PROTECTIONS;
	uint32_t enough = s->held & OSML_NOFORK ? s->held | OSML_WIPEONFORK : s->held;
	uint32_t excused = info(OSML_INFO_LOCK_LIMIT_SOFT) < SMALL_QUOTA ? OSML_LOCKED | OSML_SECRETMEM : 0;

	if (options && options->policy == OSML_POLICY_STRICT)
		EXPECT(!(want & ~enough));
	EXPECT(!(want & offered() & ~enough & ~excused));
}

void subject_adopt(struct subject *s, osml_buffer *b, const osml_buffer_options *options, const unsigned char *bytes, size_t len)
{
	s->b = b;
	s->life = OPEN;
	s->len = len;
	s->alignment = options && options->alignment ? options->alignment : _Alignof(max_align_t);
	s->access = OSML_ACCESS_READWRITE;
	s->bytes = calloc(len + 1, 1);
	EXPECT(s->bytes != NULL);
	if (len && bytes)
		memcpy(s->bytes, bytes, len);
	EXPECT_RC(osml_buffer_protections(b, &s->held), 0);
	check_held(s, options);
	subject_check(s);
}

static void check_open(const struct subject *s)
{
	const unsigned char *data = osml_buffer_data(s->b);

	EXPECT(!data == !(s->access & OSML_ACCESS_READ));
	if (!data)
		return;
	EXPECT((uintptr_t)data % s->alignment == 0);
	EXPECT(!memcmp(data, s->bytes, s->len));
	EXPECT(data[s->len] == 0);
	EXPECT(!s->pins || data == s->pinned);
}

static void check_closing(const struct subject *s)
{
	size_t left = 0;

	for (size_t i = 0; i < s->len; i++)
		left += s->pinned[i] != 0;
	EXPECT(left == 0);
}

void subject_check(const struct subject *s)
{
	uint32_t bits = ~0u;
	int rc = model_hold(s, OSML_ACCESS_NONE);

	EXPECT_RC(osml_buffer_protections(s->b, &bits), rc);
	EXPECT(bits == (rc ? 0 : s->held));
	EXPECT(osml_buffer_size(s->b) == s->len);
	if (s->life == OPEN)
		check_open(s);
	else
		EXPECT(osml_buffer_data(s->b) == NULL);
	if (s->life == CLOSING)
		check_closing(s);
}

/* The pins outlive it, and the last one takes memory and handle along. */
void subject_drop(struct subject *s)
{
	osml_buffer_free(s->b);
	for (; s->pins; s->pins--) {
		check_closing(s);
		EXPECT_RC(osml_buffer_unpin(s->b), OSML_ECLOSED);
	}
	EXPECT_RC(osml_buffer_unpin(s->b), OSML_EINVAL);
	free(s->bytes);
	*s = (struct subject){ 0 };
}
