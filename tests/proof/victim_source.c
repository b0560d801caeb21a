/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where a secret comes from: descriptor 3, the file named on the command line, the variable OSML_PROOF_SECRET, a credential, a terminal. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <unistd.h>

#include "needle.h"
#include "victim.h"

#define SECRET_FD   3
#define SECRET_FILE "secret" /* in the current directory */
#define SECRET_ENV  "OSML_PROOF_SECRET"
#define MAX         ((size_t)1 << 20)

/* The secret came from outside: that it arrived is seen by the scan of the live process, which must find it. */
static void check_len(const struct kind *kind)
{
	if (osml_buffer_size(held.buffer) != kind->len)
		must("the length of what was read", OSML_ERANGE);
}

/* The controls: what a program without the library does. */
static void make_plain_read(const struct kind *kind, uint64_t seed)
{
	(void)seed;
	held.plain = malloc(kind->len);
	if (held.plain == NULL || read(SECRET_FD, held.plain, kind->len) != (ssize_t)kind->len)
		exit(3);
}

static void make_plain_env(const struct kind *kind, uint64_t seed)
{
	(void)kind;
	(void)seed;
	if (getenv(SECRET_ENV) == NULL)
		exit(3);
	unsetenv(SECRET_ENV);
}

static void make_from_fd(const struct kind *kind, uint64_t seed)
{
	osml_buffer_options options = strict(kind->want);
	(void)seed;
	must("osml_buffer_from_fd", osml_buffer_from_fd(&held.buffer, SECRET_FD, MAX, &options, OSML_TRIM_NEWLINE));
	check_len(kind);
}

static void make_from_file(const struct kind *kind, uint64_t seed)
{
	osml_buffer_options options = strict(kind->want);
	(void)seed;
	must("osml_buffer_from_file", osml_buffer_from_file(&held.buffer, SECRET_FILE, MAX, &options, 0));
	check_len(kind);
}

static void make_from_env(const struct kind *kind, uint64_t seed)
{
	osml_buffer_options options = strict(kind->want);
	(void)seed;
	must("osml_buffer_from_env", osml_buffer_from_env(&held.buffer, SECRET_ENV, MAX, &options, 0));
	check_len(kind);
}

static void make_from_credential(const struct kind *kind, uint64_t seed)
{
	osml_buffer_options options = strict(kind->want);
	(void)seed;
	must("osml_buffer_from_credential", osml_buffer_from_credential(&held.buffer, SECRET_FILE, MAX, &options, 0));
	check_len(kind);
}

/* The controlling terminal is the script's doing. It types when it has seen the colon. */
static void make_prompt(const struct kind *kind, uint64_t seed)
{
	osml_buffer_options options = strict(kind->want);
	(void)seed;
	must("osml_buffer_prompt", osml_buffer_prompt(&held.buffer, "secret:", MAX, &options, 0));
	check_len(kind);
}

static void make_hex(const struct kind *kind, uint64_t seed)
{
	make_from_fd(&(struct kind){ .want = kind->want, .len = 2 * kind->len }, seed);
	must("osml_buffer_decode", osml_buffer_decode(held.buffer, OSML_HEX));
	check_len(kind);
}

static void make_base64(const struct kind *kind, uint64_t seed)
{
	make_from_fd(&(struct kind){ .want = kind->want, .len = (kind->len + 2) / 3 * 4 }, seed);
	must("osml_buffer_decode", osml_buffer_decode(held.buffer, OSML_BASE64));
	check_len(kind);
}

/* Refused inputs: all that was read must be gone although nobody holds a handle. */
static void make_too_big_fd(const struct kind *kind, uint64_t seed)
{
	(void)seed;
	must_be("osml_buffer_from_fd, one byte too many", osml_buffer_from_fd(&held.buffer, SECRET_FD, kind->len - 1, NULL, 0),
	        OSML_ETOOBIG);
}

static void make_too_big_file(const struct kind *kind, uint64_t seed)
{
	(void)seed;
	must_be("osml_buffer_from_file, one byte too many", osml_buffer_from_file(&held.buffer, SECRET_FILE, kind->len - 1, NULL, 0),
	        OSML_ETOOBIG);
}

#define LONG_LEN (2 * NEEDLE_LEN + 70000) /* what `proof_scan put SEED long` writes */

const struct kind source_kinds[] = {
	{ "plain-read", make_plain_read, 0, NEEDLE_LEN },
	{ "plain-env", make_plain_env, 0, NEEDLE_LEN },
	{ "from-fd", make_from_fd, OSML_DEFAULT_PROTECTIONS, NEEDLE_LEN },
	{ "from-fd-guarded", make_from_fd, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED, NEEDLE_LEN },
	{ "from-fd-long", make_from_fd, OSML_DEFAULT_PROTECTIONS, LONG_LEN },
	{ "from-fd-hex-text", make_from_fd, OSML_DEFAULT_PROTECTIONS, 2 * NEEDLE_LEN },
	{ "from-fd-base64-text", make_from_fd, OSML_DEFAULT_PROTECTIONS, (NEEDLE_LEN + 2) / 3 * 4 },
	{ "from-file", make_from_file, OSML_DEFAULT_PROTECTIONS, NEEDLE_LEN },
	{ "from-file-long", make_from_file, OSML_DEFAULT_PROTECTIONS, LONG_LEN },
	{ "from-env", make_from_env, OSML_DEFAULT_PROTECTIONS, NEEDLE_LEN },
	{ "from-credential", make_from_credential, OSML_DEFAULT_PROTECTIONS, NEEDLE_LEN },
	{ "prompt", make_prompt, OSML_DEFAULT_PROTECTIONS, NEEDLE_LEN },
	{ "decode-hex", make_hex, OSML_DEFAULT_PROTECTIONS, NEEDLE_LEN },
	{ "decode-base64", make_base64, OSML_DEFAULT_PROTECTIONS, NEEDLE_LEN },
	{ "too-big-fd", make_too_big_fd, 0, NEEDLE_LEN },
	{ "too-big-file", make_too_big_file, 0, NEEDLE_LEN },
	{ NULL, NULL, 0, 0 },
};
