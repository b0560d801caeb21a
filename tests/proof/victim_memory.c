/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The kinds of memory that a secret can lie in. The secret is computed in place, so that exactly one copy exists. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "needle.h"
#include "victim.h"

#define PAGES_LEN 100000 /* more than the pool takes */

static void make_plain(const struct kind *kind, uint64_t seed)
{
	held.plain = malloc(kind->len);
	if (held.plain == NULL)
		exit(3);
	needle_put(held.plain, seed);
}

/* A "0 found" must not come from a secret that was never there, and secretmem shows nothing to the scanner even while it is. */
static void make_buffer(const struct kind *kind, uint64_t seed)
{
	osml_buffer_options options = strict(kind->want);
	must("osml_buffer_new", osml_buffer_new(&held.buffer, kind->len, &options));
	unsigned char *data = osml_buffer_data(held.buffer);
	needle_put(data, seed);
	if (!needle_is(data, seed))
		must("the buffer keeps what was written", OSML_ECORRUPT);
}

static void make_hidden(const struct kind *kind, uint64_t seed)
{
	make_buffer(kind, seed);
	must("osml_buffer_protect", osml_buffer_protect(held.buffer, OSML_ACCESS_NONE));
}

/* Works with the secret in every way that leaves one copy, to catch what the library's own work spills to the stack or the heap. */
static void make_used(const struct kind *kind, uint64_t seed)
{
	osml_buffer *copy;
	osml_buffer_options options = strict(kind->want);
	int equal = 0;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	make_buffer(kind, seed);
	must("osml_buffer_new", osml_buffer_new(&copy, 2 * kind->len, &options));
	must("osml_buffer_copy", osml_buffer_copy(copy, 7, held.buffer, 0, kind->len));
	must("osml_buffer_copy", osml_buffer_copy(copy, 9, copy, 7, kind->len));
	must("osml_buffer_equal", osml_buffer_equal(&equal, copy, held.buffer));
	must("osml_buffer_write_fd", osml_buffer_write_fd(copy, null, NULL));
	must("osml_buffer_write", osml_buffer_write(copy, 0, osml_buffer_data(held.buffer), kind->len));
	must("osml_buffer_wipe", osml_buffer_wipe(copy));
	osml_buffer_free(copy);
}

static void make_region(const struct kind *kind, uint64_t seed)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	held.plain = aligned_alloc(page, page);
	must("osml_region_lock", osml_region_lock(&held.region, held.plain, page, kind->want == OSML_NODUMP ? OSML_REGION_DONTDUMP : 0));
	needle_put(held.plain, seed);
}

const struct kind memory_kinds[] = {
	{ "plain", make_plain, 0, NEEDLE_LEN },
	{ "pool", make_buffer, OSML_DEFAULT_PROTECTIONS, NEEDLE_LEN },
	{ "large", make_buffer, OSML_DEFAULT_PROTECTIONS, PAGES_LEN },
	{ "guarded", make_buffer, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, NEEDLE_LEN },
	{ "guarded-none", make_hidden, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, NEEDLE_LEN },
	{ "secretmem", make_buffer, OSML_SECRETMEM | OSML_CANARY, NEEDLE_LEN },
	{ "nofork", make_buffer, OSML_LOCKED | OSML_NODUMP | OSML_NOFORK | OSML_CANARY, NEEDLE_LEN },
	{ "keep", make_buffer, OSML_LOCKED | OSML_NODUMP | OSML_CANARY, NEEDLE_LEN },
	{ "used", make_used, OSML_DEFAULT_PROTECTIONS, NEEDLE_LEN },
	{ "region", make_region, OSML_NODUMP, 0 },
	{ "region-dumpable", make_region, 0, 0 },
	{ NULL, NULL, 0, 0 },
};
