/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core.h"

static PyObject *explain_refusal(const Py_buffer *found)
{
	if (found->readonly)
		PyErr_SetString(PyExc_BufferError, "the buffer is read-only: it cannot be wiped, and others may share it; "
		                                   "use a bytearray, an array, a writable mmap or a LockedBuffer");
	else
		PyErr_SetString(PyExc_BufferError, "the buffer is not C-contiguous: its bytes lie between those of others");
	return NULL;
}

/*
 * Exporters refuse in different words, numpy even with ValueError, so a refusal is looked into: what the object does offer tells why.
 */
int osmlpy_writable(PyObject *object, Py_buffer *view)
{
	PyObject *kind, *value, *trace;
	Py_buffer found;

	if (PyObject_GetBuffer(object, view, PyBUF_CONTIG) == 0)
		return 0;
	if (!PyErr_ExceptionMatches(PyExc_BufferError) && !PyErr_ExceptionMatches(PyExc_ValueError))
		return -1;
	PyErr_Fetch(&kind, &value, &trace);
	if (PyObject_GetBuffer(object, &found, PyBUF_FULL_RO)) {
		PyErr_Restore(kind, value, trace); /* The first refusal, a released memoryview for one, tells more. */
		return -1;
	}
	if (found.readonly || !PyBuffer_IsContiguous(&found, 'C')) {
		explain_refusal(&found);
	} else {
		PyErr_Restore(kind, value, trace); /* It was a passing state: another thread had the buffer to itself. */
		kind = value = trace = NULL;
	}
	PyBuffer_Release(&found);
	Py_XDECREF(kind);
	Py_XDECREF(value);
	Py_XDECREF(trace);
	return -1;
}

/* The export is held meanwhile, so that no other thread can resize or free the memory. */
static PyObject *on_buffer(PyObject *module, PyObject *object, int (*call)(void *addr, size_t len))
{
	PyThreadState *thread;
	Py_buffer view;
	int rc;

	if (osmlpy_writable(object, &view))
		return NULL;
	thread = PyEval_SaveThread();
	rc = call(view.buf, (size_t)view.len);
	PyEval_RestoreThread(thread);
	PyBuffer_Release(&view);
	return rc ? osmlpy_raise(PyModule_GetState(module), rc, NULL) : osmlpy_answer(NULL, 0);
}

static int lock(void *addr, size_t len)
{
	return osml_mlock(addr, len);
}

static int unlock(void *addr, size_t len)
{
	return osml_munlock(addr, len);
}

static PyObject *py_mlock(PyObject *module, PyObject *buffer)
{
	return on_buffer(module, buffer, lock);
}

static PyObject *py_munlock(PyObject *module, PyObject *buffer)
{
	return on_buffer(module, buffer, unlock);
}

static PyObject *py_madvise_dontdump(PyObject *module, PyObject *buffer)
{
	return on_buffer(module, buffer, osml_madvise_dontdump);
}

static PyObject *py_wipe(PyObject *module, PyObject *buffer)
{
	return on_buffer(module, buffer, osml_wipe);
}

static PyMethodDef functions[] = {
	{ "mlock", py_mlock, METH_O,
	  "mlock($module, buffer, /)\n"
	  "--\n\n"
	  "Locks the pages of a writable C-contiguous buffer in RAM: mlock(2), VirtualLock. 0 bytes:\n"
	  "nothing to do.\n\n"
	  "A direct wrapper: whole pages, so memory beside the buffer is locked too, and one munlock()\n"
	  "of a neighbour cancels it; locked() counts. The caller keeps the memory where it is until\n"
	  "munlock(): a bytearray that grows moves. Forked children inherit no lock. Raises OSError\n"
	  "with errno (ENOMEM: over RLIMIT_MEMLOCK, see info()), BufferError (read-only or not\n"
	  "contiguous), UnsupportedError." },
	{ "munlock", py_munlock, METH_O,
	  "munlock($module, buffer, /)\n"
	  "--\n\n"
	  "Unlocks the pages of a buffer: munlock(2), VirtualUnlock. It never writes to the memory:\n"
	  "wipe() first. Raises as mlock()." },
	{ "madvise_dontdump", py_madvise_dontdump, METH_O,
	  "madvise_dontdump($module, buffer, /)\n"
	  "--\n\n"
	  "Keeps the pages of a writable C-contiguous buffer out of core dumps (Linux, FreeBSD; on\n"
	  "Windows 10 out of Windows Error Reporting), rounded outward to whole pages. There is no undo;\n"
	  "locked() has one. Forked children inherit it. Raises UnsupportedError, OSError with errno, BufferError." },
	{ "wipe", py_wipe, METH_O,
	  "wipe($module, buffer, /)\n"
	  "--\n\n"
	  "Sets every byte of a writable C-contiguous buffer to zero, in a way that no optimiser\n"
	  "removes. Raises BufferError." },
	{ NULL, NULL, 0, NULL },
};

int osmlpy_memlock_init(PyObject *module)
{
	return PyModule_AddFunctions(module, functions);
}
