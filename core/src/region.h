/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* pagetable.c: how many regions hold each page. All of it under OSML__MUTEX_REGIONS. */
#ifndef OSML_REGION_H
#define OSML_REGION_H

#include "internal.h"

enum osml__count { OSML__COUNT_LOCK, OSML__COUNT_NODUMP, OSML__COUNTS };

int osml__pagetable_reserve(size_t more); /* room for so many more pages, so that no change below can fail */
uint32_t osml__pagetable_count(const void *page, enum osml__count which);
void osml__pagetable_change(const void *page, enum osml__count which, int change); /* a page with no count left is forgotten */

#endif
