/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Arguments. A string that looks like a number is not accepted as one, and nothing is rounded: with secrets a guess is worse than an error. */
#include "common.h"

#include <string.h>

#if LUA_VERSION_NUM >= 503

static int64_t to_integer(lua_State *L, int arg, int *exact)
{
	return lua_tointegerx(L, arg, exact);
}

#else

#define EXACT 9007199254740992.0 /* 2^53: up to here a double, the only number type, represents every integer */

static int64_t to_integer(lua_State *L, int arg, int *exact)
{
	lua_Number n = lua_tonumber(L, arg);
	*exact = n >= -EXACT && n <= EXACT && (lua_Number)(int64_t)n == n;
	return *exact ? (int64_t)n : 0;
}

#endif

int64_t check_integer(lua_State *L, int arg)
{
	int exact;
	if (lua_type(L, arg) != LUA_TNUMBER)
		luaL_checktype(L, arg, LUA_TNUMBER); /* raises with the usual text */
	int64_t n = to_integer(L, arg, &exact);
	luaL_argcheck(L, exact, arg, "number has no integer representation");
	return n;
}

size_t check_size(lua_State *L, int arg)
{
	int64_t n = check_integer(L, arg);
	luaL_argcheck(L, n >= 0 && (uint64_t)n <= SIZE_MAX, arg, "size out of range");
	return (size_t)n;
}

unsigned char check_byte(lua_State *L, int arg)
{
	int64_t n = check_integer(L, arg);
	luaL_argcheck(L, n >= 0 && n <= 255, arg, "a byte is 0 to 255");
	return (unsigned char)n;
}

const char *check_name(lua_State *L, int arg)
{
	size_t len;
	luaL_checktype(L, arg, LUA_TSTRING);
	const char *name = lua_tolstring(L, arg, &len);
	luaL_argcheck(L, strlen(name) == len, arg, "string contains zeros");
	return name;
}

/* luaL_checkoption() alone takes what stands before a zero for the whole word. */
int check_word(lua_State *L, int arg, const char *const words[])
{
	check_name(L, arg);
	return luaL_checkoption(L, arg, NULL, words);
}

int is_word(lua_State *L, int index, const char *word)
{
	size_t len = strlen(word);
	return lua_type(L, index) == LUA_TSTRING && lua_rawlen(L, index) == len && memcmp(lua_tostring(L, index), word, len) == 0;
}

/* Counts from 1, whatever the caller wrote; less than 1 when that is before the first byte. */
static int64_t position(lua_State *L, int arg, size_t len)
{
	int64_t at = check_integer(L, arg);
	return at < 0 ? (int64_t)len + at + 1 : at;
}

size_t check_position(lua_State *L, int arg, size_t len, size_t count)
{
	int64_t at = position(L, arg, len);
	luaL_argcheck(L, at >= 1 && (uint64_t)at <= len + 1 && count <= len + 1 - (size_t)at, arg, "outside the buffer");
	return (size_t)at - 1;
}

struct range check_range(lua_State *L, int arg, size_t len)
{
	int64_t first = lua_isnoneornil(L, arg) ? 1 : position(L, arg, len);
	int64_t last = lua_isnoneornil(L, arg + 1) ? (int64_t)len : position(L, arg + 1, len);
	luaL_argcheck(L, first >= 1 && first <= (int64_t)len + 1, arg, "outside the buffer");
	luaL_argcheck(L, last >= first - 1 && last <= (int64_t)len, arg + 1, "outside the buffer");
	return (struct range){ (size_t)first - 1, (size_t)(last - first + 1) };
}
