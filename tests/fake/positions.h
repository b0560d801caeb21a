/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Every call to the system fails once at every position of a scenario. Each run has a child of its own: so the library is unused at first, and
 * the calls of its start can fail too. After each run nothing is left behind, and the same scenario succeeds.
 */
#ifndef OSML_TEST_POSITIONS_H
#define OSML_TEST_POSITIONS_H

#include <stdbool.h>

struct scenario {
	const char *name;
	int (*run)(void); /* 0, or the first failure; closes all that it opened */
};
#define SCENARIO(name)      \
	{                   \
#name, name \
	}

/* Runs each scenario with each call answering -ENOMEM, -EPERM and OSML_EUNSUPPORTED, and prints how many calls there were. */
void positions_try(const struct scenario *scenarios, unsigned count);

/* For scenarios: `rc`, after a check that it is a code that the header allows while a call answers the scripted code. */
int positions_documented(int rc);
int positions_code(void);
void positions_fired_elsewhere(void); /* a child that the scenario forked met the fault */

#endif
