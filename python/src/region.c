/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core.h"

/* `locked`: a lock on memory of the caller, which the export holds in place as long as the lock. */
struct region {
	PyObject_HEAD osml_region *_Atomic handle; /* NULL once released; whoever takes it out releases the view as well */
	PyObject *object;                          /* never NULL: what __enter__ makes a view of */
	Py_buffer view;                            /* valid while there is a handle */
	bool wipe;
};

static int lock_view(struct region *self, unsigned flags)
{
	osml_region *handle;
	int rc;

	Py_BEGIN_ALLOW_THREADS rc = osml_region_lock(&handle, self->view.buf, (size_t)self->view.len, flags);
	Py_END_ALLOW_THREADS atomic_store(&self->handle, handle);
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
	osml_region *handle = atomic_exchange(&self->handle, NULL);
	int rc;

	*was_locked = handle != NULL;
	if (!handle)
		return 0;
	Py_BEGIN_ALLOW_THREADS if (self->wipe) osml_wipe(self->view.buf, (size_t)self->view.len);
	rc = osml_region_unlock(handle);
	Py_END_ALLOW_THREADS PyBuffer_Release(&self->view);
	return rc == OSML_EFORKED ? 0 : rc;
}

static struct region *region_empty(PyTypeObject *type, PyObject *object, int wipe)
{
	struct region *self = PyObject_GC_New(struct region, type);

	if (!self)
		return NULL;
	atomic_init(&self->handle, NULL);
	self->object = Py_NewRef(object);
	self->wipe = wipe;
	return self;
}

static PyObject *region_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
	static char *names[] = { "", "dontdump", "wipe", NULL };
	int dontdump = 1, wipe = 0, rc;
	struct region *self;
	PyObject *object;

	if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|$pp:locked", names, &object, &dontdump, &wipe))
		return NULL;
	self = region_empty(type, object, wipe);
	if (!self)
		return NULL;
	if (osmlpy_writable(object, &self->view)) {
		Py_DECREF(self);
		return NULL;
	}
	rc = lock_or_collect(self, dontdump ? OSML_REGION_DONTDUMP : 0);
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
	return PyMemoryView_FromObject(region->object);
}

static PyObject *region_exit(PyObject *self, PyObject *const *exception, Py_ssize_t count)
{
	bool was_locked;

	if (!osmlpy_exit_arguments(count))
		return NULL;
	return osmlpy_left(osmlpy_state_of(self), unlock((struct region *)self, &was_locked), exception);
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
	Py_DECREF(((struct region *)self)->object);
	PyObject_GC_Del(self);
	Py_DECREF(type);
}

/* The object is tracked only while it has its parts. The collector breaks a cycle at another of its members: nothing here changes. */
static int region_traverse(PyObject *self, visitproc visit, void *arg)
{
	struct region *region = (struct region *)self;

	Py_VISIT(Py_TYPE(self));
	Py_VISIT(region->object);
	if (atomic_load(&region->handle))
		Py_VISIT(region->view.obj);
	return 0;
}

static PyMethodDef methods[] = {
	{ "__enter__", region_enter, METH_NOARGS,
	  "__enter__($self, /)\n--\n\nA memoryview of the buffer. ValueError when the lock was released." },
	{ "__exit__", (PyCFunction)(void (*)(void))region_exit, METH_FASTCALL,
	  "__exit__($self, kind, error, trace, /)\n--\n\n"
	  "Wipes if asked for, unlocks, and lets go of the buffer. A second time does nothing. It never hides an exception that is under "
	  "way: a\n"
	  "failure is then a note on that." },
	{ NULL, NULL, 0, NULL },
};

static PyType_Slot slots[] = {
	{ Py_tp_doc,
	  "locked(buffer, /, *, dontdump=True, wipe=False)\n--\n\n"
	  "Locks the pages of memory that is not osmemlock's: a bytearray, an array, a numpy array, a writable mmap.\n\n"
	  "with locked(buffer, wipe=True) as view:\n"
	  "    ...\n\n"
	  "The buffer must be writable and C-contiguous, else BufferError. It is locked by this call, and exported until __exit__, so that "
	  "it can\n"
	  "neither move nor be resized. Locks are counted for each page: a neighbour's is never undone (but do not mix with munlock()).\n"
	  "dontdump also keeps the pages out of core dumps meanwhile; wipe sets the bytes to zero at the end. Any thread may use it. A "
	  "forked\n"
	  "child inherits no lock, and leaving the scope there is right. Dropped while locked: a ResourceWarning, and the same end.\n"
	  "Raises LockLimitError, OSError with errno, UnsupportedError." },
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
