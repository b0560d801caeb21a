/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the tests need and Lua has not: fork(), pipes, setenv(), a second lua_State, a second thread, an end of memory. `require "helper"`.
 * Only what Lua 5.1 to 5.5 and LuaJIT have in common is used.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* fork(f): the child calls f and ends. Returns 0 when f returned true, 1 when not, 2 after an error, minus the signal that killed it. */
static int helper_fork(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TFUNCTION);
	signal(SIGCHLD, SIG_DFL); /* while it is ignored waitpid(2) tells nothing */
	pid_t pid = fork();
	if (pid < 0)
		return luaL_error(L, "fork failed");
	if (pid == 0) {
		lua_pushvalue(L, 1);
		int failed = lua_pcall(L, 0, 1, 0) != 0;
		const char *message = failed ? lua_tostring(L, -1) : NULL;
		if (message != NULL && write(STDERR_FILENO, message, strlen(message)) >= 0)
			(void)!write(STDERR_FILENO, "\n", 1);
		_exit(failed ? 2 : !lua_toboolean(L, -1));
	}
	int status = 0;
	waitpid(pid, &status, 0);
	lua_pushinteger(L, WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
	return 1;
}

/* state(code): runs the code in a new lua_State that has the same search paths, and closes that state. Returns nil or the error's message. */
static int helper_state(lua_State *L)
{
	const char *code = luaL_checkstring(L, 1);
	lua_State *other = luaL_newstate();
	if (other == NULL)
		return luaL_error(L, "no memory");
	luaL_openlibs(other);
	if (luaL_loadstring(other, code) != 0 || lua_pcall(other, 0, 0, 0) != 0)
		lua_pushstring(L, lua_tostring(other, -1));
	else
		lua_pushnil(L);
	lua_close(other);
	return 1;
}

struct beside {
	lua_State *state;
	atomic_bool over;
};

static void *call_again_and_again(void *arg)
{
	struct beside *beside = arg;
	while (!beside->over) {
		lua_pushvalue(beside->state, 1);
		lua_call(beside->state, 0, 0);
	}
	return NULL;
}

/* beside(code, f): calls f while another thread calls again and again the function that the code returns, in a lua_State of its own. */
static int helper_beside(lua_State *L)
{
	struct beside beside = { .state = luaL_newstate() };
	pthread_t thread;
	lua_settop(L, 2);
	if (beside.state == NULL)
		return luaL_error(L, "no memory");
	luaL_openlibs(beside.state);
	if (luaL_loadstring(beside.state, luaL_checkstring(L, 1)) != 0 || lua_pcall(beside.state, 0, 1, 0) != 0)
		return luaL_error(L, "%s", lua_tostring(beside.state, -1));
	if (pthread_create(&thread, NULL, call_again_and_again, &beside) != 0)
		return luaL_error(L, "no thread");
	int failed = lua_pcall(L, 0, 1, 0) != 0;
	beside.over = true;
	pthread_join(thread, NULL);
	lua_close(beside.state);
	return failed ? lua_error(L) : 1;
}

struct starved {
	lua_Alloc allocate;
	void *state;
	lua_Integer left;
};

static void *allocate_starved(void *state, void *block, size_t before, size_t size)
{
	struct starved *starved = state;
	if ((block == NULL || size > before) && starved->left-- <= 0)
		return NULL;
	return starved->allocate(starved->state, block, before, size);
}

/* starve(n, f): calls f when there is memory for n allocations, and for none after. Returns nil or the error's message. */
static int helper_starve(lua_State *L)
{
	struct starved starved = { .left = luaL_checkinteger(L, 1) };
	lua_settop(L, 2);
	starved.allocate = lua_getallocf(L, &starved.state);
	lua_setallocf(L, allocate_starved, &starved);
	int failed = lua_pcall(L, 0, 0, 0) != 0;
	lua_setallocf(L, starved.allocate, starved.state);
	if (!failed)
		lua_pushnil(L);
	return 1;
}

static int helper_pipe(lua_State *L)
{
	int ends[2];
	if (pipe(ends) != 0)
		return luaL_error(L, "pipe failed");
	lua_pushinteger(L, ends[0]);
	lua_pushinteger(L, ends[1]);
	return 2;
}

static int helper_write(lua_State *L)
{
	size_t len;
	const char *s = luaL_checklstring(L, 2, &len);
	lua_pushinteger(L, (lua_Integer)write((int)luaL_checkinteger(L, 1), s, len));
	return 1;
}

static int helper_read(lua_State *L)
{
	char bytes[4096];
	ssize_t n = read((int)luaL_checkinteger(L, 1), bytes, sizeof bytes);
	lua_pushlstring(L, bytes, n < 0 ? 0 : (size_t)n);
	return 1;
}

static int helper_close(lua_State *L)
{
	lua_pushboolean(L, close((int)luaL_checkinteger(L, 1)) == 0);
	return 1;
}

static int helper_setenv(lua_State *L)
{
	setenv(luaL_checkstring(L, 1), luaL_checkstring(L, 2), 1);
	return 0;
}

/* How many descriptors are open. By asking for each, because /proc/self/fd takes one more to read. */
static int helper_descriptors(lua_State *L)
{
	int open = 0;
	for (int fd = 0; fd < 1024; fd++)
		open += fcntl(fd, F_GETFD) >= 0;
	lua_pushinteger(L, open);
	return 1;
}

static int helper_pid(lua_State *L)
{
	lua_pushinteger(L, getpid());
	return 1;
}

static void wait_for_end_of_input(void)
{
	char c;
	dprintf(STDOUT_FILENO, "ready %d\n", (int)getpid());
	while (read(STDIN_FILENO, &c, 1) == 1)
		continue;
}

/* Stops the process at its very end, for a last look at its memory. What is registered first runs last, so: before osmemlock makes a buffer. */
static int helper_wait_at_exit(lua_State *L)
{
	lua_pushboolean(L, atexit(wait_for_end_of_input) == 0);
	return 1;
}

/* Gives up the rights of root, which may read any file. */
static int helper_become_nobody(lua_State *L)
{
	lua_pushboolean(L, getuid() != 0 || setuid(65534) == 0);
	return 1;
}

/* The control of valgrind and AddressSanitizer: reads one byte behind a block, which they must not let pass. */
static int helper_read_past(lua_State *L)
{
	volatile char *block = malloc(8);
	volatile size_t behind = 8;
	lua_pushinteger(L, block == NULL ? 0 : block[behind]);
	free((void *)block);
	return 1;
}

int luaopen_helper(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "fork", helper_fork },
		{ "state", helper_state },
		{ "beside", helper_beside },
		{ "starve", helper_starve },
		{ "pipe", helper_pipe },
		{ "write", helper_write },
		{ "read", helper_read },
		{ "close", helper_close },
		{ "setenv", helper_setenv },
		{ "pid", helper_pid },
		{ "descriptors", helper_descriptors },
		{ "read_past", helper_read_past },
		{ "wait_at_exit", helper_wait_at_exit },
		{ "become_nobody", helper_become_nobody },
	};
	lua_newtable(L);
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		lua_pushcfunction(L, functions[i].func);
		lua_setfield(L, -2, functions[i].name);
	}
	return 1;
}
