/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What other libraries' functions leave behind: the stack below the caller, and the vector registers. */
#include "cpu.h"
#include "internal.h"

#define DEPTH   ((size_t)256 << 10)
#define UNKNOWN ((size_t)4 << 10) /* is wiped of a stack whose end the system does not tell: a coroutine's, a signal handler's */

/* An own frame of `n` bytes lies where the frames of earlier calls lay. */
static OSML__NOINLINE void wipe_frames(size_t n)
{
#if defined(__GNUC__)
	osml__wipe(__builtin_alloca(n), n);
#else
	unsigned char frame[UNKNOWN];
	(void)n;
	osml__wipe(frame, sizeof frame);
#endif
}

/* The compiler saves and restores those that the platform's convention gives to the caller. */
#if defined(__GNUC__) && defined(__x86_64__)
#define LOW_REGISTERS \
	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

__attribute__((target("avx"))) static OSML__NOINLINE void wipe_avx(void)
{
	__asm__ __volatile__("vzeroall" ::: LOW_REGISTERS);
}

__attribute__((target("avx512f"))) static OSML__NOINLINE void wipe_avx512(void)
{
#define ZERO(n) "vpxorq %%zmm" #n ", %%zmm" #n ", %%zmm" #n "\n\t"
#define MASK(n) "kxorw %%k" #n ", %%k" #n ", %%k" #n "\n\t"
	__asm__ __volatile__(ZERO(16) ZERO(17) ZERO(18) ZERO(19) ZERO(20) ZERO(21) ZERO(22) ZERO(23) ZERO(24) ZERO(25) ZERO(26) ZERO(27)
	                             ZERO(28) ZERO(29) ZERO(30) ZERO(31) MASK(0) MASK(1) MASK(2) MASK(3) MASK(4) MASK(5) MASK(6) MASK(7)
	                     : /* all of them are the callee's */
	                     :
	                     : "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27",
	                       "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6", "k7");
}

static void wipe_registers(void)
{
	if (osml__cpu_has_avx512())
		wipe_avx512();
	if (osml__cpu_has_avx()) {
		wipe_avx();
		return;
	}
#define ZERO_SSE(n) "pxor %%xmm" #n ", %%xmm" #n "\n\t"
	__asm__ __volatile__(ZERO_SSE(0) ZERO_SSE(1) ZERO_SSE(2) ZERO_SSE(3) ZERO_SSE(4) ZERO_SSE(5) ZERO_SSE(6) ZERO_SSE(7) ZERO_SSE(8)
	                             ZERO_SSE(9) ZERO_SSE(10) ZERO_SSE(11) ZERO_SSE(12) ZERO_SSE(13) ZERO_SSE(14) ZERO_SSE(15)::
	                                     : LOW_REGISTERS);
}
#elif defined(__GNUC__) && defined(__aarch64__)
static void wipe_registers(void)
{
#define ZERO(n) "movi v" #n ".2d, #0\n\t"
	/* The low halves of v8 to v15 are the caller's. */
	__asm__ __volatile__(ZERO(0) ZERO(1) ZERO(2) ZERO(3) ZERO(4) ZERO(5) ZERO(6) ZERO(7) ZERO(16) ZERO(17) ZERO(18) ZERO(19) ZERO(20)
	                             ZERO(21) ZERO(22) ZERO(23) ZERO(24) ZERO(25) ZERO(26) ZERO(27) ZERO(28) ZERO(29) ZERO(30) ZERO(31)
	                     :
	                     :
	                     : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23",
	                       "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
}
#else
static void wipe_registers(void)
{
}
#endif

/* Half of what is left at most: at a stack's end lie pages that some hosts protect, as Java does. */
void osml_scrub(void)
{
	size_t left = osml__os_stack_left();

	wipe_frames(!left ? UNKNOWN : left / 2 < DEPTH ? left / 2 : DEPTH);
	wipe_registers();
}
