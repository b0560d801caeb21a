/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A service with CPython inside, all of whose objects are in locked memory: about 4 MiB before the script does anything. The script treats secrets as the
 * bytes and str that they are; no copy that Python makes is outside locked memory, and each is wiped when Python frees it.
 *
 *   python_host SCRIPT SOCKET [FILE]     (see service.h; a script: handler.py)
 *
 * With PLAIN_HEAP in the environment it runs on Python's own allocators, to see the difference. What C libraries below Python allocate, OpenSSL for
 * instance, is theirs.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "service.h"

struct script {
	PyObject *start, *answer;
};

static void *allocate(void *context, size_t n)
{
	(void)context;
	return osml_malloc(n);
}

static void *allocate_zeros(void *context, size_t count, size_t n)
{
	(void)context;
	return osml_calloc(count, n);
}

static void *reallocate(void *context, void *p, size_t n)
{
	(void)context;
	return osml_realloc(p, n > 0 ? n : 1); /* not freed by that, in Python */
}

static void release(void *context, void *p)
{
	(void)context;
	osml_free(p);
}

/* Before Python has allocated anything that it frees later. */
static void lock_heap(void)
{
	PyMemAllocatorEx locked = { NULL, allocate, allocate_zeros, reallocate, release };
	PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &locked);
	PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &locked);
	PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &locked);
}

static PyStatus initialize(void)
{
	PyPreConfig first;
	PyConfig config;
	PyPreConfig_InitIsolatedConfig(&first);
	first.utf8_mode = 1;
	PyStatus status = Py_PreInitialize(&first);
	if (PyStatus_Exception(status))
		return status;
	if (!getenv("PLAIN_HEAP"))
		lock_heap();
	PyConfig_InitIsolatedConfig(&config);
	config.site_import = 0;
	status = PyConfig_SetBytesString(&config, &config.home, PYTHON_HOME); /* where the standard library is */
	if (!PyStatus_Exception(status))
		status = Py_InitializeFromConfig(&config);
	PyConfig_Clear(&config);
	return status;
}

/* The functions of the script. Nothing secret has been there yet, so Python may say what is wrong. */
static int load(struct script *script, const char *path)
{
	PyObject *names = PyDict_New();
	FILE *file = fopen(path, "rb");
	if (!file || !names || PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins()) != 0) {
		perror(path);
		return -1;
	}
	PyObject *done = PyRun_FileEx(file, path, Py_file_input, names, names, 1);
	script->start = done ? Py_XNewRef(PyDict_GetItemString(names, "start")) : NULL;
	script->answer = done ? Py_XNewRef(PyDict_GetItemString(names, "answer")) : NULL;
	if (!done)
		PyErr_Print();
	Py_XDECREF(done);
	Py_DECREF(names);
	return script->start && script->answer ? 0 : -1;
}

static PyObject *call(PyObject *function, const char *bytes, size_t len)
{
	PyObject *result = PyObject_CallFunction(function, "y#", bytes, (Py_ssize_t)len);
	PyErr_Clear(); /* what an exception says may quote a secret */
	return result;
}

static int start(void *context, const char *path, const osml_buffer *secret)
{
	struct script *script = context;
	if (load(script, path) != 0)
		return -1;
	PyObject *result = call(script->start, osml_buffer_data(secret), osml_buffer_size(secret));
	if (!result)
		fprintf(stderr, "%s: it did not take the secret\n", path);
	Py_XDECREF(result);
	return result ? 0 : -1;
}

static int answer(void *context, const char *request, size_t len, int fd)
{
	struct script *script = context;
	PyObject *result = call(script->answer, request, len);
	int rc = result && PyBytes_Check(result) ? service_reply(fd, PyBytes_AS_STRING(result), (size_t)PyBytes_GET_SIZE(result)) : -1;
	Py_XDECREF(result);
	return rc;
}

int main(int argc, char **argv)
{
	struct script script = { NULL, NULL };
	PyStatus status = initialize();
	if (PyStatus_Exception(status)) {
		fprintf(stderr, "%s: Python did not start: %s; see ulimit -l\n", argv[0], status.err_msg ? status.err_msg : "no memory");
		return 1;
	}
	int rc = service_run(&(struct service){ start, answer, &script }, argc, argv);
	Py_XDECREF(script.start);
	Py_XDECREF(script.answer);
	if (Py_FinalizeEx() != 0)
		rc = 1;
	osml_scrub();
	return rc;
}
