/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "common.h"

#if LUA_VERSION_NUM >= 505

/* Lua calls it as an allocator that frees (lua_pushexternalstring), also when the state is closed. */
static void *release(void *copy, void *bytes, size_t size, size_t new_size)
{
	(void)bytes;
	(void)size;
	(void)new_size;
	osml_buffer_free(copy);
	return NULL;
}

/* The same protections as the buffer has, without pages of its own, which the string does not need. */
static int copy_buffer(osml_buffer **copy, const osml_buffer *b)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	int rc = osml_buffer_protections(b, &options.want);
	options.want &= ~OSML_GUARDED;
	if (!(options.want & OSML_SECRETMEM) && options.want & OSML_NOFORK) /* A forked child must be able to look at a string. */
		options.want = (options.want & ~OSML_NOFORK) | OSML_WIPEONFORK;
	if (rc == 0)
		rc = osml_buffer_new(copy, osml_buffer_size(b), &options);
	if (rc == 0)
		rc = osml_buffer_copy(*copy, 0, b, 0, osml_buffer_size(b));
	return rc;
}

/*
 * The string lives in a locked copy, because strings never change, and the buffer may. The core provides the NUL that Lua requires behind it.
 */
static int push_secret(lua_State *L, osml_buffer *b)
{
	osml_buffer *copy = NULL;
	int rc = copy_buffer(&copy, b);
	if (rc != 0 && collector_helps(L, rc))
		rc = copy_buffer(&copy, b);
	if (rc != 0) {
		osml_buffer_free(copy);
		return rc;
	}
	const char *bytes = osml_buffer_data(copy);
	if (!bytes) { /* purge() in another thread; once it is a string its bytes stay there, as zeros */
		osml_buffer_free(copy);
		return OSML_ECLOSED;
	}
	size_t len = osml_buffer_size(copy); /* a finalizer may have shortened the other since */
	lua_pushexternalstring(L, bytes, len, release, copy);
	collector_account(L, len);
	return 0;
}

#else

struct view {
	void *bytes;
	size_t len;
};

static int push_bytes(lua_State *L)
{
	const struct view *view = lua_touserdata(L, 1);
	lua_pushlstring(L, view->bytes, view->len);
	return 1;
}

/*
 * An ordinary copy. In protected mode, so that the pin is released in any case: Lua may run out of memory, and up to 5.3 an error of any __gc is
 * raised here. When the buffer was closed meanwhile, the copy may be zeros, and is not returned.
 */
static int push_secret(lua_State *L, osml_buffer *b)
{
	struct view view;
	lua_pushcfunction(L, push_bytes);
	lua_pushlightuserdata(L, &view);
	int rc = osml_buffer_pin(b, &view.bytes, &view.len);
	if (rc != 0)
		return rc;
	int raised = lua_pcall(L, 1, 1, 0);
	rc = osml_buffer_unpin(b);
	return raised ? lua_error(L) : rc;
}

#endif

int buffer_expose(lua_State *L)
{
	osml_buffer *b = open_buffer(L, 1);
	luaL_checktype(L, 2, LUA_TFUNCTION);
	lua_settop(L, 2);
	int rc = push_secret(L, b);
	if (rc != 0)
		return fail(L, rc, NULL);
	lua_call(L, 1, LUA_MULTRET);
	return lua_gettop(L) - 1;
}
