/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* malloc(), calloc() and free(), between the C library and what is linked into the program: the core, and the test itself. */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "os_fake.h"
#include "scenery.h"

static _Atomic unsigned asked, refused;
static _Atomic size_t live;
static unsigned first = 1, last; /* which are refused; none */

void memory_reset(void)
{
	fake_refuse_memory(1, 0);
	refused = 0;
}

void fake_refuse_memory(unsigned from, unsigned to)
{
	first = from;
	last = to;
	asked = 0;
}

unsigned fake_memory_refused(void)
{
	return refused;
}

static int is_refused(void)
{
	unsigned n = ++asked;

	if (n < first || n > last)
		return 0;
	refused++;
	return 1;
}

size_t fake_allocations(void)
{
	return live;
}

static void *counted(void *memory)
{
	live += memory != NULL;
	return memory;
}

/* What lies behind an allocation is no zero, so that a look past its end shows; where AddressSanitizer watches, it has to be the end itself. */
#if defined(__SANITIZE_ADDRESS__)
static const size_t behind = 0;
#else
static const size_t behind = 256;
#endif

static void *with_end(unsigned char *memory, size_t n)
{
	if (memory)
		memset(memory + n, 0xA5, behind);
	return counted(memory);
}

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_malloc(size_t n)
{
	return is_refused() || n > SIZE_MAX - behind ? NULL : with_end(__real_malloc(n + behind), n);
}

void *__real_calloc(size_t count, size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_calloc(size_t count, size_t n)
{
	if (is_refused() || (n && count > (SIZE_MAX - behind) / n))
		return NULL;
	return with_end(__real_calloc(1, count * n + behind), count * n);
}

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory)
{
	live -= memory != NULL;
	__real_free(memory);
}
