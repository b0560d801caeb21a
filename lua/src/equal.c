/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Comparison in constant time, which is the core's. */
#include "common.h"

static int tell(lua_State *L, int rc, const int *equal)
{
	if (rc != 0)
		return fail(L, rc, NULL);
	lua_pushboolean(L, *equal);
	return 1;
}

int buffer_equal(lua_State *L)
{
	osml_buffer *b = open_buffer(L, 1);
	int equal = 0;
	if (lua_type(L, 2) != LUA_TSTRING)
		return tell(L, osml_buffer_equal(&equal, b, open_buffer(L, 2)), &equal);
	size_t n;
	const char *bytes = lua_tolstring(L, 2, &n);
	return tell(L, osml_buffer_equal_bytes(&equal, b, bytes, n), &equal);
}

/* Lua asks either side's metatable, so one of the two may be a foreign userdata. */
int buffer_eq(lua_State *L)
{
	int equal = 0;
	if (!is_buffer(L, 1) || !is_buffer(L, 2))
		return tell(L, 0, &equal);
	return tell(L, osml_buffer_equal(&equal, open_buffer(L, 1), open_buffer(L, 2)), &equal);
}
