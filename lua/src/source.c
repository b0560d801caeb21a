/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Secrets that go from the system straight into a buffer. luaL_Buffer is not used, so nothing passes through Lua's heap or stack. */
#define _POSIX_C_SOURCE 200809L
#include "common.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int is_too_late(void *context)
{
	struct deadline *d = context;
	d->passed = now() >= d->at;
	return d->passed;
}

void deadline_set(struct deadline *d, struct options *o)
{
	*d = (struct deadline){ HUGE_VAL, 0 };
	if (o->timeout == HUGE_VAL)
		return;
	d->at = now() + o->timeout;
	o->buffer.interrupted = is_too_late;
	o->buffer.context = d;
}

int deadline_fail(lua_State *L, int rc, const struct deadline *d, const char *what)
{
	if (rc != -EINTR || !d->passed)
		return fail(L, rc, what);
	lua_pushnil(L);
	lua_pushliteral(L, "no secret came in time");
	lua_pushinteger(L, ETIMEDOUT);
	return 3;
}

/* What every source does with the buffer that push_closed_buffer() left on the stack. */
int source_opened(lua_State *L, int rc, const struct deadline *d, osml_buffer *const *slot, const char *what)
{
	if (rc != 0)
		return deadline_fail(L, rc, d, what);
	collector_account(L, osml_buffer_size(*slot));
	return 1;
}

int module_from_fd(lua_State *L)
{
	struct options o;
	struct deadline d;
	int fd;
	read_options(&o, L, 2, SOURCE_OPTIONS);
	deadline_set(&d, &o);
	osml_buffer **slot = push_closed_buffer(L);
	collector_make_room(L, o.max);
	int rc = check_input(L, 1, &fd);
	if (rc == 0)
		rc = osml_buffer_from_fd(slot, fd, o.max, &o.buffer, o.flags);
	return source_opened(L, rc, &d, slot, NULL);
}

typedef int from_name(osml_buffer **out, const char *name, size_t max, const osml_buffer_options *options, unsigned flags);

static int open_by_name(lua_State *L, from_name *source, enum takes what)
{
	struct options o;
	struct deadline d;
	const char *name = check_name(L, 1);
	read_options(&o, L, 2, what);
	deadline_set(&d, &o);
	osml_buffer **slot = push_closed_buffer(L);
	collector_make_room(L, o.max);
	return source_opened(L, source(slot, name, o.max, &o.buffer, o.flags), &d, slot, name);
}

int module_from_file(lua_State *L)
{
	return open_by_name(L, osml_buffer_from_file, SOURCE_OPTIONS);
}

int module_from_env(lua_State *L)
{
	const char *name = check_name(L, 1);
	luaL_argcheck(L, *name && !strchr(name, '='), 1, "no variable can have this name: it is empty, or has \"=\"");
	return open_by_name(L, osml_buffer_from_env, VARIABLE_OPTIONS);
}

int module_from_credential(lua_State *L)
{
	return open_by_name(L, osml_buffer_from_credential, SOURCE_OPTIONS);
}

int module_prompt(lua_State *L)
{
	struct options o;
	struct deadline d;
	const char *text = lua_isnoneornil(L, 1) ? "Password: " : check_name(L, 1);
	read_options(&o, L, 2, PROMPT_OPTIONS);
	deadline_set(&d, &o);
	osml_buffer **slot = push_closed_buffer(L);
	collector_make_room(L, o.max);
	return source_opened(L, osml_buffer_prompt(slot, text, o.max, &o.buffer, o.flags), &d, slot, NULL);
}
