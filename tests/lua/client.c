/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Another C module, which takes the buffers of osmemlock through lua/osmemlock_lua.h and is not linked with the library: `require "client"`.
 * The hosts of the tests check requests with it, as they would with a crypto module.
 */
#include <lauxlib.h>
#include <lua.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "osmemlock_lua.h"

/* hmac(key, message): HMAC-SHA256 in hex. */
static int client_hmac(lua_State *L)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	unsigned int mac_len = 0;
	size_t len;
	const char *message = luaL_checklstring(L, 2, &len);
	osmemlock_lua_view key;
	osmemlock_lua_pin(L, 1, &key);
	HMAC(EVP_sha256(), key.data, (int)key.len, (const unsigned char *)message, len, mac, &mac_len);
	osmemlock_lua_unpin(L, &key);
	for (unsigned int i = 0; i < mac_len; i++)
		snprintf(hex + 2 * (size_t)i, 3, "%02x", mac[i]);
	lua_pushlstring(L, hex, 2 * (size_t)mac_len);
	return 1;
}

/* pinned(b, f): calls f while b is pinned; what the memory holds then, as a string. */
static int client_pinned(lua_State *L)
{
	osmemlock_lua_view view;
	osmemlock_lua_pin(L, 1, &view);
	lua_pushvalue(L, 2);
	lua_call(L, 0, 0);
	lua_pushlstring(L, view.data, view.len);
	osmemlock_lua_unpin(L, &view);
	osmemlock_lua_unpin(L, &view); /* a second one does nothing */
	return 1;
}

static int client_is(lua_State *L)
{
	lua_pushboolean(L, osmemlock_lua_is(L, 1));
	return 1;
}

int luaopen_client(lua_State *L)
{
	lua_newtable(L);
	lua_pushcfunction(L, client_hmac);
	lua_setfield(L, -2, "hmac");
	lua_pushcfunction(L, client_pinned);
	lua_setfield(L, -2, "pinned");
	lua_pushcfunction(L, client_is);
	lua_setfield(L, -2, "is");
	return 1;
}
