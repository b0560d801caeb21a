/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Marks of blocks as processors have them that exchange words only (GCC before 14 on RISC-V): a mark changes, and its neighbours in the word keep
 * theirs, whatever other threads do to them. The addresses are of no memory: the table never asks it.
 */
#undef __GCC_HAVE_SYNC_COMPARE_AND_SWAP_1

#include "support.h"

#include <pthread.h>

#include "blocks.h"

#define THREADS 4u
#define ROUNDS  400000u
#define BLOCKS  60000u
#define KIND    3u

/* Four for each word. */
static void *block(unsigned i)
{
	return (void *)(((uintptr_t)64 << OSML__PART_SHIFT) + i * ((uintptr_t)1 << OSML__MARK_SHIFT));
}

static void each_byte_of_a_word_is_claimed_by_itself(void **state)
{
	(void)state;
	for (unsigned own = 0; own < 4; own++) {
		for (unsigned i = 0; i < 4; i++)
			CHECK_RC(osml__block_begin(block(i), KIND + i, NULL), 0);
		assert_int_equal(osml__mark_kind(osml__block_claim(block(own))), KIND + own);
		assert_int_equal(osml__block_claim(block(own)), 0);
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(osml__block_at(block(i)), i == own ? 0 : osml__mark(block(i), KIND + i));
		osml__block_end(block(own));
	}
	for (unsigned i = 0; i < 3; i++)
		osml__block_end(block(i));
}

static pthread_barrier_t all_are_here;

/* Each thread has a byte of the same word. */
static void *begin_and_end(void *own)
{
	pthread_barrier_wait(&all_are_here);
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned kind = i % 16;

		CHECK_RC(osml__block_begin(own, kind, NULL), 0);
		CHECK(osml__block_at(own) == osml__mark(own, kind));
		CHECK(osml__block_claim(own) == osml__mark(own, kind));
		CHECK(osml__block_at(own) == 0);
		osml__block_end(own);
	}
	return NULL;
}

static void run(void *(*body)(void *own))
{
	pthread_t threads[THREADS];

	CHECK(pthread_barrier_init(&all_are_here, NULL, THREADS) == 0);
	for (unsigned i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, body, block(i)) == 0);
	for (unsigned i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	pthread_barrier_destroy(&all_are_here);
}

static void neighbours_that_change_meanwhile_lose_nothing(void **state)
{
	(void)state;
	run(begin_and_end);
}

static _Atomic unsigned claimed;

static void *claim_all(void *own)
{
	(void)own;
	pthread_barrier_wait(&all_are_here);
	for (unsigned i = 0; i < BLOCKS; i++)
		claimed += osml__block_claim(block(i)) != 0;
	return NULL;
}

static void of_all_threads_one_claims_a_block(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BLOCKS; i++)
		CHECK_RC(osml__block_begin(block(i), KIND, NULL), 0);
	run(claim_all);
	assert_int_equal(claimed, BLOCKS);
	for (unsigned i = 0; i < BLOCKS; i++)
		osml__block_end(block(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_of_a_word_is_claimed_by_itself),
		cmocka_unit_test(neighbours_that_change_meanwhile_lose_nothing),
		cmocka_unit_test(of_all_threads_one_claims_a_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
