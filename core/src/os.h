/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The platform layer: all that the core asks of an operating system. Above it stands no OS macro and no OS header (tests/lint/os_layer.py).
 *
 * Preconditions, for every call: pointers are not NULL unless said; ranges do not overflow; where the parameter is called `size`, address and
 * size are whole pages, in bytes, and not 0. Every int is 0, or `-errno` of the one call that was refused, or OSML_EUNSUPPORTED where the
 * system has no such thing. Nothing here allocates from the heap, prints or remembers, but for what the comment says. Implementations:
 * os/<capability>-<system>.c, chosen in core/CMakeLists.txt and nowhere else.
 */
#ifndef OSML_OS_H
#define OSML_OS_H

#include <stdbool.h>

#include "osmemlock.h"

/* ---- Memory ---- */
size_t osml__os_page_size(void);

/* From this size on a mapping is aligned to it and may get a huge page, which costs the kernel about as much as a handful of small ones. */
#define OSML__HUGE_PAGE ((size_t)2 << 20)

/*
 * Maps `size` zero bytes, readable and writable, with `guard` bytes of inaccessible pages on either side (0: none). *addr is the usable
 * part.
 */
int osml__os_map(void **addr, size_t size, size_t guard);
/* The same in memfd_secret memory, which is locked, undumpable and NOFORK from the start; no descriptor stays open. */
int osml__os_map_secret(void **addr, size_t size, size_t guard);
int osml__os_unmap(void *addr, size_t size, size_t guard);
int osml__os_protect(void *addr, size_t size, unsigned access); /* OSML_ACCESS_* */
/* Lets the system take the pages back, which are not locked and all zero. They stay mapped, and read as zero. A hint. */
void osml__os_drop(void *addr, size_t size);

/* Any address and length; `len` 0 is 0 where the call exists. They must not be no-ops under a sanitizer. */
int osml__os_lock(const void *addr, size_t len);
int osml__os_unlock(const void *addr, size_t len);
/*
 * Locks mapped pages, those that are not in memory only once they are touched. Locked so, pages cost less when they are unlocked and locked again, or
 * change their access. What is locked already is locked so as well. OSML_EUNSUPPORTED: there is no such lock.
 */
int osml__os_lock_on_fault(const void *addr, size_t size);
int osml__os_any_locked(const void *addr, size_t size); /* 1: a page of these is locked; 0: none is, or the system does not tell */

int osml__os_nodump(void *addr, size_t size); /* these two accept size 0, as above */
int osml__os_dodump(void *addr, size_t size);
int osml__os_wipe_on_fork(void *addr, size_t size);
int osml__os_no_fork(void *addr, size_t size);

/* Stores in *bits which of LOCKED, NODUMP, WIPEONFORK, NOFORK, GUARDED, SECRETMEM the kernel reports for the pages. */
int osml__os_verify(const void *addr, size_t size, uint32_t *bits);

/* 0 when the pages are all mapped and can be read, so that a lock has no other reason to be refused than the system's limits; else -ENOMEM. */
int osml__os_readable(const void *addr, size_t size);

int osml__os_random(void *bytes, size_t n); /* OSML_EUNSUPPORTED: there is no source; not a cancellation point */
uint64_t osml__os_process_seed(void);       /* a value that is hard to guess from outside, where there is no random source */

/* ---- Process ---- */
struct osml__quota {
	uint64_t soft, hard; /* bytes of locked memory; OSML_UNLIMITED: none */
	uint64_t used;       /* by the process; OSML_UNLIMITED: unknown */
	int exempt;          /* 1: the limits do not bind this process (CAP_IPC_LOCK) */
};
int osml__os_lock_quota(struct osml__quota *quota);
/* The soft limit that binds this process; OSML_UNLIMITED: none. Quick: no file is read. */
int osml__os_lock_limit(uint64_t *bytes);

/* For `bytes` more to be locked; where a process may raise its own quota, and within a bound. */
int osml__os_raise_lock_limit(size_t bytes);

int osml__os_core_limit(uint64_t *soft, uint64_t *hard); /* OSML_UNLIMITED: none */
int osml__os_set_core_limit(uint64_t soft);              /* the hard limit is kept */
int osml__os_dumpable(int *dumpable);
int osml__os_set_dumpable(int dumpable);
int osml__os_error_mode(uint32_t *previous, uint32_t mode);

int osml__os_sanitized(void); /* 1: a sanitizer that fakes libc's mlock is in this process */
int osml__os_emulated(void);  /* 1: the kernel accepts advice that does not exist */

/* What to type to raise the lock limit, and where locks are forbidden whatever the limit: whole sentences, never NULL. */
const char *osml__os_limit_advice(void);
const char *osml__os_forbidden_advice(void);
/* The system's text and name for its own error code `-rc`, valid until this thread's next call; NULL when there is none. */
const char *osml__os_strerror(int rc);
const char *osml__os_error_name(int rc);

/* ---- Threads ---- */
enum osml__mutex { OSML__MUTEX_POOL, OSML__MUTEX_HANDLES, OSML__MUTEX_REGIONS, OSML__MUTEX_PROCESS, OSML__MUTEX_HARDEN, OSML__MUTEX_COUNT };
void osml__os_mutex_lock(enum osml__mutex which);
void osml__os_mutex_unlock(enum osml__mutex which);
void osml__os_mutexes_renew(void); /* in a forked child, where the one thread holds none of them */

/*
 * Registers what to call in a forked child, at exit, and at the end of each thread that called osml__os_thread_mark(), with the value given there.
 * Several threads may call it at once, and so may a child that was forked during the call: hooks may be called twice. Returns 0, or why hooks
 * are unavailable. `hooks` must stay valid until the process ends.
 */
struct osml__hooks {
	void (*forked)(void);
	void (*exiting)(void);
	void (*thread_ended)(void *mark);
};
int osml__os_start(const struct osml__hooks *hooks);
int osml__os_thread_mark(void *mark); /* instead of the one before */
/* A full memory barrier in every thread of the process that runs now, so that theirs can do without one. */
int osml__os_barrier(void);
uint64_t osml__os_process_id(void);
uint64_t osml__os_thread_id(void); /* not 0 where a process can be forked; a child's first thread has that of the one which forked */

/* How many bytes this thread's stack has left below the caller; 0 where that is unknown, as on a coroutine's stack. */
size_t osml__os_stack_left(void);

/* body(arg); and cleanup(arg) when the thread is cancelled or ended in it. */
void osml__os_with_cleanup(void (*body)(void *arg), void (*cleanup)(void *arg), void *arg);
/* Between these two calls this thread has no cancellation point. */
int osml__os_cancellation_off(void);
void osml__os_cancellation_restore(int before);

/* ---- Files, environment, terminal ---- */
int osml__os_open(int *fd, const char *path);                  /* for reading, not inherited by exec, and not to wait; may be -EINTR */
int osml__os_read(int fd, void *bytes, size_t n, size_t *got); /* *got 0: the end; may be -EINTR */
int osml__os_write(int fd, const void *bytes, size_t n, size_t *wrote); /* may be short, and -EINTR */
void osml__os_close(int fd);
bool osml__os_is_absolute(const char *path);
bool osml__os_is_name(const char *name);      /* it is not empty and names a file in whatever folder, no folder and no device */
int osml__os_fd_from_handle(intptr_t handle); /* as osml_fd_from_os_handle() */
/* Until a read or a write need not wait. -EAGAIN: not within so many milliseconds (-1: no limit); -EINTR. */
int osml__os_wait(int fd, bool to_write, int milliseconds);

/*
 * A program that runs beside this one: the first two of its standard descriptors are pipes, or /dev/null if it gets no input; it has no other of this
 * process but the standard ones, as far as the system can promise that.
 */
struct osml__child {
	long id;     /* 0: it has ended */
	int in, out; /* this process's ends; -1: closed. `in` does not wait */
	int status;  /* a descriptor that reports how it ended, even to a second waiter; -1: none */
};
int osml__os_child_start(struct osml__child *child, const osml_command *command);
#define OSML__CHILD_WRITES 1u /* there is something to read, or the end of it */
#define OSML__CHILD_READS  2u
/* Until it does one of the two. -EAGAIN: not within so many milliseconds (-1: no limit); -EINTR. */
int osml__os_child_wait(const struct osml__child *child, unsigned *ready, int milliseconds);
int osml__os_child_feed(struct osml__child *child, const void *bytes, size_t n,
                        size_t *wrote);                            /* -EPIPE, and no SIGPIPE: it reads no more */
void osml__os_child_shut(struct osml__child *child, unsigned way); /* closes this process's end of one of the two */
/*
 * Waits for it to end. *status: what it exited with, or minus the signal that killed it. -EAGAIN as above; -EINTR; -ECHILD: other code has waited
 * for it, and the system has no status any more.
 */
extern const int osml__os_child_signals; /* the highest number of a signal that can be meant; 0: this system has none */
int osml__os_child_end(struct osml__child *child, int *status, int milliseconds);
/* Closes what is open; kills it if it has not ended, and waits for that. Where the system refuses to kill it, it is left to itself. */
void osml__os_child_close(struct osml__child *child);
void osml__os_children_forget(void); /* in a forked process: undoes what its parent has set for the time that children of its own live */

struct osml__file {
	bool regular;
	uint64_t size; /* of a regular file; else 0 */
	unsigned mode; /* its permissions; 0 for a socket, and for memory that is a file */
};
#define OSML__MODE_UNKNOWN (~0u)
/* -ESOCKTNOSUPPORT: a socket of messages, which cuts those for which there is no room. */
int osml__os_file(struct osml__file *file, int fd);

/* -ENOENT: not set. Borrowed until osml__os_env_end(), or the environment changes; in place, or on Windows in UTF-8 and pages of its own. */
int osml__os_env(char **value, const char *name);
void osml__os_env_end(char *value);
int osml__os_env_remove(const char *name);
int osml__os_writable(const void *at, size_t n); /* -EFAULT: it is not all writable; 0 where the system cannot tell */
/* Where the process found its environment when it began, among other strings. Each ends with a NUL. *start equals *end where that is unknown. */
void osml__os_initial_strings(char **start, char **end);

/* Opens the terminal with echo off and the prompt shown. `restore` (of `struct osml__terminal`) undoes it. */
struct osml__terminal {
	int fd, signals;          /* signals: a descriptor that is readable when a signal is pending */
	unsigned char saved[128]; /* the terminal's settings before */
	unsigned char mask[128];  /* the thread's signal mask before */
	/* What the keys of the line editor send; 0: there is none, or the system edits by itself. */
	unsigned char erase, erase_word, erase_all, end;
	int signal; /* of a key, to be sent once the terminal is restored; 0: none */
};
int osml__os_terminal_open(struct osml__terminal *t, const char *prompt);
/*
 * Reads one byte of what was typed; *got 0: end of input. -EINTR: a signal is pending, held back until osml__os_terminal_close(). -EAGAIN: nothing came
 * for so many milliseconds (-1: no timeout).
 */
int osml__os_terminal_read(struct osml__terminal *t, unsigned char *key, size_t *got, int milliseconds);
void osml__os_terminal_close(struct osml__terminal *t);

#endif
