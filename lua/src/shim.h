/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where Lua 5.1, 5.2, 5.3, 5.4, 5.5 and LuaJIT differ in what this module needs. */
#ifndef OSMEMLOCK_LUA_SHIM_H
#define OSMEMLOCK_LUA_SHIM_H

#if LUA_VERSION_NUM < 502
#define lua_rawlen(L, index) lua_objlen(L, index)
#endif

#if LUA_VERSION_NUM < 504
#define lua_newuserdatauv(L, size, values) lua_newuserdata(L, size)
#endif

#if LUA_VERSION_NUM >= 505 /* bytes */
#define COLLECTOR_STEP(L, bytes) lua_gc((L), LUA_GCSTEP, (size_t)(bytes))
#else /* KiB */
#define COLLECTOR_STEP(L, bytes) lua_gc((L), LUA_GCSTEP, (int)((bytes) / 1024))
#endif

#endif
