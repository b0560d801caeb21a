/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * For C modules that take the buffers of the Lua module osmemlock where they take strings today. It needs no library: the functions are
 * handed over in the registry, by whichever osmemlock has been loaded into this Lua.
 *
 *   static int hmac(lua_State *L)
 *   {
 *           osmemlock_lua_view key;
 *           osmemlock_lua_pin(L, 1, &key);
 *           ... key.data, key.len: read and write; use no Lua function that may raise an error ...
 *           osmemlock_lua_unpin(L, &key);
 *           ...
 *   }
 *
 * The buffer must stay on the stack, or be anchored otherwise, until it is unpinned: collecting it ends the pin. When an error does get in
 * between, the memory stays mapped until the buffer is collected, no longer. Closing a pinned buffer wipes it at once and leaves it mapped.
 */
#ifndef OSMEMLOCK_LUA_H
#define OSMEMLOCK_LUA_H

#include <stddef.h>

#include <lauxlib.h>
#include <lua.h>

typedef struct osmemlock_lua_view {
	void *data; /* NULL after unpin */
	size_t len;
	void *pin;
} osmemlock_lua_view;

/* What is behind it; use the functions below. Functions are only ever added, at the end, and `count` tells how many there are. */
struct osmemlock_lua_handover {
	size_t count;
	int (*is)(lua_State *L, int arg);
	void (*pin)(lua_State *L, int arg, osmemlock_lua_view *view);
	void (*unpin)(osmemlock_lua_view *view);
};
#define OSMEMLOCK_LUA_HANDOVER "osmemlock.handover"

static inline const struct osmemlock_lua_handover *osmemlock_lua_handover(lua_State *L)
{
	lua_getfield(L, LUA_REGISTRYINDEX, OSMEMLOCK_LUA_HANDOVER);
	const struct osmemlock_lua_handover *functions = (const struct osmemlock_lua_handover *)lua_touserdata(L, -1);
	lua_pop(L, 1);
	return functions;
}

/** 1 when the argument is a buffer, open or not; also 0 when the module has not been loaded. */
static inline int osmemlock_lua_is(lua_State *L, int arg)
{
	const struct osmemlock_lua_handover *functions = osmemlock_lua_handover(L);
	return functions && functions->is(L, arg);
}

/** Borrows the bytes until osmemlock_lua_unpin(). Raises an error unless the argument is an open buffer that may be read. */
static inline void osmemlock_lua_pin(lua_State *L, int arg, osmemlock_lua_view *view)
{
	const struct osmemlock_lua_handover *functions = osmemlock_lua_handover(L);
	if (!functions)
		luaL_argerror(L, arg, "osmemlock.buffer expected, and the module osmemlock is not loaded");
	functions->pin(L, arg, view);
}

/** Gives them back. A second call does nothing. */
static inline void osmemlock_lua_unpin(lua_State *L, osmemlock_lua_view *view)
{
	osmemlock_lua_handover(L)->unpin(view);
}

#endif
