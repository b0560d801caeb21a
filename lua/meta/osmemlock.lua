-- SPDX-License-Identifier: MIT OR Apache-2.0
--
-- The types and the manual of the Lua module, for people and for editors (LuaLS). The code is in ../src; nothing here is run.
--
-- Three rules hold for every function:
--
-- * A runtime error (a missing file, the lock limit, a system that does not have the call) is returned as `nil, message, code`: the
--   errno of the system as a number, as the io library does, or the name of a code of the library, such as "OSML_ELIMIT". Otherwise the
--   first result is true in a condition, so that `assert(...)` works.
-- * Misuse (a wrong type or range, a buffer that is closed, or inherited by fork()) raises an error.
-- * Positions start at 1; negative ones count from the end, as in string.byte. Unlike there a position outside the buffer is an error, and
--   nothing is clipped. A range `i, j` includes both ends; `j == i - 1` is an empty range.
--
-- A Lua string of a secret cannot be wiped, and Lua keeps short ones in a table of its own. So bytes go straight from the source into
-- locked memory, and only `byte` and `expose` hand them to Lua.

---@meta osmemlock

---@alias osmemlock.policy
---| '"default"' # the lock must hold wherever the system can lock at all; the rest is reported by `b:info()`
---| '"strict"' # fails unless every protection asked for is in effect
---| '"best_effort"' # never fails for a protection

---@alias osmemlock.fork
---| '"wipe"' # a child of fork() sees zeros, and the buffer raises an error there
---| '"keep"' # the child gets a copy, locked again; for workers that are forked after the key was loaded
---| '"nofork"' # the memory is not mapped in the child

---@alias osmemlock.access '"none"' | '"read"' | '"readwrite"'
---@alias osmemlock.coding '"hex"' | '"base64"' | '"base64url"' | '"base32"'
---@alias osmemlock.step '"core_limit"' | '"undumpable"'
---@alias osmemlock.protection '"locked"' | '"nodump"' | '"wipeonfork"' | '"nofork"' | '"canary"' | '"guarded"' | '"secretmem"'
---@alias osmemlock.code integer | string

-- Any other key is an error.
---@class osmemlock.options
---@field policy? osmemlock.policy
---@field guarded? boolean pages of its own between guard pages; needed by `b:protect()`
---@field secretmem? boolean memfd_secret(2): unreadable even through /proc/PID/mem; while it is open Linux refuses to hibernate
---@field fork? osmemlock.fork

---@class osmemlock.prompt_options: osmemlock.options
---@field max? integer the longest secret in bytes, default 65536; longer is `nil, message, "OSML_ETOOBIG"`
---@field allow_empty? boolean without it an empty secret is `nil, message, "OSML_EEMPTY"`; the end of input at a prompt always is
---@field timeout? number not of `from_env`: seconds, looked at five times a second; then `nil, message, ETIMEDOUT`; all read is wiped
---@field trim_space? boolean remove all white space and NUL bytes at the end

-- With `trim_newline`, `trim_space` or `first_line` the input is text: a byte order mark of UTF-8 is dropped too, and UTF-16 is
-- `nil, message, "OSML_EFORMAT"`. Without them every byte is kept. What is dropped does not count for `max`, but for white space of more
-- than a newline.
---@class osmemlock.variable_options: osmemlock.prompt_options
---@field trim_newline? boolean remove one newline ("\n" or "\r\n") at the end
---@field first_line? boolean only the first line, without its end; what follows may have been read or not

---@class osmemlock.source_options: osmemlock.variable_options
---@field private? boolean a file that its group or others can read is `nil, message, "OSML_EEXPOSED"`

---@class osmemlock.command_options: osmemlock.variable_options
---@field input? osmemlock.buffer what the program reads
---@field env? table<string, string> its whole environment, else that of this process; in whose PATH the program is looked for
---@field cwd? string where it runs; else where this process does

-- A set: `set.locked` is true or nil.
---@alias osmemlock.protections table<osmemlock.protection, true>

---@class osmemlock.buffer_info
---@field size integer also known when it is closed
---@field closed boolean
---@field protections osmemlock.protections those that the system granted; empty when it is closed

-- A key is absent where the system does not report it. Sizes are in bytes; `math.huge` is no limit.
---@class osmemlock.process_info
---@field page_size? integer
---@field lock_limit_soft? number `ulimit -l`
---@field lock_limit_hard? number what it can be raised to
---@field process_locked_bytes? integer by the whole process: VmLck
---@field live_buffers? integer open buffers
---@field library_locked_bytes? integer locked by this library, free slots included
---@field supported_protections? osmemlock.protections that this system supports, tried when asked
---@field sanitizer? boolean
---@field emulator? boolean true when the kernel accepts advice that does not exist, so that advice cannot be trusted
---@field corruptions? integer corrupted canaries found so far
---@field double_frees? integer
---@field idle_bytes? integer of locked pages that wait for buffers to come; `trim` gives them back
---@field heap_blocks? integer blocks of the locked heap, which C modules and libraries may have as their allocator
---@field heap_bytes? integer
---@field foreign_frees? integer
---@field live_bytes? integer locked memory of open buffers
---@field kept_live_bytes? integer
---@field kept_idle_bytes? integer
---@field secretmem_live_bytes? integer
---@field secretmem_idle_bytes? integer
---@field kept_corruptions? integer
---@field secretmem_corruptions? integer

-- Fixed-size bytes in locked memory. `#b` is its length; `b == c` compares in constant time; `tostring(b)` tells neither contents nor
-- address, and `("%s"):format(b)` is an error. It is wiped by `close`, at the end of the scope of `local b <close>` (Lua 5.4 and later),
-- when it is collected, and at exit, whatever way. Call `close`: the collector comes late, and it cannot see how much locked memory waits
-- for it.
---@class osmemlock.buffer
---@operator len: integer
local buffer = {}

-- The bytes from i to j as integers; one byte without j, the first one without i. Each is a number on Lua's stack.
---@param i? integer
---@param j? integer
---@return integer ...
function buffer:byte(i, j) end

-- Writes bytes, each an integer from 0 to 255, from position i on. When one is wrong, none is written.
---@param i integer
---@param ... integer
---@return osmemlock.buffer self
function buffer:set(i, ...) end

-- Writes a string from position i on. When it does not fit, nothing is written. The string itself cannot be wiped.
---@param i integer
---@param bytes string
---@return osmemlock.buffer self
function buffer:write(i, bytes) end

-- Sets the bytes from i to j (default: all of them) to an integer from 0 to 255.
---@param byte integer
---@param i? integer
---@param j? integer
---@return osmemlock.buffer self
function buffer:fill(byte, i, j) end

-- Copies source[from..to] (default: all of it) to position i on. Ranges of one buffer may overlap.
---@param i integer
---@param source osmemlock.buffer
---@param from? integer
---@param to? integer
---@return osmemlock.buffer self
function buffer:copy(i, source, from, to) end

-- Fills the bytes from i to j (default: all of them) from the system's random generator.
---@param i? integer
---@param j? integer
---@return osmemlock.buffer|nil self
---@return string? message
---@return osmemlock.code? code
function buffer:random(i, j) end

-- Sets all bytes to 0. The buffer stays open.
---@return osmemlock.buffer self
function buffer:wipe() end

-- Whether both contain the same bytes. The time depends on the lengths only.
---@param other osmemlock.buffer|string
---@return boolean|nil same
---@return string? message
---@return osmemlock.code? code
function buffer:equal(other) end

-- A new buffer with the bytes from i to j (default: all of it). Positions far outside are the nearest end, as in string.sub.
---@param i? integer
---@param j? integer
---@param options? osmemlock.options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function buffer:sub(i, j, options) end

-- The first place at or after `init` (default: 1) where the bytes stand: their first and last position, or nil. The time tells that
-- place, and nothing else about the contents.
---@param bytes string|osmemlock.buffer
---@param init? integer
---@return integer|nil first
---@return integer? last
function buffer:find(bytes, init) end

-- A new buffer with the text that the coding writes for the bytes, in one line.
---@param coding osmemlock.coding
---@param options? osmemlock.options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function buffer:encode(coding, options) end

-- Decodes text in place, and shortens the buffer. White space is passed over, in hex also `:`, `-` and 0x in front; base64 takes either
-- alphabet, with or without padding. For other text: `nil, message, "OSML_EFORMAT"`; the message names the line, and nothing changes.
---@param coding osmemlock.coding
---@return osmemlock.buffer|nil self
---@return string? message
---@return osmemlock.code? code
function buffer:decode(coding) end

-- Reads n bytes (default: as many as fit) from a descriptor or an open Lua file into the buffer, from position i (default: 1) on, and
-- nothing behind them. Returns how many there were: fewer only at the end of the input. After an error the fourth value tells how many were
-- read before it.
---@param from integer|file*
---@param i? integer
---@param n? integer
---@param options? { timeout?: number }
---@return integer|nil
---@return string? message
---@return osmemlock.code? code
---@return integer? read
function buffer:read_fd(from, i, n, options) end

-- Writes all bytes to a descriptor or to an open Lua file, after what the file has buffered. The program handles SIGPIPE.
---@param to integer|file*
---@return osmemlock.buffer|nil self
---@return string? message
---@return osmemlock.code? code
function buffer:write_fd(to) end

-- Sets the access mode of a guarded buffer. For others: `nil, message, "OSML_EUNSUPPORTED"`.
---@param access osmemlock.access
---@return osmemlock.buffer|nil self
---@return string? message
---@return osmemlock.code? code
function buffer:protect(access) end

-- What is known of it, without asking the kernel. Works on a closed buffer.
---@return osmemlock.buffer_info
function buffer:info() end

-- The protections that the kernel confirms now, and a check of the canary (`nil, message, "OSML_ECORRUPT"` when it is corrupted). Slow.
---@return osmemlock.protections|nil
---@return string? message
---@return osmemlock.code? code
function buffer:verify() end

-- Calls fn with the bytes as a Lua string, and returns what fn returns. THIS IS A LEAK: before Lua 5.5 the string is an ordinary copy that
-- nothing wipes. On Lua 5.5 it lives in locked memory of its own and is wiped when it is collected, but `..`, `:sub()` and its use as a
-- table key make ordinary copies there too.
---@param fn fun(secret: string): ...
---@return any ...
function buffer:expose(fn) end

-- Wipes the data and releases the memory. A second close does nothing. `nil, message, "OSML_ECORRUPT"` when the canary is corrupted:
-- something wrote outside its buffer. It is wiped and closed all the same.
---@return true|nil
---@return string? message
---@return osmemlock.code? code
function buffer:close() end

---@return boolean
function buffer:closed() end

-- Keeps core dumps switched off. Released by `release`, by `local guard <close>`, and when it is collected.
---@class osmemlock.core_dumps_guard
local guard = {}

-- The last guard that is released restores the limit. The second release does nothing.
---@return true|nil
---@return string? message
---@return osmemlock.code? code
function guard:release() end

---@class osmemlock
---@field _VERSION string "osmemlock 1.0.0-rc1"
---@field SEM_FAILCRITICALERRORS integer
---@field SEM_NOGPFAULTERRORBOX integer
---@field SEM_NOOPENFILEERRORBOX integer
local osmemlock = {}

-- A buffer of n zero bytes.
---@param n integer
---@param options? osmemlock.options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.buffer(n, options) end

-- A buffer of n random bytes.
---@param n integer
---@param options? osmemlock.options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.random(n, options) end

-- A buffer of all pieces, one behind the other: `join { "Authorization: Bearer ", token }`. Each is a string or a buffer.
---@param pieces (string|osmemlock.buffer)[]
---@param options? osmemlock.options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.join(pieces, options) end

-- What a program writes, which is run without a shell: `from_command({ "pass", "show", "mail" }, { first_line = true })`. It reads
-- `input`, or nothing; its standard error is that of this process. If it fails: `nil, message, "OSML_ECOMMAND"`, and the message tells
-- its exit status. When the timeout is over it is killed.
---@param argv string[]
---@param options? osmemlock.command_options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.from_command(argv, options) end

-- All that a descriptor or an open Lua file has until its end. It stays open. A file is read from its own position on; one that cannot seek
-- (a pipe) and has bytes in its buffer already, because something was read from it, is an error: those bytes are on Lua's heap.
---@param from integer|file*
---@param options? osmemlock.source_options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.from_fd(from, options) end

-- What from_fd, b:read_fd and b:write_fd take for a HANDLE or a SOCKET of Windows, which a module may have as a number. Elsewhere it is the
-- descriptor itself. The handle stays the caller's.
---@param handle integer
---@return integer fd
function osmemlock.fd_from_os_handle(handle) end

---@param path string
---@param options? osmemlock.source_options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.from_file(path, options) end

-- Takes a variable out of the environment: its value is overwritten there, and unset. Not safe while a thread uses the environment.
---@param name string
---@param options? osmemlock.variable_options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.from_env(name, options) end

-- The systemd credential of that name, from $CREDENTIALS_DIRECTORY.
---@param name string
---@param options? osmemlock.source_options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.from_credential(name, options) end

-- Asks on the terminal with echo off, and reads one line, without its newline.
---@param prompt? string default "Password: "
---@param options? osmemlock.prompt_options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.prompt(prompt, options) end

-- Calls fn with a new buffer of n bytes, or with a buffer that a source made, closes it, and returns what fn returned. An error of fn comes
-- out unchanged, after the close. For Luas without `local b <close>`. fn may yield wherever it may in pcall; coroutine.close() closes, too.
---@param what integer|osmemlock.buffer
---@param options osmemlock.options only with a number; may be left out altogether
---@param fn fun(b: osmemlock.buffer): ...
---@return any ...
---@overload fun(what: integer|osmemlock.buffer, fn: fun(b: osmemlock.buffer): ...): ...
function osmemlock.with(what, options, fn) end

-- mlock(2) on the pages of b[i..j] (default: all of it). A buffer is locked already; this is for one that `best_effort` left unlocked.
-- Whole pages: small buffers share theirs with others. A buffer of more than 64 KiB has pages of its own.
---@param b osmemlock.buffer
---@param i? integer
---@param j? integer
---@return true|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.mlock(b, i, j) end

-- munlock(2) on them. It takes the lock off every buffer that shares these pages.
---@param b osmemlock.buffer
---@param i? integer
---@param j? integer
---@return true|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.munlock(b, i, j) end

-- Keeps these pages out of core dumps: madvise(2).
---@param b osmemlock.buffer
---@param i? integer
---@param j? integer
---@return true|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.madvise_dontdump(b, i, j) end

-- Calls `f(...)` and returns what it does. All that this Lua allocates meanwhile lies in locked memory, is left out of core dumps, and
-- is wiped when it is collected: strings, tables, what `..` and `gsub` make of them. It may outlive the call, and stays locked. A
-- yield leaves the scope until the resume; the function runs in a coroutine of its own, which coroutine.close() of the caller's
-- closes, too. What C libraries allocate is not in it, and neither is the buffer of an `io` file: `setvbuf("no")`. Past the lock limit
-- there is the error "not enough memory", which says what to type. Afterwards the stack is scrubbed. "OSML_EUNSUPPORTED" under LuaJIT.
---@param f function
---@param ... any
---@return any ...
function osmemlock.locked_heap(f, ...) end

-- Switches core dumps off for good: the soft RLIMIT_CORE becomes 0. A dump into a pipe ignores that limit; `harden` stops it.
---@return true|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.disable_core_dumps_for_process() end

-- Switches core dumps off until the last guard is released.
---@return osmemlock.core_dumps_guard|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.disable_core_dumps_with_guard() end

-- SetErrorMode on Windows, "OSML_EUNSUPPORTED" elsewhere.
---@param mode integer
---@return integer|nil previous
---@return string? message
---@return osmemlock.code? code
function osmemlock.set_windows_error_mode(mode) end

-- Sets the three SEM_ bits and no other.
---@return integer|nil previous
---@return string? message
---@return osmemlock.code? code
function osmemlock.suppress_windows_error_dialogs_for_process() end

-- Tries each step (default: all of them): "core_limit" sets the soft RLIMIT_CORE to 0, "undumpable" is prctl(PR_SET_DUMPABLE, 0); on
-- Windows the error mode without reports of crashes, and a list by which no other process of this user opens this one. The
-- result has a key for each step that was asked for, true when it is in effect. When one was refused, the result is `nil, message, code` of
-- the first, and that table as the fourth.
---@param ... osmemlock.step
---@return table<osmemlock.step, boolean>|nil done
---@return string? message
---@return osmemlock.code? code
---@return table<osmemlock.step, boolean>? done
function osmemlock.harden(...) end

-- Undoes steps that `harden` did; true for each that was undone, false for one that it had not done. Refusals as in `harden`.
---@param ... osmemlock.step
---@return table<osmemlock.step, boolean>|nil undone
---@return string? message
---@return osmemlock.code? code
---@return table<osmemlock.step, boolean>? undone
function osmemlock.harden_undo(...) end

-- Wipes and closes every buffer of the process, those of other Lua states and threads too, as the end of the process does: before exec, or
-- before an end that runs no exit handlers. What C code has pinned reads as zeros from then on. In a child of fork() it wipes the
-- child's own buffers. It cannot fail.
---@return true|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.purge() end

-- Gives back the locked memory that is kept for buffers to come, of all threads: what stays locked is the pages of open buffers. A
-- buffer that the lock limit would refuse does this by itself. It cannot fail.
---@return true|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.trim() end

-- Wipes what finished calls left behind: 256 KiB of the C stack below this function, and the vector registers. For use after a call into
-- a C library that leaves a key there. Strings are not touched. It cannot fail.
---@return true
function osmemlock.scrub() end

---@return osmemlock.process_info
function osmemlock.info() end

return osmemlock
