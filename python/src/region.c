/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core.h"

/* `locked`: a lock on memory of the caller, which the export holds in place as long as the lock. */
struct region {
	PyObject_HEAD osml_region *_Atomic handle; /* NULL once released; whoever takes it out releases the view as well */
	PyObject *memory;                          /* never NULL: what __enter__ gives, a memoryview that __exit__ releases */
	Py_buffer view;                            /* valid while there is a handle */
};

static int lock_view(struct region *self, unsigned flags)
{
	PyThreadState *thread;
	osml_region *handle;
	int rc;

	thread = PyEval_SaveThread();
	rc = osml_region_lock(&handle, self->view.buf, (size_t)self->view.len, flags);
	PyEval_RestoreThread(thread);
	atomic_store(&self->handle, handle);
	return rc;
}

/* Garbage may hold the quota, so it is collected once (bindings/README.md). */
static int lock_or_collect(struct region *self, unsigned flags)
{
	int rc = lock_view(self, flags);

	if (rc != OSML_ELIMIT)
		return rc;
	PyGC_Collect();
	return lock_view(self, flags);
}

/* In a forked child nothing is locked, so there is nothing that could fail to be unlocked. */
static int unlock(struct region *self, bool *was_locked)
{
	PyThreadState *thread;
	osml_region *handle = atomic_exchange(&self->handle, NULL);
	int rc;

	*was_locked = handle != NULL;
	if (!handle)
		return 0;
	thread = PyEval_SaveThread();
	rc = osml_region_unlock(handle);
	PyEval_RestoreThread(thread);
	PyBuffer_Release(&self->view);
	return rc == OSML_EFORKED ? 0 : rc;
}

/*
 * The variable of the with statement outlives the scope, and would keep the memory from being resized or closed after it. A view that the
 * user has made of it does so rightly.
 */
static void release_memory(struct region *self)
{
	PyObject *released = PyObject_CallMethod(self->memory, "release", NULL);

	if (!released)
		PyErr_Clear();
	Py_XDECREF(released);
}

static struct region *region_empty(PyTypeObject *type, PyObject *object)
{
	PyObject *memory = PyMemoryView_FromObject(object);
	struct region *self = memory ? PyObject_GC_New(struct region, type) : NULL;

	if (!self) {
		Py_XDECREF(memory);
		return NULL;
	}
	atomic_init(&self->handle, NULL);
	self->memory = memory;
	return self;
}

/* It would be a second lock on what has one, and with `wipe` the end of somebody's secret. -1: raised. */
static int refuse_own(const struct region *self)
{
	PyObject *owner = PyObject_GetAttrString(self->memory, "obj");
	struct state *state = PyType_GetModuleState(Py_TYPE((PyObject *)self));
	bool own = owner && Py_IS_TYPE(owner, state->buffer_type);

	Py_XDECREF(owner);
	if (!owner)
		return -1;
	if (own)
		PyErr_SetString(PyExc_ValueError, "a LockedBuffer is locked already, and until it is closed: use it as it is");
	return own ? -1 : 0;
}

static PyObject *region_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
	static char *names[] = { "", "dontdump", "wipe", NULL };
	int dontdump = 1, wipe = 0, rc;
	struct region *self;
	PyObject *object;

	if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|$pp:locked", names, &object, &dontdump, &wipe))
		return NULL;
	self = region_empty(type, object);
	if (!self)
		return NULL;
	if (refuse_own(self) || osmlpy_writable(object, &self->view)) {
		Py_DECREF(self);
		return NULL;
	}
	rc = lock_or_collect(self, (dontdump ? OSML_REGION_DONTDUMP : 0) | (wipe ? OSML_REGION_WIPE : 0));
	if (rc) {
		osmlpy_raise(PyType_GetModuleState(type), rc, NULL);
		PyBuffer_Release(&self->view);
		Py_DECREF(self);
		return NULL;
	}
	PyObject_GC_Track(self);
	return (PyObject *)self;
}

static PyObject *region_enter(PyObject *self, PyObject *ignored)
{
	struct region *region = (struct region *)self;

	(void)ignored;
	if (!atomic_load(&region->handle)) {
		PyErr_SetString(PyExc_ValueError, "the lock was released");
		return NULL;
	}
	return Py_NewRef(region->memory);
}

static PyObject *region_exit(PyObject *self, PyObject *const *exception, Py_ssize_t count)
{
	bool was_locked;
	int rc;

	if (!osmlpy_exit_arguments(count))
		return NULL;
	rc = unlock((struct region *)self, &was_locked);
	if (was_locked)
		release_memory((struct region *)self);
	return osmlpy_left(osmlpy_state_of(self), rc, exception);
}

static void region_dealloc(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);
	PyObject *kind, *value, *trace;
	bool was_locked;
	int rc;

	PyObject_GC_UnTrack(self);
	PyErr_Fetch(&kind, &value, &trace); /* The exporter's release may be Python code. */
	rc = unlock((struct region *)self, &was_locked);
	PyErr_Restore(kind, value, trace);
	if (was_locked)
		osmlpy_warn_dropped(type, rc, "use it in a with statement");
	Py_DECREF(((struct region *)self)->memory);
	PyObject_GC_Del(self);
	Py_DECREF(type);
}

/* The object is tracked only while it has its parts. The collector breaks a cycle at another of its members: nothing here changes. */
static int region_traverse(PyObject *self, visitproc visit, void *arg)
{
	struct region *region = (struct region *)self;

	Py_VISIT(Py_TYPE(self));
	Py_VISIT(region->memory);
	if (atomic_load(&region->handle))
		Py_VISIT(region->view.obj);
	return 0;
}

static PyMethodDef methods[] = {
	{ "__enter__", region_enter, METH_NOARGS,
	  "__enter__($self, /)\n--\n\nA memoryview of the buffer, until __exit__ releases it. ValueError when the lock was released." },
	{ "__exit__", (PyCFunction)(void (*)(void))region_exit, METH_FASTCALL,
	  "__exit__($self, kind, error, trace, /)\n"
	  "--\n\n"
	  "Wipes if asked for, unlocks, and lets go of the buffer. A second time does nothing. It never\n"
	  "hides an exception that is under way: a failure is then a note on that." },
	{ NULL, NULL, 0, NULL },
};

static PyType_Slot slots[] = {
	{ Py_tp_doc, "locked(buffer, /, *, dontdump=True, wipe=False)\n"
	             "--\n\n"
	             "Locks the pages of memory that is not osmemlock's: a bytearray, an array, a numpy array, a\n"
	             "writable mmap.\n\n"
	             "with locked(buffer, wipe=True) as view:\n"
	             "    ...\n\n"
	             "The buffer must be writable and C-contiguous, else BufferError. It is locked by this call,\n"
	             "and exported until __exit__, so that it can neither move nor be resized. Locks are counted\n"
	             "for each page: a neighbour's is never undone (but do not mix with munlock()). dontdump also\n"
	             "keeps the pages out of core dumps meanwhile; wipe sets the bytes to zero at the end. Any\n"
	             "thread may use it. A forked child inherits no lock, and leaving the scope there is right.\n"
	             "Dropped while locked: a ResourceWarning, and the same end. Raises LockLimitError, OSError\n"
	             "with errno, UnsupportedError." },
	{ Py_tp_new, region_new },
	{ Py_tp_dealloc, region_dealloc },
	{ Py_tp_traverse, region_traverse },
	{ Py_tp_methods, methods },
	{ 0, NULL },
};

static PyType_Spec spec = {
	.name = "osmemlock.locked",
	.basicsize = sizeof(struct region),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_GC,
	.slots = slots,
};

int osmlpy_region_init(PyObject *module)
{
	return osmlpy_add_type(module, &spec, NULL);
}
