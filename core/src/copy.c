/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"
#include "secret.h"

/*
 * memcpy() leaves the last bytes that it moved in vector registers, where they stay until other code uses those: the kernel writes
 * them into a core file, and a lazily bound call spills them to the stack (both seen: tests/proof). So secrets go through general
 * registers, which the next few instructions overwrite, in words that the compiler cannot join into vectors; of the middle sizes in blocks
 * through vector registers that are cleared at once, which takes half as long; and long runs by one string instruction.
 */
#define WORD  sizeof(size_t)
#define BLOCK 64u
#define LONG  2048u

static inline void copy_word(unsigned char *to, const unsigned char *from)
{
	size_t word;

	memcpy(&word, from, sizeof word);
	word = osml__opaque(word);
	memcpy(to, &word, sizeof word);
}

static inline void copy_byte(unsigned char *to, const unsigned char *from)
{
	*(volatile unsigned char *)to = *(const volatile unsigned char *)from;
}

#if defined(__GNUC__) && defined(__x86_64__)
/* Blocks of 64 bytes, at least one; how many bytes are left. The vector registers are zero afterwards. */
static inline size_t copy_blocks(unsigned char **to, const unsigned char **from, size_t n)
{
	__asm__ __volatile__("1:\n\t"
	                     "movdqu (%1), %%xmm0\n\t"
	                     "movdqu 16(%1), %%xmm1\n\t"
	                     "movdqu 32(%1), %%xmm2\n\t"
	                     "movdqu 48(%1), %%xmm3\n\t"
	                     "movdqu %%xmm0, (%0)\n\t"
	                     "movdqu %%xmm1, 16(%0)\n\t"
	                     "movdqu %%xmm2, 32(%0)\n\t"
	                     "movdqu %%xmm3, 48(%0)\n\t"
	                     "add $64, %1\n\t"
	                     "add $64, %0\n\t"
	                     "sub $64, %2\n\t"
	                     "cmp $64, %2\n\t"
	                     "jae 1b\n\t"
	                     "pxor %%xmm0, %%xmm0\n\t"
	                     "pxor %%xmm1, %%xmm1\n\t"
	                     "pxor %%xmm2, %%xmm2\n\t"
	                     "pxor %%xmm3, %%xmm3"
	                     : "+r"(*to), "+r"(*from), "+r"(n)
	                     :
	                     : "xmm0", "xmm1", "xmm2", "xmm3", "cc", "memory");
	return n;
}
#endif

static void copy_up(unsigned char *to, const unsigned char *from, size_t n)
{
#if defined(__GNUC__) && defined(__x86_64__)
	if (n >= BLOCK && n < LONG)
		n = copy_blocks(&to, &from, n);
	if (n >= LONG) {
		__asm__ __volatile__("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
		return;
	}
#endif
	for (; OSML__BY_WORDS && n >= 4 * WORD; n -= 4 * WORD, to += 4 * WORD, from += 4 * WORD) {
		copy_word(to, from);
		copy_word(to + WORD, from + WORD);
		copy_word(to + 2 * WORD, from + 2 * WORD);
		copy_word(to + 3 * WORD, from + 3 * WORD);
	}
	for (; OSML__BY_WORDS && n >= WORD; n -= WORD, to += WORD, from += WORD)
		copy_word(to, from);
	while (n--)
		copy_byte(to++, from++);
}

static void copy_down(unsigned char *to, const unsigned char *from, size_t n)
{
	for (; OSML__BY_WORDS && n >= WORD; n -= WORD)
		copy_word(to + n - WORD, from + n - WORD);
	while (n--)
		copy_byte(to + n, from + n);
}

OSML__CLEAN_REGISTERS void osml__copy(void *to, const void *from, size_t n)
{
	if ((uintptr_t)to - (uintptr_t)from < n)
		copy_down(to, from, n);
	else
		copy_up(to, from, n);
}
