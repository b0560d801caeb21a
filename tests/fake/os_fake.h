/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The scripted seam. The linker puts it between the core and every function of core/src/os.h (--wrap). Unarmed it forwards each call to the real
 * system. Armed, one call, or some calls of one function, answer a code instead, and the system is not asked.
 * Functions that cannot fail are forwarded and not counted, but for the recorder.
 */
#ifndef OSML_TEST_OS_FAKE_H
#define OSML_TEST_OS_FAKE_H

#include <stdbool.h>
#include <stddef.h>

void fake_reset(void); /* forwards everything, counts from 0, forgets the record */

/* Both count anew. Call number `n`, counted from 1 over all functions, answers `code`. */
void fake_fail_at(unsigned n, int code);
/* Calls number `from` to `to` of the named function ("lock", "unmap" ...) answer `code`. */
void fake_fail_function(const char *function, unsigned from, unsigned to, int code);

unsigned fake_calls(void); /* of functions that can fail, since one of the above */
unsigned fake_calls_of(const char *function);
unsigned fake_fired(void);             /* how many calls answered a scripted code since fake_reset() */
const char *fake_fired_function(void); /* the last of them, or NULL */

/*
 * Memory that the core could not give back because the fake refused "unmap" or "protect" is lost by design (item T28). This gives it back, so that
 * what else is lost can be seen. It answers how many mappings there were.
 */
unsigned fake_unmap_lost(void);

/* The recorder: from fake_record() on, all calls in order. */
struct fake_call {
	const char *function;
	const void *addr; /* NULL where the call has none */
	size_t len;
	int answer;
	bool zero; /* all bytes of the range were zero, or could not be read, when the call came */
};
void fake_record(void);
size_t fake_recorded(void);
const struct fake_call *fake_call(size_t i);

#endif
