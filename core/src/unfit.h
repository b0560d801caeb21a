/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* unfit.c: why a text was OSML_EFORMAT to this thread, for osml_explain(). */
#ifndef OSML_UNFIT_H
#define OSML_UNFIT_H

#include <stddef.h>

/* `why` is a static text that goes on from "Line 1 of the text". Returns OSML_EFORMAT. */
int osml__unfit(const char *why, size_t line);
const char *osml__unfit_why(size_t *line); /* NULL: this thread has met none, or there was no memory to note it */

#endif
