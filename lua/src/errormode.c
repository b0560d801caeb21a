/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "common.h"

static int answer_previous(lua_State *L, int rc, uint32_t previous)
{
	if (rc == OSML_EUNSUPPORTED) {
		lua_pushnil(L);
		lua_pushliteral(L, "only Windows has an error mode");
		lua_pushstring(L, osml_error_name(rc));
		return 3;
	}
	if (rc != 0)
		return fail(L, rc, NULL);
	lua_pushinteger(L, (lua_Integer)previous);
	return 1;
}

int module_set_windows_error_mode(lua_State *L)
{
	uint32_t previous = 0;
	int64_t mode = check_integer(L, 1);
	luaL_argcheck(L, mode >= 0 && mode <= UINT32_MAX, 1, "a mode has 32 bits");
	return answer_previous(L, osml_set_windows_error_mode(&previous, (uint32_t)mode), previous);
}

int module_suppress_windows_error_dialogs_for_process(lua_State *L)
{
	uint32_t previous = 0;
	return answer_previous(L, osml_suppress_windows_error_dialogs_for_process(&previous), previous);
}
