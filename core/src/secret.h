/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What keeps compilers from leaking secret values into branches and registers. */
#ifndef OSML_SECRET_H
#define OSML_SECRET_H

#include <stddef.h>
#include <stdint.h>

/*
 * Returns the value, about which the compiler then knows nothing: it can neither make a branch of a mask (clang does: audit C10) nor join what is
 * done for one byte with the same for the next in a vector register, where secrets last.
 */
static inline size_t osml__opaque(size_t value)
{
#if defined(__GNUC__)
	__asm__ __volatile__("" : "+r"(value) : : "memory");
	return value;
#else
	volatile size_t hidden = value;
	return hidden;
#endif
}

/* The same of a word: compilers put no part of it in a vector register. */
static inline uint64_t osml__opaque_word(uint64_t word)
{
#if defined(__GNUC__) && SIZE_MAX >= UINT64_MAX
	__asm__ __volatile__("" : "+r"(word));
	return word;
#else
	return osml__opaque((size_t)word) | (uint64_t)osml__opaque((size_t)(word >> 32)) << 32;
#endif
}

/*
 * Secrets are moved and compared in words. Where a processor wants words aligned, the compiler would join the bytes of one on the stack, where they
 * stay: there it goes by bytes.
 */
#if defined(__riscv) && !defined(__riscv_misaligned_fast)
#define OSML__BY_WORDS 0
#else
#define OSML__BY_WORDS 1
#endif

/*
 * A result that is public although it is computed from secrets: branches may depend on it, but not on what it is made of, into which clang would
 * split them. tests/ct declares it so to valgrind.
 */
#ifndef OSML__VERDICT
#define OSML__VERDICT(value) osml__opaque_word(value)
#endif

/*
 * For a function that ends with a secret in a register: the registers that it used are zero when it returns. Some compilers save whatever rax
 * holds to the stack to align it (R3). Not in line, where the attribute would be lost.
 */
#if defined(__has_attribute)
#if __has_attribute(zero_call_used_regs)
#define OSML__CLEAN_REGISTERS __attribute__((noinline, zero_call_used_regs("used-gpr")))
#endif
#endif
#ifndef OSML__CLEAN_REGISTERS
#define OSML__CLEAN_REGISTERS
#endif

#endif
