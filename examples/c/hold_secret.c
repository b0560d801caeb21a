/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards.
 *
 *   hold_secret FILE
 *   some-command | hold_secret
 *
 * Exit code: 0 when all that is claimed was seen, 1 when not, 3 when the input was empty.
 */
#include "explain.h"
#include "look.h"

#include <unistd.h>

#define MAX_LEN  65536
#define SHORTEST 8 /* anything shorter may well be found by chance */

static const struct {
	uint32_t bit;
	const char *words, *flag;
} protections[] = {
	{ OSML_LOCKED, "locked in RAM", "lo" },
	{ OSML_NODUMP, "left out of core dumps", "dd" },
	{ OSML_WIPEONFORK, "zeros in a forked child", "wf" },
};

/* Says what the library reports, and what the kernel says about the very page. Both must agree. */
static int show_protections(const osml_buffer *secret)
{
	uint32_t bits;
	int seen = 0, rc = osml_buffer_protections(secret, &bits);
	for (size_t i = 0; rc == 0 && i < 3; i++) {
		rc = look_flag(&seen, osml_buffer_data(secret), protections[i].flag);
		printf("  %-24s library: %-3s  kernel: %-3s (flag %s)\n", protections[i].words, bits & protections[i].bit ? "yes" : "no",
		       seen ? "yes" : "no", protections[i].flag);
		if (rc == 0 && (!seen || !(bits & protections[i].bit)))
			rc = OSML_EUNSUPPORTED;
	}
	return rc;
}

/* Stands for the real use. It works on the bytes where they lie: a copy would be a second secret to look after (FNV-1a). */
static uint32_t checksum(const osml_buffer *secret)
{
	const volatile unsigned char *bytes = osml_buffer_data(secret);
	uint32_t sum = 2166136261u;
	for (size_t i = 0; i < osml_buffer_size(secret); i++)
		sum = (sum ^ bytes[i]) * 16777619u;
	return sum;
}

/* Counts the copies in this process before and after close. */
static int close_and_look(osml_buffer *secret)
{
	struct look_pattern pattern;
	size_t before = 0, after = 0;
	int rc = look_pattern_new(&pattern, secret);
	if (rc == 0)
		rc = look_count(&before, &pattern);
	if (rc == 0)
		rc = osml_buffer_close(secret);
	if (rc == 0)
		rc = look_count(&after, &pattern);
	look_pattern_free(&pattern);
	if (rc != 0)
		return explain("cannot look for the secret", rc);
	printf("copies in this process: %zu while held, %zu after close\n", before, after);
	return before == 1 && after == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	osml_buffer *secret;
	int rc = argc > 1 ? osml_buffer_from_file(&secret, argv[1], MAX_LEN, NULL, OSML_TRIM_NEWLINE)
	                  : osml_buffer_from_fd(&secret, STDIN_FILENO, MAX_LEN, NULL, OSML_TRIM_NEWLINE);
	if (rc != 0)
		return explain("cannot read the secret", rc) && rc == OSML_EEMPTY ? 3 : 1;
	printf("a secret of %zu bytes, checksum %08x\n", osml_buffer_size(secret), (unsigned)checksum(secret));
	rc = show_protections(secret);
	if (rc != 0)
		explain("not every protection holds", rc);
	else if (osml_buffer_size(secret) < SHORTEST)
		printf("too short to search for: give it %d bytes or more\n", SHORTEST);
	else
		rc = close_and_look(secret);
	osml_buffer_free(secret);
	return rc == 0 ? 0 : 1;
}
