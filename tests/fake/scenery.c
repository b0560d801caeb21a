/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Files that are not what they seem, short reads, an emulator, hooks; and a check that every mutex is used as a mutex should be. */
#include "scenery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os.h"
#include "os_fake.h"

#define PATHS 3u

static struct {
	const char *path, *to;
} redirected[PATHS];
static size_t most;
static int emulator = -1;       /* -1: the system's answer */
static const uint32_t *windows; /* NULL: this is none */
static bool no_stack_bounds;
static bool quota_can_be_raised;
static const char *hooked;
static void (*hook)(void);

void scenery_reset(void)
{
	memset(redirected, 0, sizeof redirected);
	most = 0;
	emulator = -1;
	windows = NULL;
	no_stack_bounds = false;
	quota_can_be_raised = false;
	hooked = NULL;
	hook = NULL;
}

void fake_redirect(const char *path, const char *to)
{
	for (unsigned i = 0; i < PATHS; i++) {
		if (redirected[i].path && strcmp(redirected[i].path, path) != 0)
			continue;
		redirected[i].path = path;
		redirected[i].to = to;
		return;
	}
	abort(); /* More than there is room for. */
}

const char *scenery_path(const char *path)
{
	for (unsigned i = 0; i < PATHS; i++)
		if (redirected[i].to && strcmp(redirected[i].path, path) == 0)
			return redirected[i].to;
	return path;
}

void fake_share(size_t n)
{
	most = n;
}

size_t scenery_share(size_t n)
{
	return most && n > most ? most : n;
}

void fake_emulator(int answer)
{
	emulator = answer;
}

void fake_no_stack_bounds(void)
{
	no_stack_bounds = true;
}

bool scenery_stack_bounds_known(void)
{
	return !no_stack_bounds;
}

void fake_windows(const uint32_t *error_mode)
{
	windows = error_mode;
}

void fake_quota_can_be_raised(void)
{
	quota_can_be_raised = true;
}

bool scenery_raises_quota(void)
{
	return quota_can_be_raised;
}

bool scenery_error_mode(uint32_t *previous)
{
	if (windows)
		*previous = *windows;
	return windows;
}

void fake_hook(const char *function, void (*given)(void))
{
	hooked = function;
	hook = given;
}

void scenery_enter(const char *function)
{
	if (hook && strcmp(hooked, function) == 0)
		hook();
}

/* No part of the platform layer, but a moment that matters. */
void __real_osml__wipe(void *bytes, size_t n);
void __wrap_osml__wipe(void *bytes, size_t n);
void __wrap_osml__wipe(void *bytes, size_t n)
{
	__real_osml__wipe(bytes, n);
	scenery_enter("wiped");
}

int __real_osml__os_emulated(void);
int __wrap_osml__os_emulated(void);
int __wrap_osml__os_emulated(void)
{
	return emulator < 0 ? __real_osml__os_emulated() : emulator;
}

/* ---- Mutexes ---- */

/*
 * Which process this thread took each mutex in; 0: not held. In a forked child they are made anew, so one that was held at the fork
 * is not held there.
 */
static _Thread_local pid_t holder[OSML__MUTEX_COUNT];

static void complain(const char *what, enum osml__mutex which)
{
	fprintf(stderr, "mutex %d: %s\n", (int)which, what);
	abort();
}

void __real_osml__os_mutex_lock(enum osml__mutex which);
void __wrap_osml__os_mutex_lock(enum osml__mutex which);
void __wrap_osml__os_mutex_lock(enum osml__mutex which)
{
	scenery_enter("mutex_lock");
	if (holder[which] == getpid())
		complain("taken twice by one thread", which);
	__real_osml__os_mutex_lock(which);
	holder[which] = getpid();
}

void __real_osml__os_mutex_unlock(enum osml__mutex which);
void __wrap_osml__os_mutex_unlock(enum osml__mutex which);
void __wrap_osml__os_mutex_unlock(enum osml__mutex which)
{
	if (!holder[which])
		complain("released by a thread that does not hold it", which);
	holder[which] = 0;
	__real_osml__os_mutex_unlock(which);
	scenery_enter("mutex_unlock");
}
