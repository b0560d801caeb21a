/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * osmemlock.locked_heap(): while its function runs, all that the state allocates lies in locked memory, and is wiped when it is freed (audit U8). The
 * allocator of the state is wrapped by the first call and stays so, because strings outlive it; a block's address shows which allocator it is of.
 */
#include "common.h"

#include <stdlib.h>
#include <string.h>

struct heap {
	lua_Alloc inner;
	void *context;   /* of the inner one */
	char *main;      /* the main thread: its block is the last that a state frees; NULL when unknown */
	unsigned depth;  /* calls that are running */
	int was_refused; /* a block, in the outermost of them */
	void *joins;     /* Lua 5.1 joins strings there; NULL elsewhere */
	size_t joins_size;
	size_t sought; /* the size of the block that is that one, when it moves in next; 0: none is sought */
};

static void *locked_block(struct heap *h, void *block)
{
	h->was_refused |= !block;
	return block;
}

/* A block of before that grows inside moves: Lua 5.1 and 5.2 join strings in one that they keep. */
static void *move_in(struct heap *h, void *p, size_t size, size_t new_size)
{
	void *block = locked_block(h, osml_malloc(new_size));
	if (block) {
		memcpy(block, p, size);
		if (new_size == h->sought) {
			h->joins = block;
			h->joins_size = new_size;
		}
		h->inner(h->context, p, size, 0);
	}
	return block;
}

/* Outside it holds no secret, and must not fail for lack of locked memory. */
static void *move_out(struct heap *h, void *p, size_t size, size_t new_size)
{
	void *block = h->inner(h->context, NULL, 0, new_size);
	if (block) {
		memcpy(block, p, size < new_size ? size : new_size);
		osml_free(p);
	}
	return block;
}

static void *allocate(void *heap, void *p, size_t size, size_t new_size)
{
	struct heap *h = heap;
	if (new_size == 0) {
		int last = p && h->main && (char *)p <= h->main && h->main < (char *)p + size;
		if (p && p == h->joins)
			h->joins = NULL;
		if (p && osml_owns(p))
			osml_free(p);
		else
			h->inner(h->context, p, size, 0);
		if (last)
			free(h);
		return NULL;
	}
	if (p && osml_owns(p)) {
		void *block = p == h->joins && !h->depth ? move_out(h, p, size, new_size) : locked_block(h, osml_realloc(p, new_size));
		if (block && p == h->joins) {
			h->joins = h->depth ? block : NULL;
			h->joins_size = new_size;
		}
		return block;
	}
	if (h->depth && !p)
		return locked_block(h, osml_malloc(new_size));
	if (h->depth && new_size > size)
		return move_in(h, p, size, new_size);
	return h->inner(h->context, p, size, new_size);
}

/* LuaJIT gives memory back to its own allocator in ways that others do not learn of. */
static int is_luajit(lua_State *L)
{
	lua_getglobal(L, "jit");
	int found = lua_istable(L, -1);
	lua_pop(L, 1);
	return found;
}

static char *main_thread(lua_State *L)
{
#if LUA_VERSION_NUM >= 502
	lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
	lua_State *main = lua_tothread(L, -1);
#else
	lua_State *main = lua_pushthread(L) ? L : NULL;
#endif
	lua_pop(L, 1);
	return (char *)main;
}

#if LUA_VERSION_NUM == 501
#define JOIN_MOST ((size_t)16 << 20)

static int join(lua_State *L)
{
	size_t half = *(size_t *)lua_touserdata(L, 1);
	lua_settop(L, 0);
	memset(lua_newuserdata(L, half), ' ', half);
	lua_pushlstring(L, lua_touserdata(L, 1), half);
	lua_pushvalue(L, 2);
	lua_concat(L, 2);
	return 0;
}

/*
 * Lua 5.1 joins strings in a buffer that it keeps, of the size of the longest so far. It moves when one that is longer yet is joined. Twice an odd
 * number is the size of nothing else that may grow meanwhile. The collector may shrink it, and so move it once more, before join() has returned.
 */
static void move_join_buffer(lua_State *L, struct heap *h)
{
	for (size_t half = 33; !h->joins && half <= JOIN_MOST; half = 2 * half + 1) {
		h->sought = 2 * half;
		if (lua_cpcall(L, join, &half) != 0)
			lua_pop(L, 1);
	}
	h->sought = 0;
}
#else
static void move_join_buffer(lua_State *L, struct heap *h)
{
	(void)L;
	(void)h;
}
#endif

static struct heap *heap_of(lua_State *L)
{
	void *context;
	lua_Alloc allocator = lua_getallocf(L, &context);
	if (allocator == allocate)
		return context;
	struct heap *h = malloc(sizeof *h);
	if (!h)
		return NULL;
	*h = (struct heap){ allocator, context, main_thread(L), 0, 0, NULL, 0, 0 };
	lua_setallocf(L, allocate, h);
	return h;
}

/* begin(): true, or nil, message, code. */
static int begin(lua_State *L)
{
	if (is_luajit(L))
		return fail(L, OSML_EUNSUPPORTED, "LuaJIT's memory cannot be replaced while it runs");
	struct heap *h = heap_of(L);
	if (!h)
		return luaL_error(L, "not enough memory");
	if (h->depth == 0)
		h->was_refused = 0;
	lua_pushboolean(L, 1);
	return 1;
}

static void enter(lua_State *L, struct heap *h)
{
	if (h->depth++ == 0)
		move_join_buffer(L, h);
}

static void leave(struct heap *h)
{
	if (--h->depth == 0) {
		if (h->joins)
			osml_wipe(h->joins, h->joins_size);
		osml_scrub();
	}
}

/*
 * inside(resume or close, coroutine, ...): what it returns; false and the error, when it raises one. Between entering and leaving nothing else may
 * raise an error, such as that memory is used up: all that the state allocates from then on would lie in locked memory.
 */
static int inside(lua_State *L)
{
	struct heap *h = heap_of(L);
	lua_State *thread = lua_tothread(L, 2);
	int count = lua_gettop(L) - 1;
	if (!h || !thread ||
	    !lua_checkstack(thread, count + LUA_MINSTACK)) /* inside, Lua 5.1 ends the process when it has no memory for that */
		return luaL_error(L, "not enough memory");
	enter(L, h);
	int raised = lua_pcall(L, count, LUA_MULTRET, 0);
	leave(h);
	if (raised) {
		lua_pushboolean(L, 0);
		lua_insert(L, -2);
	}
	return lua_gettop(L);
}

/* explain(error): that of a refused block says what to type. */
static int explain(lua_State *L)
{
	struct heap *h = heap_of(L);
	const char *text = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : NULL; /* a number would become a string */
	char sentence[1024];
	if (h && h->was_refused && text && strstr(text, "not enough memory") && osml_explain(OSML_ELIMIT, sentence, sizeof sentence) >= 0)
		lua_pushfstring(L, "%s: %s", text, sentence);
	return 1;
}

/*
 * The function runs in a coroutine of its own, so that a yield leaves the scope, and the resume enters it again: whoever runs in between is not
 * inside. An error closes what is to be closed there (Lua 5.4), still inside; so does whoever closes the coroutine that yielded.
 */
#if LUA_VERSION_NUM >= 504
#define CLOSED_WITH_CALLER "    local scope <close> = setmetatable({ co }, ending)\n"
#else
#define CLOSED_WITH_CALLER ""
#endif
static const char text[] = "local begin, inside, explain, coroutine, error, type, setmetatable = ...\n"
                           "if not coroutine then\n"
                           "    return function() error('locked_heap needs the library coroutine', 2) end\n"
                           "end\n"
                           "local create, resume, yield, status, close = coroutine.create, coroutine.resume, coroutine.yield, "
                           "coroutine.status, coroutine.close\n"
                           "local ending = {\n"
                           "    __close = function(scope)\n"
                           "        local closed, failure = inside(close, scope[1])\n"
                           "        if not closed then error(failure, 0) end\n"
                           "    end,\n"
                           "}\n"
                           "local run\n"
                           "local function ended(co, ok, ...)\n"
                           "    if ok and status(co) == 'dead' then\n"
                           "        return ...\n"
                           "    elseif ok then\n"
                           "        return run(co, yield(...))\n"
                           "    end\n"
                           "    local failure = ...\n"
                           "    if close then\n"
                           "        local closed, last = inside(close, co)\n"
                           "        failure = closed and failure or last\n"
                           "    end\n"
                           "    error(explain(failure), 0)\n"
                           "end\n"
                           "function run(co, ...)\n"
                           "    return ended(co, inside(resume, co, ...))\n"
                           "end\n"
                           "return function(f, ...)\n"
                           "    if type(f) ~= 'function' then\n"
                           "        error(\"bad argument #1 to 'locked_heap' (function expected, got \" .. type(f) .. ')', 2)\n"
                           "    end\n"
                           "    local ready, message, code = begin()\n"
                           "    if not ready then\n"
                           "        return nil, message, code\n"
                           "    end\n"
                           "    local co = create(function(...) return f(...) end)\n" CLOSED_WITH_CALLER "    return run(co, ...)\n"
                           "end\n";

void push_locked_heap(lua_State *L)
{
	static const lua_CFunction parts[] = { begin, inside, explain };
	static const char *const names[] = { "coroutine", "error", "type", "setmetatable" };
	if (luaL_loadbuffer(L, text, sizeof text - 1, "=osmemlock") != 0)
		lua_error(L);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		lua_pushcfunction(L, parts[i]);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		lua_getglobal(L, names[i]);
	lua_call(L, sizeof parts / sizeof *parts + sizeof names / sizeof *names, 1);
}
