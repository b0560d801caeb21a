/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core.h"

struct guard {
	PyObject_HEAD osml_core_dumps_guard *_Atomic handle; /* NULL once released; whoever takes it out releases it */
};

static int release_guard(struct guard *self, bool *was_held)
{
	PyThreadState *thread;
	osml_core_dumps_guard *handle = atomic_exchange(&self->handle, NULL);
	int rc;

	*was_held = handle != NULL;
	thread = PyEval_SaveThread();
	rc = osml_core_dumps_guard_release(handle);
	PyEval_RestoreThread(thread);
	return rc;
}

static PyObject *guard_release(PyObject *self, PyObject *ignored)
{
	bool was_held;

	(void)ignored;
	return osmlpy_answer(osmlpy_state_of(self), release_guard((struct guard *)self, &was_held));
}

static PyObject *guard_enter(PyObject *self, PyObject *ignored)
{
	(void)ignored;
	if (!atomic_load(&((struct guard *)self)->handle)) {
		PyErr_SetString(PyExc_ValueError, "the guard was released");
		return NULL;
	}
	return Py_NewRef(self);
}

static PyObject *guard_exit(PyObject *self, PyObject *const *exception, Py_ssize_t count)
{
	bool was_held;

	if (!osmlpy_exit_arguments(count))
		return NULL;
	return osmlpy_left(osmlpy_state_of(self), release_guard((struct guard *)self, &was_held), exception);
}

static void guard_dealloc(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);
	bool was_held;
	int rc = release_guard((struct guard *)self, &was_held);

	if (was_held)
		osmlpy_warn_dropped(type, rc, "release() it, or use it in a with statement");
	PyObject_Free(self);
	Py_DECREF(type);
}

static PyObject *with_guard(PyObject *module, PyObject *ignored)
{
	PyThreadState *thread;
	struct state *state = PyModule_GetState(module);
	struct guard *self = PyObject_New(struct guard, state->guard_type);
	osml_core_dumps_guard *handle;
	int rc;

	(void)ignored;
	if (!self)
		return NULL;
	atomic_init(&self->handle, NULL);
	thread = PyEval_SaveThread();
	rc = osml_disable_core_dumps_with_guard(&handle);
	PyEval_RestoreThread(thread);
	atomic_store(&self->handle, handle);
	if (rc) {
		osmlpy_raise(state, rc, NULL);
		Py_CLEAR(self);
	}
	return (PyObject *)self;
}

static PyObject *for_process(PyObject *module, PyObject *ignored)
{
	PyThreadState *thread;
	int rc;

	(void)ignored;
	thread = PyEval_SaveThread();
	rc = osml_disable_core_dumps_for_process();
	PyEval_RestoreThread(thread);
	return osmlpy_answer(PyModule_GetState(module), rc);
}

static PyMethodDef functions[] = {
	{ "disable_core_dumps_for_process", for_process, METH_NOARGS,
	  "disable_core_dumps_for_process($module, /)\n"
	  "--\n\n"
	  "Sets the soft RLIMIT_CORE to 0 for good; guards will not raise it again. Child processes\n"
	  "inherit it. A dump that is piped to a handler is not stopped by it: harden() does that.\n"
	  "Raises UnsupportedError, OSError with errno." },
	{ "disable_core_dumps_with_guard", with_guard, METH_NOARGS,
	  "disable_core_dumps_with_guard($module, /)\n"
	  "--\n\n"
	  "Sets the soft RLIMIT_CORE to 0 until the returned guard, and every other, is released.\n"
	  "Raises UnsupportedError, OSError with errno.\n\n"
	  "with disable_core_dumps_with_guard():\n"
	  "    ..." },
	{ NULL, NULL, 0, NULL },
};

static PyMethodDef methods[] = {
	{ "release", guard_release, METH_NOARGS,
	  "release($self, /)\n"
	  "--\n\n"
	  "Releases this guard, in any order; a second time does nothing. The last one restores the\n"
	  "soft limit that the first one found, unless other code has changed it. PermissionError: the\n"
	  "hard limit was lowered meanwhile, and the soft one was raised to that only." },
	{ "__enter__", guard_enter, METH_NOARGS, "__enter__($self, /)\n--\n\nThe guard itself. ValueError when it was released." },
	{ "__exit__", (PyCFunction)(void (*)(void))guard_exit, METH_FASTCALL,
	  "__exit__($self, kind, error, trace, /)\n--\n\nreleases, and never hides an exception that is under way." },
	{ NULL, NULL, 0, NULL },
};

static PyType_Slot type_slots[] = {
	{ Py_tp_doc, "Core dumps of the process are off until it is released. Made by disable_core_dumps_with_guard().\n"
	             "Any thread may release it; dropped before, it is released with a ResourceWarning." },
	{ Py_tp_dealloc, guard_dealloc },
	{ Py_tp_methods, methods },
	{ 0, NULL },
};

static PyType_Spec spec = {
	.name = "osmemlock.CoreDumpsGuard",
	.basicsize = sizeof(struct guard),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.slots = type_slots,
};

int osmlpy_coredump_init(PyObject *module)
{
	struct state *state = PyModule_GetState(module);

	return osmlpy_add_type(module, &spec, &state->guard_type) ? -1 : PyModule_AddFunctions(module, functions);
}
