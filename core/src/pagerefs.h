/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * pagerefs.c: how many regions, and mappings of the library itself, hold each page locked and out of core dumps. Under OSML__MUTEX_REGIONS,
 * but for osml__pagerefs_count_range().
 */
#ifndef OSML_PAGEREFS_H
#define OSML_PAGEREFS_H

#include "internal.h"

enum osml__count { OSML__COUNT_LOCK, OSML__COUNT_NODUMP, OSML__COUNTS };

int osml__pagerefs_reserve(size_t more); /* room for `more` pages, so that no change below can fail */
uint32_t osml__pagerefs_count(const void *page, enum osml__count which);
void osml__pagerefs_change(const void *page, enum osml__count which, int change); /* a page with no count left is forgotten */

/* Locks the mutex, and changes the counts of a mapping of the library. -ENOMEM is possible when `change` is positive. */
int osml__pagerefs_count_range(const unsigned char *base, size_t size, bool locked, bool nodump, int change);
void osml__pagerefs_forked(uint32_t generation);

#endif
