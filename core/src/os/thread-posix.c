/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE /* dladdr() */
#include "../internal.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t mutexes[OSML__MUTEX_COUNT] = {
	[OSML__MUTEX_POOL] = PTHREAD_MUTEX_INITIALIZER,    [OSML__MUTEX_HANDLES] = PTHREAD_MUTEX_INITIALIZER,
	[OSML__MUTEX_REGIONS] = PTHREAD_MUTEX_INITIALIZER, [OSML__MUTEX_PROCESS] = PTHREAD_MUTEX_INITIALIZER,
	[OSML__MUTEX_HARDEN] = PTHREAD_MUTEX_INITIALIZER,
};
static const struct osml__hooks *_Atomic hooks;
static _Atomic(uintptr_t) thread_key; /* the key + 1; 0: there is none yet */

void osml__os_mutex_lock(enum osml__mutex which)
{
	pthread_mutex_lock(&mutexes[which]);
}

void osml__os_mutex_unlock(enum osml__mutex which)
{
	pthread_mutex_unlock(&mutexes[which]);
}

void osml__os_mutexes_renew(void)
{
	for (int i = 0; i < OSML__MUTEX_COUNT; i++)
		pthread_mutex_init(&mutexes[i], NULL);
}

/*
 * No fork while atexit() and pthread_key_create() are at work: they have locks that a libc does not renew in the child, which would wait for them
 * without end, in its own first call or in exit(). The handlers may be registered twice, so this is a lock that its thread may take twice.
 */
static pthread_mutex_t registering = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(pthread_t) forking; /* the thread that has it for a fork, where `depth` is not 0 */
static _Atomic unsigned depth;

static void before_fork(void)
{
	if (depth == 0 || !pthread_equal(forking, pthread_self())) {
		pthread_mutex_lock(&registering);
		forking = pthread_self();
	}
	depth++;
}

static void in_parent(void)
{
	if (depth && pthread_equal(forking, pthread_self()) && --depth == 0)
		pthread_mutex_unlock(&registering);
}

static void in_child(void)
{
	const struct osml__hooks *given = atomic_load(&hooks);

	pthread_mutex_init(&registering, NULL);
	depth = 0;
	if (given)
		given->forked();
}

static int register_fork_handlers(void)
{
	static _Atomic bool registered;
	int rc = registered ? 0 : pthread_atfork(before_fork, in_parent, in_child);

	registered = rc == 0;
	return rc < 0 ? -ENOMEM : -rc; /* musl 1.2.3 returns -1 */
}

/*
 * musl, which has no macro to tell. There a fork() that began before the first pthread_atfork() runs the other two handlers without the one that
 * prepares, so it does not wait for what `registering` protects; and its child may find the lock of pthread_atfork() locked. So the handlers are
 * registered before there are threads.
 */
#if defined(__linux__) && !defined(__GLIBC__) && !defined(__BIONIC__)
#define LIKE_MUSL 1

__attribute__((constructor)) static void register_at_load(void)
{
	(void)register_fork_handlers();
}
#endif

static void exiting(void)
{
	atomic_load(&hooks)->exiting();
}

static void thread_ended(void *mark)
{
	atomic_load(&hooks)->thread_ended(mark);
}

/* With `registering` locked. */
static int make_key(void)
{
	pthread_key_t key;
	int rc;

	if (thread_key)
		return 0;
	rc = pthread_key_create(&key, thread_ended);
	if (rc == 0)
		thread_key = (uintptr_t)key + 1;
	return -rc;
}

/*
 * The hooks point into this code, which a plugin with a static copy of the library may be about to unload: it stays. Weak, because a program
 * without dynamic linking has none of this, and older libcs have it in a library of its own. musl unloads nothing. To be refused there leaves the
 * thread a message, and to give that away at its end a thread waits, in 1.2.3 without end, for a fork() that waits for the thread.
 */
#if defined(__ELF__) && defined(RTLD_NODELETE) && defined(RTLD_NOLOAD) && !defined(LIKE_MUSL)
extern __typeof__(dlopen) dlopen __attribute__((weak));
extern __typeof__(dladdr) dladdr __attribute__((weak));

static void stay_loaded(void)
{
	Dl_info self;

	if (dlopen && dladdr && dladdr((void *)&mutexes, &self) && self.dli_fname)
		(void)dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}
#else
static void stay_loaded(void)
{
}
#endif

int osml__os_start(const struct osml__hooks *given)
{
	int rc;

	atomic_store(&hooks, given);
	stay_loaded();
	rc = register_fork_handlers();
	if (rc)
		return rc;
	pthread_mutex_lock(&registering);
	rc = make_key();
	if (rc == 0 && atexit(exiting))
		rc = -ENOMEM;
	pthread_mutex_unlock(&registering);
	return rc;
}

int osml__os_thread_mark(void *mark)
{
	uintptr_t key = atomic_load(&thread_key);

	return key ? -pthread_setspecific((pthread_key_t)(key - 1), mark) : 0;
}

uint64_t osml__os_process_id(void)
{
	return (uint64_t)getpid();
}

uint64_t osml__os_thread_id(void)
{
	return (uint64_t)(uintptr_t)pthread_self();
}

void osml__os_with_cleanup(void (*body)(void *arg), void (*cleanup)(void *arg), void *arg)
{
	pthread_cleanup_push(cleanup, arg);
	body(arg);
	pthread_cleanup_pop(0);
}

int osml__os_cancellation_off(void)
{
	int before;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	return before;
}

void osml__os_cancellation_restore(int before)
{
	pthread_setcancelstate(before, NULL);
}
