/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A service with Lua inside, all of it in locked memory. The script treats secrets as the strings that they are, and needs to know of nothing; no
 * copy that it makes is ever outside locked memory, and each is wiped when Lua frees it.
 *
 *   lua_host SCRIPT SOCKET [FILE]     (see service.h; a script: handler.lua)
 *
 * With PLAIN_HEAP in the environment it runs on malloc(), to see the difference.
 */
#include "service.h"

#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

#include "osmemlock_lua.h"

/* The script returns a function. It gets the secret, and returns the one that answers. */
static int start(void *context, const char *path, const osml_buffer *secret)
{
	lua_State *L = context;
	if (luaL_loadfile(L, path) != LUA_OK || lua_pcall(L, 0, 1, 0) != LUA_OK) {
		fprintf(stderr, "%s\n", lua_tostring(L, -1));
		return -1;
	}
	lua_pushlstring(L, osml_buffer_data(secret), osml_buffer_size(secret));
	if (lua_pcall(L, 1, 1, 0) == LUA_OK)
		return 0;
	fprintf(stderr, "%s: it did not take the secret\n", path); /* Lua's own message may quote it */
	return -1;
}

static int answer(void *context, const char *request, size_t len, int fd)
{
	lua_State *L = context;
	lua_pushvalue(L, 1);
	lua_pushlstring(L, request, len);
	int rc = lua_pcall(L, 1, 1, 0) == LUA_OK && lua_type(L, -1) == LUA_TSTRING ? 0 : -1;
	if (rc == 0) {
		const char *text = lua_tolstring(L, -1, &len);
		rc = service_reply(fd, text, len);
	}
	lua_settop(L, 1);
	lua_gc(L, LUA_GCCOLLECT, 0); /* what was made for this answer is wiped now */
	return rc;
}

static lua_State *new_state(void)
{
	if (getenv("PLAIN_HEAP"))
		return luaL_newstate();
#if LUA_VERSION_NUM >= 505
	return lua_newstate(osmemlock_lua_alloc, NULL, luaL_makeseed(NULL));
#else
	return lua_newstate(osmemlock_lua_alloc, NULL);
#endif
}

int main(int argc, char **argv)
{
	lua_State *L = new_state();
	if (!L) {
		fprintf(stderr, "%s: there is no memory for Lua; see ulimit -l\n", argv[0]);
		return 1;
	}
	luaL_openlibs(L);
	int rc = service_run(&(struct service){ start, answer, L }, argc, argv);
	lua_close(L);
	osml_scrub();
	return rc;
}
