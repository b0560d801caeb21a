/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Bytes become calls; beside every buffer and every page stands a model in ordinary memory that says what each call must answer.
 *
 *   fuzz_calls.c    the entry: one input, one life of the library's objects
 *   model.c         input bytes, what a state must answer
 *   model_text.c    what a text decodes to, and how bytes are encoded
 *   on_buffer.c     calls on buffers and their bytes
 *   on_heap.c       calls on the locked heap
 *   on_source.c     calls between buffers and descriptors
 *   on_text.c       calls that join, cut, compare, encode and decode
 *   on_region.c     region locks, compared with /proc/self/smaps
 *   replay.c        a main() that runs files, where there is no libFuzzer
 */
#ifndef OSML_TESTS_FUZZ_H
#define OSML_TESTS_FUZZ_H

#include <osmemlock.h>

#include <stdbool.h>
#include <stddef.h>

#define EXPECT(condition)         fuzz_expect(condition, #condition, __FILE__, __LINE__)
#define EXPECT_RC(call, expected) fuzz_expect_rc(call, expected, #call, __FILE__, __LINE__)

void fuzz_expect(bool holds, const char *text, const char *file, int line);
void fuzz_expect_rc(int rc, int expected, const char *text, const char *file, int line);

/* ---- Input: an exhausted one yields zeros ---- */
struct input {
	const unsigned char *at;
	size_t left;
};
unsigned fuzz_byte(struct input *in);
size_t fuzz_size(struct input *in);   /* 0 to 8191, mostly small */
size_t fuzz_offset(struct input *in); /* the same, or close to SIZE_MAX */
void fuzz_bytes(struct input *in, unsigned char *bytes, size_t n);

/* ---- Buffers ---- */
enum life { NONE, OPEN, CLOSING, CLOSED };

struct subject {
	osml_buffer *b; /* NULL: NONE */
	enum life life;
	unsigned char *bytes; /* what the buffer must hold, while OPEN */
	size_t len;
	size_t alignment;
	uint32_t held;
	unsigned access;
	unsigned pins;
	const unsigned char *pinned; /* what the pins borrowed */
};

#define SUBJECTS 6u
extern struct subject subjects[SUBJECTS];
struct subject *fuzz_subject(struct input *in);

/* What the library must answer; 0: go on. */
int model_hold(const struct subject *s, unsigned access);
int model_enter(const struct subject *s, unsigned access, size_t offset, size_t n);
int model_claim(const struct subject *s, unsigned access);

/* model_text.c: the length of what the text is decoded to, now in `out`, or SIZE_MAX; and that of the text, which has room for 2 * n and 8. */
size_t model_decode(unsigned char *out, const unsigned char *text, size_t n, unsigned coding);
size_t model_encode(unsigned char *out, const unsigned char *bytes, size_t n, unsigned coding);

struct options {
	osml_buffer_options o;
	unsigned char newer_fields[16]; /* of a header that does not exist yet */
};
const osml_buffer_options *fuzz_options(struct input *in, struct options *options);
/* Judges a constructor's `rc` for valid or invalid `options`; true when there must be a buffer. */
bool model_made(int rc, const osml_buffer *b, const osml_buffer_options *options);

void subject_adopt(struct subject *s, osml_buffer *b, const osml_buffer_options *options, const unsigned char *bytes, size_t len);
void subject_check(const struct subject *s); /* all that can be seen of it agrees with the model */
void subject_drop(struct subject *s);        /* freed */

typedef void fuzz_op(struct input *in);
fuzz_op op_new, op_write, op_read, op_fill, op_random, op_copy, op_wipe, op_equal, op_pin, op_unpin, op_close, op_free, op_protect,
        op_overrun, op_verify, op_purge, op_trim, op_scrub;
fuzz_op op_from_fd, op_write_fd, op_read_fd, op_from_command;
fuzz_op op_write_text, op_decode_hex, op_decode_base64, op_decode, op_encode, op_join, op_take, op_find, op_equal_bytes;
fuzz_op op_region_lock, op_region_unlock;
fuzz_op op_malloc, op_realloc, op_heap_free;

void heap_end(void); /* frees all, and looks whether all is gone */

void regions_start(void);
void regions_end(void); /* compares, releases all, compares again */

#endif
