/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * proof_user_NAME SEED locked|plain: a library works on a secret, with the locked heap as its allocator or with malloc. It prints "ready PID" when
 * the library holds the secret, and once more when all is freed; each time it waits for a line.
 */
#define _GNU_SOURCE
#include "user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "needle.h"

static const struct allocator locked = { osml_malloc, osml_realloc, osml_free }, plain = { malloc, realloc, free };
const struct allocator *user_allocator;

static char ready_line[32];

void user_must(int holds, const char *what)
{
	if (holds)
		return;
	printf("FAIL: %s\n", what);
	exit(1);
}

static void ready(void)
{
	char c = 0;

	user_must(write(STDOUT_FILENO, ready_line, strlen(ready_line)) > 0, "write");
	while (c != '\n' && read(STDIN_FILENO, &c, 1) == 1)
		continue;
}

static void refuse_sanitizer(void)
{
	uint64_t sanitized = 0;

	if (osml_info(OSML_INFO_SANITIZER, &sanitized) == 0 && sanitized == 1) {
		printf("SKIP: a sanitizer is in the process, which keeps what was freed\n");
		exit(1);
	}
}

static uint64_t info(enum osml_info what)
{
	uint64_t value = 0;

	user_must(osml_info(what, &value) == 0, "osml_info");
	return value;
}

int main(int argc, char **argv)
{
	osml_buffer *secret;

	if (argc < 3)
		return 2;
	setvbuf(stdout, NULL, _IONBF, 0);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* where Yama is on, else the scanner could not read us */
	snprintf(ready_line, sizeof ready_line, "ready %d\n", (int)getpid());
	refuse_sanitizer();
	user_allocator = strcmp(argv[2], "locked") == 0 ? &locked : &plain;
	user_must(osml_buffer_new(&secret, NEEDLE_LEN, NULL) == 0, "osml_buffer_new");
	needle_put(osml_buffer_data(secret), strtoull(argv[1], NULL, 10));
	user_work(osml_buffer_data(secret), NEEDLE_LEN);
	osml_buffer_free(secret);
	user_must((info(OSML_INFO_HEAP_BLOCKS) > 0) == (user_allocator == &locked), "the library uses the heap it was given");
	osml_scrub(); /* what the library left on the stack is not the heap's business */
	ready();
	user_end();
	osml_scrub();
	user_must(info(OSML_INFO_HEAP_BLOCKS) == 0, "all blocks are freed");
	user_must(info(OSML_INFO_FOREIGN_FREES) == 0 && info(OSML_INFO_CORRUPTIONS) == 0, "no foreign pointer, no corruption");
	ready();
	return 0;
}
