/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core.h"

static int (*const nouns[])(PyObject *module) = {
	osmlpy_error_init, /* first: the others may fail */
	osmlpy_memlock_init, osmlpy_region_init, osmlpy_coredump_init, osmlpy_errormode_init, osmlpy_buffer_init,
	osmlpy_expose_init,  osmlpy_heap_init,   osmlpy_process_init,  osmlpy_report_init,
};

int osmlpy_add_type(PyObject *module, PyType_Spec *spec, PyTypeObject **kept)
{
	PyObject *type = PyType_FromModuleAndSpec(module, spec, NULL);
	int failed = type ? PyModule_AddType(module, (PyTypeObject *)type) : -1;

	if (kept && !failed)
		*kept = (PyTypeObject *)Py_NewRef(type);
	Py_XDECREF(type);
	return failed;
}

static int fill(PyObject *module)
{
	for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++)
		if (nouns[i](module))
			return -1;
	return PyModule_AddStringConstant(module, "__version__", osml_version());
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
	struct state *state = PyModule_GetState(module);

	Py_VISIT(state->unsupported_error);
	Py_VISIT(state->lock_limit_error);
	Py_VISIT(state->forked_error);
	Py_VISIT(state->corruption_error);
	Py_VISIT(state->buffer_type);
	Py_VISIT(state->guard_type);
	Py_VISIT(state->exposure_type);
	return 0;
}

static int clear(PyObject *module)
{
	struct state *state = PyModule_GetState(module);

	Py_CLEAR(state->unsupported_error);
	Py_CLEAR(state->lock_limit_error);
	Py_CLEAR(state->forked_error);
	Py_CLEAR(state->corruption_error);
	Py_CLEAR(state->buffer_type);
	Py_CLEAR(state->guard_type);
	Py_CLEAR(state->exposure_type);
	return 0;
}

static void release(void *module)
{
	clear(module);
}

/*
 * The numbers and values of the slots that the headers of the limited API of 3.11 do not have yet. An interpreter refuses slots that are newer
 * than itself, so they stand newest first, and an older interpreter starts further down (E12).
 */
#define SLOT_MULTIPLE_INTERPRETERS 3 /* Py_mod_multiple_interpreters, 3.12 */
#define SLOT_GIL                   4 /* Py_mod_gil, 3.13 */
#define OWN_GIL_SUPPORTED          ((void *)2)
#define GIL_NOT_USED               ((void *)1)

static PyModuleDef_Slot slots[] = {
	{ SLOT_GIL, GIL_NOT_USED },
	{ SLOT_MULTIPLE_INTERPRETERS, OWN_GIL_SUPPORTED },
	{ Py_mod_exec, (void *)fill },
	{ 0, NULL },
};

#define DEFINITION(first_slot)                                                                                                     \
	{                                                                                                                          \
		PyModuleDef_HEAD_INIT,                                                                                             \
		        .m_name = "osmemlock._core", .m_doc = "Memory for secrets. The package osmemlock re-exports all of this.", \
		        .m_size = sizeof(struct state), .m_slots = &slots[first_slot], .m_traverse = traverse, .m_clear = clear,   \
		        .m_free = release                                                                                          \
	}

static PyModuleDef definitions[] = { DEFINITION(0), DEFINITION(1), DEFINITION(2) };

PyMODINIT_FUNC PyInit__core(void); /* The interpreter finds it by name; no header declares it. */

PyMODINIT_FUNC PyInit__core(void)
{
	size_t too_new = Py_Version >= 0x030D0000 ? 0 : Py_Version >= 0x030C0000 ? 1 : 2;

	return PyModuleDef_Init(&definitions[too_new]);
}
