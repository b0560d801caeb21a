/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * spare.c: a few large mappings that were used and wiped, for the next buffer of the same size: to fault hundreds of pages costs more than all that
 * is done with them. Nobody can access them; they are locked as far as pages may be idle. Under OSML__MUTEX_POOL.
 */
#ifndef OSML_SPARE_H
#define OSML_SPARE_H

#include "internal.h"

int osml__spare_take(struct osml__mapping *m, size_t size, uint32_t want); /* 0, 1: there is none, or OSML__REFUSED() */
bool osml__spare_give(struct osml__mapping *m);                            /* false: it is not kept */
void osml__spare_unlock(void);                                             /* all of them; the caller has the mutex */
bool osml__spare_forget(void);                                             /* unmaps them; whether there were any */
void osml__spare_forked(uint32_t generation);

#endif
