/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* replay DIRECTORY: runs every file in it once. A finding aborts. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n);

static int run_file(const char *directory, const char *name)
{
	unsigned char bytes[1 << 16];
	char path[4096];
	FILE *file;
	size_t n;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "rb");
	if (!file) {
		perror(path);
		return 0;
	}
	n = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	printf("%s: %zu bytes\n", name, n);
	fflush(stdout); /* before a finding takes the process down */
	LLVMFuzzerTestOneInput(bytes, n);
	return 1;
}

int main(int argc, char **argv)
{
	DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
	struct dirent *entry;
	int files = 0;

	if (!directory) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			files += run_file(argv[1], entry->d_name);
	closedir(directory);
	printf("%d inputs, no finding\n", files);
	return files ? 0 : 1;
}
