/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A Lua state on the heap, by osmemlock_lua_alloc(). */
#include "user.h"

#include <lualib.h>
#include <stdlib.h>

#include "osmemlock_lua.h"

static lua_State *state;

static const char program[] = "local secret = ...\n"
                              "local t = {}\n"
                              "for i = 1, 200 do t[i] = secret .. i; t[secret .. i] = #t[i] end\n"
                              "kept = table.concat(t, ',') .. secret:rep(3000)\n"
                              "header = ('Authorization: Bearer %s'):format(secret)\n"
                              "for word in header:gmatch('%S+') do last = word end\n"
                              "assert(last == secret and kept:find(secret, 1, true) == 1)\n"
                              "worker = coroutine.wrap(function(s) while true do s = coroutine.yield(s .. s) end end)\n"
                              "assert(#worker(secret) == 2 * #secret)\n"
                              "t = nil; collectgarbage()\n";

void user_work(const char *secret, size_t len)
{
	state = user_allocator->allocate == malloc ? luaL_newstate() : lua_newstate(osmemlock_lua_alloc, NULL);
	user_must(state != NULL, "lua_newstate");
	luaL_openlibs(state);
	user_must(luaL_loadstring(state, program) == LUA_OK, "luaL_loadstring");
	lua_pushlstring(state, secret, len);
	user_must(lua_pcall(state, 1, 0, 0) == LUA_OK, "the program");
}

void user_end(void)
{
	lua_close(state);
}
