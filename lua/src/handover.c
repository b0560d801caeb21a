/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What other C modules get through ../osmemlock_lua.h. They are no closures of this module, so the metatable comes from the registry. */
#include "../osmemlock_lua.h"
#include "common.h"

#define CONSTRUCTOR "osmemlock.new"

static int is(lua_State *L, int arg)
{
	if (lua_type(L, arg) != LUA_TUSERDATA || lua_rawlen(L, arg) < sizeof(struct owner) || !lua_getmetatable(L, arg))
		return 0;
	luaL_getmetatable(L, BUFFER_TYPE);
	int same = lua_rawequal(L, -1, -2);
	lua_pop(L, 2);
	return same;
}

static int pin_bytes(const void *userdata, osmemlock_lua_view *view)
{
	const struct owner *owner = userdata;
	*view = (osmemlock_lua_view){ NULL, 0, NULL };
	if (!owner || !is_intact(owner))
		return OSML_EINVAL;
	view->pin = owner->buffer;
	return osml_buffer_pin(owner->buffer, &view->data, &view->len);
}

static void pin(lua_State *L, int arg, osmemlock_lua_view *view)
{
	const void *userdata = luaL_checkudata(L, arg, BUFFER_TYPE);
	int rc = pin_bytes(is(L, arg) ? userdata : NULL, view);
	if (rc != 0)
		refuse(L, rc, NULL);
}

static int unpin(osmemlock_lua_view *view)
{
	int rc = view->data ? osml_buffer_unpin(view->pin) : 0;
	*view = (osmemlock_lua_view){ NULL, 0, NULL };
	return rc;
}

/* The constructor has the metatable as its upvalue, and this function has none. */
static int make(lua_State *L, size_t len, osmemlock_lua_view *view)
{
	luaL_checkstack(L, 5, NULL);
	lua_getfield(L, LUA_REGISTRYINDEX, CONSTRUCTOR);
	lua_pushlightuserdata(L, &len);
	lua_call(L, 1, 3);
	if (lua_isnil(L, -3))
		return 3;
	lua_pop(L, 2);
	pin(L, lua_gettop(L), view);
	return 0;
}

static int construct(lua_State *L)
{
	int rc = push_opened_buffer(L, *(const size_t *)lua_touserdata(L, 1), NULL);
	return rc == 0 ? 1 : fail(L, rc, NULL);
}

static const struct osmemlock_lua_handover functions = { 8, is, pin, unpin, make, pin_bytes, osml_realloc, osml_free, osml_scrub };

/* Two copies would share the metatable, and each take the other's handles for its own (audit L12). */
void refuse_second_copy(lua_State *L)
{
	lua_getfield(L, LUA_REGISTRYINDEX, OSMEMLOCK_LUA_HANDOVER);
	if (!lua_isnil(L, -1) && lua_touserdata(L, -1) != (const void *)&functions)
		luaL_error(L, "another copy of the module osmemlock, of another file, is loaded into this Lua");
	lua_pop(L, 1);
}

void publish_handover(lua_State *L)
{
	lua_pushlightuserdata(L, (void *)&functions);
	lua_setfield(L, LUA_REGISTRYINDEX, OSMEMLOCK_LUA_HANDOVER);
	luaL_getmetatable(L, BUFFER_TYPE);
	lua_pushcclosure(L, construct, 1);
	lua_setfield(L, LUA_REGISTRYINDEX, CONSTRUCTOR);
}
