/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is done to the bytes of a buffer. */
#include "common.h"

/*
 * The bytes where they lie, or an error. A Lua state runs on one thread at a time, so nothing closes the buffer before the caller returns; a
 * call of osml_buffer_read() for each byte would cost more than the rest.
 */
static const unsigned char *bytes_of(lua_State *L, const osml_buffer *b)
{
	const unsigned char *bytes = osml_buffer_data(b);
	if (!bytes)
		refuse(L, osml_buffer_read(b, 0, NULL, 0), NULL); /* no bytes: only the code is wanted */
	return bytes;
}

int buffer_byte(lua_State *L)
{
	const osml_buffer *b = any_buffer(L, 1);
	const unsigned char *bytes = bytes_of(L, b);
	size_t len = osml_buffer_size(b);
	if (lua_gettop(L) == 2 && !lua_isnil(L, 2)) { /* the common case, apart because it is called for each byte */
		lua_pushinteger(L, bytes[check_position(L, 2, len, 1)]);
		return 1;
	}
	struct range r = check_range(L, 2, len);
	if (lua_isnoneornil(L, 3)) {
		luaL_argcheck(L, r.count > 0, 2, "outside the buffer");
		r.count = 1;
	}
	luaL_argcheck(L, r.count < INT32_MAX, 3, "too many bytes at once");
	luaL_checkstack(L, (int)r.count, "too many bytes at once");
	for (size_t i = 0; i < r.count; i++)
		lua_pushinteger(L, bytes[r.offset + i]);
	return (int)r.count;
}

int buffer_set(lua_State *L)
{
	osml_buffer *b = open_buffer(L, 1);
	int last = lua_gettop(L), rc = 0;
	size_t at = check_position(L, 2, osml_buffer_size(b), last < 3 ? 0 : (size_t)last - 2);
	for (int arg = 3; arg <= last; arg++)
		check_byte(L, arg);
	for (int arg = 3; arg <= last && rc == 0; arg++)
		rc = osml_buffer_fill(b, at++, check_byte(L, arg), 1);
	return answer(L, rc);
}

int buffer_write(lua_State *L)
{
	osml_buffer *b = open_buffer(L, 1);
	size_t n;
	luaL_checktype(L, 3, LUA_TSTRING);
	const char *bytes = lua_tolstring(L, 3, &n);
	return answer(L, osml_buffer_write(b, check_position(L, 2, osml_buffer_size(b), n), bytes, n));
}

int buffer_fill(lua_State *L)
{
	osml_buffer *b = open_buffer(L, 1);
	unsigned char byte = check_byte(L, 2);
	struct range r = check_range(L, 3, osml_buffer_size(b));
	return answer(L, osml_buffer_fill(b, r.offset, byte, r.count));
}

int buffer_copy(lua_State *L)
{
	osml_buffer *to = open_buffer(L, 1), *from = open_buffer(L, 3);
	struct range r = check_range(L, 4, osml_buffer_size(from));
	return answer(L, osml_buffer_copy(to, check_position(L, 2, osml_buffer_size(to), r.count), from, r.offset, r.count));
}

int buffer_random(lua_State *L)
{
	osml_buffer *b = open_buffer(L, 1);
	struct range r = check_range(L, 2, osml_buffer_size(b));
	return answer(L, osml_buffer_random(b, r.offset, r.count));
}

int module_random(lua_State *L)
{
	int results = module_buffer(L);
	if (results != 1)
		return results;
	osml_buffer *b = open_buffer(L, -1);
	int rc = osml_buffer_random(b, 0, osml_buffer_size(b));
	if (rc == 0)
		return 1;
	osml_buffer_close(b);
	return fail(L, rc, NULL);
}

int buffer_wipe(lua_State *L)
{
	return answer(L, osml_buffer_wipe(open_buffer(L, 1)));
}
