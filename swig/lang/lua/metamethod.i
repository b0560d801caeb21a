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
		return osml_buffer_len($self);
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
}

/*
 * A finalizer of another object may call an object that was collected before (Lua 5.4 manual, 2.5.3). SWIG leaves the handle in it, which is freed
 * or another object's by then; with NULL the core refuses.
 */
%{
static int osmls_finalize(lua_State *L)
{
	swig_lua_userdata *object = (swig_lua_userdata *)lua_touserdata(L, 1);

	lua_settop(L, 1); /* SWIG's takes the last argument */
	SWIG_Lua_class_destruct(L);
	object->own = 0;
	object->ptr = NULL;
	return 0;
}

static void osmls_set_finalizer(lua_State *L, const char *class_name)
{
	SWIG_Lua_get_class_metatable(L, class_name);
	SWIG_Lua_add_function(L, "__gc", osmls_finalize);
	lua_pop(L, 1);
}

static void osmls_unset_global(lua_State *L, const char *name)
{
	lua_pushnil(L);
	lua_setglobal(L, name);
}
%}
%init %{
	osmls_set_finalizer(L, "LockedBuffer");
	osmls_set_finalizer(L, "CoreDumpsGuard");
	osmls_unset_global(L, "swig_type"); /* helpers of SWIG's, which are no part of this module */
	osmls_unset_global(L, "swig_equals");
%}
