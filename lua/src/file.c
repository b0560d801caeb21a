/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Descriptors, bare or inside a file of Lua's io library. The secret must not pass through the buffer that stdio keeps for a file, which
 * nobody wipes; so its descriptor is used, and the two are brought to the same position first.
 */
#define _POSIX_C_SOURCE 200809L
#include "common.h"

#include <errno.h>
#include <limits.h>
#include <lualib.h>
#include <stdio.h>
#ifdef __linux__
#include <stdio_ext.h>
#endif

/* The file of argument `arg`; closed ones are an error. Lua 5.1 and LuaJIT have a FILE * here, later Luas a luaL_Stream. */
static FILE *check_file(lua_State *L, int arg)
{
#if LUA_VERSION_NUM >= 502
	luaL_Stream *stream = luaL_checkudata(L, arg, LUA_FILEHANDLE);
	luaL_argcheck(L, stream->closef != NULL, arg, "attempt to use a closed file");
	return stream->f;
#else
	FILE **file = luaL_checkudata(L, arg, LUA_FILEHANDLE);
	luaL_argcheck(L, *file != NULL, arg, "attempt to use a closed file");
	return *file;
#endif
}

/* How much stdio has read but not handed out. There is no portable way to ask; without one the result is 0. */
static size_t read_ahead(FILE *file)
{
#if defined(__GLIBC__)
	return (size_t)(file->_IO_read_end - file->_IO_read_ptr);
#elif defined(__linux__)
	return __freadahead(file);
#else
	(void)file;
	return 0;
#endif
}

static int check_fd(lua_State *L, int arg)
{
	int64_t fd = check_integer(L, arg);
	luaL_argcheck(L, fd >= INT_MIN && fd <= INT_MAX, arg, "not a file descriptor");
	return (int)fd;
}

/*
 * fflush() moves the descriptor of a file that can seek to where the program is in it (POSIX). A pipe cannot be moved back: what stdio read
 * from it is on the heap already, and reading on without it would return part of the secret. That is asked first, because musl's fflush()
 * drops what was read, and says nothing.
 */
int check_input(lua_State *L, int arg, int *fd)
{
	if (lua_type(L, arg) == LUA_TNUMBER) {
		*fd = check_fd(L, arg);
		return 0;
	}
	FILE *file = check_file(L, arg);
	if (read_ahead(file) > 0 && ftell(file) == -1 && errno == ESPIPE)
		luaL_argerror(L, arg, "the file has read ahead; read nothing from it before, or call its setvbuf(\"no\") first");
	*fd = fileno(file);
	return fflush(file) == 0 ? 0 : -errno;
}

/* What the file has buffered is written first. */
int check_output(lua_State *L, int arg, int *fd)
{
	if (lua_type(L, arg) == LUA_TNUMBER) {
		*fd = check_fd(L, arg);
		return 0;
	}
	FILE *file = check_file(L, arg);
	*fd = fileno(file);
	return fflush(file) == 0 ? 0 : -errno;
}

int module_fd_from_os_handle(lua_State *L)
{
	int64_t handle = check_integer(L, 1);
	int fd = handle >= INTPTR_MIN && handle <= INTPTR_MAX ? osml_fd_from_os_handle((intptr_t)handle) : OSML_EINVAL;
	luaL_argcheck(L, fd >= 0, 1, "not a handle");
	lua_pushinteger(L, fd);
	return 1;
}

/* Returns how many bytes there were; after a failure too, as the fourth value. */
int buffer_read_fd(lua_State *L)
{
	osml_buffer *b = open_buffer(L, 1);
	struct options o;
	struct deadline d;
	size_t len = osml_buffer_size(b), got = 0;
	int64_t first = lua_isnoneornil(L, 3) ? 1 : check_integer(L, 3);
	int fd, rc;
	luaL_argcheck(L, first >= 1 && (uint64_t)first <= len + 1, 3, "position outside the buffer");
	int64_t n = lua_isnoneornil(L, 4) ? (int64_t)len - first + 1 : check_integer(L, 4);
	luaL_argcheck(L, n >= 0 && n <= (int64_t)len - first + 1, 4, "more than fits");
	read_options(&o, L, 5, WAIT_OPTIONS);
	deadline_set(&d, &o);
	rc = check_input(L, 2, &fd);
	if (rc == 0)
		rc = osml_buffer_read_fd(b, (size_t)first - 1, (size_t)n, fd, &got, &o.buffer);
	rc = rc ? deadline_fail(L, rc, &d, NULL) : 0;
	lua_pushinteger(L, (lua_Integer)got);
	return rc + 1;
}

int buffer_write_fd(lua_State *L)
{
	osml_buffer *b = open_buffer(L, 1);
	int fd, rc = check_output(L, 2, &fd);
	return answer(L, rc == 0 ? osml_buffer_write_fd(b, fd, NULL) : rc);
}
