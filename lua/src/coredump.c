/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Core dumps of the whole process, and the guard that keeps them off. */
#include "common.h"

/* It knows where it lies, as a buffer does: what a library for threads copies byte by byte must not be released twice. */
struct holder {
	const void *self;
	osml_core_dumps_guard *guard; /* NULL once released */
};

/* NULL when it is such a copy, or too small. */
static struct holder *to_holder(lua_State *L)
{
	struct holder *holder = luaL_checkudata(L, 1, GUARD_TYPE);
	int fits = lua_type(L, 1) == LUA_TUSERDATA && lua_rawlen(L, 1) >= sizeof *holder;
	return fits && holder->self == holder ? holder : NULL;
}

static struct holder *check_guard(lua_State *L)
{
	struct holder *holder = to_holder(L);
	if (!holder)
		luaL_argerror(L, 1, GUARD_TYPE " expected, got a copy of one's userdata");
	return holder;
}

int module_disable_core_dumps_for_process(lua_State *L)
{
	return answer_true(L, osml_disable_core_dumps_for_process());
}

/* The userdata exists, marked as released, before the limit is changed. */
int module_disable_core_dumps_with_guard(lua_State *L)
{
	struct holder *holder = lua_newuserdatauv(L, sizeof *holder, 0);
	*holder = (struct holder){ holder, NULL };
	luaL_getmetatable(L, GUARD_TYPE);
	lua_setmetatable(L, -2);
	int rc = osml_disable_core_dumps_with_guard(&holder->guard);
	return rc == 0 ? 1 : fail(L, rc, NULL);
}

/* Detached first: the core frees the guard, whatever it returns. */
static int release(struct holder *holder)
{
	osml_core_dumps_guard *guard = holder->guard;
	holder->guard = NULL;
	return osml_core_dumps_guard_release(guard);
}

int guard_release(lua_State *L)
{
	return answer_true(L, release(check_guard(L)));
}

/* __close and __gc cannot report a limit that could not be restored; guard:release() does. A copy holds nothing. */
int guard_leave(lua_State *L)
{
	struct holder *holder = to_holder(L);
	if (holder)
		release(holder);
	return 0;
}

int guard_tostring(lua_State *L)
{
	lua_pushstring(L, check_guard(L)->guard ? GUARD_TYPE " (held)" : GUARD_TYPE " (released)");
	return 1;
}
