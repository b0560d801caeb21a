/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * One handle, used by all threads at once while one closes it. In each round every answer is one that the header names, and what is seen in the
 * buffer is its own bytes or zeros, never those of the buffer that gets the memory next.
 */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS 5u
#define LEN     200u
#define OWN     0xAA
#define NEXT    0xBB /* in the buffers that take over freed memory */

/*
 * The roles write, read and wipe the same bytes at once, which is what is tested here, and to ThreadSanitizer a race. Only what touches nothing but
 * data is excused; the handle's own words and the tables are not.
 */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "race:osml__wipe\nrace:osml__copy\nrace:^memset$\nrace:same_bytes\nrace:check_own_bytes\n";
}

static pthread_barrier_t barrier;
static osml_buffer *shared;
static bool stop;                              /* set before the barrier that starts a round */
static _Atomic size_t used_open, found_closed; /* the control: both happen */

static void check_own_bytes(const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char seen = *(const volatile unsigned char *)&bytes[i]; /* one look: others are writing */

		CHECK(seen == OWN || seen == 0);
	}
}

static int allowed(int rc)
{
	CHECK(rc == 0 || rc == OSML_ECLOSED || rc == OSML_EPINNED || rc == OSML_EACCESS);
	if (rc == 0)
		used_open++;
	if (rc == OSML_ECLOSED)
		found_closed++;
	return rc;
}

static void write_it(void)
{
	allowed(osml_buffer_fill(shared, 0, OWN, LEN));
}

static void read_it(void)
{
	unsigned char bytes[LEN];
	int equal;

	if (allowed(osml_buffer_read(shared, 0, bytes, LEN)) == 0)
		check_own_bytes(bytes, LEN);
	allowed(osml_buffer_equal(&equal, shared, shared));
}

static void pin_it(void)
{
	void *data;
	size_t len;

	if (allowed(osml_buffer_pin(shared, &data, &len)))
		return;
	check_own_bytes(data, len);
	sched_yield();
	check_own_bytes(data, len);
	osml_buffer_unpin(shared);
}

static void protect_it(void)
{
	uint32_t bits;
	int rc = osml_buffer_protect(shared, OSML_ACCESS_READ);

	CHECK(rc == OSML_EUNSUPPORTED || allowed(rc) == rc);
	rc = osml_buffer_protect(shared, OSML_ACCESS_READWRITE);
	CHECK(rc == OSML_EUNSUPPORTED || allowed(rc) == rc);
	allowed(osml_buffer_wipe(shared));
	allowed(osml_buffer_protections(shared, &bits));
}

/* Whoever gets the memory next writes at once: a buffer released too early would show it. */
static void close_it(void)
{
	osml_buffer_options options = { .struct_size = sizeof options, .want = OSML_DEFAULT_PROTECTIONS, .policy = OSML_POLICY_DEFAULT };
	osml_buffer *next;

	sched_yield();
	allowed(osml_buffer_close(shared));
	CHECK_RC(osml_buffer_new(&next, LEN, &options), 0);
	CHECK_RC(osml_buffer_fill(next, 0, NEXT, LEN), 0);
	CHECK_RC(osml_buffer_close(next), 0);
	osml_buffer_free(next);
}

static void *play(void *role)
{
	for (;;) {
		pthread_barrier_wait(&barrier);
		if (stop)
			return NULL;
		((void (*)(void))role)();
		pthread_barrier_wait(&barrier);
	}
}

static void race(uint32_t want, size_t rounds)
{
	static void (*const roles[THREADS])(void) = { write_it, read_it, pin_it, protect_it, close_it };
	osml_buffer_options options = { .struct_size = sizeof options, .want = want, .policy = OSML_POLICY_STRICT };
	pthread_t threads[THREADS];
	size_t locked = support_locked_kib();
	uint64_t corruptions = 1;

	stop = false;
	used_open = found_closed = 0;
	CHECK(pthread_barrier_init(&barrier, NULL, THREADS + 1) == 0);
	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, play, (void *)roles[i]) == 0);
	/* A scheduler may let one side win every round for long: go on until the other has won too. */
	for (size_t i = 0; i < rounds || !used_open || !found_closed; i++) {
		CHECK_RC(osml_buffer_new(&shared, LEN, &options), 0);
		CHECK_RC(osml_buffer_fill(shared, 0, OWN, LEN), 0);
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		CHECK(!osml_buffer_data(shared));
		osml_buffer_free(shared);
	}
	stop = true;
	pthread_barrier_wait(&barrier);
	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	pthread_barrier_destroy(&barrier);
	CHECK_RC(osml_info(OSML_INFO_CORRUPTIONS, &corruptions), 0);
	CHECK(corruptions == 0);
	CHECK(used_open > 0 && found_closed > 0);
	support_settle();
	CHECK(support_locked_kib() == locked); /* every buffer's memory was released, once */
}

static size_t rounds(size_t natively)
{
	if (support_valgrind())
		return natively / 50;
	return support_sanitized() ? natively / 5 : natively;
}

static void a_small_buffer_is_closed_while_others_use_it(void **state)
{
	(void)state;
	race(OSML_DEFAULT_PROTECTIONS, rounds(8000));
}

static void a_guarded_buffer_is_closed_while_others_use_it(void **state)
{
	(void)state;
	race(OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, rounds(5000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_buffer_is_closed_while_others_use_it),
		cmocka_unit_test(a_guarded_buffer_is_closed_while_others_use_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
