/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* dlopened LIBRARY: makes a buffer in the main thread, in one that is older than the library and in a later one, as a plugin's host has them. */
#include <dlfcn.h>
#include <osmemlock.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static int (*new_buffer)(osml_buffer **out, size_t len, const osml_buffer_options *options);
static void (*free_buffer)(osml_buffer *b);
static void *(*data_of)(osml_buffer *b);
static pthread_barrier_t opened;

/* NULL when it went well, else what did not. */
static void *use(void *unused)
{
	osml_buffer *b;
	int rc = new_buffer(&b, 32, NULL);

	(void)unused;
	if (rc)
		return "osml_buffer_new";
	memset(data_of(b), 7, 32);
	free_buffer(b);
	return NULL;
}

static void *use_later(void *unused)
{
	pthread_barrier_wait(&opened);
	return new_buffer ? use(unused) : "no library";
}

static void load(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		printf("dlopen: %s\n", dlerror());
		return;
	}
	*(void **)&free_buffer = dlsym(library, "osml_buffer_free");
	*(void **)&data_of = dlsym(library, "osml_buffer_data");
	*(void **)&new_buffer = dlsym(library, "osml_buffer_new");
}

static int judge(const char *thread, const void *problem)
{
	if (problem)
		printf("FAILED: %s: %s\n", thread, (const char *)problem);
	return problem != NULL;
}

int main(int argc, char **argv)
{
	pthread_t older, later;
	void *problem;
	int failed;

	if (argc != 2 || pthread_barrier_init(&opened, NULL, 2) || pthread_create(&older, NULL, use_later, NULL))
		return 2;
	load(argv[1]);
	pthread_barrier_wait(&opened);
	pthread_join(older, &problem);
	if (!new_buffer)
		return 1;
	failed = judge("a thread older than the library", problem);
	failed += judge("the main thread", use(NULL));
	if (pthread_create(&later, NULL, use, NULL))
		return 2;
	pthread_join(later, &problem);
	failed += judge("a later thread", problem);
	return failed > 0;
}
