/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The kernel writes the strings of exec() to the first stack, between the random bytes and the name of the program: some of its own, the
 * arguments, the environment (create_elf_tables() in its fs/binfmt_elf.c). getauxval(3) returns where those two are, also without /proc. In a
 * program that was started as an argument of ld.so it returns the place of that argument instead, and what follows is not found.
 */
#include "../os.h"

#include <sys/auxv.h>

#define RANDOM_BYTES 16 /* at AT_RANDOM */

void osml__os_initial_strings(char **start, char **end)
{
	unsigned long random = getauxval(AT_RANDOM), name = getauxval(AT_EXECFN);

	*start = *end = (char *)name;
	if (random != 0 && random + RANDOM_BYTES <= name)
		*start = (char *)(random + RANDOM_BYTES);
}
