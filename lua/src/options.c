/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The table of options that constructors and sources take. */
#include "common.h"

#include <math.h>

/* Each reads the value on top of the stack; false when it is none of those that are allowed. */

static int read_policy(lua_State *L, struct options *o)
{
	static const char *const names[] = { "default", "strict", "best_effort" };
	static const uint32_t policies[] = { OSML_POLICY_DEFAULT, OSML_POLICY_STRICT, OSML_POLICY_BEST_EFFORT };
	for (size_t i = 0; i < 3; i++)
		if (is_word(L, -1, names[i])) {
			o->buffer.policy = policies[i];
			return 1;
		}
	return 0;
}

static int read_fork(lua_State *L, struct options *o)
{
	static const char *const names[] = { "wipe", "keep", "nofork" };
	static const uint32_t wants[] = { OSML_WIPEONFORK, 0, OSML_NOFORK };
	for (size_t i = 0; i < 3; i++)
		if (is_word(L, -1, names[i])) {
			o->buffer.want = (o->buffer.want & ~(OSML_WIPEONFORK | OSML_NOFORK)) | wants[i];
			return 1;
		}
	return 0;
}

static int read_bit(lua_State *L, struct options *o, uint32_t bit)
{
	if (lua_toboolean(L, -1))
		o->buffer.want |= bit;
	return lua_isboolean(L, -1);
}

static int read_guarded(lua_State *L, struct options *o)
{
	return read_bit(L, o, OSML_GUARDED);
}

static int read_secretmem(lua_State *L, struct options *o)
{
	return read_bit(L, o, OSML_SECRETMEM);
}

static int read_max(lua_State *L, struct options *o)
{
	lua_Number n = lua_tonumber(L, -1);
	if (lua_type(L, -1) != LUA_TNUMBER || !(n >= 0 && n <= (lua_Number)(SIZE_MAX / 4)) || (lua_Number)(size_t)n != n)
		return 0;
	o->max = (size_t)n;
	return 1;
}

static int read_timeout(lua_State *L, struct options *o)
{
	o->timeout = lua_tonumber(L, -1);
	return lua_type(L, -1) == LUA_TNUMBER && o->timeout >= 0;
}

/* command.c does, and keeps it on the stack. */
static int read_elsewhere(lua_State *L, struct options *o)
{
	(void)L, (void)o;
	return 1;
}

static int read_flag(lua_State *L, struct options *o, unsigned flag)
{
	if (lua_toboolean(L, -1))
		o->flags |= flag;
	return lua_isboolean(L, -1);
}

#define INPUT (PROMPT_OPTIONS | VARIABLE_OPTIONS | SOURCE_OPTIONS | COMMAND_OPTIONS)
#define ALL   (BUFFER_OPTIONS | INPUT)

#define BOOLEAN "true or false"

static const struct {
	const char *name;
	unsigned taken_by;
	int (*read)(lua_State *L, struct options *o); /* NULL: a flag */
	unsigned flag;
	const char *values; /* what it may be, for the message */
} known[] = {
	{ "policy", ALL, read_policy, 0, "'default', 'strict' or 'best_effort'" },
	{ "fork", ALL, read_fork, 0, "'wipe', 'keep' or 'nofork'" },
	{ "guarded", ALL, read_guarded, 0, BOOLEAN },
	{ "secretmem", ALL, read_secretmem, 0, BOOLEAN },
	{ "max", INPUT, read_max, 0, "a number of bytes" },
	{ "timeout", PROMPT_OPTIONS | SOURCE_OPTIONS | WAIT_OPTIONS | COMMAND_OPTIONS, read_timeout, 0, "a number of seconds" },
	{ "input", COMMAND_OPTIONS, read_elsewhere, 0, NULL },
	{ "env", COMMAND_OPTIONS, read_elsewhere, 0, NULL },
	{ "cwd", COMMAND_OPTIONS, read_elsewhere, 0, NULL },
	{ "trim_space", INPUT, NULL, OSML_TRIM_SPACE, BOOLEAN },
	{ "allow_empty", INPUT, NULL, OSML_ALLOW_EMPTY, BOOLEAN },
	{ "trim_newline", VARIABLE_OPTIONS | SOURCE_OPTIONS | COMMAND_OPTIONS, NULL, OSML_TRIM_NEWLINE, BOOLEAN },
	{ "first_line", VARIABLE_OPTIONS | SOURCE_OPTIONS | COMMAND_OPTIONS, NULL, OSML_FIRST_LINE, BOOLEAN },
	{ "private", SOURCE_OPTIONS, NULL, OSML_PRIVATE, BOOLEAN },
};

/* The key is below the value. It is not converted in place: that would confuse lua_next(). */
static void read_option(struct options *o, lua_State *L, int arg, enum takes what)
{
	const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (!(known[i].taken_by & what) || !is_word(L, -2, known[i].name))
			continue;
		if (!(known[i].read ? known[i].read(L, o) : read_flag(L, o, known[i].flag)))
			luaL_argerror(L, arg, lua_pushfstring(L, "bad value for option '%s': it must be %s", name, known[i].values));
		return;
	}
	luaL_argerror(L, arg, lua_pushfstring(L, "unknown option '%s'", name));
}

void read_options(struct options *o, lua_State *L, int arg, enum takes what)
{
	*o = (struct options){ OSML_BUFFER_OPTIONS_INIT, 65536, 0, HUGE_VAL };
	if (lua_isnoneornil(L, arg))
		return;
	luaL_checktype(L, arg, LUA_TTABLE);
	luaL_argcheck(L, !lua_getmetatable(L, arg), arg, "options have no metatable: what they inherit would not be seen");
	for (lua_pushnil(L); lua_next(L, arg) != 0; lua_pop(L, 1))
		read_option(o, L, arg, what);
}
