/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* This library: the default buffer, one between guard pages, one in secretmem, and a block of the locked heap. */
#include <osmemlock.h>
#include <string.h>

#include "holder.h"

static osml_buffer_options with(uint32_t want)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	options.want |= want;
	options.policy = OSML_POLICY_STRICT;
	return options;
}

static void *hold_with(const void *secret, size_t size, uint32_t want)
{
	osml_buffer_options options = with(want);
	osml_buffer *held;
	if (osml_buffer_new(&held, size, &options) != 0)
		return NULL;
	osml_buffer_write(held, 0, secret, size);
	return held;
}

static void *read_with(int fd, size_t most, uint32_t want)
{
	osml_buffer_options options = with(want);
	osml_buffer *held;
	return osml_buffer_from_fd(&held, fd, most, &options, 0) == 0 ? held : NULL;
}

static const void *data(void *held)
{
	return osml_buffer_data(held);
}

static void release(void *held, size_t size)
{
	(void)size;
	osml_buffer_free(held);
}

static int use(void *held)
{
	void *bytes;
	int sum;
	if (osml_buffer_pin(held, &bytes, NULL) != 0)
		return -1;
	sum = sum_of(bytes);
	return osml_buffer_unpin(held) == 0 ? sum : -1;
}

static void close_held(void *held)
{
	osml_buffer_close(held);
}

static uint64_t reports(void)
{
	static const enum osml_info kinds[] = { OSML_INFO_CORRUPTIONS, OSML_INFO_DOUBLE_FREES, OSML_INFO_FOREIGN_FREES };
	uint64_t all = 0, one = 0;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		all += osml_info(kinds[i], &one) == 0 ? one : 0;
	return all;
}

#define KIND(name, want)                                          \
	static void *hold_##name(const void *secret, size_t size) \
	{                                                         \
		return hold_with(secret, size, want);             \
	}                                                         \
	static void *read_##name(int fd, size_t most)             \
	{                                                         \
		return read_with(fd, most, want);                 \
	}                                                         \
	static const struct subject subject_##name = { #name, 1, NULL, hold_##name, data, release };

KIND(pool, OSML_DEFAULT_PROTECTIONS)
KIND(guarded, OSML_GUARDED)
KIND(secretmem, OSML_SECRETMEM)

static void *take_variable(int fd, size_t most)
{
	osml_buffer *held;
	(void)fd;
	return osml_buffer_from_env(&held, "OSML_PROOF_SECRET", most, NULL, 0) == 0 ? held : NULL;
}

static void *hold_heap(const void *secret, size_t size)
{
	void *held = osml_malloc(size);
	if (held)
		memcpy(held, secret, size);
	return held;
}

static void release_heap(void *held, size_t size)
{
	(void)size;
	osml_free(held);
}

static const struct subject subject_heap = { "heap", 1, NULL, hold_heap, NULL, release_heap };

const struct holder holders[] = {
	{ "default", &subject_pool, read_pool, use, close_held, reports, NULL },
	{ "env", &subject_pool, take_variable, use, close_held, reports, NULL },
	{ "guarded", &subject_guarded, read_guarded, use, close_held, reports, NULL },
	{ "secretmem", &subject_secretmem, read_secretmem, use, close_held, reports, NULL },
	{ "heap", &subject_heap, NULL, NULL, NULL, reports, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};
