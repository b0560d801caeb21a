/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Secrets that another program writes. What the core borrows for the call lies on the stack: while memory is allocated, a finalizer may change the
 * caller's tables.
 */
#include "common.h"

#include <string.h>

static int is_text(lua_State *L, int index)
{
	size_t len;
	return lua_type(L, index) == LUA_TSTRING && strlen(lua_tolstring(L, index, &len)) == len;
}

/* Room for the words, and NULL. */
static const char **push_words(lua_State *L, size_t count)
{
	const char **words = lua_newuserdatauv(L, (count + 1) * sizeof *words, 0);
	words[count] = NULL;
	return words;
}

static void check_room(lua_State *L, int arg, size_t slots)
{
	luaL_argcheck(L, slots < INT32_MAX / sizeof(char *), arg, "too many words");
	luaL_checkstack(L, (int)slots + 8, "too many words");
}

/* ---- What is run ---- */

/* What is on top stays there, as the command's word number `number`. */
static const char *read_word(lua_State *L, int number)
{
	if (lua_type(L, -1) != LUA_TSTRING)
		luaL_argerror(L, 1, lua_pushfstring(L, "word %d must be a string, not a %s", number, luaL_typename(L, -1)));
	if (!is_text(L, -1))
		luaL_argerror(L, 1, lua_pushfstring(L, "word %d contains zeros", number));
	return lua_tostring(L, -1);
}

static const char *const *read_words(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	size_t count = lua_rawlen(L, 1);
	luaL_argcheck(L, count >= 1, 1, "no command: the first word names the program");
	check_room(L, 1, count);
	const char **words = push_words(L, count);
	for (size_t i = 0; i < count; i++) {
		lua_rawgeti(L, 1, (int)i + 1);
		words[i] = read_word(L, (int)i + 1);
	}
	return words;
}

/* ---- Where it runs ---- */

/* Leaves names and values on the stack, each name below its value, and returns how many there are. Nothing is allocated between two of them. */
static size_t push_pairs(lua_State *L, int table)
{
	size_t count = 0;
	for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1))
		count++;
	check_room(L, 2, 2 * count);
	lua_pushnil(L);
	while (lua_next(L, table) != 0)
		lua_pushvalue(L, -2);
	return count;
}

/* In the place of the name at `index`. What is wrong is told without the value, which may be a secret. */
static const char *join_pair(lua_State *L, int index)
{
	luaL_argcheck(L, is_text(L, index), 2, "a name in 'env' is no string, or contains zeros");
	const char *name = lua_tostring(L, index);
	if (!*name || strchr(name, '='))
		luaL_argerror(L, 2, "'env' has a name that no variable can have: empty, or with \"=\"");
	if (!is_text(L, index + 1))
		luaL_argerror(L, 2, lua_pushfstring(L, "the value of '%s' in 'env' is no string, or contains zeros", name));
	const char *pair = lua_pushfstring(L, "%s=%s", name, lua_tostring(L, index + 1));
	lua_replace(L, index);
	return pair;
}

/* The array, or NULL where the option is absent. */
static const char *const *read_environment(lua_State *L, int option)
{
	if (lua_isnil(L, option))
		return NULL;
	luaL_argcheck(L, lua_istable(L, option) && !lua_getmetatable(L, option), 2,
	              "bad value for option 'env': it must be a table without a metatable");
	int first = lua_gettop(L) + 1;
	size_t count = push_pairs(L, option);
	const char **words = push_words(L, count);
	for (size_t i = 0; i < count; i++)
		words[i] = join_pair(L, first + 2 * (int)i);
	return words;
}

static const char *read_directory(lua_State *L, int option)
{
	if (lua_isnil(L, option))
		return NULL;
	luaL_argcheck(L, is_text(L, option), 2, "bad value for option 'cwd': it must be a string without NUL bytes");
	return lua_tostring(L, option);
}

static const osml_buffer *read_input(lua_State *L, int option)
{
	if (lua_isnil(L, option))
		return NULL;
	luaL_argcheck(L, is_buffer(L, option), 2, "bad value for option 'input': it must be an " BUFFER_TYPE);
	return open_buffer(L, option);
}

/* The options that are kept on the stack, behind the two arguments. */
static void push_options(lua_State *L)
{
	static const char *const names[] = { "input", "env", "cwd" };
	for (int i = 0; i < 3; i++) {
		lua_pushnil(L);
		if (!lua_istable(L, 2))
			continue;
		lua_pushstring(L, names[i]);
		lua_rawget(L, 2);
		lua_replace(L, -2);
	}
}

int module_from_command(lua_State *L)
{
	struct options o;
	struct deadline d;
	osml_command command = OSML_COMMAND_INIT;
	lua_settop(L, 2);
	read_options(&o, L, 2, COMMAND_OPTIONS);
	push_options(L);
	command.argv = read_words(L);
	command.input = read_input(L, 3);
	command.envp = read_environment(L, 4);
	command.directory = read_directory(L, 5);
	const char *what = command.argv[0];
	if (command.directory) /* either may be what does not exist */
		what = lua_pushfstring(L, "%s in %s", what, command.directory);
	deadline_set(&d, &o);
	osml_buffer **slot = push_closed_buffer(L);
	collector_make_room(L, o.max);
	return source_opened(L, osml_buffer_from_command(slot, &command, o.max, &o.buffer, o.flags), &d, slot, what);
}
