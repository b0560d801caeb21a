/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * osmemlock - memory for secrets: out of swap, core dumps, forked children and stray copies.
 *
 * THE RULES, for every function below:
 *
 * - Errors. A function that can fail returns `int`: 0, or a negative number that osml_error_name(), osml_strerror() and osml_explain()
 *   accept. `-errno` (on Windows `-GetLastError()`) is the system's own error number: the system refused. An `OSML_E*` code is this
 *   library's. errno itself is not used; its value after a call is unspecified.
 * - Arguments. Constructors take `**out` first, and set it to NULL on failure. Functions of an object take the object first. A length in
 *   bytes follows its pointer; flags and options come last. An output pointer that may be NULL is described so.
 * - Invalid handles give an error, not a crash: NULL OSML_EINVAL, a closed one OSML_ECLOSED, one from before a fork() OSML_EFORKED, unless the
 *   comment says otherwise. Unknown flag bits give OSML_EINVAL.
 * - Ownership. What a constructor returns is owned by the caller; the comment names the function that frees it. A data pointer is borrowed;
 *   the comment says until when.
 * - Threads. Any function may be called from any thread. All functions may run on one handle at the same time, except the one that frees it:
 *   every other call on the handle has returned before it, and none starts after it. Only pins may be given back later. Threads that write the
 *   same bytes at the same time need a lock of their own.
 * - Fork. A child may use the library at once, also in fork handlers, whatever other threads of the parent were doing. Each section says what a
 *   child sees. On Linux since 4.14 the same holds for a child of clone(2) or _Fork(), which run no fork handlers, unless another thread was in
 *   malloc() or free(): only fork() makes these usable again in a child. On other systems such a child must not use the library.
 * - Side effects. Nothing happens at load time; with musl the handler for fork() is registered then. The library never prints, exits, raises a
 *   signal or changes settings of the process unless asked to. At exit() it wipes and closes all buffers that are still open; threads that use
 *   them then get OSML_ECLOSED. quick_exit(), _exit(), exec() and death by a signal wipe nothing: call osml_purge() first.
 * - Cancellation. A thread may be cancelled (pthread_cancel(3), deferred) in a call that waits. That call leaves nothing behind.
 */
#ifndef OSMEMLOCK_H
#define OSMEMLOCK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ---------------------------------------------------------------------------------------------------------------- */

/** The version of this header, from which the build takes it. The label is that of a release candidate, or "". */
#define OSML_VERSION_MAJOR 1
#define OSML_VERSION_MINOR 0
#define OSML_VERSION_PATCH 0
#define OSML_VERSION_LABEL "-rc1"

/* OSML_API(major, minor) marks a public function: it is exported, since that version. */
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

/** Returns the version of the library at run time, "major.minor.patch" and its label. A static string. */
OSML_API(1, 0) const char *osml_version(void);

/* ---- Errors ----------------------------------------------------------------------------------------------------------------- */

/** X(name, value, message): all error codes of the library. Values are never changed and never reused. */
#define OSML_ERROR_MAP(X)                                                                \
	X(OSML_EUNSUPPORTED, -10001, "unavailable on this platform, or for this buffer") \
	X(OSML_EINVAL, -10002, "invalid argument")                                       \
	X(OSML_ERANGE, -10003, "outside the buffer")                                     \
	X(OSML_ELIMIT, -10004, "the limit on locked memory is reached")                  \
	X(OSML_ECLOSED, -10005, "the buffer is closed")                                  \
	X(OSML_EFORKED, -10006, "made before fork(); the contents stayed in the parent") \
	X(OSML_EPINNED, -10007, "the buffer is pinned or in use")                        \
	X(OSML_EACCESS, -10008, "the buffer's access mode forbids that")                 \
	X(OSML_ECORRUPT, -10009, "corrupted canary: something wrote outside its buffer") \
	X(OSML_ETOOBIG, -10010, "the input is longer than the maximum asked for")        \
	X(OSML_EEMPTY, -10011, "no secret: the input is empty, or ended before one")     \
	X(OSML_EFORMAT, -10012, "text that is not in the format asked for")              \
	X(OSML_EEXPOSED, -10013, "a file that others than its owner can read")           \
	X(OSML_ECOMMAND, -10014, "the command failed")

#define OSML__ENUM(name, value, message) name = value,
/** The error codes of the library; OSML_ERROR_MAP has their meaning. */
enum osml_error { OSML_ERROR_MAP(OSML__ENUM) OSML_OK = 0 };
#undef OSML__ENUM

/** Returns the name of a code: "OSML_ELIMIT", "OSML_OK", "ENOMEM" for the most common system errors, else "OSML_ESYSTEM". A static string. */
OSML_API(1, 0) const char *osml_error_name(int rc);

/**
 * Returns what a code means, as a short phrase without a full stop. The string is static for the library's own codes; for the system's it is valid
 * until the next call of this function on the same thread.
 */
OSML_API(1, 0) const char *osml_strerror(int rc);

/**
 * Writes an explanation for people to `buf`, cut to `len` bytes including the NUL: what was refused, which limit was exceeded, how much is in use,
 * and what to type. For OSML_ELIMIT it contains the size of this thread's last refused request, for OSML_EEXPOSED the mode of the file, and so on:
 * call it right after the failure, on the same thread. 1024 bytes hold every text. Returns the length of the whole text without its NUL (as
 * snprintf(3)), or OSML_EINVAL when `buf` is NULL and `len` is not 0.
 */
OSML_API(1, 0) int osml_explain(int rc, char *buf, size_t len);

/* ---- Locks by address: direct wrappers of the system's calls ---------------------------------------------------------------- */
/*
 * Direct wrappers: one check for overflow, one system call, no state (osml_explain() alone tells of a lock that was forbidden). They work on whole
 * pages, so memory that shares a page with the range is affected too, and one osml_munlock() cancels all locks of that page. Where several secrets
 * may share pages, use a region or a buffer.
 * `len` is in bytes; 0 succeeds, whatever `addr` is, on platforms that have the call. Errors: OSML_EUNSUPPORTED where the platform lacks it;
 * OSML_EINVAL when the end of the range, rounded up to a page, does not fit the address space, and then no system call is made; else the
 * system's own number, ENOMEM or EPERM at the lock limit. A child of fork() inherits no locks (mlock(2)) but does inherit the dump exclusion
 * (madvise(2)).
 */

/** Locks the pages of [addr, addr+len) in RAM: mlock(2), VirtualLock. After a failure some of the pages may be locked (mlock(2)). */
OSML_API(1, 0) OSML_MUST_CHECK int osml_mlock(const void *addr, size_t len);

/**
 * Unlocks them: munlock(2), VirtualUnlock. Does not wipe the memory; call osml_wipe() first. On Windows a range with pages that are not locked is
 * -ERROR_NOT_LOCKED (-158), and nothing is unlocked.
 */
OSML_API(1, 0) int osml_munlock(const void *addr, size_t len);

/**
 * Excludes the pages of [addr, addr+len) from core dumps: MADV_DONTDUMP on Linux, MADV_NOCORE on FreeBSD, on Windows 10 and later (1703) from
 * those of Windows Error Reporting alone; OSML_EUNSUPPORTED elsewhere.
 * Rounds outward to whole pages on every system, so `addr` needs no alignment. It cannot be undone; a region's exclusion can.
 */
OSML_API(1, 0) OSML_MUST_CHECK int osml_madvise_dontdump(void *addr, size_t len);

/** Sets `len` bytes to zero; the compiler cannot remove this, as with explicit_bzero(3). The memory must be writable. */
OSML_API(1, 0) int osml_wipe(void *addr, size_t len);

/* ---- Regions: locks on memory that you own ---------------------------------------------------------------------------------- */
/*
 * A region is a lock on memory that belongs to the caller: an array, a heap block, a mapping. A table counts the regions and the library's
 * own mappings on each page, so that releasing a region never unlocks a page that another one needs, and nested regions behave the same on every
 * system. The caller must keep the memory mapped until the region is released. Locks by osml_mlock() are not counted: do not use osml_munlock()
 * on the same pages. A child of fork() starts with an empty table and no locks.
 */
typedef struct osml_region osml_region;

/** Flag: also exclude the pages from core dumps, until the last region with this flag on a page is released. */
#define OSML_REGION_DONTDUMP 1u

/** Flag: wipe the bytes before they are unlocked; not in a child of fork(), because the memory may be shared with the parent. */
#define OSML_REGION_WIPE 2u

/**
 * Locks every page that [addr, addr+len) touches. All or nothing: after a failure no page is locked that was not locked before. `*out` is owned by
 * the caller, free with osml_region_unlock(). `len` is in bytes; 0 makes a region without pages. Errors: OSML_ELIMIT (the lock limit), -ENOMEM
 * (the range has a hole or an inaccessible page), OSML_EINVAL, OSML_EUNSUPPORTED.
 */
OSML_API(1, 0) OSML_MUST_CHECK int osml_region_lock(osml_region **out, void *addr, size_t len, unsigned flags);

/**
 * Unlocks the pages that no other region has locked, and frees the handle, whatever is returned. NULL returns 0.
 * For a region inherited over fork() it returns OSML_EFORKED, leaves the memory unchanged, and frees the handle.
 */
OSML_API(1, 0) int osml_region_unlock(osml_region *region);

/* ---- Core dumps of the whole process ---------------------------------------------------------------------------------------- */
/*
 * Both set the soft RLIMIT_CORE to 0 and keep the hard limit (setrlimit(2)). On Windows they add SEM_NOGPFAULTERRORBOX to the error mode, so that Windows
 * Error Reporting, which writes the dumps there, is not asked. OSML_EUNSUPPORTED on systems with neither. Children inherit it. A limit of 0 does
 * not stop a dump that the kernel pipes to a handler ("|..." in core(5)); OSML_HARDEN_UNDUMPABLE does.
 */
typedef struct osml_core_dumps_guard osml_core_dumps_guard;

/** Switches core dumps off for the rest of the process. Guards that exist do not switch them on again. */
OSML_API(1, 0) OSML_MUST_CHECK int osml_disable_core_dumps_for_process(void);

/** Switches core dumps off until the last guard is released. `*out` is owned by the caller, free with osml_core_dumps_guard_release(). */
OSML_API(1, 0) OSML_MUST_CHECK int osml_disable_core_dumps_with_guard(osml_core_dumps_guard **out);

/**
 * Releases a guard and frees it, whatever is returned. Guards may be released in any order and on any thread; the last one restores the soft
 * limit that the first one found. A limit that other code has set meanwhile is kept. -EPERM: the hard limit is now below the saved soft limit, and
 * the soft limit was raised to the hard one only. NULL returns 0.
 */
OSML_API(1, 0) int osml_core_dumps_guard_release(osml_core_dumps_guard *guard);

/* ---- Windows error mode ----------------------------------------------------------------------------------------------------- */
/*
 * SetErrorMode on Windows, OSML_EUNSUPPORTED elsewhere; the constants exist on every platform. Process-wide, inherited by children.
 * SEM_NOGPFAULTERRORBOX also switches off Windows Error Reporting, and with it its dumps.
 */
#define OSML_SEM_FAILCRITICALERRORS 0x0001u
#define OSML_SEM_NOGPFAULTERRORBOX  0x0002u
#define OSML_SEM_NOOPENFILEERRORBOX 0x8000u

/** Replaces the error mode by `mode`, and stores the mode before in `*previous`, which may be NULL. */
OSML_API(1, 0) int osml_set_windows_error_mode(uint32_t *previous, uint32_t mode);

/** Sets exactly the three bits above, as the crate os-memlock does, and stores the mode before in `*previous`, which may be NULL. */
OSML_API(1, 0) int osml_suppress_windows_error_dialogs_for_process(uint32_t *previous);

/* ---- The locked buffer ------------------------------------------------------------------------------------------------------ */
/*
 * A buffer is a fixed number of bytes in memory that the library owns, protects and wipes. New buffers are all zeros. Buffers of up to about 64 KiB
 * share locked pages with others of the same protections; larger ones have pages of their own between guards, and so have those that ask for GUARDED,
 * for NOFORK, or for no lock (the last two without guards). One NUL byte always follows the data, so that a text can be read as a C string. Memory
 * that no buffer needs is unlocked within bounds, and by osml_trim().
 *
 * In a child of fork() calls on an inherited buffer return OSML_EFORKED, and the bytes at its address are zero (WIPEONFORK) or not mapped
 * (NOFORK); closing and freeing it there is safe. A buffer made with neither bit is copied into the child, locked again there, and usable; where
 * the child cannot lock it, osml_buffer_protections() reports it unlocked. Pins of other threads of the parent stay counted there.
 */
typedef struct osml_buffer osml_buffer;

/* Protection bits, both to ask for and to report. */
#define OSML_LOCKED     0x01u /* the pages stay in RAM, out of swap */
#define OSML_NODUMP     0x02u /* excluded from core dumps */
#define OSML_WIPEONFORK 0x04u /* a child of fork() sees zeros */
#define OSML_NOFORK     0x08u /* not mapped in a child of fork(); reported in the place of WIPEONFORK, which it includes */
#define OSML_CANARY     0x10u /* known bytes around the data show a write outside; checked by close, free and osml_buffer_verify() */
#define OSML_GUARDED    0x20u /* between inaccessible guard pages, as all above 64 KiB; osml_buffer_protect() needs it */
#define OSML_SECRETMEM  0x40u /* memfd_secret(2): unreadable even through /proc/PID/mem; implies LOCKED, NODUMP and NOFORK */
/* While a SECRETMEM buffer exists Linux refuses to hibernate, so it is not a default. */
#define OSML_DEFAULT_PROTECTIONS (OSML_LOCKED | OSML_NODUMP | OSML_WIPEONFORK | OSML_CANARY)

/** What to do when a protection is unavailable. */
#define OSML_POLICY_DEFAULT     0u /* fails without LOCKED, if asked for, where the platform can lock; the rest is best effort */
#define OSML_POLICY_STRICT      1u /* fails unless every bit asked for is in effect */
#define OSML_POLICY_BEST_EFFORT 2u /* never fails for a protection; osml_buffer_protections() reports what is in effect */

/** Initialise with OSML_BUFFER_OPTIONS_INIT. Fields may be added at the end; a library that does not know a field refuses it unless it is 0. */
typedef struct osml_buffer_options {
	size_t struct_size;                /* sizeof(osml_buffer_options) */
	uint32_t want;                     /* protection bits asked for; more may be in effect */
	uint32_t policy;                   /* OSML_POLICY_* */
	size_t alignment;                  /* of the data in bytes, a power of two up to the page size; 0: that of max_align_t */
	int (*interrupted)(void *context); /* called while a call waits, see the sources; not 0 ends it with -EINTR. May be NULL */
	void *context;                     /* passed to `interrupted` */
} osml_buffer_options;

#define OSML_BUFFER_OPTIONS_INIT                                                                       \
	{                                                                                              \
		sizeof(osml_buffer_options), OSML_DEFAULT_PROTECTIONS, OSML_POLICY_DEFAULT, 0, 0, NULL \
	}

/**
 * Makes a buffer of `len` zero bytes; 0 is allowed. `options` may be NULL for the defaults. `*out` is owned by the caller, free with
 * osml_buffer_free(). Errors: OSML_ELIMIT (the lock limit; osml_explain() says what to type), -ENOMEM, OSML_EINVAL, OSML_EUNSUPPORTED
 * (a protection is unavailable and the policy requires it, or the platform has no buffers).
 */
OSML_API(1, 0) OSML_MUST_CHECK int osml_buffer_new(osml_buffer **out, size_t len, const osml_buffer_options *options);

/**
 * Wipes the data and ends its use. The memory of a pinned buffer is unmapped after the last unpin and reads as zero until then. The handle stays
 * valid, and later calls on it return OSML_ECLOSED; a second close returns 0. OSML_ECORRUPT: the canary is corrupted; the buffer is wiped and
 * closed all the same. An error of the system, such as -ENOMEM: the memory of a buffer without write access could not be made writable; it stays
 * mapped, locked and unwiped, and another close tries again.
 */
OSML_API(1, 0) int osml_buffer_close(osml_buffer *b);

/**
 * Closes the buffer if it is open, and frees the handle. Every other call on it, a close as well, has returned before: else it may reach the
 * buffer that gets the handle next. No thread may use it again, except to release its pins: until the last osml_buffer_unpin() the memory
 * stays mapped (and reads as zero) and the handle stays valid (and returns OSML_ECLOSED). NULL does nothing.
 */
OSML_API(1, 0) void osml_buffer_free(osml_buffer *b);

/** Returns the data, borrowed until the buffer is closed; a pin keeps it mapped longer. NULL when closed, forked or without read access. */
OSML_API(1, 0) void *osml_buffer_data(const osml_buffer *b);

/** Returns the number of data bytes, also of a closed buffer; 0 for NULL. */
OSML_API(1, 0) size_t osml_buffer_size(const osml_buffer *b);

/**
 * Pins the buffer, and stores its address and length: the data is borrowed until osml_buffer_unpin(), and stays mapped even when another thread
 * closes the buffer, after which it reads as zeros. Pins are counted. `data` and `len` may be NULL.
 */
OSML_API(1, 0) OSML_MUST_CHECK int osml_buffer_pin(osml_buffer *b, void **data, size_t *len);

/**
 * Releases one pin, on any thread, also after osml_buffer_free(). Returns 0 when the data was valid until now. OSML_ECLOSED: the buffer was
 * closed or freed meanwhile, so what was read may have been zeros; the pin is released all the same. OSML_EFORKED: the same, in a child of
 * fork(). OSML_EINVAL: the buffer has no pin.
 */
OSML_API(1, 0) int osml_buffer_unpin(osml_buffer *b);

/** Stores the number of pins in `*pins`, also of a closed buffer. */
OSML_API(1, 0) int osml_buffer_pins(const osml_buffer *b, size_t *pins);

/** Copies `n` bytes into the buffer at `offset`. OSML_ERANGE when they do not fit; nothing is written then. */
OSML_API(1, 0) int osml_buffer_write(osml_buffer *b, size_t offset, const void *bytes, size_t n);

/**
 * Copies `n` bytes at `offset` out to `bytes`, a copy that the caller must protect. OSML_ERANGE: nothing is copied. OSML_ECLOSED: nothing is
 * copied, or the buffer was closed meanwhile and `bytes` is wiped.
 */
OSML_API(1, 0) int osml_buffer_read(const osml_buffer *b, size_t offset, void *bytes, size_t n);

/** Sets `n` bytes at `offset` to `byte`. OSML_ERANGE: nothing is changed. */
OSML_API(1, 0) int osml_buffer_fill(osml_buffer *b, size_t offset, unsigned char byte, size_t n);

/** Fills `n` bytes at `offset` from the system's random generator (getrandom(2)), directly in the buffer. */
OSML_API(1, 0) OSML_MUST_CHECK int osml_buffer_random(osml_buffer *b, size_t offset, size_t n);

/**
 * Copies `n` bytes between buffers, or within one; the ranges may overlap. OSML_ERANGE: nothing is copied. OSML_ECLOSED: as with
 * osml_buffer_read().
 */
OSML_API(1, 0) int osml_buffer_copy(osml_buffer *to, size_t to_offset, const osml_buffer *from, size_t from_offset, size_t n);

/**
 * Wipes and closes every buffer of the process, as at exit: for a handler of SIGTERM or of a crash, and before exec() or quick_exit(). May be called
 * in a signal handler (it takes no lock and allocates nothing), and while other threads use buffers. Later calls on the buffers return
 * OSML_ECLOSED. Calls in progress end as if another thread had closed the buffer; one with exclusive access (a decoder, or
 * osml_buffer_protect()) wipes the data when it returns. The memory stays mapped, and reads as zero, until the handle is freed. Returns 0.
 */
OSML_API(1, 0) int osml_purge(void);

/**
 * Gives back the locked memory that the library holds for buffers to come: free slots of all threads, pages without a slot in use, and mappings of
 * large buffers that were freed. After it the whole pages are locked that open buffers touch, and with SECRETMEM their mappings as a whole. For a
 * process that has closed most of its secrets and needs the quota for something else; a request that the quota or a limit on memory refuses does
 * this by itself. What a thread is freeing at that moment stays, and where the system has no membarrier(2) so do its free slots, until its next
 * call. Open buffers are not changed. Returns 0.
 */
OSML_API(1, 0) int osml_trim(void);

/**
 * Wipes what functions that have returned left behind: the calling thread's stack below the caller, 256 KiB of it or half of what there is, and the
 * vector registers that a function may change. For use after cryptography or an interpreter has worked on a secret: its copies on the stack stay
 * until other calls happen to write there. At most 16 bytes that this call's own frame skips may stay. The caller's frame and those above it are not
 * touched, nor is the memory of other threads. On a stack whose bounds the system does not tell (a coroutine's, a signal handler's) the next 4 KiB
 * are wiped, which must be there. The first thread's bounds are read from /proc, in tens of microseconds. Not for signal handlers. Any thread may
 * call it, in a forked child too.
 */
OSML_API(1, 0) void osml_scrub(void);

/** Sets all data to zero; the compiler cannot remove this. The buffer stays open. */
OSML_API(1, 0) int osml_buffer_wipe(osml_buffer *b);

/** Stores 1 in `*equal` when both contain the same bytes, else 0. The time depends on the lengths only, not on the contents. */
OSML_API(1, 0) OSML_MUST_CHECK int osml_buffer_equal(int *equal, const osml_buffer *a, const osml_buffer *b);

/** The same with `n` plain bytes: for a tag that was received. */
OSML_API(1, 0) OSML_MUST_CHECK int osml_buffer_equal_bytes(int *equal, const osml_buffer *b, const void *bytes, size_t n);

/* What osml_buffer_protect() allows. */
#define OSML_ACCESS_NONE      0u /* nothing: a stray read or write crashes */
#define OSML_ACCESS_READ      1u /* reads */
#define OSML_ACCESS_READWRITE 3u /* both, as in a new buffer */

/**
 * Sets the access mode of an OSML_GUARDED buffer's memory for this process (mprotect(2)). OSML_EUNSUPPORTED for other buffers. OSML_EPINNED while
 * it is pinned or in use by another thread. Calls that would read or write against the mode return OSML_EACCESS. On Windows OSML_ACCESS_NONE is
 * OSML_EUNSUPPORTED for a locked buffer. It stops stray reads and writes, not dumps, debuggers or /proc/PID/mem.
 */
OSML_API(1, 0) OSML_MUST_CHECK int osml_buffer_protect(osml_buffer *b, unsigned access);

/** Stores in `*bits` the protections in effect, as the system granted them when the buffer was made; not what was asked for. */
OSML_API(1, 0) int osml_buffer_protections(const osml_buffer *b, uint32_t *bits);

/**
 * Stores in `*bits` those of them that the kernel confirms now (/proc/self/smaps: slow, milliseconds in a large process), and checks the canary:
 * OSML_ECORRUPT when it is corrupted. OSML_EUNSUPPORTED where the system has no such report.
 */
OSML_API(1, 0) OSML_MUST_CHECK int osml_buffer_verify(osml_buffer *b, uint32_t *bits);

/**
 * Writes all the data to a file descriptor, which may be in non-blocking mode, by as many calls of write(2) as it takes. The caller handles SIGPIPE.
 * OSML_ECLOSED: the buffer was closed meanwhile, and the rest was written as zeros. Of `options`, which may be NULL, only `interrupted` is used: it is
 * called as in a source, and after a short write; how much was written by then is not reported.
 */
OSML_API(1, 0) OSML_MUST_CHECK int osml_buffer_write_fd(const osml_buffer *b, int fd, const osml_buffer_options *options);

/**
 * Reads `n` bytes from a file descriptor into the buffer at `offset`, and nothing behind them: for protocols that say how long the next part is.
 * Fewer only at the end of the input. `*got` is how many are there now, after a failure too, so that a call that was interrupted can be continued.
 * It waits, and calls `interrupted`, as a source does; nothing else of `options`, which may be NULL, is used. OSML_ERANGE: they do not fit, and
 * nothing is read. -ESOCKTNOSUPPORT: a socket of messages, as in osml_buffer_from_fd(). OSML_ECLOSED: the buffer was closed meanwhile; what
 * was read is wiped.
 */
OSML_API(1, 0)
OSML_MUST_CHECK int osml_buffer_read_fd(osml_buffer *b, size_t offset, size_t n, int fd, size_t *got, const osml_buffer_options *options);

/* ---- Text: the words around a secret ---------------------------------------------------------------------------------------- */
/*
 * A secret in its surroundings, "Authorization: Bearer " and a token, is put together here, so that it is never in ordinary memory. Those that make a
 * buffer take `options` as in osml_buffer_new(), owned by the caller, free with osml_buffer_free(); the new one has the protections asked for,
 * whatever those of the others are. Every call holds the buffers that it reads: OSML_ECLOSED, and no result, when one is closed meanwhile.
 */

/**
 * Makes a buffer of `n` bytes, which it copies, and then wipes them where they were: for what another library left in ordinary memory.
 * On failure they are unchanged. They must be writable.
 */
OSML_API(1, 0) OSML_MUST_CHECK int osml_buffer_take(osml_buffer **out, void *bytes, size_t n, const osml_buffer_options *options);

/** As the length of a piece of a buffer: all from `offset` on. */
#define OSML_TO_END SIZE_MAX

/** `length` bytes at `offset` of a buffer, or of plain bytes; the other pointer is NULL. Sizes are in bytes. */
typedef struct osml_piece {
	const osml_buffer *buffer;
	const void *bytes;
	size_t offset, length;
} osml_piece;

/**
 * Makes a buffer of `count` pieces, one behind the other: of one piece, a slice. A buffer may occur many times. OSML_ERANGE: a piece is not inside
 * its buffer, or all together are too long. OSML_EINVAL: a piece with both pointers, or bytes without a length.
 */
OSML_API(1, 0)
OSML_MUST_CHECK int osml_buffer_join(osml_buffer **out, const osml_piece *pieces, size_t count, const osml_buffer_options *options);

/** What osml_buffer_find() stores when the bytes are not there. */
#define OSML_NOT_FOUND SIZE_MAX

/**
 * Stores in `*at` the offset of the first place at or after `from` where the `n` bytes stand, or OSML_NOT_FOUND, and returns 0 in both cases. The
 * time tells that place, and nothing else about the contents. No bytes are found at `from`. OSML_ERANGE: `from` is behind the end.
 */
OSML_API(1, 0)
OSML_MUST_CHECK int osml_buffer_find(size_t *at, const osml_buffer *b, size_t from, const void *bytes, size_t n);

/** Codings of RFC 4648. */
#define OSML_HEX       1u /* lower case; either is decoded, also behind 0x and with ":" or "-" in between */
#define OSML_BASE64    2u /* with padding */
#define OSML_BASE64URL 3u /* without padding, as in a JWT. This one and OSML_BASE64 decode either alphabet, and padding or none */
#define OSML_BASE32    4u /* upper case, with padding; either case is decoded, and padding or none */

/** Makes a buffer of the text that `coding` writes for the data, in one line. OSML_EINVAL: an unknown coding. */
OSML_API(1, 0)
OSML_MUST_CHECK int osml_buffer_encode(osml_buffer **out, const osml_buffer *b, unsigned coding, const osml_buffer_options *options);

/**
 * Decodes text in place, and shortens the buffer. White space and line ends count for nothing. OSML_EFORMAT, and nothing changes: other text, or
 * an end with bits that belong to no byte; osml_explain() on the same thread names the line. OSML_EPINNED while the buffer is pinned or in use by
 * another thread. Time and memory accesses of both ways depend on the length and on which characters are digits, not on which digits those are.
 */
OSML_API(1, 0) OSML_MUST_CHECK int osml_buffer_decode(osml_buffer *b, unsigned coding);

/* ---- Sources: secrets read from the system straight into a buffer ----------------------------------------------------------- */
/*
 * Each makes a buffer exactly as long as the secret, with `options` as in osml_buffer_new(), owned by the caller, free with
 * osml_buffer_free(). `max` limits the secret in bytes; a longer one is OSML_ETOOBIG. OSML_EEMPTY: there is none, because the input is empty or
 * ended too early. On failure all that was read is wiped.
 *
 * A source that waits (for a pipe, a terminal, a FIFO's first writer) calls `options->interrupted` five times a second, between two reads and after
 * EINTR: for a deadline, to cancel, or for a signal that another thread received. It runs on this thread, without locks of the library, and must
 * return: no longjmp() and no exception. Descriptors may be in non-blocking mode.
 */

/*
 * Flags. The first three are for text, of which they drop a byte order mark of UTF-8 too; one of UTF-16 is OSML_EFORMAT. What is dropped does not
 * count for `max`, but for white space of more than a newline. Without them every byte is kept.
 */
#define OSML_TRIM_NEWLINE 1u  /* drop one newline ("\n" or "\r\n") at the end */
#define OSML_TRIM_SPACE   2u  /* drop all white space and NUL bytes at the end */
#define OSML_FIRST_LINE   4u  /* only the first line, without its end ("\n", "\r\n" or "\r"); what follows may have been read or not */
#define OSML_ALLOW_EMPTY  8u  /* an empty secret is a buffer of length 0 */
#define OSML_PRIVATE      16u /* a file that its group or others can read is OSML_EEXPOSED; unsupported on Windows */

/**
 * The number by which osml_buffer_from_fd(), _read_fd() and _write_fd() take a handle of the operating system. On Windows that is a HANDLE or a
 * SOCKET: a descriptor there is a number of one C runtime, and a program may have another than this library. What is returned is no descriptor
 * for anybody else. Elsewhere a handle is a descriptor, and is returned. The handle stays the caller's, is not looked at here, and must be open
 * during those calls; pipes and sockets may be OVERLAPPED, files not. OSML_EINVAL: no handle can have that value.
 */
OSML_API(1, 0) OSML_MUST_CHECK int osml_fd_from_os_handle(intptr_t handle);

/**
 * Reads `fd` to its end. The descriptor stays open and belongs to the caller. A terminal shows what is typed: use osml_buffer_prompt() there.
 * -ESOCKTNOSUPPORT: a socket of messages (SOCK_DGRAM, SOCK_SEQPACKET), which would cut a long one. -ENOTCONN: one that waits for connections.
 */
OSML_API(1, 0)
OSML_MUST_CHECK int osml_buffer_from_fd(osml_buffer **out, int fd, size_t max, const osml_buffer_options *options, unsigned flags);

/** Reads a file. The kernel's page cache keeps a copy: prefer a tmpfs, a pipe or a credential. */
OSML_API(1, 0)
OSML_MUST_CHECK int osml_buffer_from_file(osml_buffer **out, const char *path, size_t max, const osml_buffer_options *options,
                                          unsigned flags);

/**
 * Takes a variable out of the environment: copies its value, overwrites the original and unsets it. On Linux the value that the process was started
 * with is overwritten too, and in an argument "NAME=...", so that /proc/PID/environ shows NULs even where an interpreter has moved the environment;
 * not when ld.so was started as the program, nor under valgrind. -ENOENT: not set. -EFAULT: its memory cannot be written, as a literal given to
 * putenv(3). OSML_EINVAL: a name that no variable can have (empty, or with "="), or OSML_PRIVATE. On failure the variable is unchanged. As
 * setenv(3), not safe while another thread uses the environment. On Windows name and value are UTF-8.
 */
OSML_API(1, 0)
OSML_MUST_CHECK int osml_buffer_from_env(osml_buffer **out, const char *name, size_t max, const osml_buffer_options *options,
                                         unsigned flags);

/**
 * Reads the systemd credential `name` from $CREDENTIALS_DIRECTORY (systemd.exec(5)). -ENOENT: the variable is not set, or there is no such credential.
 * -ENOTDIR: the variable is no absolute path. OSML_EINVAL: `name` is no name of a file. For OSML_PRIVATE its group may read it: that is how the mode
 * shows the access list by which systemd lets the service's user read it.
 */
OSML_API(1, 0)
OSML_MUST_CHECK int osml_buffer_from_credential(osml_buffer **out, const char *name, size_t max, const osml_buffer_options *options,
                                                unsigned flags);

/** A program to run. Initialise with OSML_COMMAND_INIT. All pointers are borrowed for the call. */
typedef struct osml_command {
	size_t struct_size; /* sizeof(osml_command) */
	const char *const *
	        argv; /* its name and arguments, and NULL. Without a "/" the name is looked for in this process's $PATH, on Windows with ".exe" */
	const char *const *envp;  /* its environment, and NULL; or NULL: as this process's */
	const char *directory;    /* where it runs; NULL: where this process is. OSML_EUNSUPPORTED where the system has no call for it */
	const osml_buffer *input; /* what it reads from its standard input; NULL: nothing */
	int status;               /* stored by the call: what it exited with, or minus the number of the signal that killed it; else 0 */
} osml_command;

#define OSML_COMMAND_INIT                                       \
	{                                                       \
		sizeof(osml_command), NULL, NULL, NULL, NULL, 0 \
	}

/**
 * Runs a program, without a shell, and takes what it writes to its standard output: a password manager's answer, a file that is decrypted. Of this
 * process's descriptors it gets the standard error alone (with glibc before 2.34, musl and the BSDs also those without FD_CLOEXEC), and its signal mask
 * is empty. The call returns when the output has ended and so has the program; with OSML_FIRST_LINE too, whose rest is read and wiped. OSML_ECOMMAND:
 * it failed, see `command->status`; osml_explain() says how. -ENOENT, -EACCES: it cannot be run. If the call fails or its thread is cancelled, the
 * program is killed and waited for. One that this process may not kill, as sudo(8), is left to itself at once, its pipes closed: it stays a child of
 * this process, which waitpid(-1) collects once it has ended, or the system where SIGCHLD is ignored; else a zombie is left until this process ends.
 * SIGCHLD stays the caller's; only where it is ignored, and no status would be kept, it has its default action meanwhile; a child that another thread
 * forks meanwhile ignores it again.
 * -ECHILD: another part of the process has waited for the program (as waitpid(-1) does), so that nobody knows whether it failed. Linux since 6.15
 * mostly tells it afterwards, and then this is no error. No OSML_PRIVATE. Windows: the arguments are quoted as C programs expect it; a ".bat" or
 * ".cmd" file is refused (ERROR_BAD_EXE_FORMAT), since it would be run by a shell; a status of 32 bits, as the
 * exception's code of a program that crashed, is negative from 0x80000000 on, and no signal's.
 */
OSML_API(1, 0)
OSML_MUST_CHECK int osml_buffer_from_command(osml_buffer **out, osml_command *command, size_t max, const osml_buffer_options *options,
                                             unsigned flags);

/**
 * Shows `prompt` on the controlling terminal (/dev/tty), and reads one line of any length with echo off, without its end. Backspace, and what the
 * terminal has for erasing a word and the line, edit it; marks of a bracketed paste are dropped. What was typed before the prompt, or after Enter and
 * before it returns, is dropped: of two answers in one paste only the first arrives. Of `flags`, OSML_ALLOW_EMPTY and OSML_TRIM_SPACE.
 * OSML_EEMPTY: no answer, or, whatever the flags, the end of the input before Enter. -ENXIO: no terminal. -EBUSY: another thread asks. A job in the
 * background is stopped until it is in the foreground; -EIO where it cannot be. A signal that would end or stop the process is blocked until the
 * terminal is restored, and then delivered; if the process survives it, the call returns -EINTR and what was typed is wiped. So it is with the keys for
 * signals (Ctrl-C, Ctrl-\, Ctrl-Z), whatever other threads do. A signal that the calling thread has blocked does not interrupt it, but its key does.
 * A signal from elsewhere can reach a thread that does not block it, and end the process with echo off: with several threads, block SIGTERM and SIGHUP
 * in the others.
 */
OSML_API(1, 0)
OSML_MUST_CHECK int osml_buffer_prompt(osml_buffer **out, const char *prompt, size_t max, const osml_buffer_options *options,
                                       unsigned flags);

/* ---- The locked heap --------------------------------------------------------------------------------------------------------- */
/*
 * malloc(3) in locked memory, for libraries that take an allocator: not dumped, and wiped when it is freed or moved. Blocks are aligned to 16
 * bytes, and zero when they are handed out. Unlike all else here these calls return pointers and set errno: NULL and ENOMEM when memory or the
 * lock quota is used up; osml_explain(OSML_ELIMIT, ...) says then what to type. osml_free() leaves errno as it is.
 *
 * Any thread may free any block. A child of fork() has a copy of all blocks and goes on using them; they are locked again there, as far as its own
 * quota goes. osml_purge() and exit() leave blocks as they are, since the program runs on them. A write past the end of a block's slot, or before its
 * start, is counted when either neighbour is freed (OSML_INFO_CORRUPTIONS).
 */

/** Returns `n` zero bytes, free with osml_free(); 0 bytes are a block too. NULL and errno ENOMEM: there is no memory, or the lock limit is reached. */
OSML_API(1, 0) OSML_MUST_CHECK void *osml_malloc(size_t n);

/** The same for `count` times `n` bytes. Also NULL and ENOMEM when the product overflows. */
OSML_API(1, 0) OSML_MUST_CHECK void *osml_calloc(size_t count, size_t n);

/**
 * Makes a block `n` bytes large and returns where it is now: its bytes are kept as far as there is room, and wiped where they are not any more. NULL `p`:
 * as osml_malloc(). `n` 0 is a block of 0 bytes, not a free: so NULL always is a failure, and the block is as before. errno: ENOMEM, or EINVAL when
 * osml_owns() says that `p` is no block, which is counted (OSML_INFO_FOREIGN_FREES).
 */
OSML_API(1, 0) OSML_MUST_CHECK void *osml_realloc(void *p, size_t n);

/**
 * Wipes a block and frees it. NULL does nothing. A pointer that is no block, one that was freed among them, is counted (OSML_INFO_FOREIGN_FREES)
 * and ignored.
 */
OSML_API(1, 0) void osml_free(void *p);

/** Returns 1 when `p` is the start of a block that is not freed, else 0. For any address at any time: what it points to is not read. Takes no lock. */
OSML_API(1, 0) int osml_owns(const void *p);

/* ---- The process ------------------------------------------------------------------------------------------------------------ */

/* Steps of osml_harden(). */
#define OSML_HARDEN_CORE_LIMIT 1u /* as osml_disable_core_dumps_with_guard() */
#define OSML_HARDEN_UNDUMPABLE \
	2u /* prctl(PR_SET_DUMPABLE, 0): no core dump at all, piped ones included, and no ptrace by this user's other
                                     processes. Makes root the owner of /proc/PID, which breaks desktop portals; exec() resets it. On Windows
                                     an access control list by which this user's other processes may end this one and wait for it, but not open it
                                     to read its memory, debug it or dump it; children have their own. */
#define OSML_HARDEN_ALL (OSML_HARDEN_CORE_LIMIT | OSML_HARDEN_UNDUMPABLE)

/**
 * Tries every step in `steps`, also after one has failed, and stores in `*done`, which may be NULL, the steps that are in effect now. Returns the first
 * failure, or 0. Process-wide; children inherit it, but for the list of Windows.
 */
OSML_API(1, 0) int osml_harden(uint32_t *done, uint32_t steps);

/** Undoes those of `steps` that osml_harden() did, and stores in `*undone`, which may be NULL, which were undone. */
OSML_API(1, 0) int osml_harden_undo(uint32_t *undone, uint32_t steps);

/* ---- Report ----------------------------------------------------------------------------------------------------------------- */

/** What osml_info() reports. Sizes are in bytes; OSML_UNLIMITED means no limit. */
enum osml_info {
	OSML_INFO_PAGE_SIZE = 1,
	OSML_INFO_LOCK_LIMIT_SOFT = 2,       /* RLIMIT_MEMLOCK; OSML_UNLIMITED also with CAP_IPC_LOCK */
	OSML_INFO_LOCK_LIMIT_HARD = 3,       /* how far `ulimit -l` can raise it */
	OSML_INFO_PROCESS_LOCKED_BYTES = 4,  /* locked by the whole process: VmLck */
	OSML_INFO_LIVE_BUFFERS = 5,          /* open buffers of this library */
	OSML_INFO_LIBRARY_LOCKED_BYTES = 6,  /* locked by this library for buffers, free slots included */
	OSML_INFO_SUPPORTED_PROTECTIONS = 7, /* protection bits that this system supports, tried when asked */
	OSML_INFO_SANITIZER = 8,             /* 1 when ASan, TSan or MSan is in the process: libc's own mlock() then locks nothing */
	OSML_INFO_EMULATOR = 9,      /* 1 when the kernel accepts advice that does not exist (qemu-user): advice cannot be trusted */
	OSML_INFO_CORRUPTIONS = 10,  /* corrupted canaries and writes to free slots found so far */
	OSML_INFO_DOUBLE_FREES = 11, /* osml_buffer_free() calls on a free handle so far; they are ignored */
	OSML_INFO_IDLE_BYTES =
	        12, /* of locked pages that no buffer, no block and no thread's free slot touches; osml_trim() gives them back */
	OSML_INFO_HEAP_BLOCKS = 13,     /* blocks of osml_malloc() that are not freed */
	OSML_INFO_HEAP_BYTES = 14,      /* of their memory, with what is lost to size classes */
	OSML_INFO_FOREIGN_FREES = 15,   /* calls of osml_free() and osml_realloc() with what is no block; they are ignored */
	OSML_INFO_LIVE_BYTES = 16,      /* locked memory of open buffers and blocks: their slots of shared pages, and pages of their own */
	OSML_INFO_KEPT_LIVE_BYTES = 17, /* of these the slots that a child of fork() keeps, those of blocks among them */
	OSML_INFO_KEPT_IDLE_BYTES = 18, /* of the idle ones those of that kind */
	OSML_INFO_SECRETMEM_LIVE_BYTES = 19, /* the same of SECRETMEM */
	OSML_INFO_SECRETMEM_IDLE_BYTES = 20,
	OSML_INFO_KEPT_CORRUPTIONS = 21, /* of the corruptions those of memory that a child keeps; and of SECRETMEM */
	OSML_INFO_SECRETMEM_CORRUPTIONS = 22
};

/** What osml_info() stores for a limit that does not bind. */
#define OSML_UNLIMITED UINT64_MAX

/** Stores the figure in `*value`. OSML_EUNSUPPORTED where the system does not report it; OSML_EINVAL for an unknown `what`. */
OSML_API(1, 0) int osml_info(enum osml_info what, uint64_t *value);

#ifdef __cplusplus
}
#endif
#endif
