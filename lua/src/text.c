/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The words around a secret: joined, cut out, found; the codings. */
#include "common.h"

typedef int maker(osml_buffer **out, const void *of, const osml_buffer_options *options);

/* A new buffer, on top. Options at `arg`. */
static int made(lua_State *L, maker *make, const void *of, int arg)
{
	struct options o;
	read_options(&o, L, arg, BUFFER_OPTIONS);
	osml_buffer **slot = push_closed_buffer(L);
	int rc = make(slot, of, &o.buffer);
	if (rc != 0 && collector_helps(L, rc))
		rc = make(slot, of, &o.buffer);
	if (rc != 0)
		return fail(L, rc, NULL);
	collector_account(L, osml_buffer_size(*slot));
	return 1;
}

/* ---- Join, sub ---- */

struct pieces {
	const osml_piece *pieces;
	size_t count;
};

static int make_joined(osml_buffer **out, const void *of, const osml_buffer_options *options)
{
	const struct pieces *p = of;
	return osml_buffer_join(out, p->pieces, p->count, options);
}

/* What is on top, and stays there: a finalizer may change the table. */
static void read_piece(lua_State *L, osml_piece *piece, size_t number)
{
	*piece = (osml_piece){ NULL, NULL, 0, OSML_TO_END };
	if (lua_type(L, -1) == LUA_TSTRING)
		piece->bytes = lua_tolstring(L, -1, &piece->length);
	else if (is_buffer(L, lua_gettop(L)))
		piece->buffer = open_buffer(L, lua_gettop(L));
	else
		luaL_argerror(
		        L, 1,
		        lua_pushfstring(L, "piece %d must be a string or an " BUFFER_TYPE ", not a %s", (int)number, luaL_typename(L, -1)));
}

int module_join(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 2);
	size_t count = lua_rawlen(L, 1);
	luaL_argcheck(L, count < INT32_MAX / sizeof(osml_piece), 1, "too many pieces");
	luaL_checkstack(L, (int)count + 8, "too many pieces");
	osml_piece *pieces = lua_newuserdatauv(L, (count + 1) * sizeof *pieces, 0);
	for (size_t i = 0; i < count; i++) {
		lua_rawgeti(L, 1, (int)i + 1);
		read_piece(L, &pieces[i], i + 1);
	}
	return made(L, make_joined, &(struct pieces){ pieces, count }, 2);
}

/* Positions far outside are the nearest end, as in string.sub(); options after them. */
int buffer_sub(lua_State *L)
{
	osml_buffer *b = open_buffer(L, 1);
	int64_t len = (int64_t)osml_buffer_size(b);
	int64_t first = lua_isnoneornil(L, 2) ? 1 : check_integer(L, 2);
	int64_t last = lua_isnoneornil(L, 3) ? len : check_integer(L, 3);
	if (first < 0)
		first = first < -len ? 1 : len + first + 1;
	if (last < 0)
		last = last < -len ? 0 : len + last + 1;
	first = first < 1 ? 1 : first > len + 1 ? len + 1 : first;
	last = last > len ? len : last < first ? first - 1 : last;
	lua_settop(L, 4);
	return made(L, make_joined, &(struct pieces){ &(osml_piece){ b, NULL, (size_t)first - 1, (size_t)(last - first + 1) }, 1 }, 4);
}

/* ---- Find ---- */

/* The bytes of a string or of a buffer, where they lie. */
static const void *check_bytes(lua_State *L, int arg, size_t *n)
{
	if (lua_type(L, arg) == LUA_TSTRING)
		return lua_tolstring(L, arg, n);
	const osml_buffer *b = open_buffer(L, arg);
	const void *bytes = osml_buffer_data(b);
	if (!bytes)
		refuse(L, osml_buffer_read(b, 0, NULL, 0), NULL); /* no bytes: only the code is wanted */
	*n = osml_buffer_size(b);
	return bytes;
}

/* As string.find() of plain text: first and last position, or nil. */
int buffer_find(lua_State *L)
{
	osml_buffer *b = open_buffer(L, 1);
	size_t n, at, from = 0;
	const void *bytes = check_bytes(L, 2, &n);
	if (!lua_isnoneornil(L, 3))
		from = check_position(L, 3, osml_buffer_size(b), 0);
	int rc = osml_buffer_find(&at, b, from, bytes, n);
	if (rc != 0)
		return fail(L, rc, NULL);
	if (at == OSML_NOT_FOUND) {
		lua_pushnil(L);
		return 1;
	}
	lua_pushinteger(L, (lua_Integer)at + 1);
	lua_pushinteger(L, (lua_Integer)(at + n));
	return 2;
}

/* ---- Codings ---- */

static const char *const names[] = { "hex", "base64", "base64url", "base32", NULL };

static unsigned check_coding(lua_State *L, int arg)
{
	static const unsigned codings[] = { OSML_HEX, OSML_BASE64, OSML_BASE64URL, OSML_BASE32 };
	return codings[check_word(L, arg, names)];
}

struct encoding {
	const osml_buffer *b;
	unsigned coding;
};

static int make_encoded(osml_buffer **out, const void *of, const osml_buffer_options *options)
{
	const struct encoding *e = of;
	return osml_buffer_encode(out, e->b, e->coding, options);
}

int buffer_encode(lua_State *L)
{
	osml_buffer *b = open_buffer(L, 1);
	unsigned coding = check_coding(L, 2);
	lua_settop(L, 3);
	return made(L, make_encoded, &(struct encoding){ b, coding }, 3);
}

int buffer_decode(lua_State *L)
{
	osml_buffer *b = open_buffer(L, 1);
	return answer(L, osml_buffer_decode(b, check_coding(L, 2)));
}
