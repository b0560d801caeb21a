/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The control of dlopen_thread.c: a library that nothing keeps in memory. */
#include <osmemlock.h>

int osml_buffer_new(osml_buffer **out, size_t len, const osml_buffer_options *options)
{
	(void)len;
	(void)options;
	*out = NULL;
	return 0;
}

void osml_buffer_free(osml_buffer *b)
{
	(void)b;
}
