-- SPDX-License-Identifier: MIT OR Apache-2.0
--
-- The types and the manual of osmemlock.ffi, for LuaJIT; it comes with osmemlock. The code is in ../../src/ffi.c; nothing here is run.
--
-- THE TRAP: LuaJIT's FFI takes any userdata where a pointer is wanted, and passes the address of the object, not of its bytes:
-- `C.HMAC(md, b, #b, ...)` is no error and computes a wrong MAC. Give it `view.data`. Where a buffer itself was given all the same, the 64
-- bytes that stand there are random, so the key was nobody's; and if they were written to, the next use of the buffer is an error. What
-- writes more than that runs over Lua's own memory.

---@meta osmemlock.ffi

-- The bytes of a buffer, pinned. `#view` is `tonumber(view.len)`. `view.data` may be used while the view is alive and not unpinned; a copy
-- of that pointer does not know when that ends. Indices are not checked, as everywhere in the FFI.
---@class osmemlock.ffi.view
---@field data ffi.cdata* uint8_t *; NULL after unpin
---@field len ffi.cdata* size_t; 0 after unpin
---@operator len: integer
local view = {}

-- The same as osmemlock.ffi.unpin(view).
function view:unpin() end

---@class osmemlock.ffi
local door = {}

-- Pins a buffer: its memory stays where it is until `unpin`, or until the view is collected. When the buffer is closed meanwhile, the bytes
-- are zeros from then on. Raises an error unless the buffer can be read.
---@param b osmemlock.buffer
---@return osmemlock.ffi.view
function door.pin(b) end

-- Ends a view. Raises an error when the buffer was closed or collected meanwhile: discard what was computed. A second call does nothing.
---@param v osmemlock.ffi.view
function door.unpin(v) end

-- Calls fn with a view and `...`, unpins, and returns what fn returned. An error of fn comes out unchanged; a close meanwhile is an error.
---@param b osmemlock.buffer
---@param fn fun(v: osmemlock.ffi.view, ...): ...
---@param ... any
---@return any ...
function door.view(b, fn, ...) end

return door
