/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What callers say in words, numbers and keywords. */
#include "core.h"

#include <math.h>

int osmlpy_word(uint32_t *value, PyObject *word, const struct osmlpy_words *words)
{
	if (!PyUnicode_Check(word)) {
		PyErr_Format(PyExc_TypeError, "%s must be a str, not %R", words->what, Py_TYPE(word));
		return -1;
	}
	for (const struct osmlpy_word *w = words->words; w->word; w++) {
		if (PyUnicode_CompareWithASCIIString(word, w->word) == 0) {
			*value = w->value;
			return 0;
		}
	}
	PyErr_Format(PyExc_ValueError, "%s must be %s, not %R", words->what, words->choice, word);
	return -1;
}

PyObject *osmlpy_word_set(uint32_t bits, const struct osmlpy_word *words)
{
	PyObject *set = PyFrozenSet_New(NULL);

	for (; set && words->word; words++) {
		if (!(bits & words->value))
			continue;
		PyObject *word = PyUnicode_InternFromString(words->word);
		if (!word || PySet_Add(set, word))
			Py_CLEAR(set);
		Py_XDECREF(word);
	}
	return set;
}

int osmlpy_size(size_t *size, PyObject *number, const char *what)
{
	Py_ssize_t n = PyNumber_AsSsize_t(number, PyExc_OverflowError);

	if (n == -1 && PyErr_Occurred())
		return -1;
	if (n < 0) {
		PyErr_Format(PyExc_ValueError, "%s cannot be negative", what);
		return -1;
	}
	*size = (size_t)n;
	return 0;
}

/* ---- The keywords: each sets its part of the options ---- */

static int set_policy(struct osmlpy_options *o, PyObject *value)
{
	static const struct osmlpy_word words[] = {
		{ "default", OSML_POLICY_DEFAULT },
		{ "strict", OSML_POLICY_STRICT },
		{ "best_effort", OSML_POLICY_BEST_EFFORT },
		{ NULL, 0 },
	};
	static const struct osmlpy_words policies = { "policy", "'default', 'strict' or 'best_effort'", words };

	return osmlpy_word(&o->core.policy, value, &policies);
}

static int set_fork(struct osmlpy_options *o, PyObject *value)
{
	static const struct osmlpy_word words[] = {
		{ "wipe", OSML_WIPEONFORK },
		{ "keep", 0 },
		{ "nofork", OSML_NOFORK },
		{ NULL, 0 },
	};
	static const struct osmlpy_words forks = { "fork", "'wipe', 'keep' or 'nofork'", words };
	uint32_t bit;

	if (osmlpy_word(&bit, value, &forks))
		return -1;
	o->core.want = (o->core.want & ~(OSML_WIPEONFORK | OSML_NOFORK)) | bit;
	return 0;
}

static int set_bit(uint32_t *bits, uint32_t bit, PyObject *value)
{
	int truth = PyObject_IsTrue(value);

	if (truth > 0)
		*bits |= bit;
	return truth < 0 ? -1 : 0;
}

static int set_guarded(struct osmlpy_options *o, PyObject *value)
{
	return set_bit(&o->core.want, OSML_GUARDED, value);
}

static int set_secretmem(struct osmlpy_options *o, PyObject *value)
{
	return set_bit(&o->core.want, OSML_SECRETMEM, value);
}

static int set_wipe(struct osmlpy_options *o, PyObject *value)
{
	int truth = PyObject_IsTrue(value);

	o->wipe = truth > 0;
	return truth < 0 ? -1 : 0;
}

static int set_max_size(struct osmlpy_options *o, PyObject *value)
{
	return osmlpy_size(&o->max, value, "max");
}

static int set_timeout(struct osmlpy_options *o, PyObject *value)
{
	o->timeout = value == Py_None ? INFINITY : PyFloat_AsDouble(value);
	if (PyErr_Occurred())
		return -1;
	if (!(o->timeout >= 0)) {
		PyErr_SetString(PyExc_ValueError, "timeout must be seconds from 0 on, or None");
		return -1;
	}
	return 0;
}

/* Borrowed. None is as if it were not given. */
static int set_object(PyObject **object, PyObject *value)
{
	*object = value == Py_None ? NULL : value;
	return 0;
}

static int set_input(struct osmlpy_options *o, PyObject *value)
{
	return set_object(&o->input, value);
}

static int set_env(struct osmlpy_options *o, PyObject *value)
{
	return set_object(&o->env, value);
}

static int set_cwd(struct osmlpy_options *o, PyObject *value)
{
	return set_object(&o->cwd, value);
}

static const struct {
	const char *name;
	unsigned group;
	int (*set)(struct osmlpy_options *o, PyObject *value); /* NULL: a flag */
	uint32_t flag;
} keywords[] = {
	{ "policy", OSMLPY_MAKES, set_policy, 0 },
	{ "guarded", OSMLPY_MAKES, set_guarded, 0 },
	{ "secretmem", OSMLPY_MAKES, set_secretmem, 0 },
	{ "fork", OSMLPY_MAKES, set_fork, 0 },
	{ "max", OSMLPY_READS, set_max_size, 0 },
	{ "timeout", OSMLPY_WAITS, set_timeout, 0 },
	{ "input", OSMLPY_RUNS, set_input, 0 },
	{ "env", OSMLPY_RUNS, set_env, 0 },
	{ "cwd", OSMLPY_RUNS, set_cwd, 0 },
	{ "trim_space", OSMLPY_READS, NULL, OSML_TRIM_SPACE },
	{ "allow_empty", OSMLPY_READS, NULL, OSML_ALLOW_EMPTY },
	{ "trim_newline", OSMLPY_TRIMS, NULL, OSML_TRIM_NEWLINE },
	{ "first_line", OSMLPY_TRIMS, NULL, OSML_FIRST_LINE },
	{ "private", OSMLPY_OPENS, NULL, OSML_PRIVATE },
	{ "wipe", OSMLPY_TAKES, set_wipe, 0 },
};

static int set_keyword(struct osmlpy_options *o, unsigned accepted, PyObject *name, PyObject *value)
{
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
		if (!(accepted & keywords[i].group) || PyUnicode_CompareWithASCIIString(name, keywords[i].name) != 0)
			continue;
		return keywords[i].set ? keywords[i].set(o, value) : set_bit(&o->flags, keywords[i].flag, value);
	}
	PyErr_Format(PyExc_TypeError, "%R is an invalid keyword argument", name);
	return -1;
}

void osmlpy_options_start(struct osmlpy_options *o, size_t max)
{
	*o = (struct osmlpy_options){ .core = OSML_BUFFER_OPTIONS_INIT, .max = max, .timeout = INFINITY };
}

/* As the fast call passes them: the names in a tuple, or NULL, and their values after the positional arguments. */
int osmlpy_options_take(struct osmlpy_options *o, unsigned accepted, PyObject *const *values, PyObject *names)
{
	Py_ssize_t count = names ? PyTuple_Size(names) : 0;

	for (Py_ssize_t i = 0; i < count; i++)
		if (set_keyword(o, accepted, PyTuple_GetItem(names, i), values[i]))
			return -1;
	return 0;
}

int osmlpy_options_take_dict(struct osmlpy_options *o, unsigned accepted, PyObject *dict)
{
	PyObject *name, *value;
	Py_ssize_t at = 0;

	while (PyDict_Next(dict, &at, &name, &value))
		if (set_keyword(o, accepted, name, value))
			return -1;
	return 0;
}
