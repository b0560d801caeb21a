/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FAKE_WRAPPER_H
#define FAKE_WRAPPER_H

/* WRAPPER(int, lock, const void *addr, size_t len) declares the system's function and begins the wrapper's definition. */
#define WRAPPER(type, name, ...)                  \
	type __real_osml__os_##name(__VA_ARGS__); \
	type __wrap_osml__os_##name(__VA_ARGS__); \
	type __wrap_osml__os_##name(__VA_ARGS__)

#endif
