/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Size and needs of the library file that is loaded, found by the address of one of its functions, so it is the one measured above. */
#include <dlfcn.h>
#include <osmemlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "figures.h"

static long stripped_size(const char *path)
{
	char copy[] = "/tmp/osmemlock-bench-XXXXXX";
	char command[1024];
	struct stat status;
	long size = 0;
	int fd = mkstemp(copy);
	if (fd < 0)
		return 0;
	close(fd);
	snprintf(command, sizeof command, "strip -o '%s' '%s'", copy, path);
	if (system(command) == 0 && stat(copy, &status) == 0)
		size = (long)status.st_size;
	unlink(copy);
	return size;
}

/* The loader is a part of libc; a library names it when it has thread-local variables. */
static int is_libc(const char *needed)
{
	return strstr(needed, "[libc.") || strstr(needed, "[ld-linux");
}

static int count_foreign(const char *path)
{
	char command[1024];
	char line[512];
	int foreign = 0;
	int seen = 0;
	snprintf(command, sizeof command, "readelf -d '%s'", path);
	FILE *sections = popen(command, "r");
	while (sections && fgets(line, sizeof line, sections)) {
		seen = 1;
		if (!strstr(line, "(NEEDED)"))
			continue;
		printf("  needs %s", strchr(line, '['));
		foreign += !is_libc(line);
	}
	if (sections && pclose(sections) != 0)
		seen = 0;
	return seen ? foreign : -1;
}

struct library library_measure(void)
{
	struct library library = { 0, -1 };
	Dl_info found;
	printf("\nthe shared library\n");
	if (!dladdr((const void *)osml_version, &found) || !strstr(found.dli_fname, ".so")) {
		printf("  not measured: linked statically\n");
		return library;
	}
	fflush(stdout);
	library.stripped_bytes = stripped_size(found.dli_fname);
	library.foreign_needed = count_foreign(found.dli_fname);
	printf("  stripped %ld bytes\n", library.stripped_bytes);
	return library;
}
