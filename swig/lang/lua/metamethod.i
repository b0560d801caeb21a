/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* `local b <close> = ...`, #b, tostring(b) and the end of an object. The typemap of `second` is in lua.i. */
%extend LockedBuffer {
	void __close(int second)
	{
		int rc = osml_buffer_close($self);

		check(second ? 0 : rc);
	}

	/* Lua gives the operand of # twice. */
	size_t __len(int second)
	{
		(void)second;
		return osml_buffer_size($self);
	}

	const char *__tostring()
	{
		return "LockedBuffer"; /* no address */
	}
}
%extend CoreDumpsGuard {
	void __close(int second)
	{
		int rc = release_guard($self);

		check(second ? 0 : rc);
	}

	const char *__tostring()
	{
		return "CoreDumpsGuard";
	}
}

/*
 * A finalizer of another object may call an object that was collected before (Lua 5.4 manual, 2.5.3). SWIG leaves the handle in it, which is freed
 * or another object's by then; with NULL the core refuses.
 */
%{
static int osmls_finalize(lua_State *L)
{
	swig_lua_userdata *object;

	luaL_checktype(L, 1, LUA_TUSERDATA);
	osmls_is_object(L, 1, lua_tostring(L, lua_upvalueindex(1)));
	object = (swig_lua_userdata *)lua_touserdata(L, 1);
	lua_settop(L, 1); /* SWIG's takes the last argument */
	SWIG_Lua_class_destruct(L);
	object->own = 0;
	object->ptr = NULL;
	return 0;
}

/* SWIG's metamethods take whatever they are called with for their own, so no script may get at them. The value is on top of the stack. */
static void osmls_hide_metatable(lua_State *L)
{
	lua_getmetatable(L, -1);
	SWIG_Lua_add_boolean(L, "__metatable", 0);
	lua_pop(L, 1);
}

static void osmls_unset(lua_State *L, const char *name)
{
	lua_pushnil(L);
	lua_setfield(L, -2, name);
}

/* The module is on top of the stack. */
static void osmls_finish_class(lua_State *L, const char *name)
{
	lua_getfield(L, -1, name);
	osmls_hide_metatable(L);
	SWIG_Lua_get_class_metatable(L, name); /* that of the objects */
	SWIG_Lua_add_boolean(L, "__metatable", 0);
	lua_pushstring(L, name);
	lua_pushcclosure(L, osmls_finalize, 1);
	lua_setfield(L, -2, "__gc");
	osmls_unset(L, "__eq"); /* reads a foreign userdata; no two objects have one handle */
	SWIG_Lua_get_table(L, ".fn");
	osmls_unset(L, "__disown"); /* writes into a foreign userdata */
	lua_pop(L, 3);
}
%}
%init %{
	osmls_hide_metatable(L);
	osmls_finish_class(L, "LockedBuffer");
	osmls_finish_class(L, "CoreDumpsGuard");
	lua_pushglobaltable(L);
	osmls_unset(L, "swig_type"); /* helpers of SWIG's, which are no part of this module */
	osmls_unset(L, "swig_equals");
	lua_pop(L, 1);
%}
