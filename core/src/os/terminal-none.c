/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No prompt: holding a signal back until the terminal is restored is written with signalfd(2), which is Linux's, and not yet otherwise. */
#include "../os.h"

int osml__os_terminal_open(struct osml__terminal *t, const char *prompt)
{
	(void)t;
	(void)prompt;
	return OSML_EUNSUPPORTED;
}

int osml__os_terminal_read(struct osml__terminal *t, unsigned char *key, size_t *got, int milliseconds)
{
	(void)t;
	(void)key;
	(void)got;
	(void)milliseconds;
	return OSML_EUNSUPPORTED;
}

void osml__os_terminal_close(struct osml__terminal *t)
{
	(void)t;
}
