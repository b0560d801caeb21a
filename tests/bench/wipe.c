/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* osml_buffer_wipe() beside explicit_bzero() of the very same bytes. */
#include <osmemlock.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"

static osml_buffer *target;

static void make(size_t len)
{
	if (osml_buffer_new(&target, len, NULL) != 0)
		abort();
}

static void make_large(void)
{
	make(1 << 20);
}

static void make_small(void)
{
	make(32);
}

static void plain(int times)
{
	void *data = osml_buffer_data(target);
	size_t len = osml_buffer_size(target);
	for (int i = 0; i < times; i++)
		explicit_bzero(data, len);
}

static void wipe(int times)
{
	for (int i = 0; i < times; i++)
		osml_buffer_wipe(target);
}

static const struct contender contenders[] = {
	{ "explicit_bzero", plain },
	{ "the same again (control)", plain },
	{ "osml_buffer_wipe", wipe },
};

struct comparison wipe_large = {
	.title = "wipe of 1 MiB", .start = make_large, .contenders = contenders, .count = 3, .rounds = 301, .times = 5
};
struct comparison wipe_small = {
	.title = "wipe of 32 B", .start = make_small, .contenders = contenders, .count = 3, .rounds = 301, .times = 2000
};
