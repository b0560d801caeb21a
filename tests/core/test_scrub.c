/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* osml_scrub(): nothing is left of frames that have ended, and of vector registers; stacks of any kind survive it (audit U8). */
#define _GNU_SOURCE
#include "support.h"

#include <pthread.h>
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include "os_fake.h"

#define NEEDLE   0xA7
#define PADDING  16 /* bytes that the frames of osml_scrub() itself may skip, to be aligned */
#define NOINLINE __attribute__((noinline))

/* Bytes of the needle in a frame of `depth` bytes that has ended. Nothing is called meanwhile, which would write there. */
static NOINLINE size_t needles(uintptr_t address, size_t depth)
{
	const volatile unsigned char *at = (const volatile unsigned char *)address;
	size_t n = 0;

	for (size_t i = 0; i < depth; i++)
		n += at[i] == NEEDLE;
	return n;
}

static uintptr_t ended;

static NOINLINE void leave_a_frame(size_t depth)
{
	volatile unsigned char *frame = __builtin_alloca(depth);

	for (size_t i = 0; i < depth; i++)
		frame[i] = NEEDLE;
	ended = (uintptr_t)frame;
}

static bool frames_cannot_be_seen(void)
{
	return support_sanitized() || support_valgrind();
}

static void the_frames_of_calls_that_returned_are_wiped(void **state)
{
	size_t depths[] = { 256, 5000, 60000, 200000 };

	(void)state;
	if (frames_cannot_be_seen())
		SKIP("a stack frame that has ended cannot be looked at");
	for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
		size_t control, left;

		leave_a_frame(depths[i]);
		control = needles(ended, depths[i]);
		osml_scrub();
		left = needles(ended, depths[i]);
		CHECK(control > depths[i] / 2);
		CHECK(left <= PADDING);
	}
}

/* ---- Stacks of any kind ---- */

static void *scrub_here(void *unused)
{
	volatile unsigned char mine[64];

	for (size_t i = 0; i < sizeof mine; i++)
		mine[i] = NEEDLE;
	osml_scrub();
	CHECK(needles((uintptr_t)mine, sizeof mine) == sizeof mine); /* the caller's own frame is not touched */
	return unused;
}

static void a_thread_with_the_smallest_stack_survives(void **state)
{
	size_t sizes[] = { 0, 4096, 60000, 1 << 20 };
	long least = sysconf(_SC_THREAD_STACK_MIN);
	pthread_attr_t attributes;
	pthread_t thread;

	(void)state;
	if (support_sanitized())
		least = 1 << 18; /* the sanitizer's own frames */
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		CHECK(pthread_attr_init(&attributes) == 0);
		CHECK(pthread_attr_setstacksize(&attributes, (size_t)least + sizes[i]) == 0);
		CHECK(pthread_create(&thread, &attributes, scrub_here, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
		pthread_attr_destroy(&attributes);
	}
}

static ucontext_t outside, inside;
static unsigned char coroutine[96 << 10];

static void body(void)
{
	scrub_here(NULL);
}

static void a_coroutine_survives(void **state)
{
	(void)state;
	if (support_sanitized())
		SKIP("the sanitizers follow no change of stacks");
	CHECK(getcontext(&inside) == 0);
	inside.uc_stack.ss_sp = coroutine;
	inside.uc_stack.ss_size = sizeof coroutine;
	inside.uc_link = &outside;
	makecontext(&inside, body, 0);
	CHECK(swapcontext(&outside, &inside) == 0);
}

static void where_the_stacks_bounds_are_unknown_the_next_pages_are_wiped(void **state)
{
	size_t control, left;

	(void)state;
	if (frames_cannot_be_seen())
		SKIP("a stack frame that has ended cannot be looked at");
	fake_no_stack_bounds();
	leave_a_frame(2000);
	control = needles(ended, 2000);
	osml_scrub();
	left = needles(ended, 2000);
	fake_reset();
	CHECK(control > 1000);
	CHECK(left <= PADDING);
}

/* ---- Registers ---- */

#define ROWS  16
#define WIDTH 64

static unsigned char pattern[WIDTH];

#define EACH(X)              X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define LOW_ARM(X)           X(0, 0) X(1, 1) X(2, 2) X(3, 3) X(4, 4) X(5, 5) X(6, 6) X(7, 7)
#define HIGH_1(X)            X(16, 0) X(17, 1) X(18, 2) X(19, 3) X(20, 4) X(21, 5) X(22, 6) X(23, 7)
#define HIGH_2(X)            X(24, 8) X(25, 9) X(26, 10) X(27, 11) X(28, 12) X(29, 13) X(30, 14) X(31, 15)
#define EACH_HIGH(X)         HIGH_1(X) HIGH_2(X)
#define LOAD_SSE(n)          "movdqu (%0), %%xmm" #n "\n\t"
#define STORE_SSE(n)         "movdqu %%xmm" #n ", " #n "*64(%0)\n\t"
#define LOAD_AVX(n)          "vmovdqu (%0), %%ymm" #n "\n\t"
#define STORE_AVX(n)         "vmovdqu %%ymm" #n ", " #n "*64(%0)\n\t"
#define LOAD_AVX512(n, row)  "vmovdqu64 (%0), %%zmm" #n "\n\t"
#define STORE_AVX512(n, row) "vmovdqu64 %%zmm" #n ", " #row "*64(%0)\n\t"
#define LOAD_ARM(n, row)     "ldr q" #n ", [%0]\n\t"
#define STORE_ARM(n, row)    "str q" #n ", [%0, #" #row "*64]\n\t"

/* This function is compiled for no wide registers, so the compiler itself changes none between these statements. */
#define MOVE(instructions, bytes) __asm__ __volatile__(instructions::"r"(bytes) : REGISTERS "memory")
#define FILLED_AND_SCRUBBED(load, store)      \
	do {                                  \
		MOVE(load, pattern);          \
		MOVE(store, rows);            \
		control = found();            \
		memset(rows, 0, sizeof rows); \
		MOVE(load, pattern);          \
		osml_scrub();                 \
		MOVE(store, rows);            \
	} while (0)

#if defined(__x86_64__) || defined(__aarch64__)
static unsigned char rows[ROWS][WIDTH];

static size_t found(void)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof rows; i++)
		n += (&rows[0][0])[i] == NEEDLE;
	return n;
}
#endif

#if defined(__x86_64__)
#define REGISTERS                                                                                                                    \
	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", \
	        "xmm15",

static void vector_registers_are_wiped(void **state)
{
	size_t control;

	(void)state;
	FILLED_AND_SCRUBBED(EACH(LOAD_SSE), EACH(STORE_SSE));
	CHECK(control == (size_t)ROWS * 16 && found() == 0);
	if (__builtin_cpu_supports("avx")) {
		FILLED_AND_SCRUBBED(EACH(LOAD_AVX), EACH(STORE_AVX));
		CHECK(control == (size_t)ROWS * 32 && found() == 0);
	}
	if (__builtin_cpu_supports("avx512f")) {
		FILLED_AND_SCRUBBED(EACH_HIGH(LOAD_AVX512), EACH_HIGH(STORE_AVX512));
		CHECK(control == (size_t)ROWS * 64 && found() == 0);
	}
}
#elif defined(__aarch64__)
#define REGISTERS                                                                                                                    \
	"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", \
	        "v27", "v28", "v29", "v30", "v31",

static void vector_registers_are_wiped(void **state)
{
	size_t control;

	(void)state;
	FILLED_AND_SCRUBBED(LOW_ARM(LOAD_ARM), LOW_ARM(STORE_ARM));
	CHECK(control == (size_t)8 * 16 && found() == 0);
	FILLED_AND_SCRUBBED(EACH_HIGH(LOAD_ARM), EACH_HIGH(STORE_ARM));
	CHECK(control == (size_t)ROWS * 16 && found() == 0);
}
#else
static void vector_registers_are_wiped(void **state)
{
	(void)state;
	SKIP("which registers are to be wiped is known for x86-64 and arm64 alone");
}
#endif

static void buffers_are_not_changed(void **state)
{
	osml_buffer *b = support_secret(40, OSML_DEFAULT_PROTECTIONS);
	unsigned char byte = 0;

	(void)state;
	osml_scrub();
	CHECK_RC(osml_buffer_read(b, 39, &byte, 1), 0);
	CHECK(byte == 0xEE);
	osml_buffer_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_frames_of_calls_that_returned_are_wiped),
		cmocka_unit_test(a_thread_with_the_smallest_stack_survives),
		cmocka_unit_test(a_coroutine_survives),
		cmocka_unit_test(where_the_stacks_bounds_are_unknown_the_next_pages_are_wiped),
		cmocka_unit_test(vector_registers_are_wiped),
		cmocka_unit_test(buffers_are_not_changed),
	};
	memset(pattern, NEEDLE, sizeof pattern);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
