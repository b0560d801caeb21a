/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Stray writes of one byte beside the data: seen at close, by a look, and counted. */
#include "support.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os_fake.h"
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

/* The canary at `byte` is corrupted: verify and close report it, both count, and the next buffer is intact. */
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

/* What runs over begins at the data's end, so not many bytes there are watched, and the last of a slot. */
static bool is_watched(const unsigned char *byte, const unsigned char *end_of_data, const struct osml__mapping *bounds)
{
	return byte < end_of_data + OSML__CANARY_BYTES - 8 || byte > bounds->base + bounds->size - 8;
}

static void any_watched_byte_between_the_data_and_the_end_is_seen(void **state)
{
	(void)state;
	EACH_LENGTH(len)
	{
		for (size_t after = 0;; after++) {
			osml_buffer *b = buffer(*len, 0);
			struct osml__mapping bounds = osml__storage_bounds(b);
			unsigned char *end_of_data = (unsigned char *)osml_buffer_data(b) + *len, *byte = end_of_data + after;

			if (byte < bounds.base + bounds.size && !is_watched(byte, end_of_data, &bounds)) {
				osml_buffer_free(b);
				continue;
			}
			if (byte >= bounds.base + bounds.size) {
				osml_buffer_free(b);
				CHECK(after >= OSML__TRAILER);
				break;
			}
			damage(b, byte);
		}
	}
}

static size_t bytes_before(osml_buffer *b)
{
	size_t before = (size_t)((unsigned char *)osml_buffer_data(b) - osml__storage_bounds(b).base);

	return before < OSML__CANARY_BYTES ? before : OSML__CANARY_BYTES;
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
			damage(b, data - bytes_before(b));
			seen++;
		}
	}
	CHECK(seen > 20);
}

/* In the pool the byte before is the last of the neighbour, and the fence of this one: either of them tells (audit C13). */
static void a_byte_before_the_data_of_a_slot_is_seen_by_both_neighbours(void **state)
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

			if (neighbour.base + neighbour.size != osml_buffer_data(all[i]))
				continue;
			((unsigned char *)osml_buffer_data(all[i]))[-1] ^= 0x80;
			CHECK_RC(osml_buffer_verify(all[j], &bits), OSML_ECORRUPT);
			CHECK_RC(osml_buffer_verify(all[i], &bits), OSML_ECORRUPT);
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

/* Wiped, it is nobody's any more: only what could not be wiped stays (T28). */
static void the_memory_of_a_corrupted_buffer_is_given_back(void **state)
{
	static const uint32_t wants[] = { OSML_DEFAULT_PROTECTIONS, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED,
		                          OSML_LOCKED | OSML_NODUMP | OSML_CANARY };
	struct support_snapshot before = support_snapshot();

	(void)state;
	EACH_LENGTH(len)
	{
		for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
			osml_buffer *b = support_secret(*len, wants[i]);

			damage(b, (unsigned char *)osml_buffer_data(b) + *len);
			b = support_secret(*len, wants[i]);
			((unsigned char *)osml_buffer_data(b))[*len] = 1;
			osml_buffer_free(b);
			ASSERT_BACK_TO(before);
		}
	}
}

/* ---- The key ---- */

/* What one process has behind a buffer, and where. */
struct sample {
	const unsigned char *data;
	unsigned char canary[8];
	uint32_t bits;
};

static struct sample *samples; /* shared with the children */

static void take_sample(void *at)
{
	struct sample *sample = at;
	osml_buffer *b = buffer(24, 0);

	sample->data = osml_buffer_data(b);
	memcpy(sample->canary, sample->data + 24, sizeof sample->canary);
	CHECK_RC(osml_buffer_protections(b, &sample->bits), 0);
	osml_buffer_free(b);
}

static void take_sample_twice(void *at)
{
	take_sample(at);
	take_sample((struct sample *)at + 1);
}

static void take_sample_without_a_generator(void *at)
{
	fake_fail_function("random", 1, ~0u, OSML_EUNSUPPORTED);
	take_sample(at);
}

static bool same_canary(const struct sample *a, const struct sample *b)
{
	CHECK(a->data == b->data); /* at different addresses they differ anyway */
	return memcmp(a->canary, b->canary, sizeof a->canary) == 0;
}

/*
 * Children of a process that has not used the library yet are alike to the last address; only what they draw differs (audit T10). So this must be
 * the first test.
 */
static void each_process_draws_a_key_of_its_own(void **state)
{
	static const unsigned char nothing[7];

	(void)state;
	samples = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(samples != MAP_FAILED);
	IN_CHILD(take_sample_twice, &samples[0]);
	IN_CHILD(take_sample, &samples[2]);
	IN_CHILD(take_sample, &samples[3]);
	assert_true(same_canary(&samples[0], &samples[1])); /* control: in one process the same place has the same canary */
	assert_false(same_canary(&samples[0], &samples[2]));
	assert_false(same_canary(&samples[0], &samples[3]));
	assert_false(same_canary(&samples[2], &samples[3]));
	for (int i = 0; i < 4; i++) {
		assert_memory_not_equal(samples[i].canary + 1, nothing, 7); /* the first is the NUL */
		assert_true(samples[i].bits & OSML_CANARY);
	}
}

static void without_a_generator_no_canary_is_claimed(void **state)
{
	(void)state;
	IN_CHILD(take_sample_without_a_generator, &samples[1]);
	assert_true(samples[0].bits & OSML_CANARY); /* control */
	assert_false(samples[1].bits & OSML_CANARY);
}

/* A program of its own, whose memory lies where that of the last one lay. */
static struct sample sample_of_a_new_program(void)
{
	char program[4096] = { 0 }, fd[16];
	struct sample sample;
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	snprintf(fd, sizeof fd, "%d", ends[1]);
	assert_true(readlink("/proc/self/exe", program, sizeof program - 1) > 0);
	child = fork();
	if (child == 0) {
		personality(ADDR_NO_RANDOMIZE);
		execl(program, program, fd, (char *)NULL);
		_exit(CHILD_FAILED);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(read(ends[0], &sample, sizeof sample), sizeof sample);
	close(ends[0]);
	close(ends[1]);
	return sample;
}

static int main_of_program(int fd)
{
	struct sample sample = { 0 };

	take_sample_without_a_generator(&sample);
	return write(fd, &sample, sizeof sample) != sizeof sample;
}

/* Something that is hard to know from outside has to do; a constant would not. */
static void without_a_generator_the_key_still_differs_from_program_to_program(void **state)
{
	struct sample one = sample_of_a_new_program(), other = sample_of_a_new_program();

	(void)state;
	if (one.data != other.data)
		SKIP("two programs do not lie at the same addresses here");
	assert_memory_not_equal(one.canary, other.canary, sizeof one.canary);
}

/* ---- Two threads that come first: both draw, one key counts ---- */

static _Atomic int drawing;
static _Atomic bool first_has_a_buffer;
static _Thread_local bool is_second;

static void wait_for_the_other(void)
{
	drawing++;
	while (drawing < 2)
		sched_yield();
	while (is_second && !first_has_a_buffer)
		sched_yield();
}

static void *draw_second(void *unused)
{
	(void)unused;
	is_second = true;
	return buffer(24, 0);
}

static void draw_at_the_same_time(void *unused)
{
	osml_buffer *first, *second;
	pthread_t thread;
	uint32_t bits;

	(void)unused;
	fake_hook("random", wait_for_the_other);
	CHECK(pthread_create(&thread, NULL, draw_second, NULL) == 0);
	first = buffer(24, 0);
	first_has_a_buffer = true;
	CHECK(pthread_join(thread, (void **)&second) == 0);
	CHECK(drawing == 2); /* control */
	CHECK_RC(osml_buffer_verify(first, &bits), 0);
	CHECK_RC(osml_buffer_verify(second, &bits), 0);
	CHECK_RC(osml_buffer_close(first), 0);
	CHECK_RC(osml_buffer_close(second), 0);
}

/* Else the canaries of the one would look corrupted with the key of the other (audit T16). */
static void a_key_that_is_in_use_is_not_replaced_by_a_thread_that_drew_too(void **state)
{
	(void)state;
	IN_CHILD(draw_at_the_same_time, NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_process_draws_a_key_of_its_own),
		cmocka_unit_test(without_a_generator_no_canary_is_claimed),
		cmocka_unit_test(without_a_generator_the_key_still_differs_from_program_to_program),
		cmocka_unit_test(a_key_that_is_in_use_is_not_replaced_by_a_thread_that_drew_too),
		cmocka_unit_test(a_byte_after_the_data_is_seen),
		cmocka_unit_test(any_watched_byte_between_the_data_and_the_end_is_seen),
		cmocka_unit_test(a_byte_before_the_data_is_seen),
		cmocka_unit_test(a_byte_before_the_data_of_a_slot_is_seen_by_both_neighbours),
		cmocka_unit_test(no_two_canaries_are_the_same),
		cmocka_unit_test(a_corrupted_buffer_is_wiped),
		cmocka_unit_test(the_memory_of_a_corrupted_buffer_is_given_back),
	};

	if (argc == 2)
		return main_of_program(atoi(argv[1]));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
