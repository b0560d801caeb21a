/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* GMP on the heap: mp_set_memory_functions(). The limbs of a number are the secret's bytes, as they are. */
#include "user.h"

#include <gmp.h>
#include <string.h>

static mpz_t key, power;

static void *allocate(size_t n)
{
	return user_allocator->allocate(n);
}

static void *move(void *p, size_t before, size_t n)
{
	(void)before;
	return user_allocator->move(p, n);
}

static void release(void *p, size_t n)
{
	(void)n;
	user_allocator->release(p);
}

void user_work(const char *secret, size_t len)
{
	mpz_t shifted, modulus;

	mp_set_memory_functions(allocate, move, release);
	mpz_inits(key, power, shifted, modulus, NULL);
	mpz_import(key, len, -1, 1, 0, 0, secret);
	for (unsigned long bits = 64; bits < 40000; bits += 640) {
		mpz_mul_2exp(shifted, key, bits); /* grows: moved again and again */
		mpz_add(shifted, shifted, key);
	}
	mpz_tdiv_q_2exp(shifted, shifted, 39744);
	user_must(mpz_sgn(shifted) > 0, "mpz_tdiv_q_2exp");
	mpz_setbit(modulus, 2049);
	mpz_sub_ui(modulus, modulus, 1);
	mpz_powm(power, key, key, modulus);
	mpz_clears(shifted, modulus, NULL);
}

void user_end(void)
{
	mpz_clears(key, power, NULL);
}
