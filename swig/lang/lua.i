/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Lua 5.4 beside the hand-written module: __close that works on the error path, integers that are integers, strings without a second copy. */
%module osmemlock_swig

#define OSMLS_RAISE(code, message) { lua_pushstring(L, message); SWIG_fail; }
#define OSMLS_COLLECT (lua_gc(L, LUA_GCCOLLECT, 0), 1)

%include "lua/check.i"
%typemap(out) size_t, unsigned int, int, uint64_t %{ lua_pushinteger(L, (lua_Integer)$1); SWIG_arg++; %}
%typemap(consttab) unsigned int, int, uint64_t { SWIG_LUA_CONSTTAB_INT("$symname", $value) }

/* A string does not move while it is referenced, so it can be locked; nothing may write into it. */
%typemap(in, checkfn="osmls_is_string") (const void *bytes, size_t n), (void *memory, size_t len) %{
	$1 = (void *)lua_tolstring(L, $input, &$2);
%}
#define OSMLS_IMMUTABLE_BYTES

%typemap(out) osml_view %{
	lua_pushlstring(L, (const char *)$1.data, $1.len);
	osml_buffer_unpin($1.pinned);
	SWIG_arg++;
%}

/*
 * The second argument of a metamethod, of any type; of __close it is the error that is under way, or nil. With SWIG's own typemap __close would
 * fail on it and hide it. What __close itself has to tell gives way to that error.
 */
%typemap(in, checkfn="osmls_is_any") int second %{ $1 = !lua_isnil(L, $input); %}

%include "../osmemlock.i"
%include "lua/metamethod.i"
