/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The system's own calls on the pages of a buffer. */
#include "common.h"

/* Pinned, so that the pages stay where they are meanwhile. A buffer that was closed in between has nothing left to lock. */
static int on_pages(lua_State *L, int (*call)(void *addr, size_t len))
{
	osml_buffer *b = open_buffer(L, 1);
	void *bytes;
	struct range r = check_range(L, 2, osml_buffer_size(b));
	int rc = osml_buffer_pin(b, &bytes, NULL);
	if (rc != 0)
		return fail(L, rc, NULL);
	rc = call((unsigned char *)bytes + r.offset, r.count);
	int given_back = osml_buffer_unpin(b);
	return answer_true(L, rc != 0 ? rc : given_back);
}

static int lock(void *addr, size_t len)
{
	return osml_mlock(addr, len);
}

static int unlock(void *addr, size_t len)
{
	return osml_munlock(addr, len);
}

int module_mlock(lua_State *L)
{
	return on_pages(L, lock);
}

int module_munlock(lua_State *L)
{
	return on_pages(L, unlock);
}

int module_madvise_dontdump(lua_State *L)
{
	return on_pages(L, osml_madvise_dontdump);
}
