/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "textflags.h"

#include "unfit.h"

static size_t first_line(const unsigned char *text, size_t n)
{
	size_t end = 0;

	while (end < n && text[end] != '\n' && text[end] != '\r')
		end++;
	return end;
}

static size_t without_newline(const unsigned char *text, size_t n)
{
	if (!n || text[n - 1] != '\n')
		return n;
	n--;
	return n && text[n - 1] == '\r' ? n - 1 : n;
}

static bool is_space(unsigned char c)
{
	return c == 0 || c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t without_space(const unsigned char *text, size_t n)
{
	while (n && is_space(text[n - 1]))
		n--;
	return n;
}

/* The byte order mark of UTF-16, in either order. Without it, text of that kind cannot be told from bytes. */
static bool is_utf16(const unsigned char *text, size_t n)
{
	return n >= 2 && ((text[0] == 0xFF && text[1] == 0xFE) || (text[0] == 0xFE && text[1] == 0xFF));
}

static size_t utf8_mark(const unsigned char *text, size_t n)
{
	return n >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF ? 3 : 0;
}

bool osml__text_line_ends(const unsigned char *text, size_t n, unsigned flags)
{
	return flags & OSML_FIRST_LINE && first_line(text, n) < n;
}

int osml__text_secret(size_t *from, size_t *n, const unsigned char *text, size_t len, size_t max, unsigned flags)
{
	size_t mark = 0;

	if (flags & OSML__TEXT_FLAGS) {
		if (is_utf16(text, len))
			return osml__unfit("begins with a byte order mark of UTF-16, and UTF-8 was expected", 1);
		mark = utf8_mark(text, len);
	}
	text += mark;
	len -= mark;
	if (flags & OSML_FIRST_LINE)
		len = first_line(text, len);
	if (flags & OSML_TRIM_NEWLINE)
		len = without_newline(text, len);
	if (flags & OSML_TRIM_SPACE)
		len = without_space(text, len);
	*from = mark;
	*n = len;
	if (len > max)
		return OSML_ETOOBIG;
	return len || flags & OSML_ALLOW_EMPTY ? 0 : OSML_EEMPTY;
}
