/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the attacks may ask of a process that holds a secret, and what the commands need of it. */
#ifndef OSML_PROOF_COMMANDS_H
#define OSML_PROOF_COMMANDS_H

#include "holder.h"

struct command {
	const char *name;
	void (*run)(long first, long second); /* its two numbers; prints one line "ready ANSWER" */
};
extern const struct command commands[]; /* ended by a NULL name */

extern const struct holder *holder;
extern void *held; /* the secret of descriptor 3 */

enum { MORE_FD = 4 };

/* The second secret, from MORE_FD. NULL: refused. */
void *hold_more(size_t most);
void *hold_from(int fd, size_t most);
/* Bytes that nobody looks for. NULL: refused. */
void *hold_filler(void);
void let_go(void *one);
uint64_t reported(void);
int sum_held(void);

#endif
