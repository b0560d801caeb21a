/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "common.h"

static const luaL_Reg functions[] = {
	{ "digest", crypto_digest }, { "hmac", crypto_hmac },     { "hmac_verify", crypto_hmac_verify },
	{ "hkdf", crypto_hkdf },     { "pbkdf2", crypto_pbkdf2 }, { "seal", crypto_seal },
	{ "open", crypto_open },     { "sign", crypto_sign },     { "lock_allocations", crypto_lock_allocations },
};

__attribute__((visibility("default"))) int luaopen_osmemlock_crypto(lua_State *L);

int luaopen_osmemlock_crypto(lua_State *L)
{
	lua_getglobal(L, "require");
	lua_pushliteral(L, "osmemlock");
	lua_call(L, 1, 0);
	const struct osmemlock_lua_handover *osmemlock = osmemlock_lua_handover(L);
	if (!osmemlock) /* a test has put one of its own into package.loaded */
		return luaL_error(L, "what require 'osmemlock' returns is not the module osmemlock");
	if (osmemlock->count < 8)
		return luaL_error(L, "the module osmemlock is older than osmemlock.crypto");
	lua_newtable(L);
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		lua_pushcfunction(L, functions[i].func);
		lua_setfield(L, -2, functions[i].name);
	}
	return 1;
}
