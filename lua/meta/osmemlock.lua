-- SPDX-License-Identifier: MIT OR Apache-2.0
--
-- The types and the manual of the Lua module, for people and for editors (LuaLS). The code is in ../src; nothing here is run.
--
-- Three rules hold for every function:
--
-- * When the world refuses (a missing file, the lock limit, a system that cannot do it), the function returns `nil, message, code`: the
--   errno of the system as a number, as the io library does, or the name of a code of the library, such as "OSML_ELIMIT". Otherwise the
--   first result is true in a condition, so that `assert(...)` works.
-- * When the program is wrong (a wrong type or range, a buffer that is closed, or inherited by fork()), the function raises an error.
-- * Positions start at 1; negative ones count from the end, as in string.byte. Unlike there a position outside the buffer is an error, and
--   nothing is clipped. A range `i, j` includes both ends; `j == i - 1` is an empty range.
--
-- A Lua string of a secret cannot be wiped, and Lua keeps short ones in a table of its own. So bytes go straight from the source into
-- locked memory, and only `byte` and `expose` hand them to Lua.

---@meta osmemlock

---@alias osmemlock.policy
---| '"default"' # the lock must hold wherever the system can lock at all; the rest is reported by `b:info()`
---| '"strict"' # every protection asked for must hold, or there is no buffer
---| '"best_effort"' # a protection is never a reason to fail

---@alias osmemlock.fork
---| '"wipe"' # a child of fork() sees zeros, and the buffer raises an error there
---| '"keep"' # the child gets a copy, locked again; for workers that are forked after the key was loaded
---| '"absent"' # the memory is not there in the child

---@alias osmemlock.access '"none"' | '"read"' | '"readwrite"'
---@alias osmemlock.step '"core_limit"' | '"undumpable"'
---@alias osmemlock.protection '"locked"' | '"nodump"' | '"wipeonfork"' | '"nofork"' | '"canary"' | '"guarded"' | '"secretmem"'
---@alias osmemlock.code integer | string

-- Any other key is an error.
---@class osmemlock.options
---@field policy? osmemlock.policy
---@field guarded? boolean pages of its own between inaccessible ones; `b:protect()` works
---@field secretmem? boolean memfd_secret(2): unreadable even through /proc/PID/mem; while it is open Linux refuses to hibernate
---@field fork? osmemlock.fork

---@class osmemlock.prompt_options: osmemlock.options
---@field max? integer the longest input in bytes, 65536 unless told; longer is `nil, message, "OSML_ETOOBIG"`

---@class osmemlock.source_options: osmemlock.prompt_options
---@field trim_newline? boolean drop one newline ("\n" or "\r\n") at the end; without it every byte is kept

-- A set: `set.locked` is true or nil.
---@alias osmemlock.protections table<osmemlock.protection, true>

---@class osmemlock.buffer_info
---@field size integer also known when it is closed
---@field closed boolean
---@field protections osmemlock.protections those that the system granted; empty when it is closed

-- A key is absent where the system does not tell. Sizes are in bytes; `math.huge` is no limit.
---@class osmemlock.process_info
---@field page_size? integer
---@field lock_limit_soft? number `ulimit -l`
---@field lock_limit_hard? number what it can be raised to
---@field lock_used? integer by the whole process: VmLck
---@field live_buffers? integer open buffers
---@field locked_bytes? integer locked by this library, spare room included
---@field offered? osmemlock.protections that this system can give, tried out now
---@field sanitizer? boolean
---@field emulator? boolean true when the kernel accepts advice that does not exist, so that advice cannot be trusted
---@field corruptions? integer how often a dead canary was found
---@field double_frees? integer

-- Fixed-size bytes in locked memory. `#b` is its length; `b == c` compares in constant time; `tostring(b)` tells neither contents nor
-- address. It is wiped by `close`, at the end of the scope of `local b <close>` (Lua 5.4 and later), when it is collected, and at exit,
-- whatever way. Call `close`: the collector comes late, and it cannot see how much locked memory waits for it.
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

-- Sets the bytes from i to j (all of them unless told) to an integer from 0 to 255.
---@param byte integer
---@param i? integer
---@param j? integer
---@return osmemlock.buffer self
function buffer:fill(byte, i, j) end

-- Copies source[from..to] (all of it unless told) to position i on. Overlap within one buffer is right.
---@param i integer
---@param source osmemlock.buffer
---@param from? integer
---@param to? integer
---@return osmemlock.buffer self
function buffer:copy(i, source, from, to) end

-- Fills the bytes from i to j (all of them unless told) from the system's random generator.
---@param i? integer
---@param j? integer
---@return osmemlock.buffer|nil self
---@return string? message
---@return osmemlock.code? code
function buffer:random(i, j) end

-- Sets all bytes to 0. The buffer stays open.
---@return osmemlock.buffer self
function buffer:wipe() end

-- Whether both hold the same bytes. The time depends on the lengths only.
---@param other osmemlock.buffer|string
---@return boolean|nil same
---@return string? message
---@return osmemlock.code? code
function buffer:equals(other) end

-- Replaces hex text by the bytes it means, and shortens the buffer. Other text is an error, and nothing changes.
---@return osmemlock.buffer self
function buffer:decode_hex() end

-- The same for base64, either alphabet, with or without padding.
---@return osmemlock.buffer self
function buffer:decode_base64() end

-- Writes all bytes to a descriptor or to an open Lua file, after what the file still holds back. SIGPIPE is the program's to block.
---@param to integer|file*
---@return osmemlock.buffer|nil self
---@return string? message
---@return osmemlock.code? code
function buffer:write_fd(to) end

-- Sets what the process may do with the bytes of a guarded buffer. For others: `nil, message, "OSML_EUNSUPPORTED"`.
---@param access osmemlock.access
---@return osmemlock.buffer|nil self
---@return string? message
---@return osmemlock.code? code
function buffer:protect(access) end

-- What is known of it, without asking the kernel. Works on a closed buffer.
---@return osmemlock.buffer_info
function buffer:info() end

-- The protections that the kernel confirms now, and a look at the canary (`nil, message, "OSML_ECORRUPT"` when it died). Slow.
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

-- Wipes now and gives the memory back. The second close does nothing. `nil, message, "OSML_ECORRUPT"` when a canary had died: something
-- wrote outside its buffer. It is wiped and closed all the same.
---@return true|nil
---@return string? message
---@return osmemlock.code? code
function buffer:close() end

---@return boolean
function buffer:closed() end

-- Keeps core dumps switched off. Released by `release`, by `local guard <close>`, and when it is collected.
---@class osmemlock.core_dumps_guard
local guard = {}

-- The last guard to go restores the limit. The second release does nothing.
---@return true|nil
---@return string? message
---@return osmemlock.code? code
function guard:release() end

---@class osmemlock
---@field _VERSION string "osmemlock 0.1.0"
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

-- All that a descriptor or an open Lua file has until its end. It stays open. A file is read from its own position on; one that cannot seek
-- (a pipe) and has bytes in its buffer already, because something was read from it, is an error: those bytes are on Lua's heap.
---@param from integer|file*
---@param options? osmemlock.source_options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.from_fd(from, options) end

---@param path string
---@param options? osmemlock.source_options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.from_file(path, options) end

-- Takes a variable out of the environment: its value is overwritten there, and unset. Not safe while a thread uses the environment.
---@param name string
---@param options? osmemlock.source_options
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
---@param prompt? string "Password: " unless told
---@param options? osmemlock.prompt_options
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function osmemlock.prompt(prompt, options) end

-- Calls fn with a new buffer of n bytes, or with a buffer that a source made, closes it, and returns what fn returned. An error of fn comes
-- out unchanged, after the close. For Luas without `local b <close>`. fn may yield wherever it may in pcall.
---@param what integer|osmemlock.buffer
---@param options osmemlock.options only with a number; may be left out altogether
---@param fn fun(b: osmemlock.buffer): ...
---@return any ...
---@overload fun(what: integer|osmemlock.buffer, fn: fun(b: osmemlock.buffer): ...): ...
function osmemlock.with(what, options, fn) end

-- mlock(2) on the pages of b[i..j] (all of it unless told). A buffer is locked already; this is for one that `best_effort` left unlocked.
-- Whole pages: small buffers share theirs with others. Choose a buffer of more than 2 KiB, which has pages of its own.
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

-- Tries each step (all of them unless told): "core_limit" sets the soft RLIMIT_CORE to 0, "undumpable" is prctl(PR_SET_DUMPABLE, 0). The
-- result has a key for each step that was asked for, true when it holds. When one was refused, `nil, message, code` tell of the first, and
-- the fourth result is that table.
---@param ... osmemlock.step
---@return table<osmemlock.step, boolean>|nil holds
---@return string? message
---@return osmemlock.code? code
---@return table<osmemlock.step, boolean>? holds
function osmemlock.harden(...) end

-- Undoes steps that `harden` did; true for each that was undone, false for one that it had not done. Refusals as in `harden`.
---@param ... osmemlock.step
---@return table<osmemlock.step, boolean>|nil undone
---@return string? message
---@return osmemlock.code? code
---@return table<osmemlock.step, boolean>? undone
function osmemlock.harden_undo(...) end

---@return osmemlock.process_info
function osmemlock.info() end

return osmemlock
