/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "canary.h"

#include "cpu.h"
#include "life.h"
#include "secret.h"

uint64_t osml__canary_key;
static _Atomic size_t corruptions[OSML__KINDS];
static bool ready, random_key; /* under OSML__MUTEX_HANDLES, until ready; they never change after that */

/*
 * The key is drawn before the mutex is taken, because the random generator may wait. Where there is none, a value that is
 * hard to guess from outside is used, and no canary is reported.
 */
int osml__canary_start(void)
{
	uint64_t key;
	int rc;

	osml__lock(OSML__MUTEX_HANDLES);
	rc = ready;
	osml__unlock(OSML__MUTEX_HANDLES);
	if (rc)
		return 0;
	rc = osml__os_random(&key, sizeof key);
	if (rc == OSML_EUNSUPPORTED)
		key = osml__os_process_seed();
	else if (rc)
		return rc;
	osml__lock(OSML__MUTEX_HANDLES);
	if (!ready) {
		osml__canary_key = key;
		random_key = rc == 0;
		ready = true;
	}
	osml__unlock(OSML__MUTEX_HANDLES);
	return 0;
}

uint32_t osml__canary_bit(void)
{
	return random_key ? OSML_CANARY : 0;
}

int osml__canary_count_corruption(enum osml__kind kind)
{
	atomic_fetch_add_explicit(&corruptions[kind], 1, memory_order_relaxed);
	return OSML_ECORRUPT;
}

/* But for its first byte, which may be the NUL of the buffer before. */
static void mend_fence(unsigned char *base)
{
	uint64_t value = osml__canary_value(base - 8);
	unsigned char bytes[8];

	memcpy(bytes, &value, sizeof bytes);
	for (int i = 1; i < 8; i++)
		atomic_store_explicit((_Atomic unsigned char *)(base - 8 + i), bytes[i], memory_order_relaxed);
}

int osml__canary_report(unsigned char *base, enum osml__kind kind)
{
	if (osml__canary_fence_differs(base))
		mend_fence(base);
	return osml__canary_count_corruption(kind);
}

uint64_t osml__corruptions(enum osml__kind kind)
{
	return atomic_load_explicit(&corruptions[kind], memory_order_relaxed);
}

/* A slot of the pool is looked at before it is handed out: twice as fast with 32 bytes at a time. */
#if defined(__GNUC__) && defined(__x86_64__)
typedef uint64_t wide __attribute__((vector_size(32), aligned(1)));

/*
 * At least 128 bytes. The loads of the loop are aligned, so that none lies across two cache lines; the first 32 and the last 128 bytes are
 * loaded without regard to that.
 */
__attribute__((target("avx2"))) static bool is_zero_avx2(const unsigned char *from, const unsigned char *to)
{
	const wide *at = (const wide *)(const void *)from, *last = (const wide *)(const void *)(to - 128);
	wide all = at[0] | last[0] | last[1], more = last[2] | last[3];

	for (at = (const wide *)(const void *)(from + 32 - ((uintptr_t)from & 31)); at < last; at += 4) {
		all |= at[0] | at[1];
		more |= at[2] | at[3];
	}
	all |= more;
	return !(all[0] | all[1] | all[2] | all[3]);
}

bool osml__canary_is_zero_wide(const unsigned char *from, const unsigned char *to)
{
	return to - from >= 128 && osml__cpu_has_avx2() ? is_zero_avx2(from, to) : osml__canary_is_zero(from, to);
}
#else
bool osml__canary_is_zero_wide(const unsigned char *from, const unsigned char *to)
{
	return osml__canary_is_zero(from, to);
}
#endif

static bool is_fence_or_zero(const unsigned char *block)
{
	uint64_t value = osml__canary_load(block);

	return !value || value == osml__canary_value(block);
}

void osml__canary_clear_free(unsigned char *from, unsigned char *to, enum osml__kind kind)
{
	bool clean = true;

	if (osml__canary_is_zero_wide(from, to))
		return;
	for (const unsigned char *at = from; at < to; at += 16) {
		if (!(osml__canary_load(at) | osml__canary_load(at + 8)))
			continue;
		clean &= (int)is_fence_or_zero(at) & (int)is_fence_or_zero(at + 8);
	}
	osml__wipe(from, (size_t)(to - from));
	if (!clean)
		osml__canary_count_corruption(kind);
}

OSML__CLEAN_REGISTERS void osml__canary_set_all(const struct osml__mapping *m, unsigned char *data, size_t len)
{
	osml__canary_fence(m->base + m->size);
	osml__canary_set(m->base, m->size, data, len);
}

OSML__CLEAN_REGISTERS bool osml__canary_all_intact(const struct osml__mapping *m, const unsigned char *data, size_t len)
{
	return osml__canary_intact(m->base, m->size, data, len);
}
