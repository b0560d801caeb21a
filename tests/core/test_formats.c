/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/formats/formats.tsv, by all sources: each file of a secret gives it, or is refused with a reason (audit P9). */
#include "support.h"

#include <unistd.h>

#define PIPE_HOLDS 60000u

/* ---- The table ---- */

struct text {
	char *bytes; /* free() it; a NUL behind */
	size_t n;
};

/* \n, \r, \t, \\, \xNN. */
static struct text unescape(const char *from)
{
	struct text to = { malloc(strlen(from) + 1), 0 };
	static const char letters[] = "nrt\\", values[] = "\n\r\t\\";
	char digits[3] = "";

	CHECK(to.bytes != NULL);
	for (; *from; from++) {
		char c = *from;
		if (c == '\\' && from[1] == 'x') {
			memcpy(digits, from + 2, 2);
			c = (char)strtoul(digits, NULL, 16);
			from += 3;
		} else if (c == '\\') {
			CHECK(strchr(letters, *++from) != NULL);
			c = values[strchr(letters, *from) - letters];
		}
		to.bytes[to.n++] = c;
	}
	to.bytes[to.n] = 0;
	return to;
}

/* N*c too. */
static struct text content_of(const char *field)
{
	char *end;
	size_t n = strtoul(field, &end, 10);
	struct text one = unescape(end > field && *end == '*' ? end + 1 : field), many;

	if (end == field || *end != '*')
		return one;
	CHECK(one.n == 1);
	many = (struct text){ malloc(n + 1), n };
	CHECK(many.bytes != NULL);
	memset(many.bytes, one.bytes[0], n);
	many.bytes[n] = 0;
	free(one.bytes);
	return many;
}

struct row {
	char *name, *content, *steps, *secret;
};

/* The fields between tabs; false: a comment. */
static bool read_row(struct row *row, char *line)
{
	char **fields[] = { &row->name, &row->content, &row->steps, &row->secret };

	line[strcspn(line, "\n")] = 0;
	if (line[0] == '#')
		return false;
	for (size_t i = 0; i < 4; i++) {
		*fields[i] = line;
		line = strchr(line, '\t');
		CHECK(!line == (i == 3));
		if (line)
			*line++ = 0;
	}
	return true;
}

/* ---- What is done ---- */

static int keep(osml_buffer **b, size_t from, size_t n)
{
	osml_piece piece = { .buffer = *b, .offset = from, .length = n };
	osml_buffer *part;
	int rc = osml_buffer_join(&part, &piece, 1, NULL);

	osml_buffer_free(*b);
	*b = part;
	return rc;
}

static int drop_each(osml_buffer **b, const struct text *what)
{
	osml_piece pieces[2];
	osml_buffer *rest;
	size_t at = 0;

	for (;;) {
		CHECK_RC(osml_buffer_find(&at, *b, at, what->bytes, what->n), 0);
		if (at == OSML_NOT_FOUND)
			return 0;
		pieces[0] = (osml_piece){ .buffer = *b, .length = at };
		pieces[1] = (osml_piece){ .buffer = *b, .offset = at + what->n, .length = OSML_TO_END };
		CHECK_RC(osml_buffer_join(&rest, pieces, 2, NULL), 0);
		osml_buffer_free(*b);
		*b = rest;
	}
}

static int decode(osml_buffer *b, const char *coding)
{
	static const char *const names[] = { "hex", "base64", "base64url", "base32" };
	unsigned i = 0;

	while (i < 4 && strcmp(names[i], coding) != 0)
		i++;
	CHECK(i < 4);
	return osml_buffer_decode(b, i + 1);
}

static int do_step(osml_buffer **b, const char *verb, const struct text *what)
{
	size_t at;

	if (!strcmp(verb, "decode"))
		return decode(*b, what->bytes);
	if (!strcmp(verb, "without"))
		return drop_each(b, what);
	CHECK_RC(osml_buffer_find(&at, *b, 0, what->bytes, what->n), 0);
	CHECK(at != OSML_NOT_FOUND);
	if (!strcmp(verb, "before"))
		return keep(b, 0, at);
	CHECK(!strcmp(verb, "after") || !strcmp(verb, "from"));
	return keep(b, at + (*verb == 'a' ? what->n : 0), OSML_TO_END);
}

static unsigned flag_named(const char *name)
{
	static const char *const names[] = { "trim_newline", "trim_space", "first_line", "allow_empty" };

	for (unsigned i = 0; i < 4; i++)
		if (!strcmp(names[i], name))
			return 1u << i;
	return 0;
}

typedef int load(osml_buffer **b, const struct text *content, unsigned flags);

static int load_and_do(osml_buffer **b, load *source, const struct text *content, const char *steps)
{
	char copy[300], *step, *what;
	unsigned flags = 0;
	int rc;

	snprintf(copy, sizeof copy, "%s", steps);
	for (step = strtok(copy, " "); step && flag_named(step); step = strtok(NULL, " "))
		flags |= flag_named(step);
	rc = source(b, content, flags);
	for (; rc == 0 && step; step = strtok(NULL, " ")) {
		struct text text;
		what = strchr(step, ':');
		CHECK(what != NULL);
		*what++ = 0;
		text = unescape(what);
		rc = do_step(b, step, &text);
		free(text.bytes);
	}
	return rc;
}

/* ---- What comes of it ---- */

static void is_refused(const struct row *row, int rc)
{
	char code[32], why[500];
	const char *text = strchr(row->secret, ' ');

	snprintf(code, sizeof code, "%.*s", (int)(text - row->secret) - 1, row->secret + 1);
	if (strcmp(osml_error_name(rc), code) != 0)
		fail_msg("%s: %s, not %s", row->name, osml_error_name(rc), code);
	assert_true(osml_explain(rc, why, sizeof why) > 0);
	if (!strstr(why, text + 1))
		fail_msg("%s: %s", row->name, why);
}

static void try_row(const struct row *row, load *source, const struct text *content)
{
	struct text secret = row->secret[0] == '=' ? *content : unescape(row->secret);
	osml_buffer *b = NULL;
	int rc = load_and_do(&b, source, content, row->steps);

	if (row->secret[0] == '!')
		is_refused(row, rc);
	else if (rc)
		fail_msg("%s: %s", row->name, osml_error_name(rc));
	else if (osml_buffer_size(b) != secret.n || memcmp(osml_buffer_data(b), secret.bytes, secret.n) != 0)
		fail_msg("%s: another secret, %zu bytes", row->name, osml_buffer_size(b));
	osml_buffer_free(b);
	if (secret.bytes != content->bytes)
		free(secret.bytes);
}

/* ---- The sources ---- */

static int from_file(osml_buffer **b, const struct text *content, unsigned flags)
{
	char path[] = "/tmp/osml-formats-XXXXXX";
	int rc, fd = mkstemp(path);

	CHECK(write(fd, content->bytes, content->n) == (ssize_t)content->n);
	close(fd);
	rc = osml_buffer_from_file(b, path, SIZE_MAX, NULL, flags);
	unlink(path);
	return rc;
}

static int from_pipe(osml_buffer **b, const struct text *content, unsigned flags)
{
	int rc, ends[2];

	CHECK(pipe(ends) == 0 && write(ends[1], content->bytes, content->n) == (ssize_t)content->n);
	close(ends[1]);
	rc = osml_buffer_from_fd(b, ends[0], SIZE_MAX, NULL, flags);
	close(ends[0]);
	return rc;
}

static int from_variable(osml_buffer **b, const struct text *content, unsigned flags)
{
	int rc;

	setenv("OSML_FORMAT", content->bytes, 1);
	rc = osml_buffer_from_env(b, "OSML_FORMAT", SIZE_MAX, NULL, flags);
	CHECK(!getenv("OSML_FORMAT") == !rc); /* what is refused stays there */
	unsetenv("OSML_FORMAT");
	return rc;
}

static void each_sample_gives_its_secret_or_a_reason(void **state)
{
	static char line[8192];
	FILE *table = fopen(OSML_FORMATS, "re");
	unsigned rows = 0;
	struct row row;

	(void)state;
	assert_non_null(table);
	while (fgets(line, sizeof line, table)) {
		struct text content;
		if (!read_row(&row, line))
			continue;
		content = content_of(row.content);
		rows++;
		try_row(&row, from_file, &content);
		if (content.n < PIPE_HOLDS)
			try_row(&row, from_pipe, &content);
		if (content.n < PIPE_HOLDS && !memchr(content.bytes, 0, content.n))
			try_row(&row, from_variable, &content);
		free(content.bytes);
	}
	fclose(table);
	assert_true(rows >= 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sample_gives_its_secret_or_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
