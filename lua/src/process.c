/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Hardening of the process, reported step by step, the end of all buffers at once, and of idle memory. */
#include "common.h"

static const char *const names[] = { "core_limit", "undumpable", NULL };
static const uint32_t steps[] = { OSML_HARDEN_CORE_LIMIT, OSML_HARDEN_UNDUMPABLE };

static uint32_t check_steps(lua_State *L)
{
	uint32_t asked = 0;
	for (int arg = lua_gettop(L); arg >= 1; arg--)
		asked |= steps[check_word(L, arg, names)];
	return asked ? asked : OSML_HARDEN_ALL;
}

static void push_steps(lua_State *L, uint32_t asked, uint32_t done)
{
	lua_newtable(L);
	for (size_t i = 0; names[i]; i++) {
		if (!(asked & steps[i]))
			continue;
		lua_pushboolean(L, (done & steps[i]) != 0);
		lua_setfield(L, -2, names[i]);
	}
}

static int change(lua_State *L, int (*call)(uint32_t *done, uint32_t asked))
{
	uint32_t asked = check_steps(L), done = 0;
	int rc = call(&done, asked), results = rc == 0 ? 0 : fail(L, rc, NULL);
	push_steps(L, asked, done);
	return results + 1;
}

int module_harden(lua_State *L)
{
	return change(L, osml_harden);
}

int module_harden_undo(lua_State *L)
{
	return change(L, osml_harden_undo);
}

int module_purge(lua_State *L)
{
	return answer_true(L, osml_purge());
}

int module_trim(lua_State *L)
{
	return answer_true(L, osml_trim());
}

int module_scrub(lua_State *L)
{
	osml_scrub();
	return answer_true(L, 0);
}
