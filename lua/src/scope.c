/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * osmemlock.with(), for Luas without `local b <close>`. Its last step is written in Lua, because the pcall of LuaJIT and of Lua 5.2 and later
 * lets coroutines yield, which a call from C does not.
 */
#include "common.h"

/* Who closes a coroutine that has yielded ends the scope, too. */
#if LUA_VERSION_NUM >= 504
#define CLOSED_WITH_CALLER "    local scope <close> = b\n"
#else
#define CLOSED_WITH_CALLER ""
#endif

static const char text[] = "local open, pcall, error = ...\n"
                           "local function leave(b, ok, ...)\n"
                           "    local closed, message = b:close()\n"
                           "    if not ok then\n"
                           "        error((...), 0)\n"
                           "    end\n"
                           "    if not closed then\n"
                           "        error(message, 0)\n"
                           "    end\n"
                           "    return ...\n"
                           "end\n"
                           "return function(what, options, fn)\n"
                           "    if fn == nil then\n"
                           "        options, fn = nil, options\n"
                           "    end\n"
                           "    local valid, b, message, code = pcall(open, what, options, fn)\n"
                           "    if not valid then\n"
                           "        error(b, 2)\n"
                           "    end\n"
                           "    if not b then\n"
                           "        return nil, message, code\n"
                           "    end\n" CLOSED_WITH_CALLER "    return leave(b, pcall(fn, b))\n"
                           "end\n";

/* The buffer of with(): the one that it was given, or a new one. */
int scope_open(lua_State *L)
{
	luaL_checktype(L, 3, LUA_TFUNCTION);
	if (!is_buffer(L, 1))
		return module_buffer(L);
	luaL_argcheck(L, lua_isnil(L, 2), 2, "options go with a size; this buffer exists already");
	open_buffer(L, 1);
	lua_settop(L, 1);
	return 1;
}

void push_with(lua_State *L)
{
	if (luaL_loadbuffer(L, text, sizeof text - 1, "=osmemlock") != 0)
		lua_error(L);
	lua_insert(L, -2);
	lua_getglobal(L, "pcall");
	lua_getglobal(L, "error");
	lua_call(L, 3, 1);
}
