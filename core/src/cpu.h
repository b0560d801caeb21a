/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which vector registers this processor has, and the system saves. */
#ifndef OSML_CPU_H
#define OSML_CPU_H

#include <stdbool.h>

#if defined(__GNUC__) && defined(__x86_64__)
bool osml__cpu_has_avx(void);
bool osml__cpu_has_avx2(void);
bool osml__cpu_has_avx512(void);
#endif

#endif
