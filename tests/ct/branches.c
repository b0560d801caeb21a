/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * "The time depends on the lengths only, never on the contents" (audit T4, C10). To be run by valgrind: secrets are marked as undefined, so
 * that it reports each branch and each address that depends on them. The verdicts are defined again (verdict.h).
 */
#include <osmemlock.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

static int failed;

#define MUST(condition)                                                                                \
	do {                                                                                           \
		if (!(condition))                                                                      \
			printf("FAILED: line %d: %s\n", __LINE__, #condition), fflush(NULL), _Exit(1); \
	} while (0)

static osml_buffer *secret(const void *bytes, size_t n)
{
	osml_buffer *b;

	MUST(osml_buffer_new(&b, n, NULL) == 0 && osml_buffer_write(b, 0, bytes, n) == 0);
	VALGRIND_MAKE_MEM_UNDEFINED(osml_buffer_data(b), n);
	return b;
}

/* Valgrind counts what it reports; `wanted`: whether it has to, as for a control. */
static void judge(const char *name, unsigned before, bool wanted)
{
	bool reported = VALGRIND_COUNT_ERRORS > before;

	if (reported != wanted) {
		printf("FAILED: %s: %s\n", name, reported ? "depends on the secret" : "valgrind reports nothing");
		failed++;
	}
}

static void decodes(const char *name, unsigned coding, const char *text, const void *value, size_t n)
{
	osml_buffer *b = secret(text, strlen(text));
	unsigned before = VALGRIND_COUNT_ERRORS;
	int rc = osml_buffer_decode(b, coding);

	judge(name, before, false);
	MUST(rc == (value ? 0 : OSML_EFORMAT));
	MUST(!value || osml_buffer_size(b) == n);
	VALGRIND_MAKE_MEM_DEFINED(osml_buffer_data(b), osml_buffer_size(b));
	MUST(!value || memcmp(osml_buffer_data(b), value, n) == 0);
	osml_buffer_free(b);
}

static void encodes(const char *name, unsigned coding, const void *bytes, size_t n, const char *text)
{
	osml_buffer *b = secret(bytes, n), *out;
	unsigned before = VALGRIND_COUNT_ERRORS;

	MUST(osml_buffer_encode(&out, b, coding, NULL) == 0);
	judge(name, before, false);
	MUST(osml_buffer_size(out) == strlen(text));
	VALGRIND_MAKE_MEM_DEFINED(osml_buffer_data(out), osml_buffer_size(out));
	MUST(memcmp(osml_buffer_data(out), text, strlen(text)) == 0);
	osml_buffer_free(out);
	osml_buffer_free(b);
}

static void compares(const char *name, const void *one, const void *other, size_t n, int same)
{
	osml_buffer *a = secret(one, n), *b = secret(other, n);
	unsigned before = VALGRIND_COUNT_ERRORS;
	int equal = 2;

	MUST(osml_buffer_equal(&equal, a, b) == 0);
	judge(name, before, false);
	MUST(equal == same);
	MUST(osml_buffer_equal_bytes(&equal, a, other, n) == 0);
	judge(name, before, false);
	MUST(equal == same);
	osml_buffer_free(a);
	osml_buffer_free(b);
}

/* The place is the answer. */
static void finds(const char *name, const char *text, const char *wanted, size_t place)
{
	osml_buffer *b = secret(text, strlen(text));
	unsigned before = VALGRIND_COUNT_ERRORS;
	size_t at = 1;

	MUST(osml_buffer_find(&at, b, 0, wanted, strlen(wanted)) == 0);
	judge(name, before, false);
	MUST(at == place);
	osml_buffer_free(b);
}

/* What is taken over, and put together. */
static void joins(size_t n)
{
	static unsigned char bytes[600];
	osml_buffer *b, *out;
	unsigned before;

	VALGRIND_MAKE_MEM_UNDEFINED(bytes, n);
	before = VALGRIND_COUNT_ERRORS;
	MUST(osml_buffer_take(&b, bytes, n, NULL) == 0);
	MUST(osml_buffer_join(&out, (osml_piece[]){ { NULL, "x", 0, 1 }, { b, NULL, 1, OSML_TO_END } }, 2, NULL) == 0);
	judge("take, join", before, false);
	osml_buffer_free(out);
	osml_buffer_free(b);
}

/* What moves secrets may look at nothing but their length. */
static void moves(size_t n)
{
	static unsigned char bytes[600], back[600];
	osml_buffer *a = secret(bytes, n), *b = secret(bytes, n);
	unsigned before = VALGRIND_COUNT_ERRORS;

	MUST(osml_buffer_copy(b, 0, a, 0, n) == 0 && osml_buffer_copy(b, 0, b, n / 2, n / 2) == 0);
	MUST(osml_buffer_read(b, 0, back, n) == 0 && osml_buffer_write(a, 0, back, n) == 0);
	MUST(osml_buffer_verify(a, &(uint32_t){ 0 }) == 0 && osml_buffer_wipe(a) == 0);
	osml_buffer_free(a);
	osml_buffer_free(b);
	judge("copy, read, write, verify, wipe, free", before, false);
	VALGRIND_MAKE_MEM_DEFINED(back, sizeof back);
}

/* Each must be reported, else valgrind would be silent about the library as well. */
static void controls(void)
{
	static const char table[256];
	osml_buffer *b = secret("0f", 2);
	const unsigned char *digits = osml_buffer_data(b);
	unsigned before = VALGRIND_COUNT_ERRORS;
	volatile int sink = 0;

	if (digits[0] > '9')
		sink = 1;
	judge("control: a branch", before, true);
	before = VALGRIND_COUNT_ERRORS;
	sink = ((const volatile char *)table)[digits[1]];
	judge("control: a table", before, true);
	(void)sink;
	osml_buffer_free(b);
}

int main(void)
{
	static const char bytes[] = "\x00\xff\x10\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef\x00\x99";

	if (!RUNNING_ON_VALGRIND) {
		puts("FAILED: to be run by valgrind");
		return 1;
	}
	controls();
	decodes("hex", OSML_HEX, "00ff10aBCdEf0123456789abcdef0099", bytes, 16);
	decodes("hex, lines", OSML_HEX, "0x00:ff:10:aB\nCdEf0123456789ab-cdef0099\r\n", bytes, 16);
	decodes("hex, no digit", OSML_HEX, "00ff10aBCdEf01234567g9abcdef0099", NULL, 0);
	decodes("hex, no pair", OSML_HEX, "00ff10aBCdEf0123456789abcdef009", NULL, 0);
	for (unsigned coding = OSML_BASE64; coding <= OSML_BASE64URL; coding++) {
		decodes("base64", coding, "AP8Qq83vASNFZ4mrze8AmQ==", bytes, 16);
		decodes("base64, lines", coding, "AP8Qq83vASN\nFZ4mrze8AmQ==\n", bytes, 16);
		decodes("base64, no padding", coding, "AP8Qq83vASNFZ4mrze8AmQ", bytes, 16);
		decodes("base64, one digit of padding", coding, "+/-_+z8=", "\xfb\xff\xbf\xfb\x3f", 5);
		decodes("base64, no digit", coding, "AP8Qq83vASNF*4mrze8AmQ==", NULL, 0);
		decodes("base64, bits left", coding, "AP8Qq83vASNFZ4mrze8AmR==", NULL, 0);
	}
	decodes("base32", OSML_BASE32, "AD7RBK6N54ASGRLHRGV433YATE======", bytes, 16);
	decodes("base32, lines", OSML_BASE32, "ad7r bk6n 54as\ngrlh rgv4 33ya te", bytes, 16);
	decodes("base32, no digit", OSML_BASE32, "AD7RBK6N54ASGRLHRGV433YAT1======", NULL, 0);
	encodes("hex", OSML_HEX, bytes, 16, "00ff10abcdef0123456789abcdef0099");
	encodes("base64", OSML_BASE64, bytes, 16, "AP8Qq83vASNFZ4mrze8AmQ==");
	encodes("base64url", OSML_BASE64URL, "\xfb\xff\xbf\xfb\x3f", 5, "-_-_-z8");
	encodes("base32", OSML_BASE32, bytes, 16, "AD7RBK6N54ASGRLHRGV433YATE======");
	finds("find", "sesame, sesamo, sesami", "sesami", 16);
	finds("find nothing", "sesame, sesamo, sesami", "sesamu", OSML_NOT_FOUND);
	for (size_t n = 0; n < sizeof bytes; n++)
		compares("equal", bytes, bytes, n, 1);
	compares("equal, the first differs", "\x01\xff\x10", bytes, 3, 0);
	compares("equal, the last differs", "\x00\xff\x11", bytes, 3, 0);
	for (size_t n = 1; n < 600; n += 33)
		moves(n), joins(n);
	printf("branches: %d failed\n", failed);
	return failed > 0;
}
