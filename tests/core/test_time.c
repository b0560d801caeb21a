/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * "The time depends on the lengths only, never on the contents" (audit T4). Clocks are noisy, instructions are not: a child is stepped through
 * the call one instruction at a time, and their number must be the same whatever the bytes are. Tables would not show here; branches do.
 */
#define _GNU_SOURCE
#include "support.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define CASES      8u
#define NOT_TRACED 3 /* the child's exit status */

/* In the child: prepares case `i`, and is called again to do what is measured. */
struct subject {
	void (*prepare)(unsigned i);
	void (*act)(void);
	unsigned cases;
};

/* ---- The child ---- */

/* A signal is where the parent begins and ends to count; it never arrives. The first round finds what is bound, mapped or drawn once. */
static void be_stepped(const struct subject *subject)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(NOT_TRACED);
	subject->prepare(0);
	raise(SIGUSR2);
	subject->act();
	for (unsigned i = 0; i < subject->cases; i++) {
		subject->prepare(i);
		raise(SIGUSR1);
		subject->act();
		raise(SIGUSR1);
	}
	_exit(0);
}

/* ---- The parent ---- */

/* Goes on until a signal or the end; `step`: by single instructions, which are counted. -1: this machine cannot step. */
static int next_signal(pid_t child, bool step, unsigned long *steps)
{
	int status;

	for (*steps = 0;; ++*steps) {
		if (ptrace(step ? PTRACE_SINGLESTEP : PTRACE_CONT, child, NULL, NULL))
			return -1;
		CHECK(waitpid(child, &status, 0) == child);
		if (!WIFSTOPPED(status))
			return WEXITSTATUS(status);
		if (WSTOPSIG(status) != SIGTRAP)
			return WSTOPSIG(status);
	}
}

static void give_up(pid_t child, const char *reason)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	SKIP(reason);
}

static void count_steps(const struct subject *subject, unsigned long *counts)
{
	unsigned long unused;
	int status;
	pid_t child;

	if (support_valgrind() || support_sanitized())
		SKIP("the instructions of an instrumented program are not the library's");
	fflush(NULL);
	child = fork();
	if (child == 0)
		be_stepped(subject);
	CHECK(waitpid(child, &status, 0) == child);
	if (!WIFSTOPPED(status)) {
		CHECK(WEXITSTATUS(status) == NOT_TRACED);
		SKIP("ptrace(2) is not allowed here");
	}
	for (unsigned i = 0; i < subject->cases; i++) {
		int reached = next_signal(child, false, &unused);
		if (reached != SIGUSR1)
			give_up(child, "the child cannot be traced to its marks");
		if (next_signal(child, true, &counts[i]) != SIGUSR1)
			give_up(child, "this machine cannot step");
	}
	CHECK(next_signal(child, false, &unused) == 0);
}

static bool all_the_same(const unsigned long *counts, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
		if (counts[i] != counts[0])
			return false;
	return true;
}

static void assert_blind(void (*prepare)(unsigned i), void (*act)(void), unsigned cases)
{
	struct subject subject = { prepare, act, cases };
	unsigned long counts[CASES];

	count_steps(&subject, counts);
	for (unsigned i = 0; i < cases; i++) {
		if (counts[i] != counts[0])
			print_error("case %u takes %lu instructions, case 0 takes %lu\n", i, counts[i], counts[0]);
	}
	assert_true(all_the_same(counts, cases));
}

/* ---- Equal ---- */

static size_t len;
static osml_buffer *a, *b;

static osml_buffer *new_buffer(void)
{
	osml_buffer *new;

	CHECK_RC(osml_buffer_new(&new, len, NULL), 0);
	return new;
}

/* Where two buffers differ: nowhere, in the first byte, the last, one between, all, or by one bit each end. */
static void differ(unsigned i)
{
	static const size_t everywhere = ~(size_t)0;
	const size_t places[] = { everywhere, 0, len - 1, len / 2, len / 3, 1 % len };
	unsigned char *bytes;

	if (!a) {
		a = new_buffer();
		b = new_buffer();
	}
	CHECK_RC(osml_buffer_fill(a, 0, 0x5A, len), 0);
	CHECK_RC(osml_buffer_fill(b, 0, i == 1 ? 0xA5 : 0x5A, len), 0);
	bytes = osml_buffer_data(b);
	if (i > 1)
		bytes[places[i - 1]] ^= 1;
}

static void compare(void)
{
	int equal;

	CHECK_RC(osml_buffer_equal(&equal, a, b), 0);
}

static void equal_takes_the_same_steps_wherever_the_difference_is(void **state)
{
	static const size_t lengths[] = { 1, 33, 200 };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		len = lengths[i];
		assert_blind(differ, compare, 7);
	}
}

static volatile int answer;

static void compare_with_an_early_end(void)
{
	const volatile unsigned char *x = osml_buffer_data(a), *y = osml_buffer_data(b);
	size_t i = 0;

	while (i < len && x[i] == y[i])
		i++;
	answer = i == len;
}

/* The control of all tests here. */
static void a_comparison_that_ends_early_is_seen(void **state)
{
	struct subject subject = { differ, compare_with_an_early_end, 4 };
	unsigned long counts[CASES];

	(void)state;
	len = 64;
	count_steps(&subject, counts);
	assert_true(counts[0] > counts[1]);
	assert_int_equal(counts[1], counts[2]); /* the first byte differs in both */
	assert_true(counts[3] > counts[2]);
}

/* ---- Decoders ---- */

static const char *const *texts;

static void take_text(unsigned i)
{
	osml_buffer_free(a);
	len = strlen(texts[i]);
	a = new_buffer();
	CHECK_RC(osml_buffer_write(a, 0, texts[i], len), 0);
}

static unsigned coding;
static int expected;

static void decode(void)
{
	CHECK_RC(osml_buffer_decode(a, coding), expected);
}

static void encode(void)
{
	osml_buffer *out;

	CHECK_RC(osml_buffer_encode(&out, a, coding, NULL), 0);
	osml_buffer_free(out);
}

static void assert_blind_to_digits(unsigned of, int rc, const char *const digits[4])
{
	coding = of;
	expected = rc;
	texts = digits;
	assert_blind(take_text, decode, 4);
}

static void decoding_takes_the_same_steps_whatever_the_digits_are(void **state)
{
	static const char *const hex[] = { "00000000000000000000:00", "99999999999999999999:99", "fFFffFFfFfffFFFFfffF:fF",
		                           "0123456789abcdefABCD:F0" };
	static const char *const base64[] = { "AAAAAAAAAAAAAAAAAAA\nA", "zzzzzzzzzzzzzzzzzzz\nz", "++++++----/////////\n_",
		                              "AZaz09+/-_MmNn55++/\n/" };
	static const char *const base32[] = { "AAAAAAAAAAAAAAAA AAA A====", "77777777zzzzzzzz 777 Q====", "234567ABCDEFGXYZ abc q====",
		                              "aAbBcCdD2m3m4m5m ZzZ A====" };

	(void)state;
	assert_blind_to_digits(OSML_HEX, 0, hex);
	assert_blind_to_digits(OSML_BASE64, 0, base64);
	assert_blind_to_digits(OSML_BASE64URL, 0, base64);
	assert_blind_to_digits(OSML_BASE32, 0, base32);
}

/* The time tells where the wrong one is, as the message tells the line; but not what the others are. */
static void refusing_takes_the_same_steps_whatever_the_other_digits_are(void **state)
{
	static const char *const hex[] = { "0000000000x000000000", "9999999999?999999999", "ffffffffff\377fffffffff",
		                           "0f9A3B1bCcg000000000" };

	(void)state;
	assert_blind_to_digits(OSML_HEX, OSML_EFORMAT, hex);
}

/* ---- Encoders, a search ---- */

static void take_pattern(unsigned i)
{
	static const unsigned char values[] = { 0, 0xFF, 0x80, 0x5A };

	osml_buffer_free(a);
	a = new_buffer();
	CHECK_RC(osml_buffer_fill(a, 0, values[i], len), 0);
}

static void encoding_takes_the_same_steps_whatever_the_bytes_are(void **state)
{
	(void)state;
	len = 37;
	for (coding = OSML_HEX; coding <= OSML_BASE32; coding++)
		assert_blind(take_pattern, encode, 4);
}

static void search(void)
{
	size_t at;

	CHECK_RC(osml_buffer_find(&at, a, 0, "\xff\xff\xff\xfe", 4), 0);
	CHECK(at == OSML_NOT_FOUND);
}

/* As long as the bytes are not there, however much of them is. */
static void a_search_takes_the_same_steps_whatever_the_bytes_are(void **state)
{
	(void)state;
	len = 50;
	assert_blind(take_pattern, search, 4);
}

/* ---- Moving bytes ---- */

static void take_bytes(unsigned i)
{
	static const unsigned char values[] = { 0, 0xFF, 0x80, 0x5A };

	differ(0);
	CHECK_RC(osml_buffer_fill(a, 0, values[i], len), 0);
}

static void move_around(void)
{
	unsigned char out[300];

	CHECK_RC(osml_buffer_read(a, 0, out, len), 0);
	CHECK_RC(osml_buffer_copy(b, 0, a, 0, len), 0);
	CHECK_RC(osml_buffer_write(a, 0, out, len), 0);
	CHECK_RC(osml_buffer_wipe(b), 0);
	osml_wipe(out, sizeof out);
}

static void moving_and_wiping_take_the_same_steps_whatever_the_bytes_are(void **state)
{
	static const size_t lengths[] = { 7, 300 };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		len = lengths[i];
		assert_blind(take_bytes, move_around, 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_comparison_that_ends_early_is_seen),
		cmocka_unit_test(equal_takes_the_same_steps_wherever_the_difference_is),
		cmocka_unit_test(decoding_takes_the_same_steps_whatever_the_digits_are),
		cmocka_unit_test(refusing_takes_the_same_steps_whatever_the_other_digits_are),
		cmocka_unit_test(encoding_takes_the_same_steps_whatever_the_bytes_are),
		cmocka_unit_test(a_search_takes_the_same_steps_whatever_the_bytes_are),
		cmocka_unit_test(moving_and_wiping_take_the_same_steps_whatever_the_bytes_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
