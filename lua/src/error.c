/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* From codes to errors: the only use of bindings/error.def. */
#include "common.h"

#include <errno.h>

enum blame { MISUSE, RUNTIME };

static enum blame blame_of(int rc)
{
	switch (rc) {
#define OSML_ERROR(code, python, lua, swig) \
	case code:                          \
		return lua;
#define OSML_ERRNO(code, python, lua, swig) \
	case -code:                         \
		return lua;
#define OSML_SYSTEM(python, lua, swig) \
	default:                       \
		return lua;
#include "error.def"
	}
}

static int is_own_code(int rc)
{
	return rc <= OSML_EUNSUPPORTED;
}

/* What the core's sentence advises, in words of Lua; an empty text where it names nothing that has others here. */
static const char *advice_of(int rc)
{
	switch (rc) {
	case OSML_EFORKED:
		return " fork = \"keep\" makes a buffer that children keep.";
	case OSML_EEMPTY:
		return " allow_empty = true takes an empty one.";
	case OSML_ETOOBIG:
		return " max = ... sets the maximum.";
	case OSML_EUNSUPPORTED:
		return " guarded = true gives guard pages; policy = \"best_effort\" does without what is not there.";
	default:
		return "";
	}
}

static void push_message(lua_State *L, int rc, const char *what)
{
	char why[1024];
	osml_explain(rc, why, sizeof why);
	if (what)
		lua_pushfstring(L, "%s: %s%s", what, why, advice_of(rc));
	else
		lua_pushfstring(L, "%s%s", why, advice_of(rc));
}

int refuse(lua_State *L, int rc, const char *what)
{
	luaL_where(L, 1);
	push_message(L, rc, what);
	lua_concat(L, 2);
	return lua_error(L);
}

int fail(lua_State *L, int rc, const char *what)
{
	if (blame_of(rc) == MISUSE)
		return refuse(L, rc, what);
	lua_pushnil(L);
	push_message(L, rc, what);
	if (is_own_code(rc))
		lua_pushstring(L, osml_error_name(rc));
	else
		lua_pushinteger(L, -rc);
	return 3;
}

int answer(lua_State *L, int rc)
{
	if (rc != 0)
		return fail(L, rc, NULL);
	lua_settop(L, 1);
	return 1;
}

int answer_true(lua_State *L, int rc)
{
	if (rc != 0)
		return fail(L, rc, NULL);
	lua_pushboolean(L, 1);
	return 1;
}
