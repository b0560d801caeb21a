/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Lua's collector counts the memory of Lua, so a buffer is a few dozen bytes to it, whatever is locked for it. A small buffer needs not much
 * more; of large ones, and of the quota, the collector is told here.
 */
#include "common.h"

#include <errno.h>

#define LARGE  2048u      /* below, the userdata weighs about as much as what is locked for it */
#define AT_ONE (1u << 30) /* the size of a step is an int in KiB, up to Lua 5.4 */

/* A program that has stopped the collector means it. Lua 5.1 cannot be asked: there such a step starts it again. */
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
 * Before a source is read, which cannot be read twice: what a pipe gave once is gone. Reading `len` bytes takes up to twice as many for a
 * moment.
 */
void collector_make_room(lua_State *L, size_t len)
{
	uint64_t limit, used;
	if (osml_info(OSML_INFO_LOCK_LIMIT_SOFT, &limit) != 0 || limit == OSML_UNLIMITED)
		return;
	if (osml_info(OSML_INFO_LOCK_USED, &used) != 0)
		return;
	if (used > limit || (limit - used) / 2 < len)
		lua_gc(L, LUA_GCCOLLECT, 0);
}
