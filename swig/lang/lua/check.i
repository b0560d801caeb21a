/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * SWIG takes texts and fractions for numbers, gives sizes back as floats, and takes every userdata for its own, a file of the io library too, even
 * when it makes the message about the wrong type. So these checks raise by themselves.
 */
%{
static int osmls_integer(lua_State *L, int index, lua_Integer least, lua_Integer most)
{
	int whole = 0;
	lua_Integer value = lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, &whole) : 0;

	luaL_argcheck(L, whole && value >= least && value <= most, index, "an integer in range expected");
	return 1;
}

static int osmls_is_string(lua_State *L, int index)
{
	luaL_checktype(L, index, LUA_TSTRING);
	return 1;
}

/* A path or a name, which a NUL inside would cut. nil is NULL, which the core refuses. */
static int osmls_is_text(lua_State *L, int index)
{
	luaL_argcheck(L, lua_isnil(L, index) || (osmls_is_string(L, index) && strlen(lua_tostring(L, index)) == lua_rawlen(L, index)), index,
	              "a NUL inside");
	return 1;
}

/* nil is NULL here too. */
static int osmls_is_object(lua_State *L, int index, const char *class_name)
{
	int same = lua_isnil(L, index);

	if (lua_type(L, index) == LUA_TUSERDATA && lua_getmetatable(L, index)) {
		SWIG_Lua_get_class_metatable(L, class_name);
		same = lua_rawequal(L, -1, -2);
		lua_pop(L, 2);
	}
	luaL_argcheck(L, same, index, class_name);
	return 1;
}

#define osmls_is_size(L, index) osmls_integer(L, index, 0, LUA_MAXINTEGER)
#define osmls_is_uint(L, index) osmls_integer(L, index, 0, UINT_MAX)
#define osmls_is_int(L, index) osmls_integer(L, index, INT_MIN, INT_MAX)
#define osmls_is_buffer(L, index) osmls_is_object(L, index, "LockedBuffer")
#define osmls_is_guard(L, index) osmls_is_object(L, index, "CoreDumpsGuard")
#define osmls_is_any(L, index) 1
%}
%typemap(in, checkfn="osmls_is_size") size_t %{ $1 = (size_t)lua_tointeger(L, $input); %}
%typemap(in, checkfn="osmls_is_uint") unsigned int %{ $1 = (unsigned int)lua_tointeger(L, $input); %}
%typemap(in, checkfn="osmls_is_int") int %{ $1 = (int)lua_tointeger(L, $input); %}
%typemap(in, checkfn="osmls_is_text") const char * %{ $1 = (char *)lua_tostring(L, $input); %}
%define OSMLS_OBJECT(class, check)
%typemap(in, checkfn=check) class * %{
	if (!SWIG_IsOK(SWIG_ConvertPtr(L, $input, (void **)&$1, $descriptor, $disown)))
		SWIG_fail_ptr("$symname", $argnum, $descriptor);
%}
%enddef
OSMLS_OBJECT(LockedBuffer, "osmls_is_buffer")
OSMLS_OBJECT(CoreDumpsGuard, "osmls_is_guard")
