/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * No call leaves four bytes of a secret in a register (audit C10, R3): nothing may overwrite vector registers for long, a core file contains them,
 * and a general one is saved to the stack by whoever is called next. x86-64 only.
 */
#include <osmemlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Compilers without the attribute leave the last word of a copy in a general register. */
#if defined(__has_attribute)
#if __has_attribute(zero_call_used_regs)
#define GENERAL 9
#endif
#endif
#ifndef GENERAL
#define GENERAL 0
#endif
#define VECTORS 32
#define MOST    9000 /* bytes of a secret */

uint64_t general_registers[9];
unsigned char vector_registers[VECTORS][64];
unsigned vector_bytes = 16;
void save_registers(void);
void clear_registers(void);
void osml__copy(void *to, const void *from, size_t n); /* core/src/copy.c */

static unsigned char secret[MOST], text[2 * MOST], values[2 * MOST];
static size_t secret_len, text_len;
static int failed;

#define MUST(condition)                                                                 \
	do {                                                                            \
		if (!(condition))                                                       \
			printf("FAILED: line %d: %s\n", __LINE__, #condition), exit(1); \
	} while (0)

static uint64_t lane(const unsigned char *at, size_t width)
{
	uint64_t value = 0;

	memcpy(&value, at, width);
	return value;
}

/* How many lanes from `at` on hold consecutive bytes of the needle, each more by the same constant. What is constant itself counts as one. */
static unsigned run(const unsigned char *at, size_t lanes, size_t width, const unsigned char *needle, size_t n)
{
	uint64_t mask = width == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * width) - 1, added = lane(at, width) - needle[0];
	unsigned length = 0, changes = 0;

	while (length < lanes && length < n && ((lane(at + length * width, width) - needle[length] - added) & mask) == 0) {
		changes += length && needle[length] != needle[length - 1];
		length++;
	}
	return changes < 2 ? 1 : length;
}

/* The same bytes tell it all; with a constant added, or as values of digits, so do a few more, and by chance they come less seldom. */
static bool found_in(const unsigned char *bytes, size_t size, const unsigned char *needle, size_t n)
{
	for (size_t width = 1; width <= 8; width *= 2)
		for (size_t at = 0; at + width <= size; at += width)
			for (size_t from = 0; from < n; from++) {
				unsigned length = run(bytes + at, (size - at) / width, width, needle + from, n - from);
				if (length >= (lane(bytes + at, width) == needle[from] && needle != values ? 4 : 6))
					return true;
			}
	return false;
}

static const char *found(const unsigned char *needle, size_t n)
{
	static const unsigned char cleared[64];
	static char name[20];

	for (unsigned i = 0; i < GENERAL; i++)
		if (found_in((unsigned char *)&general_registers[i], 8, needle, n))
			return "a general register";
	for (unsigned i = 0; i < VECTORS; i++)
		if (memcmp(vector_registers[i], cleared, sizeof cleared) && found_in(vector_registers[i], 64, needle, n)) {
			snprintf(name, sizeof name, "vector %u", i);
			return name;
		}
	return NULL;
}

/* After save_registers(). What a program before it left there was cleared. */
static void judge(const char *call, bool wanted)
{
	const char *where = found(secret, secret_len);

	where = where ? where : found(text, text_len);
	where = where ? where : found(values, text_len);
	if (wanted == !where) {
		printf("FAILED: %s, %zu bytes: %s\n", call, secret_len, where ? where : "not found");
		failed++;
	}
}

#define LEAVES_NOTHING(call)         \
	do {                         \
		int rc_;             \
		clear_registers();   \
		rc_ = (call);        \
		save_registers();    \
		MUST(rc_ == 0);      \
		judge(#call, false); \
	} while (0)

static void make_secret(size_t n)
{
	uint32_t state = (uint32_t)n;

	for (size_t i = 0; i < n; i++) {
		state = state * 1664525 + 1013904223;
		secret[i] = (unsigned char)(33 + (state >> 16) % 90);
	}
	secret_len = n;
	text_len = 0;
}

static void make_text(const char *digits, unsigned bits, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		values[i] = (unsigned char)((secret[i / 2] >> (i % 2 ? 0 : 8 - bits)) & ((1u << bits) - 1));
		text[i] = (unsigned char)digits[values[i]];
	}
	text_len = n;
}

static osml_buffer *filled(const void *bytes, size_t n)
{
	osml_buffer *b;

	MUST(osml_buffer_new(&b, n, NULL) == 0 && osml_buffer_write(b, 0, bytes, n) == 0);
	return b;
}

static int closed(osml_buffer *b)
{
	osml_buffer_free(b);
	return 0;
}

/* What the copy itself leaves, before its caller overwrites some of that: the next caller may not. */
static void test_copy(size_t n)
{
	static unsigned char back[MOST];

	make_secret(n);
	clear_registers();
	osml__copy(back, secret, n);
	save_registers();
	judge("osml__copy, upward", false);
	clear_registers();
	osml__copy(back + 1, back, n - 1);
	save_registers();
	judge("osml__copy, downward", false);
}

static void test_bytes(size_t n)
{
	static unsigned char back[MOST];
	osml_buffer *b, *c;
	int equal, ends[2];
	uint32_t held;

	make_secret(n);
	b = filled(secret, n), c = filled(secret, n);
	LEAVES_NOTHING(osml_buffer_write(b, 0, secret, n));
	LEAVES_NOTHING(osml_buffer_read(b, 0, back, n));
	LEAVES_NOTHING(osml_buffer_copy(c, 0, b, 0, n));
	LEAVES_NOTHING(osml_buffer_copy(c, 1, c, 0, n - 1));
	LEAVES_NOTHING(osml_buffer_copy(c, 0, c, 1, n - 1));
	LEAVES_NOTHING(osml_buffer_equal(&equal, b, c));
	LEAVES_NOTHING(osml_buffer_verify(b, &held));
	LEAVES_NOTHING(closed(b));
	LEAVES_NOTHING(closed(c));
	MUST(pipe(ends) == 0 && write(ends[1], secret, n) == (ssize_t)n && close(ends[1]) == 0);
	LEAVES_NOTHING(osml_buffer_from_fd(&b, ends[0], MOST, NULL, OSML_TRIM_NEWLINE));
	LEAVES_NOTHING(osml_buffer_wipe(b));
	osml_buffer_free(b);
	close(ends[0]);
}

static const struct {
	unsigned coding, bits;
	const char *alphabet;
} codings[] = {
	{ OSML_HEX, 4, "0123456789abcdef" },
	{ OSML_BASE64, 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" },
	{ OSML_BASE64URL, 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" },
	{ OSML_BASE32, 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" },
};

/* Whole groups of digits, so that no padding is needed. */
static void test_codings(size_t n)
{
	osml_buffer *b, *out;

	for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
		make_secret(n);
		make_text(codings[i].alphabet, codings[i].bits, n / codings[i].bits * 8);
		b = filled(text, text_len);
		LEAVES_NOTHING(osml_buffer_decode(b, codings[i].coding));
		LEAVES_NOTHING(osml_buffer_encode(&out, b, codings[i].coding, NULL));
		MUST(osml_buffer_size(out) == text_len && memcmp(osml_buffer_data(out), text, text_len) == 0);
		osml_buffer_free(out);
		osml_buffer_free(b);
	}
}

static void test_text(size_t n)
{
	static unsigned char back[MOST];
	osml_buffer *b, *out;
	size_t at;
	int equal;

	make_secret(n);
	memcpy(back, secret, n);
	LEAVES_NOTHING(osml_buffer_take(&b, back, n, NULL));
	LEAVES_NOTHING(osml_buffer_equal_bytes(&equal, b, secret, n));
	LEAVES_NOTHING(osml_buffer_find(&at, b, 0, "\xff\xfe\xfd\xfc", 4));
	LEAVES_NOTHING(osml_buffer_join(&out, (osml_piece[]){ { b, NULL, 0, n }, { NULL, secret, 0, n } }, 2, NULL));
	osml_buffer_free(out);
	osml_buffer_free(b);
}

static void controls(void)
{
	make_secret(64);
	clear_registers();
	__asm__ __volatile__("movdqu %0, %%xmm7" : : "m"(secret[5]) : "xmm7");
	save_registers();
	judge("control: a vector register", true);
	clear_registers();
	__asm__ __volatile__("movq %0, %%xmm9\n\tpxor %%xmm8, %%xmm8\n\tpunpcklbw %%xmm8, %%xmm9" : : "m"(secret[9]) : "xmm8", "xmm9");
	save_registers();
	judge("control: 16 bits for each byte", true);
	clear_registers();
	__asm__ __volatile__("mov %0, %%r10d" : : "m"(secret[11]) : "r10");
	save_registers();
	judge("control: a general register", GENERAL > 0);
	clear_registers();
	save_registers();
	judge("control: nothing", false);
}

int main(void)
{
	if (__builtin_cpu_supports("avx512f"))
		vector_bytes = 64;
	else if (__builtin_cpu_supports("avx"))
		vector_bytes = 32;
	controls();
	for (size_t n = 8; n < 80; n += 5)
		test_copy(n), test_bytes(n), test_codings(n), test_text(n);
	for (size_t n = 240; n < 300; n += 29)
		test_copy(n), test_bytes(n), test_codings(n), test_text(n);
	for (size_t n = 1031; n < MOST; n += 2389) /* the last is a long run, of one instruction */
		test_copy(n), test_bytes(n);
	if (!GENERAL)
		puts("SKIP: general registers: this compiler has no attribute zero_call_used_regs");
	printf("registers: %d failed\n", failed);
	return failed > 0;
}
