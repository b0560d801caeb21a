/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the files of the extension share. A file is named after its noun, as in the core. */
#ifndef OSMLPY_CORE_H
#define OSMLPY_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "osmemlock.h"

/* The core's answer when it was told to stop waiting: -EINTR, or Windows' word for that. */
#ifdef _WIN32
#define OSMLPY_INTERRUPTED (-995) /* ERROR_OPERATION_ABORTED */
#else
#define OSMLPY_INTERRUPTED (-EINTR)
#endif

/* One for each interpreter that imports the module: nothing is shared between them but the core. */
struct state {
	PyObject *unsupported_error;
	PyObject *lock_limit_error;
	PyObject *forked_error;
	PyObject *corruption_error;
	PyTypeObject *buffer_type;
	PyTypeObject *guard_type;
	PyTypeObject *exposure_type;
};

/* All types here are final, so the type of an object is the one that knows the module. */
static inline struct state *osmlpy_state_of(PyObject *self)
{
	return PyType_GetModuleState(Py_TYPE(self));
}

/*
 * Buffers up to this size come from the core's pool, which seldom asks the kernel for anything: making and closing one takes some 40 ns, and
 * to let go of the GIL and to take it again for each another 85. With it `with LockedBuffer(32): pass` takes 3.7 times as long as bytearray(32),
 * without 2.6 times (CPython 3.11 and 3.13), so the GIL is kept for these and let go for all else. That cannot deadlock: the core calls no
 * code of others while it has a lock.
 */
#define OSMLPY_QUICK 2048u

static inline PyThreadState *osmlpy_let_go(bool slow)
{
	return slow ? PyEval_SaveThread() : NULL;
}

static inline void osmlpy_take_back(PyThreadState *thread)
{
	if (thread)
		PyEval_RestoreThread(thread);
}

/* error.c: the only place where a code becomes an exception. `filename` may be NULL. */
int osmlpy_error_init(PyObject *module);
PyObject *osmlpy_error(struct state *state, int rc, PyObject *filename); /* a new exception */
PyObject *osmlpy_raise(struct state *state, int rc, PyObject *filename); /* raises it; always NULL */
PyObject *osmlpy_raise_class(PyObject *class, int rc, PyObject *filename);
PyObject *osmlpy_raise_text(struct state *state, int rc, const char *text);     /* instead of what osml_explain() tells */
PyObject *osmlpy_answer(struct state *state, int rc);                           /* None, or raises */
PyObject *osmlpy_left(struct state *state, int rc, PyObject *const *exception); /* what __exit__ returns */
PyObject *osmlpy_left_failing(PyObject *failure, PyObject *const *exception);   /* the same of an exception, which it takes */
bool osmlpy_exit_arguments(Py_ssize_t count);                                   /* of __exit__; false: raised */
void osmlpy_warn_dropped(PyTypeObject *type, int rc, const char *how_to_end);

/* memlock.c */
int osmlpy_memlock_init(PyObject *module);
int osmlpy_writable(PyObject *object, Py_buffer *view); /* -1: raised */

/* options.c: words and keyword arguments. */
struct osmlpy_words {
	const char *what, *choice; /* for the message: "policy", "'default', 'strict' or 'best_effort'" */
	const struct osmlpy_word {
		const char *word; /* NULL after the last */
		uint32_t value;
	} * words;
};
int osmlpy_word(uint32_t *value, PyObject *word, const struct osmlpy_words *words); /* -1: raised */
PyObject *osmlpy_word_set(uint32_t bits, const struct osmlpy_word *words);          /* a frozenset */

struct osmlpy_options {
	osml_buffer_options core;
	size_t max;     /* max */
	uint32_t flags; /* of a source */
	bool wipe;
	double timeout; /* seconds; infinity: none */
	PyObject *input, *env, *cwd;
};
#define OSMLPY_MAKES 1u  /* accepts policy, guarded, secretmem, fork */
#define OSMLPY_READS 2u  /* ... and max, trim_space, allow_empty */
#define OSMLPY_TRIMS 4u  /* ... and trim_newline, first_line */
#define OSMLPY_OPENS 8u  /* ... and private */
#define OSMLPY_WAITS 32u /* ... and timeout */
#define OSMLPY_RUNS  64u /* ... and input, env, cwd */
#define OSMLPY_TAKES 16u /* ... and wipe */
void osmlpy_options_start(struct osmlpy_options *o, size_t max);
int osmlpy_options_take(struct osmlpy_options *o, unsigned accepted, PyObject *const *values, PyObject *names);
int osmlpy_options_take_dict(struct osmlpy_options *o, unsigned accepted, PyObject *keywords);
int osmlpy_size(size_t *size, PyObject *number, const char *what); /* -1: raised */

/* report.c */
int osmlpy_report_init(PyObject *module);
PyObject *osmlpy_protections(uint32_t bits); /* a frozenset of words */

/*
 * file.c: the descriptor of an int or of a file object, to be read or written from here on; -1: raised. With an object this runs Python
 * code, which may close anything.
 */
int osmlpy_file_input(PyObject *file);
int osmlpy_file_output(PyObject *file);
/* A descriptor of what `fd` is one of, for a call that may wait: closed by another thread meanwhile, the number would be the next file's. -1: raised. */
int osmlpy_file_hold(int fd);
void osmlpy_file_let_go(int held, int fd);

/* The other nouns: each adds its functions and its type to the module. */
int osmlpy_buffer_init(PyObject *module);
int osmlpy_coredump_init(PyObject *module);
int osmlpy_errormode_init(PyObject *module);
int osmlpy_expose_init(PyObject *module);
int osmlpy_heap_init(PyObject *module);
int osmlpy_process_init(PyObject *module);
int osmlpy_region_init(PyObject *module);

/* module.c: adds a type to the module; -1: raised. `kept` may be NULL, else a reference is left there. */
int osmlpy_add_type(PyObject *module, PyType_Spec *spec, PyTypeObject **kept);

#endif
