/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* From a PEM in a buffer to DER in another, by the buffer's own methods: libcrypto's reader leaves pieces of the key on the heap. */
#include "common.h"

/* What is on top: the method's receiver, then its arguments. */
static void call_method(lua_State *L, const char *name, int arguments, int results)
{
	lua_getfield(L, -1 - arguments, name);
	lua_insert(L, -2 - arguments);
	lua_call(L, arguments + 1, results);
}

/* Pushes the first and last position of that text in the buffer at `arg`, or two nils. */
static int find(lua_State *L, int arg, const char *text)
{
	lua_pushvalue(L, arg);
	lua_pushstring(L, text);
	call_method(L, "find", 1, 2);
	return !lua_isnil(L, -2);
}

enum key_format pem_push_der(lua_State *L, int arg)
{
	static const char *const begins[] = { "-----BEGIN PRIVATE KEY-----", "-----BEGIN EC PRIVATE KEY-----",
		                              "-----BEGIN RSA PRIVATE KEY-----" };
	static const char *const ends[] = { "-----END PRIVATE KEY-----", "-----END EC PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----" };
	for (int format = PKCS8; format <= PKCS1; format++) {
		lua_settop(L, 4);
		if (!find(L, arg, begins[format]) || !find(L, arg, ends[format]) || lua_tonumber(L, 7) < lua_tonumber(L, 6))
			continue;
		lua_pushvalue(L, arg);
		lua_pushnumber(L, lua_tonumber(L, 6) + 1);
		lua_pushnumber(L, lua_tonumber(L, 7) - 1);
		call_method(L, "sub", 2, 1);
		if (lua_isnil(L, -1))
			break;
		lua_pushliteral(L, "base64");
		call_method(L, "decode", 1, 1);
		lua_replace(L, 5);
		lua_settop(L, 5);
		return lua_isnil(L, 5) ? NO_KEY : (enum key_format)format;
	}
	return NO_KEY;
}
