/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Promise: a process can open many copies of the library, as one with many plugins does (audit C7): the loader has little static thread-local memory
 * for what is opened late, and each copy takes its share. dlopen_copies LIBRARY COUNT
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <osmemlock.h>

struct library {
	int (*make)(osml_buffer **out, size_t len, const osml_buffer_options *options);
	void (*destroy)(osml_buffer *b);
};

static int copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	struct stat status;
	int failed = in < 0 || out < 0 || fstat(in, &status) || sendfile(out, in, NULL, (size_t)status.st_size) != status.st_size;

	close(in);
	close(out);
	return failed;
}

/* A file of its own name and number is a library of its own. */
static void *open_copy(const char *path)
{
	char name[] = "/tmp/osml-copy-XXXXXX", file[sizeof name + 8];
	void *library = NULL;

	if (!mkdtemp(name))
		return NULL;
	snprintf(file, sizeof file, "%s/copy.so", name);
	if (copy(path, file) == 0)
		library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	unlink(file);
	rmdir(name);
	return library;
}

/* Unlocked, so that no limit matters: each copy has locked pages of its own. */
static int use(const struct library *l)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b;
	int rc;

	options.want = OSML_CANARY;
	rc = l->make(&b, 32, &options);
	l->destroy(b);
	return rc;
}

/* Its end is the end of this thread's share in every copy. */
static void *use_all(void *all)
{
	for (const struct library *l = all; l->make; l++)
		if (use(l))
			return "a thread had no buffer";
	return NULL;
}

static int load(struct library *all, const char *path, int count)
{
	for (int i = 0; i < count; i++) {
		void *library = open_copy(path);

		if (!library) {
			printf("%d of %d copies: %s\n", i, count, dlerror());
			return 1;
		}
		*(void **)&all[i].make = dlsym(library, "osml_buffer_new");
		*(void **)&all[i].destroy = dlsym(library, "osml_buffer_free");
	}
	return 0;
}

int main(int argc, char **argv)
{
	int count = argc == 3 ? atoi(argv[2]) : 0;
	struct library *all = calloc((size_t)count + 1, sizeof *all);
	void *problem;
	pthread_t thread;

	if (!all || !count || load(all, argv[1], count))
		return 1;
	if (pthread_create(&thread, NULL, use_all, all) || pthread_join(thread, &problem))
		return 1;
	problem = problem ? problem : use_all(all);
	puts(problem ? (char *)problem : "ok");
	return problem != NULL;
}
