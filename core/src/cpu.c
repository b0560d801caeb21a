/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpu.h"

#include <stdatomic.h>
#include <stdint.h>

#if defined(__GNUC__) && defined(__x86_64__)
enum { ASKED = 1, AVX = 2, AVX2 = 4, AVX512 = 8 };

static void cpuid(uint32_t leaf, uint32_t *b, uint32_t *c)
{
	uint32_t a = leaf, d;

	*c = 0;
	__asm__("cpuid" : "+a"(a), "=b"(*b), "+c"(*c), "=d"(d));
	if (leaf == 0)
		*b = a; /* the highest leaf */
}

/* By hand, because __builtin_cpu_supports() brings a constructor along, and nothing here may run when the library is loaded. */
static int ask(void)
{
	const uint32_t osxsave_and_avx = 3u << 27, ymm = 6, zmm = 0xE6, avx2 = 1u << 5, avx512f = 1u << 16;
	uint32_t b = 0, c, highest, enabled, d;

	cpuid(0, &highest, &c);
	cpuid(1, &b, &c);
	if ((c & osxsave_and_avx) != osxsave_and_avx)
		return 0;
	__asm__("xgetbv" : "=a"(enabled), "=d"(d) : "c"(0));
	if ((enabled & ymm) != ymm)
		return 0;
	if (highest < 7)
		return AVX;
	cpuid(7, &b, &c);
	return AVX | (b & avx2 ? AVX2 : 0) | ((enabled & zmm) == zmm && b & avx512f ? AVX512 : 0);
}

static int features(void)
{
	static _Atomic int answer;
	int known = atomic_load_explicit(&answer, memory_order_relaxed);

	if (!known) {
		known = ASKED | ask();
		atomic_store_explicit(&answer, known, memory_order_relaxed);
	}
	return known;
}

bool osml__cpu_has_avx(void)
{
	return features() & AVX;
}

bool osml__cpu_has_avx2(void)
{
	return features() & AVX2;
}

bool osml__cpu_has_avx512(void)
{
	return features() & AVX512;
}
#endif
