/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the core's tests share. Whether memory is locked is read from the kernel, /proc/self/smaps and VmLck, never from what a call returned.
 * Include it first: it brings cmocka with the headers cmocka wants before it.
 */
#ifndef OSML_TEST_SUPPORT_H
#define OSML_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "osmemlock.h"

/*
 * Like cmocka's assert_*, but also right in a forked child and in a thread, where cmocka's longjmp() would go to the wrong place: there
 * a failure prints its line and ends the process with CHILD_FAILED.
 */
#define CHECK(condition)         support_check(!!(condition), #condition, __FILE__, __LINE__)
#define CHECK_RC(call, expected) support_check_rc((call), (expected), #call, __FILE__, __LINE__)
void support_check(bool ok, const char *what, const char *file, int line);
void support_fail(const char *file, int line); /* does not return */
void support_check_rc(int rc, int expected, const char *what, const char *file, int line);

#define CHILD_FAILED    97
#define CHILD_SIGNALLED 1000 /* support_in_child() answers this plus the signal's number */

/* Runs body(arg) in a forked child. 0: it returned; else its exit status, or CHILD_SIGNALLED + signal. */
int support_in_child(void (*body)(void *arg), void *arg);
void support_end_with(int parent); /* this process, a child of that one */

/* For a test that runs wholly in a child of its own, so that it starts with an unused library. */
#define IN_CHILD(body, arg) support_check_child(support_in_child(body, arg), #body, __FILE__, __LINE__)
void support_check_child(int status, const char *what, const char *file, int line);
void support_test_in_child(void **state); /* a cmocka test whose initial state is the function to run there */

/* Takes CAP_IPC_LOCK from this process, for good, and sets both memlock limits. For use in a child. */
void support_limit_locked_memory(size_t bytes);
void support_set_lock_limit(size_t bytes); /* the limits alone */
bool support_lock_limit_binds(void);       /* this process */
/* What a buffer answers whose lock was refused with `rc`: where a limit binds this process ENOMEM and EAGAIN are its (core/src/limit.c). */
int support_refused_lock(int rc);

/* "SKIP: reason" on a line, and cmocka counts the test as skipped. Only in the test's own process. */
#define SKIP(reason)                          \
	do {                                  \
		printf("SKIP: %s\n", reason); \
		skip();                       \
	} while (0)
bool support_is_zero(const osml_buffer *b); /* its data and the NUL behind it */
bool support_valgrind(void);
bool support_sanitized(void);
bool support_glibc(void);
bool support_secretmem(void); /* memfd_secret(2) is available here */

/* A buffer with these protections, full of 0xEE. */
osml_buffer *support_secret(size_t len, uint32_t want);

/* ---- What the kernel says ---- */

const char *support_proc_folder(void); /* of this process */
size_t support_page_size(void);
size_t support_locked_kib(void); /* VmLck */
size_t support_open_fds(void);

size_t support_mappings(void); /* how many the process has */

/* The mapping that holds `addr`; false: there is none. */
struct support_mapping {
	uintptr_t start, end;
	char permissions[5]; /* "rw-p" */
	char flags[160];     /* " rd wr mr mw me ac lo " */
};
bool support_find_mapping(struct support_mapping *found, const void *addr);

/* Do all pages of [addr, addr+len) carry the flag of smaps: "lo" locked, "dd" no dump, "wf" wiped on fork, "dc" not forked? */
bool support_all_have(const void *addr, size_t len, const char *flag);
bool support_none_has(const void *addr, size_t len, const char *flag);

/* All ranges with the flag, in order, neighbours joined; free() them. For many questions at once. */
struct support_range {
	uintptr_t start, end;
};
struct support_range *support_ranges_with(const char *flag, size_t *count);
bool support_ranges_hold(const struct support_range *ranges, size_t count, const void *addr, size_t len);

/* ---- Nothing is left behind ---- */

/* Gives back what the library may keep: caches, idle pages and spare mappings. */
void support_settle(void);

/* `mapped` is what the core has mapped, as the fake counts it; handles, which are kept for ever, are not counted. */
struct support_snapshot {
	size_t locked_kib, fds, mapped;
};
struct support_snapshot support_snapshot(void); /* settles first */
#define ASSERT_BACK_TO(snapshot) support_assert_back_to((snapshot), __FILE__, __LINE__)
void support_assert_back_to(struct support_snapshot before, const char *file, int line); /* settles first */

#endif
