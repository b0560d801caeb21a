/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The userdata that owns a buffer: the two doors, its birth, and its end. It is a pointer to the handle, NULL until the buffer is opened. */
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

static osml_buffer **slot_of(lua_State *L, int arg)
{
	osml_buffer **slot = is_buffer(L, arg) ? lua_touserdata(L, arg) : NULL;
	if (!slot)
		luaL_argerror(L, arg, lua_pushfstring(L, BUFFER_TYPE " expected, got %s", luaL_typename(L, arg)));
	return slot;
}

osml_buffer *any_buffer(lua_State *L, int arg)
{
	return *slot_of(L, arg);
}

/* The state is the core's. What is done behind this door looks at its own code again, and that one decides. */
osml_buffer *open_buffer(lua_State *L, int arg)
{
	osml_buffer *b = *slot_of(L, arg);
	uint32_t bits;
	int rc = osml_buffer_protections(b, &bits);
	if (rc != 0)
		refuse(L, rc, NULL);
	return b;
}

/* Closed first, as the files of the io library: a memory error of Lua in between then loses no pages. */
osml_buffer **push_closed_buffer(lua_State *L)
{
	osml_buffer **slot = lua_newuserdatauv(L, sizeof *slot, 0);
	*slot = NULL;
	lua_pushvalue(L, BUFFER_METATABLE);
	lua_setmetatable(L, -2);
	return slot;
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

/* ---- Its end ---- */

int buffer_close(lua_State *L)
{
	osml_buffer *b = any_buffer(L, 1);
	int rc = b ? osml_buffer_close(b) : 0;
	if (rc != 0)
		return fail(L, rc, NULL);
	lua_pushboolean(L, 1);
	return 1;
}

/* __close has no result, so a canary that died is an error, unless one is under way (the second argument): that one must survive. */
int buffer_leave(lua_State *L)
{
	osml_buffer *b = any_buffer(L, 1);
	int rc = b ? osml_buffer_close(b) : 0;
	return rc == 0 || !lua_isnoneornil(L, 2) ? 0 : refuse(L, rc, NULL);
}

/* A program can call this one by hand (debug.getmetatable), so the handle is forgotten before it is freed. */
int buffer_gc(lua_State *L)
{
	osml_buffer **slot = slot_of(L, 1), *b = *slot;
	*slot = NULL;
	osml_buffer_free(b);
	return 0;
}

/* ---- Questions and refusals ---- */

int buffer_closed(lua_State *L)
{
	uint32_t bits;
	osml_buffer *b = any_buffer(L, 1);
	lua_pushboolean(L, !b || osml_buffer_protections(b, &bits) == OSML_ECLOSED);
	return 1;
}

int buffer_len(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)osml_buffer_len(open_buffer(L, 1)));
	return 1;
}

int buffer_tostring(lua_State *L)
{
	char text[64];
	uint32_t bits;
	osml_buffer *b = any_buffer(L, 1);
	int rc = b ? osml_buffer_protections(b, &bits) : OSML_ECLOSED;
	if (rc == OSML_ECLOSED) {
		lua_pushliteral(L, BUFFER_TYPE " (closed)");
		return 1;
	}
	const char *state = rc != 0 ? "forked" : bits & OSML_LOCKED ? "locked" : "not locked";
	snprintf(text, sizeof text, BUFFER_TYPE " (%zu bytes, %s)", osml_buffer_len(b), state);
	lua_pushstring(L, text);
	return 1;
}

int buffer_protect(lua_State *L)
{
	static const char *const names[] = { "none", "read", "readwrite", NULL };
	static const unsigned modes[] = { OSML_ACCESS_NONE, OSML_ACCESS_READ, OSML_ACCESS_READWRITE };
	osml_buffer *b = open_buffer(L, 1);
	return answer(L, osml_buffer_protect(b, modes[luaL_checkoption(L, 2, NULL, names)]));
}

int buffer_refuse_index(lua_State *L)
{
	return luaL_error(L, "a field of " BUFFER_TYPE " cannot be set; write bytes with b:set() or b:write()");
}

int buffer_refuse_concat(lua_State *L)
{
	return luaL_error(L, BUFFER_TYPE " cannot become part of a string");
}
