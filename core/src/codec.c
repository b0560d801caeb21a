/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Hex, base64 and base32. One program serves all: eight digits of `bits` bits are `bits` bytes. Which characters are digits, and which are
 * white space or padding, is no secret, and branches depend on it; which digit stands there is one (digits.h).
 */
#include "digits.h"
#include "storage.h"
#include "unfit.h"
#include "word.h"

#define BLANKS "\t\n\v\f\r "

/* Runs are pairs of a first and a last character, and the values go on from run to run. */
static const struct coding {
	unsigned char bits;  /* of a digit */
	unsigned char group; /* digits and padding are a multiple of it; 0: there is no padding */
	bool pads;           /* when it encodes */
	unsigned char value; /* of the first of `also` */
	const char *runs;    /* written and read */
	const char *also;    /* only read */
	const char *passed;  /* over: white space, and what else stands between digits */
} codings[] = {
	[OSML_HEX] = { 4, 0, false, 10, "09af", "AF", BLANKS ":-" },
	[OSML_BASE64] = { 6, 4, true, 62, "AZaz09++//", "--__", BLANKS },
	[OSML_BASE64URL] = { 6, 4, false, 62, "AZaz09--__", "++//", BLANKS },
	[OSML_BASE32] = { 5, 8, true, 0, "AZ27", "az", BLANKS },
};

static const struct coding *coding_of(unsigned number)
{
	return number && number < sizeof codings / sizeof *codings ? &codings[number] : NULL;
}

static void add_runs(struct osml__map *map, const char *runs, unsigned value, bool encode)
{
	for (; *runs; runs += 2) {
		unsigned first = (unsigned char)runs[0], more = (unsigned char)runs[1] - first;
		osml__map_add(map, encode ? value : first, (encode ? value : first) + more, encode ? first : value);
		value += more + 1;
	}
}

/* ---- What a text is made of ---- */

struct text {
	const struct coding *coding;
	struct osml__map values; /* of the digits */
	struct osml__map passed, newline;
	const unsigned char *at, *end;
	size_t digits, padding, line; /* before `at` */
};

/* The character at `at`, which the caller knows to be no digit. */
static bool is_passed(const struct text *t)
{
	bool found = false;

	for (const char *c = t->coding->passed; *c; c++)
		found |= OSML__VERDICT(*t->at == (unsigned char)*c);
	return found;
}

static void next_line(struct text *t)
{
	t->line += OSML__VERDICT(*t->at++ == '\n');
}

/* The 0x before hex digits. */
static bool has_prefix(const struct text *t)
{
	return t->coding->bits == 4 && t->end - t->at >= 2 && OSML__VERDICT(!((t->at[0] ^ '0') | ((t->at[1] | 0x20) ^ 'x')));
}

/* Those in a row are one run. */
static void add_passed(struct osml__map *map, const char *c)
{
	while (*c) {
		const char *first = c;
		while (c[1] == c[0] + 1)
			c++;
		osml__map_add(map, (unsigned char)*first, (unsigned char)*c++, 0);
	}
}

static void text_start(struct text *t, const struct coding *coding, const osml_buffer *b)
{
	*t = (struct text){ .coding = coding, .at = b->data, .end = b->data + osml__len(b), .line = 1 };
	add_runs(&t->values, coding->runs, 0, false);
	add_runs(&t->values, coding->also, coding->value, false);
	add_passed(&t->passed, coding->passed);
	osml__map_add(&t->newline, '\n', '\n', 0);
	while (t->at < t->end && is_passed(t))
		next_line(t);
	if (has_prefix(t))
		t->at += 2;
}

/* How many bytes of the word are not 0; each is 0x7f or 0. */
static size_t count_of(uint64_t mask)
{
	return (size_t)((mask & OSML__EACH(1)) * OSML__EACH(1) >> 56);
}

/* Up to eight characters; the rest is NUL, which is no digit. */
OSML__INLINE uint64_t load_word(const struct text *t, const unsigned char *at)
{
	return t->end - at < 8 ? osml__digits_load_some(at, (size_t)(t->end - at)) : osml__digits_load(at);
}

/* The values of the digits among them, and where others stand. */
OSML__INLINE uint64_t others_in(const struct text *t, uint64_t *word)
{
	return OSML__VERDICT(~osml__map_word(&t->values, word) & OSML__EACH(0x7f));
}

/* ---- Whether it can be decoded. What is returned says why not, and goes on from "Line 1 of the text"; NULL: it can. ---- */

static bool is_digit(const struct text *t, const unsigned char *at, uint64_t *value)
{
	*value = osml__digits_load_some(at, 1);
	return !(others_in(t, value) & 0x7f);
}

/* Goes back to the last digit, whose line is that of the end. */
static uint64_t last_digit(struct text *t)
{
	uint64_t value = 0;

	while (t->digits && !is_digit(t, --t->at, &value))
		t->line -= OSML__VERDICT(*t->at == '\n');
	return value;
}

static const char *judge_end(struct text *t)
{
	const size_t group = t->coding->group, rest = t->digits % 8 * t->coding->bits % 8;
	const uint64_t tail = last_digit(t);

	if (rest >= t->coding->bits)
		return "ends within a byte: digits are missing";
	if (t->padding && (t->padding >= group || (t->digits + t->padding) % group))
		return "ends with the wrong number of =";
	/* One text for each value (RFC 4648, 3.5). */
	return OSML__VERDICT((tail & ((1u << rest) - 1)) != 0) ? "ends with a digit that holds bits of no byte" : NULL;
}

/* Digits, as many as there are by eights. */
OSML__INLINE void take_run(struct text *t)
{
	const unsigned char *at = t->at, *end = t->end;
	uint64_t word;

	while (end - at >= 8) {
		word = osml__digits_load(at);
		if (others_in(t, &word))
			break;
		at += 8;
	}
	t->digits += (size_t)(at - t->at);
	t->at = at;
}

/* Eight characters that are digits or passed over, of which some are not digits. */
OSML__INLINE bool take_gaps(struct text *t, uint64_t others)
{
	uint64_t word = osml__digits_load(t->at);

	if (others & ~OSML__VERDICT(osml__map_word(&t->passed, &word)))
		return false;
	word = osml__digits_load(t->at);
	t->line += count_of(OSML__VERDICT(osml__map_word(&t->newline, &word)));
	t->digits += 8 - count_of(others);
	t->at += 8;
	return true;
}

/* The common case. */
OSML__INLINE bool take_eight(struct text *t)
{
	uint64_t word, others;

	if (t->end - t->at < 8 || t->padding)
		return false;
	word = osml__digits_load(t->at);
	others = others_in(t, &word);
	if (others)
		return take_gaps(t, others);
	take_run(t);
	return true;
}

static bool take_one(struct text *t)
{
	uint64_t value;
	bool padding = OSML__VERDICT(*t->at == '=');

	if (is_digit(t, t->at, &value)) {
		t->digits++;
		t->at++;
		return !t->padding;
	}
	if (!padding && !is_passed(t))
		return false;
	t->padding += padding;
	next_line(t);
	return true;
}

static OSML__CLEAN_REGISTERS const char *judge(struct text *t)
{
	while (t->at < t->end)
		if (!take_eight(t) && !take_one(t))
			return "has a character that is no digit of the coding";
	return judge_end(t);
}

/* ---- The work ---- */

/* The digits stand together then, and the others have gone. */
OSML__INLINE uint64_t close_gaps(uint64_t word, uint64_t others)
{
	while (others) {
		uint64_t below = (others & (~others + 1)) - 1;
		word = (word & below) | (word >> 8 & ~below);
		others = others >> 8 & ~below;
	}
	return word;
}

/* Over the text itself: what is written never reaches what is still to be read, nor do the zeros behind it. */
static OSML__CLEAN_REGISTERS void decode(const struct text *t, unsigned char *to)
{
	const unsigned bits = t->coding->bits;
	uint64_t group = 0;
	size_t held = 0;

	for (const unsigned char *at = t->at; at < t->end; at += t->end - at < 8 ? t->end - at : 8) {
		uint64_t word = load_word(t, at), others = others_in(t, &word);
		size_t count;
		if (!others && !held) {
			osml__digits_store(to, osml__digits_join(word, bits));
			to += bits;
			continue;
		}
		count = 8 - count_of(others);
		word = close_gaps(word, others);
		group |= word << 8 * held;
		held += count;
		if (held < 8)
			continue;
		osml__digits_store(to, osml__digits_join(group, bits));
		to += bits;
		held -= 8;
		group = held ? word >> 8 * (count - held) : 0;
	}
	osml__digits_store_some(to, osml__digits_join(group, bits), held * bits / 8);
}

/* Words for which the work above had no register lie in frames that have ended, and this one lies where they lay. */
static OSML__CLEAN_REGISTERS void wipe_frames(void)
{
	unsigned char frames[512];

	osml__wipe(frames, sizeof frames);
}

static int decode_alone(osml_buffer *b, const struct coding *coding)
{
	struct text text;
	const char *why;
	size_t digits;

	text_start(&text, coding, b);
	why = judge(&text);
	digits = text.digits;
	if (!why) {
		text_start(&text, coding, b);
		decode(&text, b->data);
	}
	wipe_frames();
	if (why)
		return osml__unfit(why, text.line);
	osml__storage_shrink(b, digits / 8 * coding->bits + digits % 8 * coding->bits / 8);
	return 0;
}

int osml_buffer_decode(osml_buffer *b, unsigned coding)
{
	int rc = coding_of(coding) ? osml__buffer_acquire_exclusive(b, OSML_ACCESS_READWRITE) : OSML_EINVAL;

	if (rc)
		return rc;
	rc = decode_alone(b, coding_of(coding));
	osml__buffer_release_exclusive(b);
	return rc;
}

/* ---- The other way ---- */

static OSML__CLEAN_REGISTERS void encode(unsigned char *to, const struct coding *coding, const unsigned char *from, size_t n)
{
	const unsigned bits = coding->bits;
	struct osml__map letters = { 0 };
	size_t count = 8;

	add_runs(&letters, coding->runs, 0, true);
	while (n) {
		size_t bytes = n < bits ? n : bits;
		uint64_t word = osml__digits_split(n < 8 ? osml__digits_load_some(from, bytes) : osml__digits_load(from), bits);
		osml__map_word(&letters, &word);
		if (bytes == bits) {
			osml__digits_store(to, word);
		} else {
			count = (8 * bytes + bits - 1) / bits;
			osml__digits_store_some(to, word, count);
		}
		from += bytes;
		n -= bytes;
		to += count;
	}
	while (coding->pads && count++ % coding->group)
		*to++ = '=';
}

/* The length of the text; more than there can be where it would not fit a size_t. */
static size_t encoded_size(const struct coding *coding, size_t n)
{
	size_t rest = (8 * (n % coding->bits) + coding->bits - 1) / coding->bits;

	if (coding->pads)
		rest = (rest + coding->group - 1) / coding->group * coding->group;
	return n / coding->bits > SIZE_MAX / 16 ? SIZE_MAX : n / coding->bits * 8 + rest;
}

int osml_buffer_encode(osml_buffer **out, const osml_buffer *b, unsigned coding, const osml_buffer_options *options)
{
	const struct coding *how = coding_of(coding);
	int rc = out && how ? osml__buffer_acquire(b, OSML_ACCESS_READ) : OSML_EINVAL;
	int released;

	if (out)
		*out = NULL;
	if (rc)
		return rc;
	rc = osml__buffer_make(out, encoded_size(how, osml__len(b)), options);
	if (rc == 0) {
		encode((*out)->data, how, b->data, osml__len(b));
		wipe_frames();
		rc = osml__buffer_release(*out);
	}
	released = osml__buffer_release(b);
	return osml__buffer_made(out, rc ? rc : released);
}
