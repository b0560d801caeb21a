/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Text that becomes bytes in place. Text that is none is named by the call, for the code alone tells only of an argument. */
#include "common.h"

static int decoded(lua_State *L, int rc, const char *call)
{
	return rc == 0 ? answer(L, 0) : fail(L, rc, call);
}

int buffer_decode_hex(lua_State *L)
{
	return decoded(L, osml_buffer_decode_hex(open_buffer(L, 1)), "decode_hex");
}

int buffer_decode_base64(lua_State *L)
{
	return decoded(L, osml_buffer_decode_base64(open_buffer(L, 1)), "decode_base64");
}
