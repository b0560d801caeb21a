/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * osmemlock - memory for secrets: out of swap, core dumps, forked children and stray copies.
 *
 * THE RULES, for every function below:
 *
 * - A function that can fail returns `int`: 0, or a negative number that osml_error_name(), osml_strerror() and
 *   osml_explain() understand. `-errno` (on Windows `-GetLastError()`) means that the system refused, with its own number,
 *   unchanged. An `OSML_E*` code means that this library did. errno itself is neither read nor promised.
 * - Arguments: the object, then outputs, then inputs; a length in bytes follows its pointer; flags come last.
 *   A constructor takes `**out` first and sets it to NULL when it fails.
 * - NULL, a closed handle or one inherited by fork() gives an error, never a crash. Unknown flag bits are refused.
 * - What a constructor hands out is owned by the caller, and the comment names the function that frees it. A `data` pointer is
 *   borrowed, and the comment says until when.
 * - Any function may be called from any thread. On one handle all may race with each other, except the one that frees it: that call
 *   must be the last. Two threads that write the same bytes at once need their own lock, as with any memory.
 * - After fork() the child may use the library at once. Each section says what a child sees. A child made by clone(2) or _Fork(), which run
 *   no fork handlers, must not use it.
 * - Nothing happens at load time. The library never prints, exits, raises a signal or changes the process unasked; at exit it
 *   wipes the buffers that are still alive.
 */
#ifndef OSMEMLOCK_H
#define OSMEMLOCK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ---------------------------------------------------------------------------------------------------------------- */

/** The version of this header. The only place where it is written. Before 1.0 a minor version may change the ABI. */
#define OSML_VERSION_MAJOR 0
#define OSML_VERSION_MINOR 1
#define OSML_VERSION_PATCH 0

/* OSML_API(major, minor) stands before every public function: exported, and since which version. */
#if defined(_WIN32) && defined(OSML_BUILD_SHARED)
#define OSML__EXPORT __declspec(dllexport)
#elif defined(_WIN32) && defined(OSML_USE_SHARED)
#define OSML__EXPORT __declspec(dllimport)
#elif defined(__GNUC__)
#define OSML__EXPORT __attribute__((visibility("default")))
#else
#define OSML__EXPORT
#endif
#define OSML_API(major, minor) OSML__EXPORT

#if defined(__GNUC__)
#define OSML_MUST_CHECK __attribute__((warn_unused_result))
#else
#define OSML_MUST_CHECK
#endif

/** The version of the library that is running, "major.minor.patch". Static, never freed. */
OSML_API(0, 1) const char *osml_version(void);

/* ---- Errors ----------------------------------------------------------------------------------------------------------------- */

/** X(name, value, message): every code of the library's own. Values are never renumbered and never reused. */
#define OSML_ERROR_MAP(X)                                                                \
	X(OSML_EUNSUPPORTED, -10001, "this platform or build cannot do that")            \
	X(OSML_EINVAL, -10002, "invalid argument; the system was not asked")             \
	X(OSML_ERANGE, -10003, "outside the buffer")                                     \
	X(OSML_ELIMIT, -10004, "the limit on locked memory is reached")                  \
	X(OSML_ECLOSED, -10005, "the buffer is closed")                                  \
	X(OSML_EFORKED, -10006, "made before fork(); the contents stayed in the parent") \
	X(OSML_EPINNED, -10007, "the buffer is pinned or in use")                        \
	X(OSML_EACCESS, -10008, "the buffer's access mode forbids that")                 \
	X(OSML_ECORRUPT, -10009, "a canary died: something wrote outside its buffer")    \
	X(OSML_ETOOBIG, -10010, "the input is longer than the maximum asked for")

#define OSML__ENUM(name, value, message) name = value,
/** The library's own codes; see OSML_ERROR_MAP for their meaning. */
enum osml_error { OSML_ERROR_MAP(OSML__ENUM) OSML_OK = 0 };
#undef OSML__ENUM

/** The code's name: "OSML_ELIMIT", "OSML_OK", "ENOMEM" for the commonest system errors, else "OSML_ESYSTEM". Static. */
OSML_API(0, 1) const char *osml_error_name(int rc);

/** What the code means, a short phrase without a full stop. Static for the library's codes, else valid until this thread's next call. */
OSML_API(0, 1) const char *osml_strerror(int rc);

/**
 * One sentence for a person, written to `buf` (always ended by NUL, cut to `len` bytes): what was refused, the number that was exceeded,
 * what is in use, and what to type. For OSML_ELIMIT it names the size of this thread's last refused request; call it right after.
 * Returns the length of the whole sentence without its NUL (like snprintf), or OSML_EINVAL when `buf` is NULL and `len` is not 0.
 */
OSML_API(0, 1) int osml_explain(int rc, char *buf, size_t len);

/* ---- Locks by address: the system's own calls ------------------------------------------------------------------------------- */
/*
 * Thin: one check for overflow, one system call, no state. They work on whole pages, so memory that shares a page with the range is
 * affected too, and one osml_munlock() undoes every lock of that page. When several secrets may share pages, use a region or
 * a buffer. `len` 0 succeeds without a look at `addr` wherever the platform has the call, and is OSML_EUNSUPPORTED where it has not.
 * A range whose end, rounded up to a page, does not fit the address space is OSML_EINVAL. Children of fork() inherit no locks
 * (mlock(2)); they do inherit the dump exclusion (madvise(2)).
 */

/** Locks the pages of [addr, addr+len) in RAM: mlock(2), VirtualLock. On failure some of the pages may stay locked (mlock(2)). */
OSML_API(0, 1) OSML_MUST_CHECK int osml_mlock(const void *addr, size_t len);

/** Unlocks them: munlock(2), VirtualUnlock. Never writes to the memory: osml_wipe() first. */
OSML_API(0, 1) int osml_munlock(const void *addr, size_t len);

/**
 * Keeps the pages of [addr, addr+len) out of core dumps: MADV_DONTDUMP on Linux, MADV_NOCORE on FreeBSD, OSML_EUNSUPPORTED elsewhere.
 * Rounds outward to whole pages on every system, so `addr` needs no alignment. There is no undo here; a region has one.
 */
OSML_API(0, 1) OSML_MUST_CHECK int osml_madvise_dontdump(void *addr, size_t len);

/** Sets `len` bytes to zero in a way that no optimiser removes, like explicit_bzero(3). The pages must be writable. */
OSML_API(0, 1) int osml_wipe(void *addr, size_t len);

/* ---- Regions: locks on memory that you own ---------------------------------------------------------------------------------- */
/*
 * A region is a lock on memory that belongs to the caller: an array, a heap block, a mapping. A process-wide table counts the regions of
 * each page, so releasing one never unlocks a neighbour, and nesting means the same on every system. The caller must
 * keep the memory mapped until the region is released. The table knows regions only: do not mix with osml_munlock() on the
 * same pages. In a child of fork() the table is empty and nothing is locked.
 */
typedef struct osml_region osml_region;

/** Flag: also keep the pages out of core dumps; dumped again when the last such region of a page leaves. */
#define OSML_REGION_DONTDUMP 1u

/** Flag: set the bytes to zero before they are unlocked; not in a child of fork(), where shared memory is the parent's too. */
#define OSML_REGION_WIPE 2u

/**
 * Locks every page that [addr, addr+len) touches. All or nothing: after a failure exactly the pages that were unlocked before are
 * unlocked again. `*out` is owned by the caller, free with osml_region_unlock(). `len` 0 is a region without pages. Errors: OSML_ELIMIT
 * (quota), -ENOMEM (a hole or an inaccessible page), OSML_EINVAL, OSML_EUNSUPPORTED.
 */
OSML_API(0, 1) OSML_MUST_CHECK int osml_region_lock(osml_region **out, void *addr, size_t len, unsigned flags);

/**
 * Unlocks the pages that no other region holds, and frees the handle, whatever it returns. NULL is 0.
 * In a child of fork(): OSML_EFORKED, the memory is left alone, the handle is freed.
 */
OSML_API(0, 1) int osml_region_unlock(osml_region *region);

/* ---- Core dumps of the whole process ---------------------------------------------------------------------------------------- */
/*
 * Both set the soft RLIMIT_CORE to 0 and keep the hard limit (setrlimit(2)); OSML_EUNSUPPORTED where there is no such limit. Children
 * inherit it. A limit of 0 does not stop a dump that is piped to a handler ("|..." in core(5)): osml_harden() does.
 */
typedef struct osml_core_dumps_guard osml_core_dumps_guard;

/** Switches core dumps off for good. Guards that are alive will not switch them on again. */
OSML_API(0, 1) OSML_MUST_CHECK int osml_disable_core_dumps_for_process(void);

/** Switches core dumps off until the last guard is released. `*out` is owned by the caller, free with osml_core_dumps_guard_release(). */
OSML_API(0, 1) OSML_MUST_CHECK int osml_disable_core_dumps_with_guard(osml_core_dumps_guard **out);

/**
 * Releases a guard and frees it, whatever it returns; any order is right. The last one restores the soft limit that the first one found. A
 * limit that someone else set meanwhile is left as it is. -EPERM: the hard limit was lowered below the saved one, and the
 * soft limit went up to the hard one only. NULL is 0.
 */
OSML_API(0, 1) int osml_core_dumps_guard_release(osml_core_dumps_guard *guard);

/* ---- Windows error mode ----------------------------------------------------------------------------------------------------- */
/*
 * SetErrorMode on Windows, OSML_EUNSUPPORTED elsewhere; the constants exist on every platform. Process-wide, inherited by children.
 * SEM_NOGPFAULTERRORBOX also stops Windows Error Reporting and thus its dumps. `previous` may be NULL.
 */
#define OSML_SEM_FAILCRITICALERRORS 0x0001u
#define OSML_SEM_NOGPFAULTERRORBOX  0x0002u
#define OSML_SEM_NOOPENFILEERRORBOX 0x8000u

/** Replaces the error mode by `mode`; `*previous` is the one before, ready to be set again. */
OSML_API(0, 1) int osml_set_windows_error_mode(uint32_t *previous, uint32_t mode);

/** Sets the three bits above and no other, as the crate os-memlock does. */
OSML_API(0, 1) int osml_suppress_windows_error_dialogs_for_process(uint32_t *previous);

/* ---- The locked buffer ------------------------------------------------------------------------------------------------------ */
/*
 * A buffer is a fixed number of bytes, zero at birth, in memory that the library owns, protects and wipes. Up to about 2 KiB buffers share
 * locked pages (one costs little more than malloc); larger and special ones get pages of their own. One NUL byte always
 * follows the data, so a text can be read as a C string.
 *
 * In a child of fork() an inherited buffer answers OSML_EFORKED, and the bytes at its address are zero (WIPEONFORK) or not mapped (NOFORK);
 * closing and freeing it there is safe. A buffer made with neither bit is copied into the child, locked again there, and usable; a pin that
 * another thread of the parent had stays counted there until the buffer is freed.
 */
typedef struct osml_buffer osml_buffer;

/* Protection bits: the same set for asking and for reporting. */
#define OSML_LOCKED     0x01u /* stays in RAM, out of swap */
#define OSML_NODUMP     0x02u /* left out of core dumps */
#define OSML_WIPEONFORK 0x04u /* a child of fork() sees zeros */
#define OSML_NOFORK     0x08u /* not mapped in a child of fork(); does WIPEONFORK's duty too */
#define OSML_CANARY     0x10u /* bytes around the data that tell of a write outside, checked at release and by osml_buffer_verify() */
#define OSML_GUARDED    0x20u /* pages of its own between inaccessible pages; osml_buffer_protect() works */
#define OSML_SECRETMEM  0x40u /* memfd_secret(2): unreadable even through /proc/PID/mem; includes LOCKED, NODUMP and NOFORK */
/* While a SECRETMEM buffer is alive Linux refuses to hibernate, so it is never a default. */
#define OSML_DEFAULT_PROTECTIONS (OSML_LOCKED | OSML_NODUMP | OSML_WIPEONFORK | OSML_CANARY)

/** What to do when a protection cannot be had. */
#define OSML_POLICY_DEFAULT     0u /* LOCKED must hold wherever the platform can lock at all; the rest is reported */
#define OSML_POLICY_STRICT      1u /* every bit asked for must hold, or there is no buffer */
#define OSML_POLICY_BEST_EFFORT 2u /* a protection is never a reason to fail; ask osml_buffer_protections() what holds */

/** Start from OSML_BUFFER_OPTIONS_INIT. Fields may be added at the end; an older library refuses one that is not 0. */
typedef struct osml_buffer_options {
	size_t struct_size;                /* sizeof(osml_buffer_options) */
	uint32_t want;                     /* protection bits asked for; more than asked may hold */
	uint32_t policy;                   /* OSML_POLICY_* */
	size_t alignment;                  /* of the data, a power of two up to the page size; 0: enough for any type */
	int (*interrupted)(void *context); /* asked after a signal while a call waits; not 0: give up, -EINTR. NULL: go on */
	void *context;
} osml_buffer_options;

#define OSML_BUFFER_OPTIONS_INIT                                                                       \
	{                                                                                              \
		sizeof(osml_buffer_options), OSML_DEFAULT_PROTECTIONS, OSML_POLICY_DEFAULT, 0, 0, NULL \
	}

/**
 * Makes a buffer of `len` zero bytes (0 is allowed). `options` NULL: the defaults. `*out` is owned by the caller, free with
 * osml_buffer_free(). Errors: OSML_ELIMIT (the lock quota; osml_explain() tells what to type), -ENOMEM, OSML_EINVAL, OSML_EUNSUPPORTED
 * (STRICT).
 */
OSML_API(0, 1) OSML_MUST_CHECK int osml_buffer_new(osml_buffer **out, size_t len, const osml_buffer_options *options);

/**
 * Wipes the data now. The memory goes when the last pin goes, zero until then; the handle stays and answers OSML_ECLOSED.
 * A second close is 0. Returns OSML_ECORRUPT when a canary had died; the buffer is wiped and closed all the same.
 */
OSML_API(0, 1) int osml_buffer_close(osml_buffer *b);

/** Closes the buffer if need be and frees the handle, which no thread may use again. Pins end with it. NULL is fine. */
OSML_API(0, 1) void osml_buffer_free(osml_buffer *b);

/** The data, borrowed until the buffer is closed (pin it to outlive a close). NULL when closed, forked or without read access. */
OSML_API(0, 1) void *osml_buffer_data(const osml_buffer *b);

/** The number of data bytes, also of a closed buffer; 0 for NULL. */
OSML_API(0, 1) size_t osml_buffer_len(const osml_buffer *b);

/**
 * Borrows the data until osml_buffer_unpin(): it stays mapped even when another thread closes the buffer, which then reads as zeros.
 * Pins are counted. `data` and `len` may be NULL.
 */
OSML_API(0, 1) OSML_MUST_CHECK int osml_buffer_pin(osml_buffer *b, void **data, size_t *len);

/** Gives one pin back. One call too many is ignored. */
OSML_API(0, 1) void osml_buffer_unpin(osml_buffer *b);

/** `*pins` := how many pins are held now, also of a closed buffer. A call that is under way on another thread counts as one. */
OSML_API(0, 1) int osml_buffer_pins(const osml_buffer *b, size_t *pins);

/** Copies `n` bytes in, at `offset`. OSML_ERANGE when they do not fit: nothing is written. */
OSML_API(0, 1) int osml_buffer_write(osml_buffer *b, size_t offset, const void *bytes, size_t n);

/** Copies `n` bytes out, from `offset`. The copy in `bytes` is the caller's to protect. OSML_ERANGE: nothing is read. */
OSML_API(0, 1) int osml_buffer_read(const osml_buffer *b, size_t offset, void *bytes, size_t n);

/** Sets `n` bytes at `offset` to `byte`. */
OSML_API(0, 1) int osml_buffer_fill(osml_buffer *b, size_t offset, unsigned char byte, size_t n);

/** Fills `n` bytes at `offset` from the system's random generator (getrandom(2)), straight into the buffer. */
OSML_API(0, 1) OSML_MUST_CHECK int osml_buffer_random(osml_buffer *b, size_t offset, size_t n);

/** Copies `n` bytes between buffers, or within one (overlap is right). */
OSML_API(0, 1) int osml_buffer_copy(osml_buffer *to, size_t to_offset, const osml_buffer *from, size_t from_offset, size_t n);

/** Sets all data to zero in a way that no optimiser removes. */
OSML_API(0, 1) int osml_buffer_wipe(osml_buffer *b);

/** `*equal` := 1 when both hold the same bytes, else 0. The time depends on the lengths only, never on the contents. */
OSML_API(0, 1) OSML_MUST_CHECK int osml_buffer_equal(int *equal, const osml_buffer *a, const osml_buffer *b);

#define OSML_ACCESS_NONE      0u
#define OSML_ACCESS_READ      1u
#define OSML_ACCESS_READWRITE 3u

/**
 * Sets what this process may do with the data of an OSML_GUARDED buffer (mprotect(2)); OSML_EUNSUPPORTED for others. OSML_EPINNED while
 * pinned or in use by another thread. A barrier against stray reads and writes, not against dumps, debuggers or /proc/PID/mem.
 */
OSML_API(0, 1) OSML_MUST_CHECK int osml_buffer_protect(osml_buffer *b, unsigned access);

/** `*bits` := the protections that hold, from what the system answered when the buffer was made. Not what was asked for. */
OSML_API(0, 1) int osml_buffer_protections(const osml_buffer *b, uint32_t *bits);

/**
 * `*bits` := those of them that the kernel confirms now (/proc/self/smaps: slow, milliseconds in a large process), and checks the canary:
 * OSML_ECORRUPT when it died. OSML_EUNSUPPORTED where the system cannot be asked.
 */
OSML_API(0, 1) OSML_MUST_CHECK int osml_buffer_verify(osml_buffer *b, uint32_t *bits);

/**
 * Replaces hex text by the bytes it means and shortens the buffer. Anything but pairs of hex digits is OSML_EINVAL, and nothing changes.
 */
OSML_API(0, 1) OSML_MUST_CHECK int osml_buffer_decode_hex(osml_buffer *b);

/**
 * The same for base64 (RFC 4648), either alphabet, with or without padding. Both decoders need no table and no branch on the secret
 * digits.
 */
OSML_API(0, 1) OSML_MUST_CHECK int osml_buffer_decode_base64(osml_buffer *b);

/**
 * Writes all the data to a file descriptor, in as many pieces as it takes. SIGPIPE is the caller's to block. When the buffer is closed
 * meanwhile, OSML_ECLOSED tells that the rest was zeros. Of `options` (NULL: none) only `interrupted` counts: after EINTR or a short write it
 * decides as in a source, and how much of the data is out then nobody tells.
 */
OSML_API(0, 1) OSML_MUST_CHECK int osml_buffer_write_fd(const osml_buffer *b, int fd, const osml_buffer_options *options);

/* ---- Sources: secrets that never pass through an ordinary string ------------------------------------------------------------ */
/*
 * Each makes a buffer just long enough for what it read, with `options` as in osml_buffer_new(), owned by the caller, free with
 * osml_buffer_free(). The input may be `max` bytes long before a newline is trimmed; longer is OSML_ETOOBIG and all that was read is
 * wiped. After EINTR `options->interrupted` decides (the prompt asks it five times a second, since a signal may have gone to another
 * thread): called on this thread, with no lock held,
 * and never left by longjmp() or an exception.
 */

/** Flag: drop one newline ("\n" or "\r\n") at the end. Without it every byte is kept. */
#define OSML_TRIM_NEWLINE 1u

/** Reads `fd` to its end. The descriptor stays open and is the caller's. */
OSML_API(0, 1)
OSML_MUST_CHECK int osml_buffer_from_fd(osml_buffer **out, int fd, size_t max, const osml_buffer_options *options, unsigned flags);

/** Reads a file. The kernel's page cache keeps its own copy: for secrets at rest prefer a tmpfs, a pipe or a credential. */
OSML_API(0, 1)
OSML_MUST_CHECK int osml_buffer_from_file(osml_buffer **out, const char *path, size_t max, const osml_buffer_options *options,
                                          unsigned flags);

/**
 * Takes a variable out of the environment: copies its value, overwrites the original and unsets it. On Linux what the process was started with
 * is overwritten too, an argument "NAME=..." as well, so that /proc/PID/environ shows NULs even where an interpreter moved the environment (but
 * not under an ld.so that was started by hand, nor under valgrind). -ENOENT: not set. OSML_EINVAL: a name that no variable has (empty, or
 * with "="). On failure the variable is left alone. Like setenv(3) not safe while another thread uses the environment.
 */
OSML_API(0, 1)
OSML_MUST_CHECK int osml_buffer_from_env(osml_buffer **out, const char *name, size_t max, const osml_buffer_options *options,
                                         unsigned flags);

/** Reads the systemd credential `name` from $CREDENTIALS_DIRECTORY (systemd.exec(5)). -ENOENT: no such directory or credential. */
OSML_API(0, 1)
OSML_MUST_CHECK int osml_buffer_from_credential(osml_buffer **out, const char *name, size_t max, const osml_buffer_options *options,
                                                unsigned flags);

/**
 * Asks on the controlling terminal (/dev/tty) with echo off, and reads one line, without its newline. -ENXIO: no terminal. A
 * signal that would end or stop the process is held back, the terminal is restored, and then the signal takes its course; if the process
 * survives, the answer is -EINTR and what was typed is wiped. With several threads, block such signals in the others.
 */
OSML_API(0, 1)
OSML_MUST_CHECK int osml_buffer_prompt(osml_buffer **out, const char *prompt, size_t max, const osml_buffer_options *options);

/* ---- The process ------------------------------------------------------------------------------------------------------------ */

/* Steps of osml_harden(). */
#define OSML_HARDEN_CORE_LIMIT 1u /* soft RLIMIT_CORE := 0 */
#define OSML_HARDEN_UNDUMPABLE \
	2u /* prctl(PR_SET_DUMPABLE, 0): no dump at all, piped ones included, no ptrace by others of this user.
                                     Makes /proc/PID root's, which desktop portals and hidepid dislike; exec() resets it. */
#define OSML_HARDEN_ALL (OSML_HARDEN_CORE_LIMIT | OSML_HARDEN_UNDUMPABLE)

/**
 * Tries every step in `steps`, one failing or not; `*done` := the steps that hold now. Returns the first failure, or 0. `done` may be NULL.
 */
OSML_API(0, 1) int osml_harden(uint32_t *done, uint32_t steps);

/** Undoes steps that osml_harden() did; others are left alone. `*undone` := those that were undone. `undone` may be NULL. */
OSML_API(0, 1) int osml_harden_undo(uint32_t *undone, uint32_t steps);

/* ---- Report ----------------------------------------------------------------------------------------------------------------- */

/** What osml_info() can tell. Sizes are in bytes; OSML_UNLIMITED means no limit. */
enum osml_info {
	OSML_INFO_PAGE_SIZE = 1,
	OSML_INFO_LOCK_LIMIT_SOFT = 2, /* RLIMIT_MEMLOCK; OSML_UNLIMITED also where CAP_IPC_LOCK lifts it */
	OSML_INFO_LOCK_LIMIT_HARD = 3, /* what `ulimit -l` can raise it to */
	OSML_INFO_LOCK_USED = 4,       /* by the whole process: VmLck */
	OSML_INFO_LIVE_BUFFERS = 5,    /* open buffers of this library */
	OSML_INFO_LOCKED_BYTES = 6,    /* locked by this library for buffers, spare slots included */
	OSML_INFO_OFFERED = 7,         /* protection bits that this system can give, tried out now */
	OSML_INFO_SANITIZER = 8,       /* 1 when ASan, TSan or MSan is in the process: libc's own mlock() then locks nothing */
	OSML_INFO_EMULATOR = 9,        /* 1 when the kernel accepts advice that does not exist (qemu-user): advice cannot be trusted */
	OSML_INFO_CORRUPTIONS = 10,    /* how often a dead canary was found so far */
	OSML_INFO_DOUBLE_FREES = 11    /* osml_buffer_free() calls on a handle that was already free, seen and ignored so far */
};
#define OSML_UNLIMITED UINT64_MAX

/** `*value` := the figure. OSML_EUNSUPPORTED where the system does not tell; OSML_EINVAL for an unknown `what`. */
OSML_API(0, 1) int osml_info(enum osml_info what, uint64_t *value);

#ifdef __cplusplus
}
#endif
#endif
