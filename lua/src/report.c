/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the library and the kernel report. */
#include "common.h"

#include <math.h>

static void push_protections(lua_State *L, uint32_t bits)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ OSML_LOCKED, "locked" }, { OSML_NODUMP, "nodump" },   { OSML_WIPEONFORK, "wipeonfork" }, { OSML_NOFORK, "nofork" },
		{ OSML_CANARY, "canary" }, { OSML_GUARDED, "guarded" }, { OSML_SECRETMEM, "secretmem" },
	};
	lua_newtable(L);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!(bits & names[i].bit))
			continue;
		lua_pushboolean(L, 1);
		lua_setfield(L, -2, names[i].name);
	}
}

static void push_number(lua_State *L, uint64_t value)
{
	lua_pushinteger(L, (lua_Integer)value);
}

static void push_limit(lua_State *L, uint64_t value)
{
	if (value == OSML_UNLIMITED)
		lua_pushnumber(L, HUGE_VAL);
	else
		push_number(L, value);
}

static void push_flag(lua_State *L, uint64_t value)
{
	lua_pushboolean(L, value != 0);
}

static void push_supported(lua_State *L, uint64_t value)
{
	push_protections(L, (uint32_t)value);
}

static const struct {
	enum osml_info what;
	const char *name;
	void (*push)(lua_State *L, uint64_t value);
} figures[] = {
	{ OSML_INFO_PAGE_SIZE, "page_size", push_number },
	{ OSML_INFO_LOCK_LIMIT_SOFT, "lock_limit_soft", push_limit },
	{ OSML_INFO_LOCK_LIMIT_HARD, "lock_limit_hard", push_limit },
	{ OSML_INFO_PROCESS_LOCKED_BYTES, "process_locked_bytes", push_number },
	{ OSML_INFO_LIVE_BUFFERS, "live_buffers", push_number },
	{ OSML_INFO_LIBRARY_LOCKED_BYTES, "library_locked_bytes", push_number },
	{ OSML_INFO_SUPPORTED_PROTECTIONS, "supported_protections", push_supported },
	{ OSML_INFO_SANITIZER, "sanitizer", push_flag },
	{ OSML_INFO_EMULATOR, "emulator", push_flag },
	{ OSML_INFO_CORRUPTIONS, "corruptions", push_number },
	{ OSML_INFO_DOUBLE_FREES, "double_frees", push_number },
	{ OSML_INFO_IDLE_BYTES, "idle_bytes", push_number },
	{ OSML_INFO_HEAP_BLOCKS, "heap_blocks", push_number },
	{ OSML_INFO_HEAP_BYTES, "heap_bytes", push_number },
	{ OSML_INFO_FOREIGN_FREES, "foreign_frees", push_number },
	{ OSML_INFO_LIVE_BYTES, "live_bytes", push_number },
	{ OSML_INFO_KEPT_LIVE_BYTES, "kept_live_bytes", push_number },
	{ OSML_INFO_KEPT_IDLE_BYTES, "kept_idle_bytes", push_number },
	{ OSML_INFO_SECRETMEM_LIVE_BYTES, "secretmem_live_bytes", push_number },
	{ OSML_INFO_SECRETMEM_IDLE_BYTES, "secretmem_idle_bytes", push_number },
	{ OSML_INFO_KEPT_CORRUPTIONS, "kept_corruptions", push_number },
	{ OSML_INFO_SECRETMEM_CORRUPTIONS, "secretmem_corruptions", push_number },
};

int module_info(lua_State *L)
{
	uint64_t value;
	lua_newtable(L);
	for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
		if (osml_info(figures[i].what, &value) != 0)
			continue;
		figures[i].push(L, value);
		lua_setfield(L, -2, figures[i].name);
	}
	return 1;
}

int buffer_info(lua_State *L)
{
	osml_buffer *b = any_buffer(L, 1);
	uint32_t bits = 0;
	int rc = b ? osml_buffer_protections(b, &bits) : OSML_ECLOSED;
	if (rc != 0 && rc != OSML_ECLOSED)
		return refuse(L, rc, NULL);
	lua_newtable(L);
	push_number(L, osml_buffer_size(b));
	lua_setfield(L, -2, "size");
	lua_pushboolean(L, rc == OSML_ECLOSED);
	lua_setfield(L, -2, "closed");
	push_protections(L, bits);
	lua_setfield(L, -2, "protections");
	return 1;
}

int buffer_verify(lua_State *L)
{
	uint32_t bits;
	int rc = osml_buffer_verify(open_buffer(L, 1), &bits);
	if (rc != 0)
		return fail(L, rc, NULL);
	push_protections(L, bits);
	return 1;
}
