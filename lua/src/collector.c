/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Lua's collector counts the memory of Lua, so it counts a buffer as a few dozen bytes, whatever is locked for it. A small buffer needs little
 * more; for large ones, and for the quota, the collector is driven from here.
 */
#include "common.h"

#include <errno.h>

#define LARGE  2048u      /* below, the userdata weighs about as much as what is locked for it */
#define AT_ONE (1u << 30) /* the size of a step is an int in KiB, up to Lua 5.4 */

/* A program that has stopped the collector wants it stopped. Lua 5.1 does not report that, and there such a step starts it again. */
static int is_running(lua_State *L)
{
#ifdef LUA_GCISRUNNING
	return lua_gc(L, LUA_GCISRUNNING, 0);
#else
	(void)L;
	return 1;
#endif
}

void collector_account(lua_State *L, size_t len)
{
	if (len >= LARGE && is_running(L))
		COLLECTOR_STEP(L, len < AT_ONE ? len : AT_ONE);
}

/* After a refusal: true when it is worth trying again. Garbage may hold the quota, or mappings. */
int collector_helps(lua_State *L, int rc)
{
	if (rc != OSML_ELIMIT && rc != -ENOMEM)
		return 0;
	lua_gc(L, LUA_GCCOLLECT, 0);
	return 1;
}

/*
 * Called before a source is read, because a pipe cannot be read twice. Reading `len` bytes needs up to twice as many for a
 * moment.
 */
void collector_make_room(lua_State *L, size_t len)
{
	uint64_t limit, used;
	if (osml_info(OSML_INFO_LOCK_LIMIT_SOFT, &limit) != 0 || limit == OSML_UNLIMITED)
		return;
	if (osml_info(OSML_INFO_PROCESS_LOCKED_BYTES, &used) != 0)
		return;
	if (used > limit || (limit - used) / 2 < len)
		lua_gc(L, LUA_GCCOLLECT, 0);
}
