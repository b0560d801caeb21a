/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A signal handler that purges may interrupt a close or free anywhere, and end the process at once: the bytes must be gone by then. The processor's
 * trap flag interrupts each instruction of a call in turn.
 */
#define _GNU_SOURCE
#include "support.h"

#if defined(__x86_64__) && defined(__linux__)
#include <signal.h>
#include <ucontext.h>

#include "scenery.h"

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

/* Interrupts that call at instruction `wanted`, if it has so many; false: it has not. */
static bool interrupt(uint32_t want, bool pinned, void (*call)(void))
{
	bool interrupted;

	b = support_secret(LEN, want);
	CHECK_RC(osml_buffer_fill(b, 0, 'Q', LEN), 0);
	data = osml_buffer_data(b);
	if (pinned)
		CHECK_RC(osml_buffer_pin(b, NULL, NULL), 0);
	step = 0;
	left = false;
	__builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() | TRAP_FLAG);
	call();
	__builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() & ~(unsigned long long)TRAP_FLAG);
	interrupted = step >= wanted;
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
#else
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
