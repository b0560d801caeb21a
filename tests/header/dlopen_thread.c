/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Promise: dlclose() while a thread that used the library still runs does no harm; its end finds the code where it was. */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

#include <osmemlock.h>

static sem_t used, may_end;
static int (*make)(osml_buffer **out, size_t len, const osml_buffer_options *options);
static void (*destroy)(osml_buffer *b);

/* Returns with what the library hung on this thread: its end is the library's last call. */
static void *use_it(void *failed)
{
	osml_buffer *b;

	*(int *)failed = make(&b, 32, NULL);
	destroy(b);
	sem_post(&used);
	sem_wait(&may_end);
	return NULL;
}

static int fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, dlerror());
	return 1;
}

int main(int argc, char **argv)
{
	void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	int failed = 0;
	pthread_t thread;

	if (!library)
		return fail("dlopen");
	*(void **)&make = dlsym(library, "osml_buffer_new");
	*(void **)&destroy = dlsym(library, "osml_buffer_free");
	if (!make || !destroy)
		return fail("dlsym");
	sem_init(&used, 0, 0);
	sem_init(&may_end, 0, 0);
	if (pthread_create(&thread, NULL, use_it, &failed))
		return fail("pthread_create");
	sem_wait(&used);
	if (dlclose(library))
		return fail("dlclose");
	if (!dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD)) {
		puts("gone: the library was unmapped under a thread"); /* which would now crash */
		return 3;
	}
	sem_post(&may_end);
	pthread_join(thread, NULL);
	puts(failed ? "the thread had no buffer" : "ok");
	return failed ? 1 : 0;
}
