/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The scripted platform layer. The linker puts it between the core and every function of core/src/os.h (--wrap). Unarmed it forwards each call to the real
 * system. Armed, one call, or some calls of one function, answer a code instead, and the system is not asked.
 * Functions that cannot fail are forwarded and not counted, but for the recorder.
 */
#ifndef OSML_TEST_OS_FAKE_H
#define OSML_TEST_OS_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
 * Bytes that the core has mapped through the platform layer and not unmapped, guard pages included. What libc maps for itself is not among them:
 * since 2.41 glibc's getrandom() maps pages at its first use, and musl's malloc() maps and unmaps as it likes (audit R7).
 * FAKE_NOT_COUNTED: the program is linked without the fake.
 */
#define FAKE_NOT_COUNTED SIZE_MAX
size_t fake_mapped(void);

/*
 * Memory that the core could not give back because the fake refused "unmap" or "protect" is lost by design (T28). This gives it back, so that
 * what else is lost can be seen. It answers how many mappings there were.
 */
unsigned fake_unmap_lost(void);

/* Calls number `from` to `to`, counted from here, of malloc() and calloc() by what is linked into the program answer NULL. */
void fake_refuse_memory(unsigned from, unsigned to);
unsigned fake_memory_refused(void); /* how many, since fake_reset() */
size_t fake_allocations(void);      /* how many are not freed; those of others that are freed here make it less */

/*
 * The scenery: what the system looks like to calls that are forwarded to it. fake_reset() takes it away.
 */
void fake_redirect(const char *path, const char *to); /* who opens `path` gets `to`; three paths at most */
void fake_share(size_t most);                         /* "read" and "write" move at most so many bytes a call; 0: no limit */
void fake_emulator(int answer);                       /* "emulated" answers this */
void fake_no_stack_bounds(void);                      /* "stack_left" is unknown */
/* "error_mode" succeeds, and this was the mode before; its record has the new one as `len`. */
void fake_windows(const uint32_t *error_mode);
void fake_quota_can_be_raised(void); /* "raise_lock_limit" succeeds, and nothing is changed */
/*
 * `hook` runs on the caller's thread before the named function, which may also be "mutex_lock", "close" or "terminal_close", and before the
 * script has its say. "unmapped" is the moment after an unmap, "mutex_unlock" that after one is released, "wiped" that after osml__wipe().
 */
void fake_hook(const char *function, void (*hook)(void));

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
