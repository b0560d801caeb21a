/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the files of the module share. Its public header, for other C modules, is ../osmemlock_lua.h. */
#ifndef OSMEMLOCK_LUA_COMMON_H
#define OSMEMLOCK_LUA_COMMON_H

#include <stdint.h>

#include <lauxlib.h>
#include <lua.h>
#include <osmemlock.h>

#include "shim.h"

/* The names of this module are its own: a host that exports one of them must not receive this module's calls. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* Every function of the module has the metatable of buffers as its upvalue: comparing it is faster than luaL_checkudata(). */
#define BUFFER_METATABLE lua_upvalueindex(1)
#define BUFFER_TYPE      "osmemlock.buffer"
#define STRING_FORMAT    "osmemlock.string.format" /* in the registry: the function of Lua's, which asks for texts */
#define GUARD_TYPE       "osmemlock.core_dumps_guard"

/* From arguments.c: checks that raise an error about the argument. */
int64_t check_integer(lua_State *L, int arg); /* no fraction, no string */
size_t check_size(lua_State *L, int arg);
unsigned char check_byte(lua_State *L, int arg);
const char *check_name(lua_State *L, int arg);                    /* a string without NUL bytes */
int check_word(lua_State *L, int arg, const char *const words[]); /* which of them it is; NULL ends them */
int is_word(lua_State *L, int index, const char *word);
size_t check_position(lua_State *L, int arg, size_t len, size_t count); /* where `count` bytes have room; the result counts from 0 */
struct range {
	size_t offset, count;
};
struct range check_range(lua_State *L, int arg, size_t len); /* positions at arg and arg + 1; all of it unless told */

/* From error.c: the only place that turns codes into errors. */
int refuse(lua_State *L, int rc, const char *what); /* raises, whatever the code; `what` may be NULL */
int fail(lua_State *L, int rc, const char *what);   /* a runtime error: pushes nil, message, code; misuse: raises */
int answer(lua_State *L, int rc);                   /* 0: the first argument, so that calls can be chained; else fail() */
int answer_true(lua_State *L, int rc);              /* 0: true; else fail() */

/* From options.c */
enum takes { BUFFER_OPTIONS = 1, PROMPT_OPTIONS = 2, VARIABLE_OPTIONS = 4, SOURCE_OPTIONS = 8, WAIT_OPTIONS = 16, COMMAND_OPTIONS = 32 };
struct options {
	osml_buffer_options buffer;
	size_t max;
	unsigned flags;
	double timeout; /* seconds; HUGE_VAL: none */
};
void read_options(struct options *o, lua_State *L, int arg, enum takes what);

#if LUA_VERSION_NUM == 501
#define DECOYS 8 /* words: as much as a careless call of the FFI usually reads or writes */
#endif

/*
 * The userdata of a buffer. It knows where it lies: luv copies userdata byte by byte for other threads (audit L12), and LuaJIT's FFI takes it for a
 * `void *` that can be written to (audit U3); what comes of either is refused.
 */
struct owner {
#ifdef DECOYS
	uint64_t decoys[DECOYS];
#endif
	const void *self;
	osml_buffer *buffer; /* NULL until it is opened */
};

/* From buffer.c: the two checks of a buffer argument. Every method starts with one of them. */
int is_intact(const struct owner *owner);        /* no copy, and not written over */
osml_buffer *any_buffer(lua_State *L, int arg);  /* in any state; NULL when it was never opened */
osml_buffer *open_buffer(lua_State *L, int arg); /* an open one, or an error */
int is_buffer(lua_State *L, int arg);
osml_buffer **push_closed_buffer(lua_State *L);                                       /* to be opened through the pointer */
int push_opened_buffer(lua_State *L, size_t len, const osml_buffer_options *options); /* 0, or a code for fail() */
int module_buffer(lua_State *L);
int buffer_close(lua_State *L);
int buffer_closed(lua_State *L);
int buffer_len(lua_State *L);
int buffer_tostring(lua_State *L);
int buffer_protect(lua_State *L);
int buffer_refuse_index(lua_State *L);
int buffer_refuse_concat(lua_State *L);
int buffer_leave(lua_State *L);
int buffer_gc(lua_State *L);

/* From collector.c: Lua's collector does not see locked memory. */
void collector_account(lua_State *L, size_t len);
int collector_helps(lua_State *L, int rc);
void collector_make_room(lua_State *L, size_t len);

/* From bytes.c */
int module_random(lua_State *L);
int buffer_byte(lua_State *L);
int buffer_set(lua_State *L);
int buffer_write(lua_State *L);
int buffer_fill(lua_State *L);
int buffer_copy(lua_State *L);
int buffer_random(lua_State *L);
int buffer_wipe(lua_State *L);

/* From equal.c */
int buffer_equal(lua_State *L);
int buffer_eq(lua_State *L);

/* From text.c */
int module_join(lua_State *L);
int buffer_sub(lua_State *L);
int buffer_find(lua_State *L);
int buffer_encode(lua_State *L);
int buffer_decode(lua_State *L);

/* From source.c */
struct deadline {  /* what a call that waits asks five times a second */
	double at; /* on a clock of its own; HUGE_VAL: none */
	int passed;
};
void deadline_set(struct deadline *d, struct options *o);
int deadline_fail(lua_State *L, int rc, const struct deadline *d, const char *what); /* as fail() */
int source_opened(lua_State *L, int rc, const struct deadline *d, osml_buffer *const *slot, const char *what);
int module_from_fd(lua_State *L);
int module_from_file(lua_State *L);
int module_from_env(lua_State *L);
int module_from_credential(lua_State *L);
int module_prompt(lua_State *L);

/* From command.c */
int module_from_command(lua_State *L);

/* From file.c: a number, or an open file of the io library. */
int check_input(lua_State *L, int arg, int *fd);  /* 0 or -errno */
int check_output(lua_State *L, int arg, int *fd); /* likewise */
int module_fd_from_os_handle(lua_State *L);
int buffer_read_fd(lua_State *L);
int buffer_write_fd(lua_State *L);

/* From scope.c */
int scope_open(lua_State *L);
void push_with(lua_State *L); /* takes scope_open() off the stack */

/* From heap.c */
void push_locked_heap(lua_State *L);

/* From expose.c */
int buffer_expose(lua_State *L);

/* From report.c */
int module_info(lua_State *L);
int buffer_info(lua_State *L);
int buffer_verify(lua_State *L);

/* From memlock.c */
int module_mlock(lua_State *L);
int module_munlock(lua_State *L);
int module_madvise_dontdump(lua_State *L);

/* From coredump.c */
int module_disable_core_dumps_for_process(lua_State *L);
int module_disable_core_dumps_with_guard(lua_State *L);
int guard_release(lua_State *L);
int guard_tostring(lua_State *L);
int guard_leave(lua_State *L);

/* From errormode.c */
int module_set_windows_error_mode(lua_State *L);
int module_suppress_windows_error_dialogs_for_process(lua_State *L);

/* From process.c */
int module_harden(lua_State *L);
int module_harden_undo(lua_State *L);
int module_purge(lua_State *L);
int module_trim(lua_State *L);
int module_scrub(lua_State *L);

/* From ffi.c */
#ifdef DECOYS
void decoys_put(lua_State *L, uint64_t *to); /* raises an error when there are no random bytes */
int decoys_hold(const uint64_t *at);
#endif

/* From handover.c */
void refuse_second_copy(lua_State *L);
void publish_handover(lua_State *L);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#endif
