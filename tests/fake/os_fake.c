/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os_fake.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"
#include "wrapper.h"
#include "scenery.h"

/* ---- The script ---- */

/* clang-format off */
#define FUNCTIONS(X) \
	X(map) X(map_secret) X(unmap) X(protect) X(lock) X(lock_on_fault) X(unlock) X(nodump) X(dodump) X(wipe_on_fork) \
	X(no_fork) X(verify) X(random) X(lock_quota) X(core_limit) X(set_core_limit) X(dumpable) X(set_dumpable) X(error_mode) \
	X(start) X(thread_mark) X(barrier) X(readable) X(lock_limit) X(raise_lock_limit) X(open) X(file) X(wait) X(read) X(write) X(writable) X(child_start) X(child_wait) X(child_feed) X(child_end) X(env) X(env_remove) X(terminal_open) X(terminal_read)
/* clang-format on */

enum function {
#define MEMBER(name) F_##name,
	FUNCTIONS(MEMBER)
#undef MEMBER
	        F_COUNT
};

static const char *const names[] = {
#define NAME(name) #name,
	FUNCTIONS(NAME)
#undef NAME
};

static struct {
	unsigned at;  /* overall number of the call that fails; 0: none */
	int function; /* or of this function: calls from to to; F_COUNT: none */
	unsigned from, to;
	int code;
} script = { .function = F_COUNT };

static _Atomic unsigned calls, calls_of[F_COUNT], fired;
static _Atomic int fired_function = F_COUNT;

#define RECORD_MAX 4096u
static struct fake_call record[RECORD_MAX];
static _Atomic unsigned recorded;
static bool recording;

#define LOST_MAX 64u
static struct lost {
	void *addr;
	size_t pages, guard;
} lost[LOST_MAX];
static unsigned lost_count;

static int function_named(const char *name)
{
	for (int i = 0; i < F_COUNT; i++)
		if (!strcmp(names[i], name))
			return i;
	abort(); /* A test names a function that the platform layer does not have: it would test nothing. */
}

static void count_from_here(void)
{
	script.at = 0;
	script.function = F_COUNT;
	calls = 0;
	for (int i = 0; i < F_COUNT; i++)
		calls_of[i] = 0;
}

void fake_reset(void)
{
	count_from_here();
	fired = 0;
	fired_function = F_COUNT;
	recording = false;
	recorded = 0;
	scenery_reset();
	memory_reset();
}

void fake_fail_at(unsigned n, int code)
{
	count_from_here();
	script.at = n;
	script.code = code;
}

void fake_fail_function(const char *function, unsigned from, unsigned to, int code)
{
	count_from_here();
	script.function = function_named(function);
	script.from = from;
	script.to = to;
	script.code = code;
}

unsigned fake_calls(void)
{
	return calls;
}

unsigned fake_calls_of(const char *function)
{
	return calls_of[function_named(function)];
}

unsigned fake_fired(void)
{
	return fired;
}

const char *fake_fired_function(void)
{
	return fired_function == F_COUNT ? NULL : names[fired_function];
}

static bool scripted(enum function f, unsigned overall, unsigned own)
{
	if (script.at)
		return overall == script.at;
	return script.function == (int)f && own >= script.from && own <= script.to;
}

/* ---- The recorder ---- */

static bool all_zero(const void *addr, size_t len)
{
	unsigned char bytes[4096];

	for (size_t at = 0; at < len; at += sizeof bytes) {
		size_t got = fake_peek(bytes, (const char *)addr + at, len - at < sizeof bytes ? len - at : sizeof bytes);

		for (size_t i = 0; i < got; i++)
			if (bytes[i])
				return false;
	}
	return true;
}

static void note(const char *function, const void *addr, size_t len, int answer)
{
	unsigned i;

	if (!recording || (i = recorded++) >= RECORD_MAX)
		return;
	record[i] = (struct fake_call){ function, addr, len, answer, !addr || all_zero(addr, len) };
}

void fake_record(void)
{
	recorded = 0;
	recording = true;
}

size_t fake_recorded(void)
{
	return recorded < RECORD_MAX ? recorded : RECORD_MAX;
}

const struct fake_call *fake_call(size_t i)
{
	return &record[i];
}

/* Every call that can fail comes by here. 0: go on to the system. */
static int enter(enum function f, const void *addr, size_t len)
{
	unsigned overall = ++calls, own = ++calls_of[f];
	int answer = scripted(f, overall, own) ? script.code : 0;

	scenery_enter(names[f]);
	if (answer) {
		fired++;
		fired_function = f;
	}
	note(names[f], addr, len, answer);
	return answer;
}

/* ---- What is mapped ---- */

static _Atomic size_t mapped_bytes;

static int mapped(int rc, size_t pages, size_t guard)
{
	mapped_bytes += rc ? 0 : pages + 2 * guard;
	return rc;
}

static int unmapped(int rc, size_t pages, size_t guard)
{
	mapped_bytes -= rc ? 0 : pages + 2 * guard;
	return rc;
}

size_t fake_mapped(void)
{
	return mapped_bytes;
}

/* ---- What the core could not give back ---- */

static void lose(void *addr, size_t pages, size_t guard)
{
	if (lost_count < LOST_MAX)
		lost[lost_count++] = (struct lost){ addr, pages, guard };
}

static void find_again(const void *addr)
{
	for (unsigned i = 0; i < lost_count; i++)
		if (lost[i].addr == addr)
			lost[i] = lost[--lost_count];
}

/* ---- The wrappers ---- */

WRAPPER(int, map, void **addr, size_t pages, size_t guard)
{
	int rc = enter(F_map, NULL, pages);

	return rc ? rc : mapped(__real_osml__os_map(addr, pages, guard), pages, guard);
}

WRAPPER(int, map_secret, void **addr, size_t pages, size_t guard)
{
	int rc = enter(F_map_secret, NULL, pages);

	return rc ? rc : mapped(__real_osml__os_map_secret(addr, pages, guard), pages, guard);
}

WRAPPER(int, unmap, void *addr, size_t pages, size_t guard)
{
	int rc = enter(F_unmap, addr, pages);

	find_again(addr);
	if (rc)
		return rc;
	rc = unmapped(__real_osml__os_unmap(addr, pages, guard), pages, guard);
	scenery_enter("unmapped");
	return rc;
}

/* Only guarded buffers are ever protected. Should it come to an unmap after all, the range is not lost. */
WRAPPER(int, protect, void *addr, size_t pages, unsigned access)
{
	int rc = enter(F_protect, addr, pages);

	if (rc) {
		find_again(addr);
		lose(addr, pages, osml__os_page_size());
	}
	return rc ? rc : __real_osml__os_protect(addr, pages, access);
}

WRAPPER(int, lock, const void *addr, size_t len)
{
	int rc = enter(F_lock, addr, len);

	return rc ? rc : __real_osml__os_lock(addr, len);
}

/* A script about locks counts the plain ones. */
WRAPPER(int, lock_on_fault, const void *addr, size_t size)
{
	int rc = script.function == F_lock ? OSML_EUNSUPPORTED : enter(F_lock_on_fault, addr, size);

	return rc ? rc : __real_osml__os_lock_on_fault(addr, size);
}

WRAPPER(int, unlock, const void *addr, size_t len)
{
	int rc = enter(F_unlock, addr, len);

	return rc ? rc : __real_osml__os_unlock(addr, len);
}

#define ADVICE(name)                                                  \
	WRAPPER(int, name, void *addr, size_t pages)                  \
	{                                                             \
		int rc = enter(F_##name, addr, pages);                \
                                                                      \
		return rc ? rc : __real_osml__os_##name(addr, pages); \
	}
ADVICE(nodump)
ADVICE(dodump)
ADVICE(wipe_on_fork)
ADVICE(no_fork)
#undef ADVICE

WRAPPER(int, verify, const void *addr, size_t pages, uint32_t *bits)
{
	int rc = enter(F_verify, addr, pages);

	*bits = ~0u; /* of a call that fails, what misleads the most; so below */
	return rc ? rc : __real_osml__os_verify(addr, pages, bits);
}

WRAPPER(int, random, void *bytes, size_t n)
{
	int rc = enter(F_random, bytes, n);

	return rc ? rc : __real_osml__os_random(bytes, n);
}

WRAPPER(int, lock_quota, struct osml__quota *quota)
{
	int rc = enter(F_lock_quota, NULL, 0);

	return rc ? rc : __real_osml__os_lock_quota(quota);
}

WRAPPER(int, lock_limit, uint64_t *bytes)
{
	int rc = enter(F_lock_limit, NULL, 0);

	*bytes = 0;
	return rc ? rc : __real_osml__os_lock_limit(bytes);
}

WRAPPER(int, raise_lock_limit, size_t bytes)
{
	int rc = enter(F_raise_lock_limit, NULL, bytes);

	if (rc == 0 && scenery_raises_quota())
		return 0;
	return rc ? rc : __real_osml__os_raise_lock_limit(bytes);
}

WRAPPER(int, readable, const void *addr, size_t size)
{
	int rc = enter(F_readable, addr, size);

	return rc ? rc : __real_osml__os_readable(addr, size);
}

WRAPPER(int, core_limit, uint64_t *soft, uint64_t *hard)
{
	int rc = enter(F_core_limit, NULL, 0);

	*soft = *hard = 0;
	return rc ? rc : __real_osml__os_core_limit(soft, hard);
}

WRAPPER(int, set_core_limit, uint64_t soft)
{
	int rc = enter(F_set_core_limit, NULL, 0);

	return rc ? rc : __real_osml__os_set_core_limit(soft);
}

WRAPPER(int, dumpable, int *dumpable)
{
	int rc = enter(F_dumpable, NULL, 0);

	*dumpable = 1;
	return rc ? rc : __real_osml__os_dumpable(dumpable);
}

WRAPPER(int, set_dumpable, int dumpable)
{
	int rc = enter(F_set_dumpable, NULL, 0);

	return rc ? rc : __real_osml__os_set_dumpable(dumpable);
}

WRAPPER(int, error_mode, uint32_t *previous, uint32_t mode)
{
	int rc = enter(F_error_mode, NULL, mode);

	if (rc == 0 && scenery_error_mode(previous))
		return 0;
	return rc ? rc : __real_osml__os_error_mode(previous, mode);
}

WRAPPER(int, start, const struct osml__hooks *hooks)
{
	int rc = enter(F_start, NULL, 0);

	return rc ? rc : __real_osml__os_start(hooks);
}

WRAPPER(int, thread_mark, void *mark)
{
	int rc = enter(F_thread_mark, NULL, 0);

	return rc ? rc : __real_osml__os_thread_mark(mark);
}

WRAPPER(int, open, int *fd, const char *path)
{
	int rc = enter(F_open, NULL, 0);

	return rc ? rc : __real_osml__os_open(fd, scenery_path(path));
}

#define SCRIPTED(name, arguments, ...)                             \
	WRAPPER(int, name, __VA_ARGS__)                            \
	{                                                          \
		int rc = enter(F_##name, NULL, 0);                 \
                                                                   \
		return rc ? rc : __real_osml__os_##name arguments; \
	}
SCRIPTED(file, (file, fd), struct osml__file *file, int fd)
SCRIPTED(wait, (fd, to_write, milliseconds), int fd, bool to_write, int milliseconds)
SCRIPTED(child_start, (child, command), struct osml__child *child, const osml_command *command)
SCRIPTED(child_wait, (child, ready, milliseconds), const struct osml__child *child, unsigned *ready, int milliseconds)
SCRIPTED(child_feed, (child, bytes, n, wrote), struct osml__child *child, const void *bytes, size_t n, size_t *wrote)
SCRIPTED(child_end, (child, status, milliseconds), struct osml__child *child, int *status, int milliseconds)
SCRIPTED(writable, (at, n), const void *at, size_t n)
SCRIPTED(terminal_open, (t, prompt), struct osml__terminal *t, const char *prompt)

WRAPPER(int, read, int fd, void *bytes, size_t n, size_t *got)
{
	int rc = enter(F_read, bytes, n);

	*got = 0;
	return rc ? rc : __real_osml__os_read(fd, bytes, scenery_share(n), got);
}

WRAPPER(int, write, int fd, const void *bytes, size_t n, size_t *wrote)
{
	int rc = enter(F_write, bytes, n);

	*wrote = 0;
	return rc ? rc : __real_osml__os_write(fd, bytes, scenery_share(n), wrote);
}

WRAPPER(int, env, char **value, const char *name)
{
	int rc = enter(F_env, NULL, 0);

	return rc ? rc : __real_osml__os_env(value, name);
}

WRAPPER(int, env_remove, const char *name)
{
	int rc = enter(F_env_remove, NULL, 0);

	return rc ? rc : __real_osml__os_env_remove(name);
}

WRAPPER(int, terminal_read, struct osml__terminal *t, unsigned char *key, size_t *got, int milliseconds)
{
	int rc = enter(F_terminal_read, key, 1);

	*got = 0;
	return rc ? rc : __real_osml__os_terminal_read(t, key, got, milliseconds);
}

WRAPPER(int, barrier, void)
{
	int rc = enter(F_barrier, NULL, 0);

	return rc ? rc : __real_osml__os_barrier();
}

WRAPPER(void, drop, void *addr, size_t pages)
{
	note("drop", addr, pages, 0);
	__real_osml__os_drop(addr, pages);
}

WRAPPER(void, close, int fd)
{
	scenery_enter("close");
	note("close", NULL, (size_t)fd, 0);
	__real_osml__os_close(fd);
}

WRAPPER(void, terminal_close, struct osml__terminal *t)
{
	scenery_enter("terminal_close");
	note("terminal_close", NULL, 0, 0);
	__real_osml__os_terminal_close(t);
}

unsigned fake_unmap_lost(void)
{
	unsigned count = lost_count;

	for (; lost_count; lost_count--) {
		const struct lost *l = &lost[lost_count - 1];
		unmapped(__real_osml__os_unmap(l->addr, l->pages, l->guard), l->pages, l->guard);
	}
	return count;
}
