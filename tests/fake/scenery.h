/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What os_fake.c asks of scenery.c. */
#ifndef OSML_TEST_SCENERY_H
#define OSML_TEST_SCENERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void scenery_reset(void);
const char *scenery_path(const char *path); /* what to open instead */
size_t scenery_share(size_t n);             /* how many of `n` bytes to move at once */
void scenery_enter(const char *function);   /* runs the hook */
bool scenery_stack_bounds_known(void);

bool scenery_error_mode(uint32_t *previous);
bool scenery_raises_quota(void);
void memory_reset(void); /* of memory.c */
/* Reads through the kernel, so that a page without access is not a crash: how many bytes could be read. */
size_t fake_peek(void *to, const void *from, size_t n);

#endif
