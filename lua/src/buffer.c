/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The userdata that owns a buffer: its two checks, how it is made, how it ends. */
#include "common.h"

#include <stdio.h>

int is_buffer(lua_State *L, int arg)
{
	if (!lua_getmetatable(L, arg))
		return 0;
	int same = lua_topointer(L, -1) == lua_topointer(L, BUFFER_METATABLE);
	lua_pop(L, 1);
	return same;
}

int is_intact(const struct owner *owner)
{
#ifdef DECOYS
	if (!decoys_hold(owner->decoys))
		return 0;
#endif
	return owner->self == owner;
}

/* Anything can have the metatable (debug.setmetatable): NULL for what is too small to be a buffer, such as a pointer, which has no memory of its own. */
static struct owner *to_owner(lua_State *L, int arg)
{
	int fits = lua_type(L, arg) == LUA_TUSERDATA && lua_rawlen(L, arg) >= sizeof(struct owner);
	return fits && is_buffer(L, arg) ? lua_touserdata(L, arg) : NULL;
}

static struct owner *owner_of(lua_State *L, int arg)
{
	struct owner *owner = to_owner(L, arg);
	if (!owner)
		luaL_argerror(L, arg, lua_pushfstring(L, BUFFER_TYPE " expected, got %s", luaL_typename(L, arg)));
	if (!is_intact(owner))
		luaL_argerror(L, arg, BUFFER_TYPE " expected, got a copy of one's userdata, or one that was written over");
	return owner;
}

osml_buffer *any_buffer(lua_State *L, int arg)
{
	return owner_of(L, arg)->buffer;
}

/* The state is the core's. What is called after this check returns a code of its own, and that one decides. */
osml_buffer *open_buffer(lua_State *L, int arg)
{
	osml_buffer *b = any_buffer(L, arg);
	uint32_t bits;
	int rc = osml_buffer_protections(b, &bits);
	if (rc != 0)
		refuse(L, rc, NULL);
	return b;
}

/* Closed first, as the files of the io library: a memory error of Lua in between then loses no pages. */
osml_buffer **push_closed_buffer(lua_State *L)
{
	struct owner *owner = lua_newuserdatauv(L, sizeof *owner, 0);
	owner->self = owner;
	owner->buffer = NULL;
#ifdef DECOYS
	decoys_put(L, owner->decoys);
#endif
	lua_pushvalue(L, BUFFER_METATABLE);
	lua_setmetatable(L, -2);
	return &owner->buffer;
}

int push_opened_buffer(lua_State *L, size_t len, const osml_buffer_options *options)
{
	osml_buffer **slot = push_closed_buffer(L);
	int rc = osml_buffer_new(slot, len, options);
	if (rc != 0 && collector_helps(L, rc))
		rc = osml_buffer_new(slot, len, options);
	if (rc == 0)
		collector_account(L, len);
	return rc;
}

int module_buffer(lua_State *L)
{
	struct options o;
	size_t len = check_size(L, 1);
	int plain = lua_isnoneornil(L, 2);
	if (!plain)
		read_options(&o, L, 2, BUFFER_OPTIONS);
	int rc = push_opened_buffer(L, len, plain ? NULL : &o.buffer);
	return rc == 0 ? 1 : fail(L, rc, NULL);
}

/* ---- The end of a buffer ---- */

int buffer_close(lua_State *L)
{
	osml_buffer *b = any_buffer(L, 1);
	int rc = b ? osml_buffer_close(b) : 0;
	if (rc != 0)
		return fail(L, rc, NULL);
	lua_pushboolean(L, 1);
	return 1;
}

/* __close has no result, so a corrupted canary is an error, unless one is being raised already (the second argument), which must not be replaced. */
int buffer_leave(lua_State *L)
{
	osml_buffer *b = any_buffer(L, 1);
	int rc = b ? osml_buffer_close(b) : 0;
	return rc == 0 || !lua_isnoneornil(L, 2) ? 0 : refuse(L, rc, NULL);
}

/*
 * A program can call this one by hand (debug.getmetatable), so the handle is forgotten before it is freed. A copy of a userdata owns nothing, and of
 * one that was written over nobody knows what it owned: that is wiped at exit. A table can have the metatable (debug.setmetatable), and then comes here.
 * An error here would strike whoever allocates.
 */
int buffer_gc(lua_State *L)
{
	struct owner *owner = is_buffer(L, 1) ? to_owner(L, 1) : owner_of(L, 1);
	if (!owner || !is_intact(owner))
		return 0;
	osml_buffer *b = owner->buffer;
	owner->buffer = NULL;
	osml_buffer_free(b);
	return 0;
}

/* ---- State, and what is refused ---- */

int buffer_closed(lua_State *L)
{
	uint32_t bits;
	osml_buffer *b = any_buffer(L, 1);
	lua_pushboolean(L, !b || osml_buffer_protections(b, &bits) == OSML_ECLOSED);
	return 1;
}

int buffer_len(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)osml_buffer_size(open_buffer(L, 1)));
	return 1;
}

/* A header that is formatted with "%s" would go out with the text below for the secret (audit L12). Lua 5.1 refuses that by itself. */
static void refuse_format(lua_State *L)
{
	lua_Debug caller;
	if (!lua_getstack(L, 1, &caller) || !lua_getinfo(L, "f", &caller))
		return;
	lua_getfield(L, LUA_REGISTRYINDEX, STRING_FORMAT);
	if (lua_rawequal(L, -1, -2)) {
		luaL_where(L, 2);
		lua_pushliteral(L, BUFFER_TYPE " cannot become part of a string");
		lua_concat(L, 2);
		lua_error(L);
	}
	lua_pop(L, 2);
}

int buffer_tostring(lua_State *L)
{
	refuse_format(L);
	char text[64];
	uint32_t bits;
	osml_buffer *b = any_buffer(L, 1);
	int rc = b ? osml_buffer_protections(b, &bits) : OSML_ECLOSED;
	if (rc == OSML_ECLOSED) {
		lua_pushliteral(L, BUFFER_TYPE " (closed)");
		return 1;
	}
	const char *state = rc != 0 ? "forked" : bits & OSML_LOCKED ? "locked" : "not locked";
	snprintf(text, sizeof text, BUFFER_TYPE " (%zu bytes, %s)", osml_buffer_size(b), state);
	lua_pushstring(L, text);
	return 1;
}

int buffer_protect(lua_State *L)
{
	static const char *const names[] = { "none", "read", "readwrite", NULL };
	static const unsigned modes[] = { OSML_ACCESS_NONE, OSML_ACCESS_READ, OSML_ACCESS_READWRITE };
	osml_buffer *b = open_buffer(L, 1);
	return answer(L, osml_buffer_protect(b, modes[check_word(L, 2, names)]));
}

int buffer_refuse_index(lua_State *L)
{
	return luaL_error(L, "a field of " BUFFER_TYPE " cannot be set; write bytes with b:set() or b:write()");
}

int buffer_refuse_concat(lua_State *L)
{
	return luaL_error(L, BUFFER_TYPE " cannot become part of a string");
}
