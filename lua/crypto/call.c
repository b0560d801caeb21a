/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "common.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

void call_open(struct call *c, lua_State *L)
{
	*c = (struct call){ .L = L, .osmemlock = osmemlock_lua_handover(L) };
}

size_t call_length(struct call *c, int arg)
{
	osmemlock_lua_view view;
	if (lua_type(c->L, arg) == LUA_TSTRING)
		return ARGUMENT(c, arg).len;
	c->osmemlock->pin(c->L, arg, &view);
	ARGUMENT(c, arg).len = view.len;
	c->osmemlock->unpin(&view);
	return ARGUMENT(c, arg).len;
}

void call_secret(struct call *c, int arg)
{
	if (!c->osmemlock->is(c->L, arg))
		luaL_argerror(c->L, arg, lua_pushfstring(c->L, "osmemlock.buffer expected, got %s", luaL_typename(c->L, arg)));
	call_length(c, arg); /* raises an error when it cannot be read */
}

void call_bytes(struct call *c, int arg)
{
	struct bytes *in = &ARGUMENT(c, arg);
	if (lua_type(c->L, arg) == LUA_TSTRING)
		in->data = (const unsigned char *)lua_tolstring(c->L, arg, &in->len);
	else
		call_secret(c, arg);
}

void call_optional(struct call *c, int arg)
{
	if (!lua_isnoneornil(c->L, arg))
		call_bytes(c, arg);
}

static int give_back(struct call *c)
{
	int rc = 0;
	for (size_t i = 0; i < sizeof c->in / sizeof *c->in; i++) {
		int one = c->osmemlock->unpin(&c->in[i].view);
		rc = rc ? rc : one;
	}
	int last = c->osmemlock->unpin(&c->out);
	return rc ? rc : last;
}

/*
 * 0, or the argument that cannot be read, or is no longer as long as it was when it was checked: since then Lua may have allocated, and so have run
 * finalizers.
 */
static int pin_all(struct call *c, int count)
{
	for (int arg = 1; arg <= count; arg++) {
		struct bytes *in = &ARGUMENT(c, arg);
		if (in->data || lua_type(c->L, arg) != LUA_TUSERDATA)
			continue;
		if (c->osmemlock->pin_bytes(lua_touserdata(c->L, arg), &in->view) != 0 || in->view.len != in->len)
			return arg;
		in->data = in->view.data;
	}
	return 0;
}

int call_begin(struct call *c, size_t result)
{
	int count = lua_gettop(c->L), values = result == NO_RESULT ? 0 : c->osmemlock->make(c->L, result, &c->out);
	if (values != 0)
		return values;
	int arg = pin_all(c, count < 5 ? count : 5);
	if (arg == 0) {
		ERR_set_mark();
		return 0;
	}
	give_back(c);
	call_length(c, arg); /* raises, with the reason */
	return luaL_error(c->L, "the buffer changes while it is used");
}

/* libcrypto leaves pieces of keys on the stack: of which ciphers depends on the processor. */
int call_end(struct call *c)
{
	c->osmemlock->scrub();
	ERR_pop_to_mark();
	return give_back(c) == 0 ? 0 : luaL_error(c->L, "a buffer was closed while it was used");
}

int openssl_failed(struct call *c, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	call_end(c);
	lua_pushnil(c->L);
	lua_pushfstring(c->L, "%s: %s", what, reason ? reason : "libcrypto refuses");
	lua_pushliteral(c->L, "OPENSSL");
	return 3;
}

size_t check_size(lua_State *L, int arg, size_t least, size_t most)
{
	lua_Number n = luaL_checknumber(L, arg);
	luaL_argcheck(L, lua_type(L, arg) == LUA_TNUMBER && n >= (lua_Number)least && n <= (lua_Number)most && (lua_Number)(size_t)n == n,
	              arg, "out of range");
	return (size_t)n;
}

/* luaL_checkoption() alone takes what stands before a zero for the whole word. */
int check_word(lua_State *L, int arg, const char *const words[])
{
	size_t len;
	const char *word = luaL_checklstring(L, arg, &len);
	luaL_argcheck(L, strlen(word) == len, arg, "string contains zeros");
	return luaL_checkoption(L, arg, NULL, words);
}

const EVP_MD *check_digest(lua_State *L, int arg)
{
	static const char *const names[] = { "sha1", "sha256", "sha384", "sha512", NULL };
	const EVP_MD *digests[] = { EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512() };
	return digests[check_word(L, arg, names)];
}
