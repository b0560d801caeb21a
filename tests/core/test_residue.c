/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the calls that look at a secret leave on the stack below their caller: no eight bytes of it in a row (audit U8, R3). */
#define _GNU_SOURCE
#include "support.h"

#include <sys/random.h>

#define NOINLINE __attribute__((noinline))
#define DEPTH    4096
#define PIECE    8u

static unsigned char text[48], wanted[4];
static size_t text_len;

/* How many pieces lie in frames that have ended. Nothing is called meanwhile, which would write there. */
static NOINLINE size_t pieces_below(void)
{
	const volatile unsigned char *top = __builtin_frame_address(0);
	size_t found = 0;

	for (const volatile unsigned char *at = top - DEPTH; at + PIECE <= top; at++)
		for (size_t i = 0; i + PIECE <= text_len; i++) {
			size_t same = 0;
			while (same < PIECE && at[same] == text[i + same])
				same++;
			found += same == PIECE;
		}
	return found;
}

static NOINLINE void leave_a_piece(void)
{
	volatile unsigned char frame[512];

	for (size_t i = 0; i < sizeof frame; i++)
		frame[i] = text[i % PIECE];
}

static void set_text(const char *alphabet, const char *end)
{
	size_t letters = strlen(alphabet);

	CHECK(getrandom(text, 32, 0) == 32);
	for (size_t i = 0; i < 32; i++)
		text[i] = (unsigned char)alphabet[text[i] % letters];
	memcpy(text + 32, end, strlen(end));
	text_len = 32 + strlen(end);
}

static osml_buffer *buffer_of_text(void)
{
	osml_buffer *b;

	CHECK_RC(osml_buffer_new(&b, text_len, NULL), 0);
	CHECK_RC(osml_buffer_write(b, 0, text, text_len), 0);
	return b;
}

/* `left`: what was found right after the call. */
static void expect_nothing(size_t left)
{
	CHECK(left == 0);
	leave_a_piece();
	CHECK(pieces_below() > 0); /* control */
}

static bool frames_cannot_be_seen(void)
{
	return support_sanitized() || support_valgrind();
}

#define HEX     "0123456789abcdef"
#define LETTERS "ghijkmnopqrstuvwxyz"

static void a_decoder_leaves_nothing_whether_it_refuses_or_not(void **state)
{
	static const struct {
		const char *alphabet, *end;
		int rc;
	} texts[] = { { HEX, "", 0 },
		      { HEX, "\n:01:23", 0 },
		      { HEX, "012345 0", OSML_EFORMAT },
		      { HEX, "=", OSML_EFORMAT },
		      { LETTERS HEX, "g", OSML_EFORMAT },
		      { LETTERS, "", OSML_EFORMAT } };

	(void)state;
	if (frames_cannot_be_seen())
		SKIP("a stack frame that has ended cannot be looked at");
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		osml_buffer *b;
		size_t left;
		int rc;

		set_text(texts[i].alphabet, texts[i].end);
		b = buffer_of_text();
		osml_scrub();
		rc = osml_buffer_decode(b, OSML_HEX);
		left = pieces_below();
		CHECK_RC(rc, texts[i].rc);
		expect_nothing(left);
		osml_buffer_free(b);
	}
}

static void each_coding_leaves_nothing(void **state)
{
	static const unsigned codings[] = { OSML_HEX, OSML_BASE64, OSML_BASE64URL, OSML_BASE32 };

	(void)state;
	if (frames_cannot_be_seen())
		SKIP("a stack frame that has ended cannot be looked at");
	for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
		osml_buffer *b, *encoded;
		size_t left;

		set_text(HEX LETTERS "!", "");
		b = buffer_of_text();
		CHECK_RC(osml_buffer_encode(&encoded, b, codings[i], NULL), 0);
		left = pieces_below();
		expect_nothing(left);
		memcpy(text, osml_buffer_data(encoded), 32); /* now the digits are what is looked for */
		osml_scrub();
		CHECK_RC(osml_buffer_decode(encoded, codings[i]), 0);
		left = pieces_below();
		expect_nothing(left);
		osml_buffer_free(encoded);
		osml_buffer_free(b);
	}
}

static void comparing_and_searching_leave_nothing(void **state)
{
	osml_buffer *b;
	size_t at, left;
	int equal;

	(void)state;
	if (frames_cannot_be_seen())
		SKIP("a stack frame that has ended cannot be looked at");
#ifndef __OPTIMIZE__
	SKIP("without optimisation each word that is compared lies in the frame");
#endif
	set_text(HEX, "");
	b = buffer_of_text();
	memcpy(wanted, text + 20, sizeof wanted);
	osml_scrub();
	CHECK_RC(osml_buffer_equal_bytes(&equal, b, text, text_len), 0);
	left = pieces_below();
	CHECK(equal);
	expect_nothing(left);
	osml_scrub();
	CHECK_RC(osml_buffer_find(&at, b, 0, wanted, sizeof wanted), 0);
	left = pieces_below();
	CHECK(at <= 20);
	expect_nothing(left);
	osml_buffer_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_decoder_leaves_nothing_whether_it_refuses_or_not),
		cmocka_unit_test(each_coding_leaves_nothing),
		cmocka_unit_test(comparing_and_searching_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
