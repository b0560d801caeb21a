/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core.h"

static const struct osmlpy_word protection_words[] = {
	{ "locked", OSML_LOCKED }, { "nodump", OSML_NODUMP },   { "wipeonfork", OSML_WIPEONFORK }, { "nofork", OSML_NOFORK },
	{ "canary", OSML_CANARY }, { "guarded", OSML_GUARDED }, { "secretmem", OSML_SECRETMEM },   { NULL, 0 },
};

PyObject *osmlpy_protections(uint32_t bits)
{
	return osmlpy_word_set(bits, protection_words);
}

static PyObject *limit_object(uint64_t value)
{
	return value == OSML_UNLIMITED ? Py_NewRef(Py_None) : PyLong_FromUnsignedLongLong(value);
}

static PyObject *number_object(uint64_t value)
{
	return PyLong_FromUnsignedLongLong(value);
}

static PyObject *bool_object(uint64_t value)
{
	return PyBool_FromLong(value != 0);
}

static PyObject *protections_object(uint64_t value)
{
	return osmlpy_protections((uint32_t)value);
}

static const struct {
	const char *key;
	enum osml_info what;
	PyObject *(*object)(uint64_t value);
} rows[] = {
	{ "page_size", OSML_INFO_PAGE_SIZE, number_object },
	{ "lock_limit_soft", OSML_INFO_LOCK_LIMIT_SOFT, limit_object },
	{ "lock_limit_hard", OSML_INFO_LOCK_LIMIT_HARD, limit_object },
	{ "process_locked_bytes", OSML_INFO_PROCESS_LOCKED_BYTES, number_object },
	{ "live_buffers", OSML_INFO_LIVE_BUFFERS, number_object },
	{ "library_locked_bytes", OSML_INFO_LIBRARY_LOCKED_BYTES, number_object },
	{ "supported_protections", OSML_INFO_SUPPORTED_PROTECTIONS, protections_object },
	{ "sanitizer", OSML_INFO_SANITIZER, bool_object },
	{ "emulator", OSML_INFO_EMULATOR, bool_object },
	{ "corruptions", OSML_INFO_CORRUPTIONS, number_object },
	{ "double_frees", OSML_INFO_DOUBLE_FREES, number_object },
	{ "idle_bytes", OSML_INFO_IDLE_BYTES, number_object },
	{ "heap_blocks", OSML_INFO_HEAP_BLOCKS, number_object },
	{ "heap_bytes", OSML_INFO_HEAP_BYTES, number_object },
	{ "foreign_frees", OSML_INFO_FOREIGN_FREES, number_object },
	{ "live_bytes", OSML_INFO_LIVE_BYTES, number_object },
	{ "kept_live_bytes", OSML_INFO_KEPT_LIVE_BYTES, number_object },
	{ "kept_idle_bytes", OSML_INFO_KEPT_IDLE_BYTES, number_object },
	{ "secretmem_live_bytes", OSML_INFO_SECRETMEM_LIVE_BYTES, number_object },
	{ "secretmem_idle_bytes", OSML_INFO_SECRETMEM_IDLE_BYTES, number_object },
	{ "kept_corruptions", OSML_INFO_KEPT_CORRUPTIONS, number_object },
	{ "secretmem_corruptions", OSML_INFO_SECRETMEM_CORRUPTIONS, number_object },
};

/* What the system does not report is left out, which is no error. */
static int add_row(PyObject *report, size_t i, struct state *state)
{
	PyThreadState *thread;
	PyObject *object;
	uint64_t value;
	int rc;

	thread = PyEval_SaveThread();
	rc = osml_info(rows[i].what, &value);
	PyEval_RestoreThread(thread);
	if (rc == OSML_EUNSUPPORTED)
		return 0;
	object = rc ? osmlpy_raise(state, rc, NULL) : rows[i].object(value);
	rc = object ? PyDict_SetItemString(report, rows[i].key, object) : -1;
	Py_XDECREF(object);
	return rc;
}

static PyObject *info(PyObject *module, PyObject *ignored)
{
	PyObject *report = PyDict_New();

	(void)ignored;
	for (size_t i = 0; report && i < sizeof rows / sizeof *rows; i++)
		if (add_row(report, i, PyModule_GetState(module)))
			Py_CLEAR(report);
	return report;
}

static PyMethodDef functions[] = {
	{ "info", info, METH_NOARGS,
	  "info($module, /)\n"
	  "--\n\n"
	  "What this system offers, allows and uses now, as a dict; sizes in bytes, a limit of None is\n"
	  "no limit, and a key is absent where it is unknown. page_size; lock_limit_soft and\n"
	  "lock_limit_hard (RLIMIT_MEMLOCK; None for soft also where CAP_IPC_LOCK lifts it); process_locked_bytes,\n"
	  "by the whole process; live_buffers and library_locked_bytes, of this library; supported_protections, the\n"
	  "protections that the system can give, tried out by this call; sanitizer, emulator: whether\n"
	  "one is at work, under which locks and advice cannot be trusted; corruptions and\n"
	  "double_frees, counted so far; idle_bytes, of locked pages that wait for buffers to come and\n"
	  "that trim() gives back; live_bytes, locked memory of open buffers and of the locked heap;\n"
	  "heap_blocks and heap_bytes, of that heap alone; foreign_frees, what was freed there and is none\n"
	  "of its blocks; what begins with kept_: the same of the heap and of buffers with fork='keep'; with\n"
	  "secretmem_: of those with secretmem=True. Raises OSError with errno." },
	{ NULL, NULL, 0, NULL },
};

int osmlpy_report_init(PyObject *module)
{
	return PyModule_AddFunctions(module, functions);
}
