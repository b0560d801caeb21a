/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Secrets that go from the system straight into a buffer. luaL_Buffer, and with it Lua's heap and stack, has no part in it. */
#include "common.h"

#include <limits.h>

/* What every source does with the buffer that push_closed_buffer() left on the stack. */
static int opened(lua_State *L, int rc, osml_buffer *const *slot, const char *what)
{
	if (rc != 0)
		return fail(L, rc, what);
	collector_account(L, osml_buffer_len(*slot));
	return 1;
}

int module_from_fd(lua_State *L)
{
	struct options o;
	int fd;
	read_options(&o, L, 2, SOURCE_OPTIONS);
	osml_buffer **slot = push_closed_buffer(L);
	collector_make_room(L, o.max);
	int rc = check_input(L, 1, &fd);
	if (rc == 0)
		rc = osml_buffer_from_fd(slot, fd, o.max, &o.buffer, o.flags);
	return opened(L, rc, slot, NULL);
}

typedef int from_name(osml_buffer **out, const char *name, size_t max, const osml_buffer_options *options, unsigned flags);

static int open_by_name(lua_State *L, from_name *source)
{
	struct options o;
	const char *name = check_name(L, 1);
	read_options(&o, L, 2, SOURCE_OPTIONS);
	osml_buffer **slot = push_closed_buffer(L);
	collector_make_room(L, o.max);
	return opened(L, source(slot, name, o.max, &o.buffer, o.flags), slot, name);
}

int module_from_file(lua_State *L)
{
	return open_by_name(L, osml_buffer_from_file);
}

int module_from_env(lua_State *L)
{
	return open_by_name(L, osml_buffer_from_env);
}

int module_from_credential(lua_State *L)
{
	return open_by_name(L, osml_buffer_from_credential);
}

int module_prompt(lua_State *L)
{
	struct options o;
	const char *text = lua_isnoneornil(L, 1) ? "Password: " : check_name(L, 1);
	read_options(&o, L, 2, PROMPT_OPTIONS);
	osml_buffer **slot = push_closed_buffer(L);
	collector_make_room(L, o.max);
	return opened(L, osml_buffer_prompt(slot, text, o.max, &o.buffer), slot, NULL);
}
