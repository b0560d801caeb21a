/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Another C module, which takes the buffers of osmemlock through lua/osmemlock_lua.h and is not linked with the library: `require "client"`.
 * The hosts of the tests check requests with it, as they would with a crypto module.
 */
#include <lauxlib.h>
#include <lua.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "osmemlock_lua.h"

#if LUA_VERSION_NUM < 502
#define lua_rawlen(L, index) lua_objlen(L, index)
#endif

/* hmac(key, message): HMAC-SHA256 in hex. An error when the key was closed while it was used. */
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
	if (osmemlock_lua_unpin(L, &key) != 0)
		return luaL_error(L, "the key was closed meanwhile");
	for (unsigned int i = 0; i < mac_len; i++)
		snprintf(hex + 2 * (size_t)i, 3, "%02x", mac[i]);
	lua_pushlstring(L, hex, 2 * (size_t)mac_len);
	return 1;
}

static int called_while_pinned(lua_State *L, osmemlock_lua_view *view)
{
	lua_pushvalue(L, 2);
	lua_call(L, 0, 0);
	lua_pushlstring(L, view->data, view->len);
	lua_pushinteger(L, osmemlock_lua_unpin(L, view));
	if (osmemlock_lua_unpin(L, view) != 0)
		return luaL_error(L, "a second one does nothing");
	return 2;
}

/* pinned(b, f): calls f while b is pinned; what the memory holds then, as a string, and what giving it back answers. */
static int client_pinned(lua_State *L)
{
	osmemlock_lua_view view;
	osmemlock_lua_pin(L, 1, &view);
	return called_while_pinned(L, &view);
}

/* pinned_elsewhere(t, f): the same for t[1], which is not anchored here. */
static int client_pinned_elsewhere(lua_State *L)
{
	osmemlock_lua_view view;
	lua_rawgeti(L, 1, 1);
	osmemlock_lua_pin(L, 3, &view);
	lua_pop(L, 1);
	return called_while_pinned(L, &view);
}

static int client_is(lua_State *L)
{
	int top = lua_gettop(L), answer = osmemlock_lua_is(L, 1);
	if (lua_gettop(L) != top)
		return luaL_error(L, "the stack is not what it was");
	lua_pushboolean(L, answer);
	return 1;
}

/* made(n): a new buffer of n bytes that were written here, or nil, a message and a code. */
static int client_made(lua_State *L)
{
	osmemlock_lua_view view;
	size_t len = (size_t)luaL_checkinteger(L, 1);
	int values = osmemlock_lua_new(L, len, &view);
	if (values != 0)
		return values;
	memset(view.data, 'm', view.len);
	return osmemlock_lua_unpin(L, &view) == 0 ? 1 : luaL_error(L, "it was closed meanwhile");
}

/* pinned_bytes(userdata): what is there by its address alone, as a string; or the code. */
static int client_pinned_bytes(lua_State *L)
{
	osmemlock_lua_view view;
	int rc = osmemlock_lua_pin_bytes(osmemlock_lua_handover(L), lua_touserdata(L, 1), &view);
	if (rc != 0)
		lua_pushinteger(L, rc);
	else
		lua_pushlstring(L, view.data, view.len);
	osmemlock_lua_unpin(L, &view);
	return 1;
}

/* bit_copy(b): another userdata with the same bytes and metatable, as luv makes them for other threads. */
static int client_bit_copy(lua_State *L)
{
	size_t size = lua_rawlen(L, 1);
	memcpy(lua_newuserdata(L, size), lua_touserdata(L, 1), size);
	lua_getmetatable(L, 1);
	lua_setmetatable(L, -2);
	return 1;
}

/* written_over(b): as by a function of the FFI that takes the userdata for its destination. */
static int client_written_over(lua_State *L)
{
	memset(lua_touserdata(L, 1), 'x', lua_rawlen(L, 1));
	return 0;
}

/* queue_error(): as the host's own use of libcrypto may leave one; queued_errors(): how many there are. */
static int client_queue_error(lua_State *L)
{
	(void)L;
	ERR_raise(ERR_LIB_USER, 1);
	return 0;
}

static int client_queued_errors(lua_State *L)
{
	unsigned long errors[16];
	int n = 0;
	while (n < 16 && (errors[n] = ERR_get_error()) != 0)
		n++;
	for (int i = 0; i < n; i++)
		ERR_raise(ERR_GET_LIB(errors[i]), ERR_GET_REASON(errors[i]));
	lua_pushinteger(L, n);
	return 1;
}

static const luaL_Reg client[] = {
	{ "hmac", client_hmac },
	{ "pinned", client_pinned },
	{ "is", client_is },
	{ "pinned_elsewhere", client_pinned_elsewhere },
	{ "made", client_made },
	{ "pinned_bytes", client_pinned_bytes },
	{ "queue_error", client_queue_error },
	{ "queued_errors", client_queued_errors },
	{ "bit_copy", client_bit_copy },
	{ "written_over", client_written_over },
};

int luaopen_client(lua_State *L)
{
	lua_newtable(L);
	for (size_t i = 0; i < sizeof client / sizeof *client; i++) {
		lua_pushcfunction(L, client[i].func);
		lua_setfield(L, -2, client[i].name);
	}
	return 1;
}
