/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* arena.c: mappings between two guard pages, from which spans take pages in a row. All of it under OSML__MUTEX_POOL. */
#ifndef OSML_ARENA_H
#define OSML_ARENA_H

#include "pagestate.h"

bool osml__arena_has_room(enum osml__kind kind, unsigned count);
OSML__COLD int osml__arena_take(struct osml__arena **out, unsigned *first, enum osml__kind kind,
                                unsigned count);                                /* unused pages, in a row */
void osml__arena_return(struct osml__arena *a, unsigned first, unsigned count); /* without users */
uint16_t osml__arena_protections(const struct osml__arena *a);                  /* of a page that is locked */
OSML__COLD void osml__arena_trim(void);                                         /* gives idle pages back */

struct osml__arena_totals {
	size_t live, idle, locked; /* bytes; live: of slots that are handed out, to caches too */
};
OSML__COLD struct osml__arena_totals osml__arena_totals(enum osml__kind kind);

OSML__COLD void osml__arena_forked(void);
bool osml__arena_is_abandoned(const struct osml__arena *a); /* what was known of it was being changed when the child was forked */
void osml__arena_return_inherited(struct osml__arena *a, unsigned count); /* unmaps it with its last span */

#endif
