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
 *           if (osmemlock_lua_unpin(L, &key) != 0)
 *                   return luaL_error(L, "the key was closed meanwhile");
 *           ...
 *   }
 *
 * Closing or collecting a pinned buffer wipes it at once and leaves it mapped, so what was computed meanwhile may come from zeros: osmemlock_lua_unpin()
 * reports it. Keep the buffer on the stack, or anchor it otherwise, until then. A pin that is never released, because an error was raised in between,
 * keeps the memory mapped until the process ends, wiped once the buffer is closed or collected.
 *
 * A host that makes a Lua state of its own can have all of it in locked memory: see osmemlock_lua_alloc() at the end.
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

/* The table in the registry; use the functions below. Functions are only ever added, at the end, and `count` is their number. */
struct osmemlock_lua_handover {
	size_t count;
	int (*is)(lua_State *L, int arg);
	void (*pin)(lua_State *L, int arg, osmemlock_lua_view *view);
	int (*unpin)(osmemlock_lua_view *view);
	int (*make)(lua_State *L, size_t len, osmemlock_lua_view *view);
	int (*pin_bytes)(const void *userdata, osmemlock_lua_view *view);
	void *(*heap_realloc)(
	        void *block,
	        size_t size); /* osml_realloc(), osml_free() and osml_scrub(), for modules that are not linked with the library */
	void (*heap_free)(void *block);
	void (*scrub)(void);
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

/**
 * Releases the pin. Returns 0 when the bytes were valid until now, else one of osmemlock.h's codes, a negative number: the buffer was closed or
 * collected meanwhile, or this is a child of fork(), so the bytes may have been zeros; discard what was computed. A second call does nothing and returns 0.
 */
static inline int osmemlock_lua_unpin(lua_State *L, osmemlock_lua_view *view)
{
	return osmemlock_lua_handover(L)->unpin(view);
}

/**
 * Pushes a new buffer of `len` zero bytes, pinned: a result is written to view->data, where it stays. Returns 0; or, when the system refuses, the
 * number of values that were pushed instead, nil, a message and a code, for `return`. Raises an error when the module is not loaded, or Lua has no memory.
 */
static inline int osmemlock_lua_new(lua_State *L, size_t len, osmemlock_lua_view *view)
{
	const struct osmemlock_lua_handover *functions = osmemlock_lua_handover(L);
	if (!functions || functions->count < 5)
		return luaL_error(L, "the module osmemlock is not loaded, or too old to make buffers for other modules");
	return functions->make(L, len, view);
}

/**
 * For code that has no lua_State, such as the FFI of LuaJIT: pins the buffer whose userdata is at that address (lua_touserdata()), which the caller
 * knows to be a buffer. Returns 0, or one of osmemlock.h's codes. `functions` is what osmemlock_lua_handover() has returned; osmemlock_lua_unpin()
 * is functions->unpin().
 */
static inline int osmemlock_lua_pin_bytes(const struct osmemlock_lua_handover *functions, const void *userdata, osmemlock_lua_view *view)
{
	return functions->pin_bytes(userdata, view);
}

#ifdef OSMEMLOCK_H
/**
 * A lua_Alloc, there when osmemlock.h is included before this header: lua_newstate(osmemlock_lua_alloc, NULL), and in Lua 5.5 the seed as third. All
 * that the state allocates lies in locked memory that core dumps leave out, and is wiped when it is freed; a child of fork() gets a copy, locked
 * again. The program links with osmemlock. Past the lock limit Lua says "not enough memory". LuaJIT takes it where it is built with GC64, and has the code of
 * its traces elsewhere. Close the state, then call osml_scrub().
 */
static inline void *osmemlock_lua_alloc(void *context, void *block, size_t size, size_t new_size)
{
	(void)context;
	(void)size;
	if (new_size > 0)
		return osml_realloc(block, new_size);
	osml_free(block);
	return NULL;
}
#endif

#endif
