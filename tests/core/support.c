/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "support.h"

#include <errno.h>

#include "life.h"
#include "os_fake.h"
#include "storage.h"

int __real_osml__os_sanitized(void); /* past the fake, which may be counting */

/* ---- Checks ---- */

void support_check(bool ok, const char *what, const char *file, int line)
{
	if (ok)
		return;
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	support_fail(file, line);
}

void support_check_rc(int rc, int expected, const char *what, const char *file, int line)
{
	if (rc == expected)
		return;
	fprintf(stderr, "%s:%d: %s: %d (%s), expected %d (%s)\n", file, line, what, rc, osml_error_name(rc), expected,
	        osml_error_name(expected));
	support_fail(file, line);
}

/* ---- Children ---- */

void support_test_in_child(void **state)
{
	IN_CHILD((void (*)(void *)) * state, NULL);
}

void support_check_child(int status, const char *what, const char *file, int line)
{
	if (status == 0)
		return;
	fprintf(stderr, "%s:%d: %s in a child: status %d\n", file, line, what, status);
	support_fail(file, line);
}

int support_refused_lock(int rc)
{
	return (rc == -ENOMEM || rc == -EAGAIN) && support_lock_limit_binds() ? OSML_ELIMIT : rc;
}

/* ---- Where we run ---- */

bool support_sanitized(void)
{
	return __real_osml__os_sanitized();
}

/* On Linux the other one is musl. */
bool support_glibc(void)
{
#ifdef __GLIBC__
	return true;
#else
	return false;
#endif
}

bool support_secretmem(void)
{
	uint64_t offered = 0;

	return osml_info(OSML_INFO_SUPPORTED_PROTECTIONS, &offered) == 0 && offered & OSML_SECRETMEM;
}

bool support_is_zero(const osml_buffer *b)
{
	const unsigned char *data = osml_buffer_data(b);

	for (size_t i = 0; i < osml_buffer_size(b) + 1; i++)
		if (data[i])
			return false;
	return true;
}

/* ---- Nothing is left behind ---- */

void support_settle(void)
{
	osml__storage_trim();
}

/*
 * Handles are kept for ever, in chunks that grow. A chunk is whole pages and has a head, so where one handle does not follow the other a new
 * chunk begins. Called by osml__handle_each(), which knows no argument.
 */
static uintptr_t chunk_start, chunk_end;
static size_t handle_bytes;

static void end_of_chunk(void)
{
	uintptr_t mask = support_page_size() - 1;

	if (chunk_end)
		handle_bytes += ((chunk_end + mask) & ~mask) - (chunk_start & ~mask) + 2 * support_page_size(); /* and guards */
}

static void add_handle(osml_buffer *b)
{
	if ((uintptr_t)b != chunk_end) {
		end_of_chunk();
		chunk_start = (uintptr_t)b;
	}
	chunk_end = (uintptr_t)(b + 1);
}

static size_t count_handle_bytes(void)
{
	handle_bytes = chunk_start = chunk_end = 0;
	osml__handle_each(add_handle);
	end_of_chunk();
	return handle_bytes;
}

/* So is the page with the generation of the process (life.h). */
static size_t generation_bytes(void)
{
	uintptr_t word = (uintptr_t)atomic_load(&osml__generation_word);

	return word % support_page_size() == 0 ? support_page_size() : 0;
}

static size_t mapped_for_a_while(void)
{
	size_t all = fake_mapped();

	return all == FAKE_NOT_COUNTED ? 0 : all - count_handle_bytes() - generation_bytes();
}

struct support_snapshot support_snapshot(void)
{
	support_settle();
	return (struct support_snapshot){ support_locked_kib(), support_open_fds(), mapped_for_a_while() };
}

void support_assert_back_to(struct support_snapshot before, const char *file, int line)
{
	struct support_snapshot now = support_snapshot();

	if (now.locked_kib == before.locked_kib && now.fds == before.fds && now.mapped == before.mapped)
		return;
	fprintf(stderr, "%s:%d: left behind: VmLck %zu -> %zu kB, descriptors %zu -> %zu, mapped %zu -> %zu bytes\n", file, line,
	        before.locked_kib, now.locked_kib, before.fds, now.fds, before.mapped, now.mapped);
	support_fail(file, line);
}

osml_buffer *support_secret(size_t len, uint32_t want)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;

	o.want = want;
	CHECK_RC(osml_buffer_new(&b, len, &o), 0);
	CHECK_RC(osml_buffer_fill(b, 0, 0xEE, len), 0);
	return b;
}
