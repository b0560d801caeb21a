/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Stray writes of one byte beside the data: seen at close, by a look, and counted. */
#include "support.h"

#include "storage.h"

static const size_t lengths[] = { 0, 1, 7, 8, 23, 24, 25, 40, 41, 1000, 2056, 2057, 4088, 4089, 10000 };
#define EACH_LENGTH(len) for (const size_t *len = lengths; len < lengths + sizeof lengths / sizeof *lengths; len++)

static osml_buffer *buffer(size_t len, size_t alignment)
{
	osml_buffer_options options = {
		.struct_size = sizeof options, .want = OSML_DEFAULT_PROTECTIONS, .policy = OSML_POLICY_DEFAULT, .alignment = alignment
	};
	osml_buffer *b;

	CHECK_RC(osml_buffer_new(&b, len, &options), 0);
	return b;
}

static uint64_t corruptions(void)
{
	uint64_t value = 0;

	CHECK_RC(osml_info(OSML_INFO_CORRUPTIONS, &value), 0);
	return value;
}

/* The canary at `byte` dies: a look tells, close tells, both count, and the next buffer is sound. */
static void damage(osml_buffer *b, unsigned char *byte)
{
	uint32_t bits;
	uint64_t before = corruptions();

	CHECK_RC(osml_buffer_verify(b, &bits), 0);
	CHECK(bits & OSML_CANARY && corruptions() == before);
	*byte ^= 1;
	CHECK_RC(osml_buffer_verify(b, &bits), OSML_ECORRUPT);
	CHECK(bits == 0 && corruptions() == before + 1);
	CHECK_RC(osml_buffer_close(b), OSML_ECORRUPT);
	CHECK(corruptions() == before + 2);
	CHECK_RC(osml_buffer_close(b), 0);
	osml_buffer_free(b);
}

static void a_byte_after_the_data_is_seen(void **state)
{
	(void)state;
	EACH_LENGTH(len)
	{
		osml_buffer *b = buffer(*len, 0);

		damage(b, (unsigned char *)osml_buffer_data(b) + *len);
	}
}

static void any_byte_between_the_data_and_the_end_is_seen(void **state)
{
	(void)state;
	EACH_LENGTH(len)
	{
		for (size_t after = 0;; after++) {
			osml_buffer *b = buffer(*len, 0);
			struct osml__mapping bounds = osml__storage_bounds(b);
			unsigned char *byte = (unsigned char *)osml_buffer_data(b) + *len + after;

			if (byte >= bounds.base + bounds.pages) {
				osml_buffer_free(b);
				CHECK(after >= OSML__TRAILER);
				break;
			}
			damage(b, byte);
		}
	}
}

/* With pages of its own, or an alignment, a buffer has canary before the data too. */
static void a_byte_before_the_data_is_seen(void **state)
{
	size_t seen = 0;

	(void)state;
	EACH_LENGTH(len)
	{
		for (size_t alignment = 16; alignment <= 1024; alignment *= 2) {
			osml_buffer *b = buffer(*len, alignment);
			unsigned char *data = osml_buffer_data(b);

			if (data == osml__storage_bounds(b).base) {
				osml_buffer_free(b);
				continue;
			}
			damage(b, data - 1);
			b = buffer(*len, alignment);
			damage(b, osml__storage_bounds(b).base);
			seen++;
		}
	}
	CHECK(seen > 20);
}

/* In the pool the byte before is the last of the neighbour, whose canary tells. */
static void a_byte_before_the_data_of_a_slot_is_seen_by_its_neighbour(void **state)
{
	enum { COUNT = 30 };
	osml_buffer *all[COUNT];
	size_t seen = 0;

	(void)state;
	support_settle();
	for (size_t i = 0; i < COUNT; i++)
		all[i] = buffer(24, 0);
	for (size_t i = 0; i < COUNT; i++) {
		for (size_t j = 0; j < COUNT; j++) {
			struct osml__mapping neighbour = osml__storage_bounds(all[j]);
			uint32_t bits;

			if (neighbour.base + neighbour.pages != osml_buffer_data(all[i]))
				continue;
			((unsigned char *)osml_buffer_data(all[i]))[-1] ^= 0x80;
			CHECK_RC(osml_buffer_verify(all[j], &bits), OSML_ECORRUPT);
			CHECK_RC(osml_buffer_verify(all[i], &bits), 0);
			((unsigned char *)osml_buffer_data(all[i]))[-1] ^= 0x80;
			CHECK_RC(osml_buffer_verify(all[j], &bits), 0);
			seen++;
		}
	}
	CHECK(seen > COUNT / 2);
	for (size_t i = 0; i < COUNT; i++)
		osml_buffer_free(all[i]);
}

/* T33: one leaked canary must not tell the next. */
static void no_two_canaries_are_the_same(void **state)
{
	osml_buffer *one = buffer(24, 0), *other = buffer(24, 0);

	(void)state;
	CHECK(memcmp((char *)osml_buffer_data(one) + 25, (char *)osml_buffer_data(other) + 25, 7) != 0);
	osml_buffer_free(one);
	osml_buffer_free(other);
}

/* The memory of a corrupted buffer is wiped all the same. */
static void a_corrupted_buffer_is_wiped(void **state)
{
	osml_buffer *b = buffer(40, 0), *next;
	unsigned char *data = osml_buffer_data(b);

	(void)state;
	CHECK_RC(osml_buffer_fill(b, 0, 0xC3, 40), 0);
	data[40] = 0xC3;
	CHECK_RC(osml_buffer_close(b), OSML_ECORRUPT);
	next = buffer(40, 0);
	CHECK(osml_buffer_data(next) == data); /* the control: the same slot */
	for (size_t i = 0; i <= 40; i++)
		CHECK(data[i] == 0);
	osml_buffer_free(b);
	osml_buffer_free(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_byte_after_the_data_is_seen),
		cmocka_unit_test(any_byte_between_the_data_and_the_end_is_seen),
		cmocka_unit_test(a_byte_before_the_data_is_seen),
		cmocka_unit_test(a_byte_before_the_data_of_a_slot_is_seen_by_its_neighbour),
		cmocka_unit_test(no_two_canaries_are_the_same),
		cmocka_unit_test(a_corrupted_buffer_is_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
