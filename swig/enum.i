/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The constants, sorted into types, for the languages that have enumerations (OSMLS_ENUMS in error.i). Those define OSMLS_FLAGS(type), of which many
 * may be given, OSMLS_CHOICE(type), and OSMLS_DEFAULTS(bits), and write an item as they write constants, without what stands before "__". The
 * values are the header's (lint_names).
 */
OSMLS_FLAGS(Protection)
OSMLS_DEFAULTS(0x17)
/** What a buffer is protected by. */
enum Protection {
	/** The pages stay in RAM, out of swap. */
	protection__locked = 0x01,
	/** Left out of core dumps. */
	protection__no_dump = 0x02,
	/** A child of fork() sees zeros. */
	protection__wipe_on_fork = 0x04,
	/** Not in a child of fork() at all. */
	protection__no_fork = 0x08,
	/** Known bytes around the data show a write outside, when the buffer is closed or verified. */
	protection__canary = 0x10,
	/** Pages of its own between inaccessible ones, which protect() can shut. */
	protection__guarded = 0x20,
	/** Memory of memfd_secret(2), which not even /proc/PID/mem shows. Linux does not hibernate meanwhile. */
	protection__secretmem = 0x40,
	/** What a buffer has when nothing else is asked for. */
	protection__defaults = 0x17
};

OSMLS_CHOICE(Policy)
/** What happens when a protection is unavailable. */
enum Policy {
	/** An error without the lock, if that was asked for; the rest as far as it goes. */
	policy__default = 0,
	/** An error unless all that was asked for is in effect. */
	policy__strict = 1,
	/** Never an error; the buffer tells what is in effect. */
	policy__best_effort = 2
};

OSMLS_CHOICE(Access)
/** What a guarded buffer allows. */
enum Access {
	/** Neither reading nor writing. */
	access__none = 0,
	/** Reading alone. */
	access__read = 1,
	/** Reading and writing. */
	access__read_write = 3
};

OSMLS_CHOICE(Coding)
/** A text form of bytes. */
enum Coding {
	/** Lower case; either is decoded, also behind 0x, and with colons or hyphens in between. */
	coding__hex = 1,
	/** With padding. */
	coding__base64 = 2,
	/** Without padding, as in a JWT. This and the former decode either alphabet, and padding or none. */
	coding__base64_url = 3,
	/** Upper case, with padding; either case is decoded, and padding or none. */
	coding__base32 = 4
};

OSMLS_FLAGS(SourceOption)
/** What is done to a secret that is read. */
enum SourceOption {
	/** One newline at the end is dropped. */
	source__trim_newline = 1,
	/** All white space and NUL bytes at the end are dropped. */
	source__trim_space = 2,
	/** Only the first line counts, without its end. What follows may have been read or not. */
	source__first_line = 4,
	/** An empty secret is a buffer of length 0, and no error. */
	source__allow_empty = 8,
	/** A file that its group or others can read is an error. */
	source__private = 16
};

OSMLS_FLAGS(RegionOption)
/** What a region does besides the lock. */
enum RegionOption {
	/** The pages are left out of core dumps. */
	region__dont_dump = 1,
	/** The bytes are wiped before they are unlocked. */
	region__wipe = 2
};

OSMLS_FLAGS(HardenStep)
/** What hardens the process. */
enum HardenStep {
	/** Core files may have no length. */
	harden__core_limit = 1,
	/** No core dump at all, piped ones included, and no ptrace by other processes of the user. */
	harden__undumpable = 2,
	/** Both. */
	harden__all = 3
};

OSMLS_FLAGS(ErrorMode)
/** The error mode of Windows: which failures open no dialog. */
enum ErrorMode {
	/** Critical errors. */
	sem__fail_critical_errors = 0x0001,
	/** General protection faults; no reports and no dumps of them either. */
	sem__no_gp_fault_error_box = 0x0002,
	/** Files that are not found. */
	sem__no_open_file_error_box = 0x8000
};

OSMLS_CHOICE(Info)
/** A figure about the library, the process or the machine. Sizes are in bytes. */
enum Info {
	/** The size of a page. */
	info__page_size = 1,
	/** How much the process may lock. */
	info__lock_limit_soft = 2,
	/** How far that can be raised. */
	info__lock_limit_hard = 3,
	/** What the whole process has locked. */
	info__process_locked_bytes = 4,
	/** Open buffers. */
	info__live_buffers = 5,
	/** Locked by this library for buffers, free slots included. */
	info__library_locked_bytes = 6,
	/** The protections that this system supports, tried when asked, as bits. */
	info__supported_protections = 7,
	/** 1 when a sanitizer is in the process, with which libc locks nothing. */
	info__sanitizer = 8,
	/** 1 when the kernel accepts advice that does not exist, as qemu-user does. */
	info__emulator = 9,
	/** Corrupted canaries and writes to free slots that were found so far. */
	info__corruptions = 10,
	/** Handles that were freed twice so far, without an effect. */
	info__double_frees = 11,
	/** Locked memory that nothing uses, and trim() gives back. */
	info__idle_bytes = 12,
	/** Blocks of the locked heap. */
	info__heap_blocks = 13,
	/** Their memory. */
	info__heap_bytes = 14,
	/** Blocks freed that were none, without an effect. */
	info__foreign_frees = 15,
	/** Locked memory of open buffers and blocks. */
	info__live_bytes = 16,
	/** Of these those that a child of fork() keeps. */
	info__kept_live_bytes = 17,
	/** Of the idle ones those of that kind. */
	info__kept_idle_bytes = 18,
	/** Of the live ones those of memfd_secret(2). */
	info__secretmem_live_bytes = 19,
	/** Of the idle ones those of that kind. */
	info__secretmem_idle_bytes = 20,
	/** Of the corruptions those of memory that a child of fork() keeps. */
	info__kept_corruptions = 21,
	/** Of the corruptions those of memory of memfd_secret(2). */
	info__secretmem_corruptions = 22
};
