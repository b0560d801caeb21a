/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* sweep.c: all buffers at once. No sweep takes a lock or allocates: another thread may hold a lock for ever, and a signal may have come anywhere. */
#ifndef OSML_SWEEP_H
#define OSML_SWEEP_H

#include <stdint.h>

void osml__sweep_forked(uint32_t generation); /* in a forked child */
void osml__sweep_all(void);                   /* closes and wipes what is open: at exit, and for osml_purge() */

#endif
