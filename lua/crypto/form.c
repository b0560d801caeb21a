/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Tags and signatures as text. They are public, so tables and branches do no harm here; keys and plaintexts are encoded by their buffers. */
#include "common.h"

#include <string.h>

enum form check_form(lua_State *L, int arg, enum form without)
{
	static const char *const names[] = { "raw", "hex", "base64", "base64url", "der", NULL };
	return lua_isnoneornil(L, arg) ? without : (enum form)check_word(L, arg, names);
}

static const char *digits_of(enum form form)
{
	return form == HEX         ? "0123456789abcdef"
	       : form == BASE64URL ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	                           : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

/* Bits are taken off the top of a window, 4 or 6 at a time. */
int push_form(lua_State *L, const unsigned char *bytes, size_t len, enum form form)
{
	const char *digits = digits_of(form);
	unsigned width = form == HEX ? 4 : 6, bits = 0, window = 0;
	luaL_Buffer text;
	if (form == RAW || form == DER) {
		lua_pushlstring(L, (const char *)bytes, len);
		return 1;
	}
	luaL_buffinit(L, &text);
	for (size_t n = 0, i = 0; n * width < len * 8; n++) {
		if (bits < width) {
			window = window << 8 | (i < len ? bytes[i++] : 0);
			bits += 8;
		}
		bits -= width;
		luaL_addchar(&text, digits[window >> bits & ((1u << width) - 1)]);
	}
	for (size_t i = len; form == BASE64 && i % 3 != 0; i++)
		luaL_addchar(&text, '=');
	luaL_pushresult(&text);
	return 1;
}

static int digit_of(const char *digits, unsigned char c, enum form form)
{
	if (form == HEX && c >= 'A' && c <= 'F')
		c = (unsigned char)(c - 'A' + 'a');
	const char *found = c ? strchr(digits, c) : NULL;
	return found ? (int)(found - digits) : -1;
}

size_t decode_form(unsigned char *out, size_t size, const unsigned char *text, size_t len, enum form form)
{
	const char *digits = digits_of(form);
	unsigned width = form == HEX ? 4 : 6, bits = 0, window = 0;
	size_t n = 0;
	if (form == RAW) {
		memcpy(out, text, len <= size ? len : 0);
		return len;
	}
	while (form == BASE64 && len > 0 && text[len - 1] == '=')
		len--;
	for (size_t i = 0; i < len; i++) {
		int digit = digit_of(digits, text[i], form);
		if (digit < 0 || n > size)
			return size + 1;
		window = window << width | (unsigned)digit;
		bits += width;
		if (bits >= 8) {
			bits -= 8;
			if (n < size)
				out[n] = (unsigned char)(window >> bits);
			n++;
		}
	}
	return bits >= width || (window & ((1u << bits) - 1)) ? size + 1 : n; /* half a byte is left, or bits that belong to none */
}
