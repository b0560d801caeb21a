/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Put before each source of the core: what core/src/secret.h calls a verdict is defined from there on, so valgrind lets branches depend on it. */
#include <stdint.h>
#include <valgrind/memcheck.h>

static inline uint64_t ct_verdict(uint64_t verdict)
{
	VALGRIND_MAKE_MEM_DEFINED(&verdict, sizeof verdict);
	return verdict;
}
#define OSML__VERDICT(value) ct_verdict(value)
