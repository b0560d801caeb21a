/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core.h"

static const struct osmlpy_word step_words[] = {
	{ "core_limit", OSML_HARDEN_CORE_LIMIT },
	{ "undumpable", OSML_HARDEN_UNDUMPABLE },
	{ NULL, 0 },
};
static const struct osmlpy_words step_names = { "a step", "'core_limit' or 'undumpable'", step_words };

/* All of the steps when none is named. */
static int read_steps(uint32_t *steps, PyObject *const *args, Py_ssize_t count)
{
	*steps = count ? 0 : OSML_HARDEN_ALL;
	for (Py_ssize_t i = 0; i < count; i++) {
		uint32_t step;
		if (osmlpy_word(&step, args[i], &step_names))
			return -1;
		*steps |= step;
	}
	return 0;
}

/* None when the step holds, else the exception that tells why not: it is handed out, not raised, because the other steps count as well. */
static PyObject *harden_step(struct state *state, uint32_t step)
{
	PyThreadState *thread;
	int rc;

	thread = PyEval_SaveThread();
	rc = osml_harden(NULL, step);
	PyEval_RestoreThread(thread);
	return rc ? osmlpy_error(state, rc, NULL) : Py_NewRef(Py_None);
}

static PyObject *harden(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
	struct state *state = PyModule_GetState(module);
	PyObject *outcome, *outcomes;
	uint32_t steps;

	if (read_steps(&steps, args, count))
		return NULL;
	outcomes = PyDict_New();
	for (const struct osmlpy_word *w = step_words; outcomes && w->word; w++) {
		if (!(steps & w->value))
			continue;
		outcome = harden_step(state, w->value);
		if (!outcome || PyDict_SetItemString(outcomes, w->word, outcome))
			Py_CLEAR(outcomes);
		Py_XDECREF(outcome);
	}
	return outcomes;
}

static PyObject *harden_undo(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
	PyThreadState *thread;
	uint32_t steps, undone;
	int rc;

	if (read_steps(&steps, args, count))
		return NULL;
	thread = PyEval_SaveThread();
	rc = osml_harden_undo(&undone, steps);
	PyEval_RestoreThread(thread);
	return rc ? osmlpy_raise(PyModule_GetState(module), rc, NULL) : osmlpy_word_set(undone, step_words);
}

static PyObject *purge(PyObject *module, PyObject *ignored)
{
	PyThreadState *thread = PyEval_SaveThread();
	int rc = osml_purge();

	(void)ignored;
	PyEval_RestoreThread(thread);
	return osmlpy_answer(PyModule_GetState(module), rc);
}

static PyObject *trim(PyObject *module, PyObject *ignored)
{
	PyThreadState *thread = PyEval_SaveThread();
	int rc = osml_trim();

	(void)ignored;
	PyEval_RestoreThread(thread);
	return osmlpy_answer(PyModule_GetState(module), rc);
}

static PyObject *scrub(PyObject *module, PyObject *ignored)
{
	(void)module;
	(void)ignored;
	osml_scrub();
	Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
	{ "harden", (PyCFunction)(void (*)(void))harden, METH_FASTCALL,
	  "harden($module, /, *steps)\n"
	  "--\n\n"
	  "Hardens the whole process against dumps: 'core_limit' sets the soft RLIMIT_CORE to 0,\n"
	  "'undumpable' is prctl(PR_SET_DUMPABLE, 0): no dump at all, piped ones included, and no\n"
	  "ptrace by others of this user; /proc/PID becomes root's, and exec() resets it. On Windows the\n"
	  "first keeps Windows Error Reporting away, and the second the other processes of this user. Without\n"
	  "steps: all. Each is tried; returns {step: None when it is in effect, else the OSError that tells\n"
	  "why not}. Forked children inherit both." },
	{ "harden_undo", (PyCFunction)(void (*)(void))harden_undo, METH_FASTCALL,
	  "harden_undo($module, /, *steps)\n"
	  "--\n\n"
	  "Undoes those of the steps (without any: of all) that harden() did, and returns their names.\n"
	  "Raises OSError with errno." },
	{ "purge", purge, METH_NOARGS,
	  "purge($module, /)\n"
	  "--\n\n"
	  "Wipes and closes every buffer of the process, those of other interpreters and threads too, as\n"
	  "its end does: in a signal handler, before os.execv() or os._exit(). Every buffer answers\n"
	  "ValueError from here on, views read as zeros, and new buffers can be made. Any thread may call\n"
	  "it while others work. In a forked child it is about the child's own buffers. Never raises." },
	{ "trim", trim, METH_NOARGS,
	  "trim($module, /)\n"
	  "--\n\n"
	  "Gives back the locked memory that is kept for buffers to come, of all threads: what stays\n"
	  "locked is the pages of open buffers, which are not changed. A buffer that the lock limit\n"
	  "would refuse does this by itself. Never raises." },
	{ "scrub", scrub, METH_NOARGS,
	  "scrub($module, /)\n"
	  "--\n\n"
	  "Wipes what finished calls left behind: 256 KiB of this thread's C stack below the interpreter's\n"
	  "own frames, and the vector registers. For use after a call that leaves a key there, as some\n"
	  "ciphers do; objects of Python are not touched. Never raises." },
	{ NULL, NULL, 0, NULL },
};

int osmlpy_process_init(PyObject *module)
{
	return PyModule_AddFunctions(module, functions);
}
