/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What an answer means. The values are written out here once more: they are ABI, and a changed header must fail. */
#include "support.h"

#include <errno.h>
#include <limits.h>

static const struct {
	int rc, value;
	const char *name, *word; /* a word that its message must have */
} codes[] = {
	{ OSML_OK, 0, "OSML_OK", "success" },
	{ OSML_EUNSUPPORTED, -10001, "OSML_EUNSUPPORTED", "platform" },
	{ OSML_EINVAL, -10002, "OSML_EINVAL", "invalid" },
	{ OSML_ERANGE, -10003, "OSML_ERANGE", "outside" },
	{ OSML_ELIMIT, -10004, "OSML_ELIMIT", "limit" },
	{ OSML_ECLOSED, -10005, "OSML_ECLOSED", "closed" },
	{ OSML_EFORKED, -10006, "OSML_EFORKED", "fork" },
	{ OSML_EPINNED, -10007, "OSML_EPINNED", "pinned" },
	{ OSML_EACCESS, -10008, "OSML_EACCESS", "access" },
	{ OSML_ECORRUPT, -10009, "OSML_ECORRUPT", "canary" },
	{ OSML_ETOOBIG, -10010, "OSML_ETOOBIG", "longer" },
	{ OSML_EEMPTY, -10011, "OSML_EEMPTY", "empty" },
	{ OSML_EFORMAT, -10012, "OSML_EFORMAT", "format" },
	{ OSML_EEXPOSED, -10013, "OSML_EEXPOSED", "read" },
	{ OSML_ECOMMAND, -10014, "OSML_ECOMMAND", "command" },
};
#define CODES (sizeof codes / sizeof *codes)

static void no_code_was_renumbered(void **state)
{
	(void)state;
	for (size_t i = 0; i < CODES; i++)
		assert_int_equal(codes[i].rc, codes[i].value);
}

/* The table above has them all: a code added to the header without a row here is noticed. */
static void every_code_is_in_this_test(void **state)
{
	size_t in_header = 1; /* OSML_OK */

	(void)state;
#define COUNT(name, value, message) in_header++;
	OSML_ERROR_MAP(COUNT)
#undef COUNT
	assert_int_equal(in_header, CODES);
}

static void every_code_has_its_name_and_its_own_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < CODES; i++) {
		assert_string_equal(osml_error_name(codes[i].rc), codes[i].name);
		assert_non_null(strstr(osml_strerror(codes[i].rc), codes[i].word));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(osml_strerror(codes[i].rc), osml_strerror(codes[j].rc));
	}
}

static void a_text_is_a_phrase_without_a_full_stop(void **state)
{
	(void)state;
	for (size_t i = 0; i < CODES; i++) {
		const char *text = osml_strerror(codes[i].rc);
		assert_true(strlen(text) > 5);
		assert_int_not_equal(text[strlen(text) - 1], '.');
	}
}

static void the_commonest_system_errors_have_their_names(void **state)
{
	static const struct {
		int rc;
		const char *name;
	} common[] = {
		{ -ENOMEM, "ENOMEM" }, { -EPERM, "EPERM" },   { -EAGAIN, "EAGAIN" }, { -EINVAL, "EINVAL" },
		{ -ENOENT, "ENOENT" }, { -EACCES, "EACCES" }, { -EBADF, "EBADF" },   { -EISDIR, "EISDIR" },
		{ -ENXIO, "ENXIO" },   { -EINTR, "EINTR" },   { -EPIPE, "EPIPE" },   { -EIO, "EIO" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		assert_string_equal(osml_error_name(common[i].rc), common[i].name);
}

/* S5: the system's own number keeps the system's own text. */
static void a_system_error_has_the_text_of_the_system(void **state)
{
	(void)state;
	for (int error = 1; error < 40; error++) {
		char expected[128];
		strncpy(expected, strerror(error), sizeof expected - 1);
		expected[sizeof expected - 1] = 0;
		assert_string_equal(osml_strerror(-error), expected);
	}
}

static void an_unknown_code_is_a_system_error_and_does_no_harm(void **state)
{
	static const int unknown[] = { 1, 12, INT_MAX, INT_MIN, INT_MIN + 1, -9999, -10000, -10015, -134 };
	char sentence[256];

	(void)state;
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		assert_string_equal(osml_error_name(unknown[i]), "OSML_ESYSTEM");
		assert_true(strlen(osml_strerror(unknown[i])) > 0);
		assert_true(osml_explain(unknown[i], sentence, sizeof sentence) > 0);
	}
}

static void explain_is_one_whole_sentence_for_every_code(void **state)
{
	char sentence[1024];

	(void)state;
	for (size_t i = 0; i < CODES; i++) {
		int n = osml_explain(codes[i].rc, sentence, sizeof sentence);
		assert_int_equal(n, strlen(sentence));
		assert_int_equal(sentence[n - 1], '.');
	}
}

/* What the caller can do about it; the others get name and message. */
static void explain_says_more_where_there_is_more_to_say(void **state)
{
	static const struct {
		int rc;
		const char *told;
	} codes[] = { { OSML_EUNSUPPORTED, "guard pages" },  { OSML_EFORKED, "before fork()" },   { OSML_EPINNED, "Release the pin" },
		      { OSML_ECORRUPT, "AddressSanitizer" }, { OSML_ECLOSED, "OSML_ECLOSED: " },  { -ENOENT, "ENOENT: " },
		      { OSML_EEMPTY, "no secret" },          { OSML_EEXPOSED, "OSML_EEXPOSED: " } };
	char sentence[1000];

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		assert_true(osml_explain(codes[i].rc, sentence, sizeof sentence) > 0);
		assert_non_null(strstr(sentence, codes[i].told));
	}
}

static void explain_returns_the_whole_length_and_cuts_to_the_buffer(void **state)
{
	char whole[1024], cut[1024];
	int n = osml_explain(OSML_EFORKED, whole, sizeof whole);

	(void)state;
	assert_true(n > 20 && n < 1000);
	for (size_t len = 1; len <= (size_t)n + 1; len++) {
		memset(cut, '#', sizeof cut);
		assert_int_equal(osml_explain(OSML_EFORKED, cut, len), n);
		assert_int_equal(strlen(cut), len - 1);
		assert_memory_equal(cut, whole, len - 1);
		assert_int_equal(cut[len], '#');
	}
}

static void explain_with_null_and_no_length_only_measures(void **state)
{
	char whole[1024];
	char untouched = '#';

	(void)state;
	assert_int_equal(osml_explain(OSML_EPINNED, NULL, 0), osml_explain(OSML_EPINNED, whole, sizeof whole));
	assert_int_equal(osml_explain(OSML_EPINNED, &untouched, 0), strlen(whole));
	assert_int_equal(untouched, '#');
}

static void explain_with_null_and_a_length_is_invalid(void **state)
{
	(void)state;
	assert_int_equal(osml_explain(OSML_EPINNED, NULL, 1), OSML_EINVAL);
	assert_int_equal(osml_explain(OSML_ELIMIT, NULL, 100), OSML_EINVAL);
}

/* The number that was exceeded and what to type. */
static void explain_of_the_limit_says_what_to_type(void **state)
{
	char sentence[1024];

	(void)state;
	assert_true(osml_explain(OSML_ELIMIT, sentence, sizeof sentence) > 0);
	assert_non_null(strstr(sentence, "ulimit -l"));
	assert_non_null(strstr(sentence, "LimitMEMLOCK="));
	assert_non_null(strstr(sentence, "CAP_IPC_LOCK"));
}

/* Python, Lua and the others hand these sentences on, and have other names for all of it (audit P6, W1). */
static void no_sentence_names_what_only_c_has(void **state)
{
	char sentence[1024];

	(void)state;
	for (size_t i = 0; i < CODES; i++) {
		int n = osml_explain(codes[i].rc, sentence, sizeof sentence);
		size_t prefix = strncmp(sentence, codes[i].name, strlen(codes[i].name)) == 0 ? strlen(codes[i].name) : 0;
		assert_true(n > 0);
		assert_null(strstr(sentence + prefix, "osml_"));
		assert_null(strstr(sentence + prefix, "OSML_"));
	}
}

/* What was refused may be the platform's doing or the buffer's, and an argument or a text: the message must be true of both (audit W1). */
static void a_message_is_true_of_every_call_that_answers_it(void **state)
{
	char sentence[1024];
	osml_buffer *plain;

	(void)state;
	assert_int_equal(osml_buffer_new(&plain, 2, NULL), 0);
	assert_int_equal(osml_buffer_protect(plain, OSML_ACCESS_NONE), OSML_EUNSUPPORTED);
	osml_explain(OSML_EUNSUPPORTED, sentence, sizeof sentence);
	assert_non_null(strstr(sentence, "guard pages"));
	assert_non_null(strstr(osml_strerror(OSML_EUNSUPPORTED), "this buffer"));

	assert_int_equal(osml_buffer_write(plain, 0, "no", 2), 0);
	assert_int_equal(osml_buffer_decode(plain, OSML_HEX), OSML_EFORMAT);
	osml_explain(OSML_EFORMAT, sentence, sizeof sentence);
	assert_non_null(strstr(sentence, "Line 1"));
	osml_buffer_free(plain);
}

static void the_version_is_the_headers(void **state)
{
	(void)state;
	assert_int_equal(OSML_VERSION_MAJOR, 1);
	assert_int_equal(OSML_VERSION_MINOR, 0);
	assert_int_equal(OSML_VERSION_PATCH, 0);
	assert_string_equal(osml_version(), "1.0.0" OSML_VERSION_LABEL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_code_was_renumbered),
		cmocka_unit_test(every_code_is_in_this_test),
		cmocka_unit_test(every_code_has_its_name_and_its_own_text),
		cmocka_unit_test(a_text_is_a_phrase_without_a_full_stop),
		cmocka_unit_test(the_commonest_system_errors_have_their_names),
		cmocka_unit_test(a_system_error_has_the_text_of_the_system),
		cmocka_unit_test(an_unknown_code_is_a_system_error_and_does_no_harm),
		cmocka_unit_test(explain_is_one_whole_sentence_for_every_code),
		cmocka_unit_test(explain_says_more_where_there_is_more_to_say),
		cmocka_unit_test(explain_returns_the_whole_length_and_cuts_to_the_buffer),
		cmocka_unit_test(explain_with_null_and_no_length_only_measures),
		cmocka_unit_test(explain_with_null_and_a_length_is_invalid),
		cmocka_unit_test(explain_of_the_limit_says_what_to_type),
		cmocka_unit_test(no_sentence_names_what_only_c_has),
		cmocka_unit_test(a_message_is_true_of_every_call_that_answers_it),
		cmocka_unit_test(the_version_is_the_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
