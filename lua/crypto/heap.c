/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What libcrypto allocates while it works: states of HMAC, round keys, private keys that were read from a PEM. It wipes those when it frees them, and
 * lock_allocations() puts them, with all else that it allocates, into locked memory.
 */
#define _GNU_SOURCE /* dladdr() */
#include "common.h"

#include <dlfcn.h>
#include <openssl/crypto.h>

static const struct osmemlock_lua_handover *osmemlock;

static void *allocate(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return size ? osmemlock->heap_realloc(NULL, size) : NULL;
}

static void *reallocate(void *block, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return osmemlock->heap_realloc(block, size);
}

static void release(void *block, const char *file, int line)
{
	(void)file;
	(void)line;
	osmemlock->heap_free(block);
}

/* libcrypto calls them until the process ends, and Lua unloads modules before. */
static int stay_loaded(void)
{
	Dl_info self;
	return dladdr((const void *)&osmemlock, &self) != 0 && dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE) != NULL;
}

/* lock_allocations(): true, or nil, a message, "OSML_EUNSUPPORTED": something in this process has used libcrypto before. It holds for the whole process. */
int crypto_lock_allocations(lua_State *L)
{
	if (!osmemlock) {
		osmemlock = osmemlock_lua_handover(L);
		if (!stay_loaded() || CRYPTO_set_mem_functions(allocate, reallocate, release) != 1)
			osmemlock = NULL;
	}
	if (osmemlock) {
		lua_pushboolean(L, 1);
		return 1;
	}
	lua_pushnil(L);
	lua_pushliteral(L, "libcrypto has allocated memory already, so its allocator cannot be replaced: call lock_allocations() before "
	                   "anything uses it");
	lua_pushliteral(L, "OSML_EUNSUPPORTED");
	return 3;
}
