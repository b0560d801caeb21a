/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A signal handler that purges may interrupt a close or free anywhere, and end the process at once: the bytes must be gone by then. It may interrupt
 * what makes a buffer, too, and nothing is written to that one afterwards. The processor's trap flag interrupts each instruction of a call in turn.
 */
#define _GNU_SOURCE
#include "support.h"

#if defined(__x86_64__) && defined(__linux__)
#include <signal.h>
#include <ucontext.h>

#include "scenery.h"
#include "storage.h"

#define TRAP_FLAG 0x100u
#define LEN       64u
#define KEPT      (OSML_LOCKED | OSML_NODUMP | OSML_CANARY)

static osml_buffer *b;
static const unsigned char *data;
static volatile unsigned step, wanted;
static volatile bool left, purges;

static bool is_secret_there(void)
{
	unsigned char bytes[LEN];
	size_t n = fake_peek(bytes, data, LEN);

	for (size_t i = 0; i < n; i++)
		if (bytes[i] == 'Q')
			return true;
	return false;
}

static void trapped(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	if (++step != wanted)
		return;
	if (purges)
		osml_purge();
	left = is_secret_there();
	((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)TRAP_FLAG;
}

static void close_it(void)
{
	osml_buffer_close(b);
}

static void free_it(void)
{
	osml_buffer_free(b);
	b = NULL;
}

#define NOTHING_MOVES_ACROSS __asm__ __volatile__("" ::: "memory") /* else the compiler moves accesses across a change of the flags */

/* Interrupts that call at instruction `wanted`, if it has so many; false: it has not. */
static bool run_to(void (*call)(void))
{
	step = 0;
	left = false;
	NOTHING_MOVES_ACROSS;
	__builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() | TRAP_FLAG);
	call();
	__builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() & ~(unsigned long long)TRAP_FLAG);
	NOTHING_MOVES_ACROSS;
	return step >= wanted;
}

static bool interrupt(uint32_t want, bool pinned, void (*call)(void))
{
	bool interrupted;

	b = support_secret(LEN, want);
	CHECK_RC(osml_buffer_fill(b, 0, 'Q', LEN), 0);
	data = osml_buffer_data(b);
	if (pinned)
		CHECK_RC(osml_buffer_pin(b, NULL, NULL), 0);
	interrupted = run_to(call);
	if (b && pinned)
		osml_buffer_unpin(b);
	osml_buffer_free(b);
	return interrupted;
}

/* The first instruction after which the secret is left, or 0. With guards there are system calls and many instructions, of which every fifth is taken. */
static unsigned first_left(uint32_t want, bool pinned, void (*call)(void))
{
	for (wanted = 1; interrupt(want, pinned, call); wanted += want & OSML_GUARDED ? 5 : 1)
		if (left)
			return wanted;
	CHECK(wanted > 50); /* control: a call has more instructions than that */
	return 0;
}

static void a_purge_leaves_nothing_at_any_instruction_of_a_close_or_free(void **state)
{
	static const uint32_t kinds[] = { OSML_DEFAULT_PROTECTIONS, KEPT, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED };
	struct sigaction action = { .sa_sigaction = trapped, .sa_flags = SA_SIGINFO }, before;

	(void)state;
	if (support_valgrind() || support_sanitized())
		SKIP("the instructions of an instrumented program are not the library's");
	osml_buffer_free(support_secret(LEN, OSML_DEFAULT_PROTECTIONS)); /* the thread has its cache */
	CHECK(sigaction(SIGTRAP, &action, &before) == 0);
	purges = false;
	CHECK(first_left(kinds[0], false, close_it) > 0); /* control */
	purges = true;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		CHECK(first_left(kinds[i], false, close_it) == 0);
		CHECK(first_left(kinds[i], true, close_it) == 0);
		CHECK(first_left(kinds[i], false, free_it) == 0);
	}
	CHECK(sigaction(SIGTRAP, &before, NULL) == 0);
}

/* ---- What makes a buffer ---- */

static unsigned char plain[LEN];
static int rc;

static void take_it(void)
{
	rc = osml_buffer_take(&b, plain, LEN, NULL);
}

static void join_it(void)
{
	const osml_piece piece = { NULL, plain, 0, LEN };

	rc = osml_buffer_join(&b, &piece, 1, NULL);
}

/* A buffer that was closed meanwhile has nothing of it. */
static void check_result(bool interrupted, unsigned *closed)
{
	uint32_t held;

	if (rc) {
		assert_int_equal(rc, OSML_ECLOSED);
		assert_null(b);
		assert_int_equal(plain[0], 'Q'); /* for another try */
		++*closed;
		return;
	}
	data = osml__storage_bounds(b).base + b->before;
	if (interrupted && purges && osml_buffer_protections(b, &held) == OSML_ECLOSED)
		assert_false(is_secret_there());
	else
		assert_true(is_secret_there()); /* control */
	osml_buffer_free(b);
}

static unsigned closed_within(void (*call)(void))
{
	unsigned closed = 0;
	bool interrupted = true;

	for (wanted = 1; interrupted; wanted++) {
		memset(plain, 'Q', LEN);
		interrupted = run_to(call);
		check_result(interrupted, &closed);
	}
	return closed;
}

static void what_is_made_during_a_purge_is_a_whole_buffer_or_none(void **state)
{
	struct sigaction action = { .sa_sigaction = trapped, .sa_flags = SA_SIGINFO }, before;

	(void)state;
	if (support_valgrind() || support_sanitized())
		SKIP("the instructions of an instrumented program are not the library's");
	osml_buffer_free(support_secret(LEN, OSML_DEFAULT_PROTECTIONS));
	CHECK(sigaction(SIGTRAP, &action, &before) == 0);
	purges = false;
	CHECK(closed_within(take_it) == 0); /* control */
	purges = true;
	CHECK(closed_within(take_it) > 0);
	CHECK(closed_within(join_it) > 0);
	CHECK(sigaction(SIGTRAP, &before, NULL) == 0);
}
#else
static void what_is_made_during_a_purge_is_a_whole_buffer_or_none(void **state)
{
	(void)state;
	SKIP("the trap flag is that of x86-64, and where it lies in a signal's frame that of Linux");
}

static void a_purge_leaves_nothing_at_any_instruction_of_a_close_or_free(void **state)
{
	(void)state;
	SKIP("the trap flag is that of x86-64, and where it lies in a signal's frame that of Linux");
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_purge_leaves_nothing_at_any_instruction_of_a_close_or_free),
		cmocka_unit_test(what_is_made_during_a_purge_is_a_whole_buffer_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
