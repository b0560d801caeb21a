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

/* How much stdio has read but not handed out. There is no portable question; without one the answer is 0. */
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
 * fflush() moves the descriptor of a file that can seek to where the program is in it (POSIX). A pipe cannot be moved back: what stdio took
 * from it is on its heap already, and reading on without it would give half a secret.
 */
int check_input(lua_State *L, int arg, int *fd)
{
	if (lua_type(L, arg) == LUA_TNUMBER) {
		*fd = check_fd(L, arg);
		return 0;
	}
	FILE *file = check_file(L, arg);
	int rc = fflush(file) == 0 ? 0 : -errno;
	if (read_ahead(file) > 0)
		luaL_argerror(L, arg, "the file has read ahead; read nothing from it before, or call its setvbuf(\"no\") first");
	*fd = fileno(file);
	return rc;
}

/* What the file holds back comes first. */
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

int buffer_write_fd(lua_State *L)
{
	osml_buffer *b = open_buffer(L, 1);
	int fd, rc = check_output(L, 2, &fd);
	return answer(L, rc == 0 ? osml_buffer_write_fd(b, fd, NULL) : rc);
}
