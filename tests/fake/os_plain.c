/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Functions of the platform layer that cannot fail: nothing is scripted or recorded. */
#include <stddef.h>
#include <stdint.h>

#include "os.h"
#include "scenery.h"
#include "wrapper.h"

WRAPPER(size_t, page_size, void)
{
	return __real_osml__os_page_size();
}

WRAPPER(int, any_locked, const void *addr, size_t size)
{
	return __real_osml__os_any_locked(addr, size);
}

WRAPPER(void, initial_strings, char **start, char **end)
{
	__real_osml__os_initial_strings(start, end);
}

WRAPPER(void, env_end, char *value)
{
	__real_osml__os_env_end(value);
}

WRAPPER(bool, is_absolute, const char *path)
{
	return __real_osml__os_is_absolute(path);
}

WRAPPER(bool, is_name, const char *name)
{
	return __real_osml__os_is_name(name);
}

WRAPPER(int, sanitized, void)
{
	return __real_osml__os_sanitized();
}

WRAPPER(const char *, limit_advice, void)
{
	return __real_osml__os_limit_advice();
}

WRAPPER(const char *, forbidden_advice, void)
{
	return __real_osml__os_forbidden_advice();
}

WRAPPER(const char *, strerror, int rc)
{
	return __real_osml__os_strerror(rc);
}

WRAPPER(const char *, error_name, int rc)
{
	return __real_osml__os_error_name(rc);
}

WRAPPER(uint64_t, process_seed, void)
{
	return __real_osml__os_process_seed();
}

WRAPPER(uint64_t, process_id, void)
{
	return __real_osml__os_process_id();
}

WRAPPER(uint64_t, thread_id, void)
{
	scenery_enter("thread_id");
	return __real_osml__os_thread_id();
}

WRAPPER(void, mutexes_renew, void)
{
	scenery_enter("mutexes_renew");
	__real_osml__os_mutexes_renew();
}

WRAPPER(void, with_cleanup, void (*body)(void *arg), void (*cleanup)(void *arg), void *arg)
{
	__real_osml__os_with_cleanup(body, cleanup, arg);
}

WRAPPER(size_t, stack_left, void)
{
	return scenery_stack_bounds_known() ? __real_osml__os_stack_left() : 0;
}

WRAPPER(void, child_shut, struct osml__child *child, unsigned way)
{
	__real_osml__os_child_shut(child, way);
}

WRAPPER(void, child_close, struct osml__child *child)
{
	__real_osml__os_child_close(child);
}

WRAPPER(void, children_forget, void)
{
	__real_osml__os_children_forget();
}

WRAPPER(int, fd_from_handle, intptr_t handle)
{
	return __real_osml__os_fd_from_handle(handle);
}

WRAPPER(int, cancellation_off, void)
{
	return __real_osml__os_cancellation_off();
}

WRAPPER(void, cancellation_restore, int before)
{
	__real_osml__os_cancellation_restore(before);
}
