/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Read by control.py, which knows each fault that the rules find here. Never compiled. */
#define MORE(x) ((x) + 1)

/* a < b */
static const int table[] = { 1, 2 };

static int sum(const char *s, size_t n)
{
	int rc = -1, many = n > 3 && s[0] != '+';

	if (many)
		return rc;
	osml__wipe(s, n - 1); /* n & 1 */
	return s ? (int)n : 0;
}
