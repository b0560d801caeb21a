/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Lua 5.4 beside the hand-written module: __close that works on the error path, integers that are integers, strings without a second copy. */
%module osmemlock_swig

#define OSMLS_RAISE(code, message) { lua_pushstring(L, message); SWIG_fail; }
#define OSMLS_COLLECT (lua_gc(L, LUA_GCCOLLECT, 0), 1)

%include "lua/check.i"
%typemap(out) size_t, unsigned int, int, uint64_t, long long %{ lua_pushinteger(L, (lua_Integer)$1); SWIG_arg++; %}
%typemap(consttab) unsigned int, int, uint64_t { SWIG_LUA_CONSTTAB_INT("$symname", $value) }

/* A string does not move while it is referenced, so it can be locked; nothing may write into it. */
%typemap(in, checkfn="osmls_is_string") (const void *bytes, size_t n), (void *memory, size_t len) %{
	$1 = (void *)lua_tolstring(L, $input, &$2);
%}
#define OSMLS_IMMUTABLE_BYTES

%typemap(out) LockedBuffer *, CoreDumpsGuard * %{
	osmls_push_object(L, $1, $1_descriptor);
	SWIG_arg++;
%}

/*
 * The second argument of a metamethod, of any type; of __close it is the error that is under way, or nil. With SWIG's own typemap __close would
 * fail on it and hide it. An error of __close itself does not replace that error.
 */
%typemap(in, checkfn="osmls_is_any") int second %{ $1 = !lua_isnil(L, $input); %}

%include "../error.i"
%typemap(out) osml_view {
	osmls_push_view(L, &$1);
	OSMLS_OUTCOME
	SWIG_arg++;
}

%include "../osmemlock.i"

/* Making a string or an object may raise for want of memory; the pin, or what the core made, has to be released then too. */
%{
static int osmls_make_string(lua_State *L)
{
	const osml_view *view = (const osml_view *)lua_touserdata(L, 1);

	lua_pushlstring(L, (const char *)view->data, view->len);
	return 1;
}

static void osmls_push_view(lua_State *L, osml_view *view)
{
	int status;

	lua_pushcfunction(L, osmls_make_string);
	lua_pushlightuserdata(L, view);
	status = lua_pcall(L, 1, 1, 0);
	osmls_give_back(view);
	if (status != LUA_OK)
		lua_error(L);
}

static int osmls_make_object(lua_State *L)
{
	SWIG_NewPointerObj(L, lua_touserdata(L, 1), (swig_type_info *)lua_touserdata(L, 2), 1);
	return 1;
}

static void osmls_push_object(lua_State *L, void *made, swig_type_info *type)
{
	lua_pushcfunction(L, osmls_make_object);
	lua_pushlightuserdata(L, made);
	lua_pushlightuserdata(L, type);
	if (lua_pcall(L, 2, 1, 0) == LUA_OK)
		return;
	((swig_lua_class *)type->clientdata)->destructor(made);
	lua_error(L);
}
%}

%include "lua/metamethod.i"
