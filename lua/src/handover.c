/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What other C modules get through ../osmemlock_lua.h. They are no closures of this module, so the metatable comes from the registry. */
#include "../osmemlock_lua.h"
#include "common.h"

static int is(lua_State *L, int arg)
{
	if (lua_type(L, arg) != LUA_TUSERDATA || !lua_getmetatable(L, arg))
		return 0;
	luaL_getmetatable(L, BUFFER_TYPE);
	int same = lua_rawequal(L, -1, -2);
	lua_pop(L, 2);
	return same;
}

static void pin(lua_State *L, int arg, osmemlock_lua_view *view)
{
	osml_buffer **slot = luaL_checkudata(L, arg, BUFFER_TYPE);
	int rc = osml_buffer_pin(*slot, &view->data, &view->len);
	if (rc != 0)
		refuse(L, rc, NULL);
	view->pin = *slot;
}

static void unpin(osmemlock_lua_view *view)
{
	if (view->data)
		osml_buffer_unpin(view->pin);
	*view = (osmemlock_lua_view){ NULL, 0, NULL };
}

static const struct osmemlock_lua_handover functions = { 3, is, pin, unpin };

void publish_handover(lua_State *L)
{
	lua_pushlightuserdata(L, (void *)&functions);
	lua_setfield(L, LUA_REGISTRYINDEX, OSMEMLOCK_LUA_HANDOVER);
}
