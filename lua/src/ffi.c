/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The module osmemlock.ffi: the bytes of a buffer for LuaJIT's FFI, through the functions that other C modules get (../osmemlock_lua.h), which
 * compiled code calls directly. And what becomes of a program that gives the FFI the buffer itself (audit U3).
 */
#include "../osmemlock_lua.h"
#include "common.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef DECOYS
/*
 * The FFI passes a userdata as a pointer to its first byte. What stands there is random, so that a key taken from there by mistake is nobody's; and
 * what is written there by mistake is seen at the next use.
 */
static uint64_t *decoys; /* of the process; NULL until the first buffer, because nothing happens when the module is loaded */

static int fill(uint64_t *words)
{
	osml_buffer *b;
	size_t size = DECOYS * sizeof *words;
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	options.policy = OSML_POLICY_BEST_EFFORT;
	int rc = osml_buffer_new(&b, size, &options);
	if (rc == 0)
		rc = osml_buffer_random(b, 0, size);
	if (rc == 0)
		rc = osml_buffer_read(b, 0, words, size);
	osml_buffer_free(b);
	return rc;
}

/* Of several threads the first wins; none waits for another, which a fork may have left behind. */
static void make_decoys(lua_State *L)
{
	uint64_t *words = malloc(DECOYS * sizeof *words), *none = NULL;
	int rc = words ? fill(words) : -ENOMEM;
	if (rc == 0 && __atomic_compare_exchange_n(&decoys, &none, words, 0, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
		return;
	free(words);
	if (rc != 0)
		refuse(L, rc, "no random bytes");
}

void decoys_put(lua_State *L, uint64_t *to)
{
	if (!__atomic_load_n(&decoys, __ATOMIC_ACQUIRE))
		make_decoys(L);
	memcpy(to, decoys, DECOYS * sizeof *decoys);
}

int decoys_hold(const uint64_t *at)
{
	return decoys && at[0] == decoys[0] && at[1] == decoys[1];
}
#endif

/*
 * A view that nobody unpins is unpinned by the collector; a finalizer that need not run is taken off, because it costs more than all the rest. The
 * check of the type is one that compiled code makes without a call: among userdata only buffers have this method.
 */
static const char text[] = "local handover, closed, explain = ...\n"
                           "local ffi = require 'ffi'\n"
                           "local functions = ffi.cast([[struct {\n"
                           "    size_t count; void *is, *pin;\n"
                           "    int (*unpin)(void *view); void *make; int (*pin_bytes)(const void *userdata, void *view);\n"
                           "} *]], handover)\n"
                           "local unpin_view, pin_bytes, gc = functions.unpin, functions.pin_bytes, ffi.gc\n"
                           "local new, istype = nil, ffi.istype\n"
                           "local error, pcall, tonumber, type = error, pcall, tonumber, type\n"
                           "local function unpinned(view, level)\n"
                           "    if not istype(new, view) then error('bad argument #1 (a view expected)', level) end\n"
                           "    local code = unpin_view(view)\n"
                           "    gc(view, nil)\n"
                           "    if code ~= 0 then error(explain(code), level) end\n"
                           "end\n"
                           "local function unpin(view) unpinned(view, 3) end\n"
                           "new = ffi.metatype('struct { uint8_t *data; size_t len; void *pin; }', {\n"
                           "    __gc = function(view) unpin_view(view) end,\n"
                           "    __len = function(view) return tonumber(view.len) end,\n"
                           "    __index = { unpin = unpin },\n"
                           "})\n"
                           "local function is_buffer(b) return b.closed == closed end\n"
                           "local function pinned(b, level)\n"
                           "    local known, is = pcall(is_buffer, b)\n"
                           "    if type(b) ~= 'userdata' or not (known and is) then\n"
                           "        error('bad argument #1 (osmemlock.buffer expected, got ' .. type(b) .. ')', level)\n"
                           "    end\n"
                           "    local view = new()\n"
                           "    local code = pin_bytes(b, view)\n"
                           "    if code ~= 0 then error(explain(code), level) end\n"
                           "    return view\n"
                           "end\n"
                           "local function ended(view, ok, ...)\n"
                           "    if not ok then\n"
                           "        pcall(unpin, view)\n"
                           "        error((...), 0)\n"
                           "    end\n"
                           "    unpinned(view, 3)\n"
                           "    return ...\n"
                           "end\n"
                           "return {\n"
                           "    pin = function(b) return (pinned(b, 3)) end,\n"
                           "    unpin = unpin,\n"
                           "    view = function(b, f, ...)\n"
                           "        local view = pinned(b, 3)\n"
                           "        return ended(view, pcall(f, view, ...))\n"
                           "    end,\n"
                           "}\n";

/* explain(code) */
static int explain(lua_State *L)
{
	char why[1024];
	osml_explain((int)check_integer(L, 1), why, sizeof why);
	lua_pushstring(L, why);
	return 1;
}

__attribute__((visibility("default"))) int luaopen_osmemlock_ffi(lua_State *L);

int luaopen_osmemlock_ffi(lua_State *L)
{
	lua_getglobal(L, "jit");
	if (!lua_istable(L, -1))
		return luaL_error(L, "osmemlock.ffi is for LuaJIT");
	lua_getglobal(L, "require");
	lua_pushliteral(L, "osmemlock");
	lua_call(L, 1, 0);
	if (luaL_loadbuffer(L, text, sizeof text - 1, "=osmemlock.ffi") != 0)
		return lua_error(L);
	lua_getfield(L, LUA_REGISTRYINDEX, OSMEMLOCK_LUA_HANDOVER);
	if (lua_isnil(L, -1)) /* a test has put one of its own into package.loaded */
		return luaL_error(L, "what require 'osmemlock' returns is not the module osmemlock");
	luaL_getmetatable(L, BUFFER_TYPE);
	lua_getfield(L, -1, "__index");
	lua_getfield(L, -1, "closed");
	lua_replace(L, -3);
	lua_pop(L, 1);
	lua_pushcfunction(L, explain);
	lua_call(L, 3, 1);
	return 1;
}
