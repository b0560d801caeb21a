/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* luaopen_osmemlock: the tables of all functions of the module, by file. */
#define _GNU_SOURCE /* dladdr() */
#include "common.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

static const luaL_Reg functions[] = {
	/* buffer.c */
	{ "buffer", module_buffer },
	/* bytes.c */
	{ "random", module_random },
	/* text.c */
	{ "join", module_join },
	/* source.c, file.c */
	{ "from_fd", module_from_fd },
	{ "fd_from_os_handle", module_fd_from_os_handle },
	{ "from_file", module_from_file },
	{ "from_env", module_from_env },
	{ "from_credential", module_from_credential },
	{ "from_command", module_from_command },
	{ "prompt", module_prompt },
	/* memlock.c */
	{ "mlock", module_mlock },
	{ "munlock", module_munlock },
	{ "madvise_dontdump", module_madvise_dontdump },
	/* coredump.c */
	{ "disable_core_dumps_for_process", module_disable_core_dumps_for_process },
	{ "disable_core_dumps_with_guard", module_disable_core_dumps_with_guard },
	/* errormode.c */
	{ "set_windows_error_mode", module_set_windows_error_mode },
	{ "suppress_windows_error_dialogs_for_process", module_suppress_windows_error_dialogs_for_process },
	/* process.c */
	{ "harden", module_harden },
	{ "harden_undo", module_harden_undo },
	{ "purge", module_purge },
	{ "trim", module_trim },
	{ "scrub", module_scrub },
	/* report.c */
	{ "info", module_info },
	{ NULL, NULL },
};

static const luaL_Reg buffer_methods[] = {
	/* buffer.c */
	{ "close", buffer_close },
	{ "closed", buffer_closed },
	{ "protect", buffer_protect },
	/* bytes.c */
	{ "byte", buffer_byte },
	{ "set", buffer_set },
	{ "write", buffer_write },
	{ "fill", buffer_fill },
	{ "copy", buffer_copy },
	{ "random", buffer_random },
	{ "wipe", buffer_wipe },
	/* equal.c */
	{ "equal", buffer_equal },
	/* text.c */
	{ "sub", buffer_sub },
	{ "find", buffer_find },
	{ "encode", buffer_encode },
	{ "decode", buffer_decode },
	/* file.c */
	{ "read_fd", buffer_read_fd },
	{ "write_fd", buffer_write_fd },
	/* report.c */
	{ "info", buffer_info },
	{ "verify", buffer_verify },
	/* expose.c */
	{ "expose", buffer_expose },
	{ NULL, NULL },
};

static const luaL_Reg buffer_metamethods[] = {
	{ "__gc", buffer_gc },
	{ "__close", buffer_leave },
	{ "__len", buffer_len },
	{ "__eq", buffer_eq },
	{ "__tostring", buffer_tostring },
	{ "__newindex", buffer_refuse_index },
	{ "__concat", buffer_refuse_concat },
	{ NULL, NULL },
};

static const luaL_Reg guard_methods[] = {
	{ "release", guard_release },
	{ NULL, NULL },
};

static const luaL_Reg guard_metamethods[] = {
	{ "__gc", guard_leave },
	{ "__close", guard_leave },
	{ "__tostring", guard_tostring },
	{ NULL, NULL },
};

/* Sets functions in the table on top. Each gets the metatable of buffers as its upvalue. */
static void set_functions(lua_State *L, const luaL_Reg *list)
{
	for (; list->name; list++) {
		luaL_getmetatable(L, BUFFER_TYPE);
		lua_pushcclosure(L, list->func, 1);
		lua_setfield(L, -2, list->name);
	}
}

static void make_type(lua_State *L, const char *type, const luaL_Reg *metamethods, const luaL_Reg *methods)
{
	luaL_newmetatable(L, type);
	lua_pushstring(L, type);
	lua_setfield(L, -2, "__name"); /* up to Lua 5.2 luaL_newmetatable() does not */
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	set_functions(L, metamethods);
	lua_newtable(L);
	set_functions(L, methods);
	lua_setfield(L, -2, "__index");
	lua_pop(L, 1);
}

static void note_format(lua_State *L)
{
	lua_getglobal(L, "string");
	if (lua_istable(L, -1)) {
		lua_getfield(L, -1, "format");
		lua_setfield(L, LUA_REGISTRYINDEX, STRING_FORMAT);
	}
	lua_pop(L, 1);
}

static void set_constants(lua_State *L)
{
	lua_pushfstring(L, "osmemlock %s", osml_version());
	lua_setfield(L, -2, "_VERSION");
	lua_pushinteger(L, OSML_SEM_FAILCRITICALERRORS);
	lua_setfield(L, -2, "SEM_FAILCRITICALERRORS");
	lua_pushinteger(L, OSML_SEM_NOGPFAULTERRORBOX);
	lua_setfield(L, -2, "SEM_NOGPFAULTERRORBOX");
	lua_pushinteger(L, OSML_SEM_NOOPENFILEERRORBOX);
	lua_setfield(L, -2, "SEM_NOOPENFILEERRORBOX");
}

/*
 * Lua unloads the module when its state is closed, and then still frees external strings; hooks of the core for the end of threads outlive the
 * state too. So the module stays. In code, and not by `-z nodelete`, because luarocks' builtin build passes no flags to the linker.
 */
static void stay_loaded(void)
{
#ifdef _WIN32
	DWORD how = GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS;
	HMODULE self;

	GetModuleHandleExW(how, (const wchar_t *)(const void *)functions, &self);
#else
	Dl_info self;
	if (dladdr((const void *)functions, &self) != 0)
		dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
#endif
}

__attribute__((visibility("default"))) int luaopen_osmemlock(lua_State *L);

int luaopen_osmemlock(lua_State *L)
{
	refuse_second_copy(L);
	stay_loaded();
	make_type(L, BUFFER_TYPE, buffer_metamethods, buffer_methods);
	make_type(L, GUARD_TYPE, guard_metamethods, guard_methods);
	publish_handover(L);
	note_format(L);
	lua_newtable(L);
	set_functions(L, functions);
	set_constants(L);
	luaL_getmetatable(L, BUFFER_TYPE);
	lua_pushcclosure(L, scope_open, 1);
	push_with(L);
	lua_setfield(L, -2, "with");
	push_locked_heap(L);
	lua_setfield(L, -2, "locked_heap");
	return 1;
}
