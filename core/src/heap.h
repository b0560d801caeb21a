/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* heap.c: memory that is locked, for code that knows malloc() and nothing of this library. */
#ifndef OSML_HEAP_H
#define OSML_HEAP_H

#include <stdint.h>

struct osml__heap_totals {
	uint64_t blocks, bytes; /* bytes: of their memory, what is lost to classes included */
};
struct osml__heap_totals osml__heap_totals(void);
uint64_t osml__foreign_frees(void);

#endif
