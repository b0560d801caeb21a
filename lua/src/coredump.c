/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Core dumps of the whole process, and the guard that keeps them off. */
#include "common.h"

static osml_core_dumps_guard **check_guard(lua_State *L)
{
	return luaL_checkudata(L, 1, GUARD_TYPE);
}

int module_disable_core_dumps_for_process(lua_State *L)
{
	return answer_true(L, osml_disable_core_dumps_for_process());
}

/* The userdata exists, marked as released, before the limit is changed. */
int module_disable_core_dumps_with_guard(lua_State *L)
{
	osml_core_dumps_guard **guard = lua_newuserdatauv(L, sizeof *guard, 0);
	*guard = NULL;
	luaL_getmetatable(L, GUARD_TYPE);
	lua_setmetatable(L, -2);
	int rc = osml_disable_core_dumps_with_guard(guard);
	return rc == 0 ? 1 : fail(L, rc, NULL);
}

/* Detached first: the core frees the guard, whatever it returns. */
static int release(osml_core_dumps_guard **slot)
{
	osml_core_dumps_guard *guard = *slot;
	*slot = NULL;
	return osml_core_dumps_guard_release(guard);
}

int guard_release(lua_State *L)
{
	return answer_true(L, release(check_guard(L)));
}

/* __close and __gc cannot report a limit that could not be restored; guard:release() does. */
int guard_leave(lua_State *L)
{
	release(check_guard(L));
	return 0;
}

int guard_tostring(lua_State *L)
{
	lua_pushstring(L, *check_guard(L) ? GUARD_TYPE " (held)" : GUARD_TYPE " (released)");
	return 1;
}
