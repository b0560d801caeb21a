/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../internal.h"

#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t mutexes[OSML__MUTEX_COUNT] = {
	[OSML__MUTEX_POOL] = PTHREAD_MUTEX_INITIALIZER,    [OSML__MUTEX_HANDLES] = PTHREAD_MUTEX_INITIALIZER,
	[OSML__MUTEX_REGIONS] = PTHREAD_MUTEX_INITIALIZER, [OSML__MUTEX_PROCESS] = PTHREAD_MUTEX_INITIALIZER,
	[OSML__MUTEX_HARDEN] = PTHREAD_MUTEX_INITIALIZER,
};
static struct osml__hooks hooks;
static pthread_key_t thread_key;

void osml__os_mutex_lock(enum osml__mutex which)
{
	pthread_mutex_lock(&mutexes[which]);
}

void osml__os_mutex_unlock(enum osml__mutex which)
{
	pthread_mutex_unlock(&mutexes[which]);
}

/* A mutex may have been held by a thread that does not exist in the child. */
static void forked(void)
{
	for (int i = 0; i < OSML__MUTEX_COUNT; i++)
		pthread_mutex_init(&mutexes[i], NULL);
	hooks.forked();
}

static void exiting(void)
{
	hooks.exiting();
}

int osml__os_start(const struct osml__hooks *given)
{
	int rc;

	hooks = *given;
	rc = pthread_key_create(&thread_key, hooks.thread_ended);
	if (rc)
		return -rc;
	rc = atexit(exiting) ? ENOMEM : pthread_atfork(NULL, NULL, forked);
	if (rc)
		pthread_key_delete(thread_key);
	return -rc;
}

int osml__os_thread_mark(void *mark)
{
	return -pthread_setspecific(thread_key, mark);
}
