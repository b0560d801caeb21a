/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The seam: all that the core asks of an operating system. Above it stands no OS macro and no OS header (tests/lint/os_seam.py).
 *
 * Preconditions, for every call: pointers are not NULL unless said; ranges do not overflow; where a name says `pages`, address and length
 * are whole pages and the length is not 0. Every int is 0, or `-errno` of the one call that was refused, or OSML_EUNSUPPORTED where the
 * system has no such thing. Nothing here allocates from the heap, prints or remembers, but for what the comment says. Implementations:
 * os/<capability>-<system>.c, chosen in core/CMakeLists.txt and nowhere else.
 */
#ifndef OSML_OS_H
#define OSML_OS_H

#include "osmemlock.h"

/* ---- Memory ---- */
size_t osml__os_page_size(void);

/* From this size on a mapping is aligned to it and may get a huge page, which costs the kernel about as much as a handful of small ones. */
#define OSML__HUGE_PAGE ((size_t)2 << 20)

/*
 * Maps `pages` zero bytes, readable and writable, with `guard` bytes of inaccessible pages on either side (0: none). *addr is the usable
 * part.
 */
int osml__os_map(void **addr, size_t pages, size_t guard);
/* The same in memfd_secret memory: locked, undumpable and NOFORK from birth; no descriptor stays open. */
int osml__os_map_secret(void **addr, size_t pages, size_t guard);
int osml__os_unmap(void *addr, size_t pages, size_t guard);
int osml__os_protect(void *addr, size_t pages, unsigned access); /* OSML_ACCESS_* */

/* Any address and length; `len` 0 is 0 where the call exists. They must not be no-ops under a sanitizer. */
int osml__os_lock(const void *addr, size_t len);
int osml__os_unlock(const void *addr, size_t len);

int osml__os_nodump(void *addr, size_t pages); /* these two accept 0 pages, as above */
int osml__os_dodump(void *addr, size_t pages);
int osml__os_wipe_on_fork(void *addr, size_t pages);
int osml__os_no_fork(void *addr, size_t pages);

/* *bits := which of LOCKED, NODUMP, WIPEONFORK, NOFORK, GUARDED, SECRETMEM the kernel reports for the pages. */
int osml__os_verify(const void *addr, size_t pages, uint32_t *bits);

int osml__os_random(void *bytes, size_t n);

/* ---- Process ---- */
struct osml__quota {
	uint64_t soft, hard; /* bytes of locked memory; OSML_UNLIMITED: none */
	uint64_t used;       /* by the process; OSML_UNLIMITED: the system does not tell */
	int exempt;          /* 1: the limits do not bind this process (CAP_IPC_LOCK) */
};
int osml__os_lock_quota(struct osml__quota *quota);

int osml__os_core_limit(uint64_t *soft, uint64_t *hard); /* OSML_UNLIMITED: none */
int osml__os_set_core_limit(uint64_t soft);              /* the hard limit is kept */
int osml__os_dumpable(int *dumpable);
int osml__os_set_dumpable(int dumpable);
int osml__os_error_mode(uint32_t *previous, uint32_t mode);

int osml__os_sanitized(void); /* 1: a sanitizer that fakes libc's mlock is in this process */
int osml__os_emulated(void);  /* 1: the kernel accepts advice that does not exist */

/* What to type to raise the lock limit: whole sentences, never NULL. */
const char *osml__os_limit_advice(void);
/* The system's text and name for its own error code `-rc`; the name is NULL when it is none of the commonest. */
void osml__os_strerror(int rc, char *buf, size_t len);
const char *osml__os_error_name(int rc);

/* ---- Threads ---- */
enum osml__mutex { OSML__MUTEX_POOL, OSML__MUTEX_HANDLES, OSML__MUTEX_REGIONS, OSML__MUTEX_PROCESS, OSML__MUTEX_HARDEN, OSML__MUTEX_COUNT };
void osml__os_mutex_lock(enum osml__mutex which);
void osml__os_mutex_unlock(enum osml__mutex which);

/* Once in the life of the process: registers what to call in a forked child (where all mutexes have just been made anew), at exit,
 * and at the end of each thread that called osml__os_thread_mark(), with the value given there. 0, or why it could not be had. */
struct osml__hooks {
	void (*forked)(void);
	void (*exiting)(void);
	void (*thread_ended)(void *mark);
};
int osml__os_start(const struct osml__hooks *hooks);
int osml__os_thread_mark(void *mark); /* NULL: nothing to be called */

/* ---- Files, environment, terminal ---- */
int osml__os_open(int *fd, const char *path);                           /* for reading, not inherited by exec; may be -EINTR */
int osml__os_read(int fd, void *bytes, size_t n, size_t *got);          /* *got 0: the end; may be -EINTR */
int osml__os_write(int fd, const void *bytes, size_t n, size_t *wrote); /* may be short, and -EINTR */
void osml__os_close(int fd);

int osml__os_env(char **value, const char *name); /* borrowed, in place, until the environment changes; -ENOENT: not set */
int osml__os_env_remove(const char *name);
/* Where the process found its environment when it began, among other strings. Each ends with a NUL. *start is *end where nobody knows. */
void osml__os_first_strings(char **start, char **end);

/* Opens the terminal with echo off and the prompt shown. `restore` (of `struct osml__terminal`) undoes it. */
struct osml__terminal {
	int fd, signals;          /* signals: a descriptor that is readable when a signal is pending */
	unsigned char saved[128]; /* the terminal's settings before */
	unsigned char mask[128];  /* the thread's signal mask before */
};
int osml__os_terminal_open(struct osml__terminal *t, const char *prompt);
/*
 * Reads what was typed; *got 0: end of input. -EINTR: a signal is pending, held back until osml__os_terminal_close(). -EAGAIN: nothing for so
 * many milliseconds; -1: for ever.
 */
int osml__os_terminal_read(struct osml__terminal *t, void *bytes, size_t n, size_t *got, int milliseconds);
void osml__os_terminal_close(struct osml__terminal *t);

#endif
