/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * `locked_heap`: inside its scope every object that this thread makes lies in locked memory, and is wiped when it is freed (audit U8). The allocators
 * of the interpreter are wrapped by the first scope and stay so, because blocks outlive scopes; a block's address shows which allocator it is of.
 */
#include "core.h"

#if !defined(_WIN32) && !defined(Py_GIL_DISABLED)
#include <dlfcn.h>
#include <sched.h>
#define CAN_WRAP 1
#else
#define CAN_WRAP 0
#endif

#if CAN_WRAP
/* As in cpython/pymem.h. These names are not in the limited API, so they are looked up when they are needed. */
enum { RAW, MEM, OBJ, DOMAINS };
struct allocator {
	void *context;
	void *(*malloc)(void *context, size_t n);
	void *(*calloc)(void *context, size_t count, size_t n);
	void *(*realloc)(void *context, void *p, size_t n);
	void (*free)(void *context, void *p);
};
typedef void (*exchange)(int domain, struct allocator *allocator);

static struct allocator inner[DOMAINS];
static _Thread_local unsigned depth; /* scopes that this thread is in */
static _Thread_local bool refused;   /* a block, in the outermost of them */

/* ---- The wrapped allocators. Other threads may be in them while they are installed, so the context stays the inner one's. ---- */

static void *locked_block(void *p)
{
	refused |= !p;
	return p;
}

/* One function for each domain, made from these. */
static void *wrapped_malloc(int domain, void *context, size_t n)
{
	return depth ? locked_block(osml_malloc(n)) : inner[domain].malloc(context, n);
}

static void *wrapped_calloc(int domain, void *context, size_t count, size_t n)
{
	return depth ? locked_block(osml_calloc(count, n)) : inner[domain].calloc(context, count, n);
}

/* How much of an inner block is in use is not known, so it cannot move into locked memory. */
static void *wrapped_realloc(int domain, void *context, void *p, size_t n)
{
	if (!p)
		return wrapped_malloc(domain, context, n);
	return osml_owns(p) ? locked_block(osml_realloc(p, n)) : inner[domain].realloc(context, p, n);
}

static void wrapped_free(int domain, void *context, void *p)
{
	if (osml_owns(p))
		osml_free(p);
	else
		inner[domain].free(context, p);
}

#define WRAPPERS(name, domain)                                      \
	static void *name##_malloc(void *c, size_t n)               \
	{                                                           \
		return wrapped_malloc(domain, c, n);                \
	}                                                           \
	static void *name##_calloc(void *c, size_t count, size_t n) \
	{                                                           \
		return wrapped_calloc(domain, c, count, n);         \
	}                                                           \
	static void *name##_realloc(void *c, void *p, size_t n)     \
	{                                                           \
		return wrapped_realloc(domain, c, p, n);            \
	}                                                           \
	static void name##_free(void *c, void *p)                   \
	{                                                           \
		wrapped_free(domain, c, p);                         \
	}

WRAPPERS(raw, RAW)
WRAPPERS(mem, MEM)
WRAPPERS(obj, OBJ)

#define WRAPPER(name)                                                           \
	{                                                                       \
		NULL, name##_malloc, name##_calloc, name##_realloc, name##_free \
	}
static const struct allocator wrappers[DOMAINS] = { WRAPPER(raw), WRAPPER(mem), WRAPPER(obj) };

/* ---- Installed ---- */

/* tracemalloc puts back what it found when it stops; blocks of ours would then be freed by others. */
static int is_tracing(void)
{
	PyObject *module = PyImport_ImportModule("_tracemalloc"), *answer;
	int tracing;

	if (!module) {
		PyErr_Clear();
		return 0;
	}
	answer = PyObject_CallMethod(module, "is_tracing", NULL);
	Py_DECREF(module);
	tracing = answer ? PyObject_IsTrue(answer) : -1;
	Py_XDECREF(answer);
	return tracing;
}

static void install(exchange get, exchange set)
{
	for (int domain = 0; domain < DOMAINS; domain++) {
		struct allocator wrapper = wrappers[domain];

		get(domain, &inner[domain]);
		wrapper.context = inner[domain].context;
		set(domain, &wrapper);
	}
}

/* Whether a block that is asked for in a scope comes from the locked heap. */
static bool is_installed(void)
{
	void *probe;
	bool ours;

	depth++;
	probe = PyMem_Malloc(1);
	ours = osml_owns(probe);
	PyMem_Free(probe);
	depth--;
	return ours || !probe;
}

static int install_once(void)
{
	static atomic_flag busy = ATOMIC_FLAG_INIT; /* interpreters with a GIL of their own */
	exchange get = (exchange)(uintptr_t)dlsym(RTLD_DEFAULT, "PyMem_GetAllocator");
	exchange set = (exchange)(uintptr_t)dlsym(RTLD_DEFAULT, "PyMem_SetAllocator");
	int tracing;

	if (!get || !set)
		return OSML_EUNSUPPORTED;
	while (atomic_flag_test_and_set(&busy))
		sched_yield();
	tracing = is_installed() ? 0 : is_tracing();
	if (tracing == 0 && !is_installed())
		install(get, set);
	atomic_flag_clear(&busy);
	if (tracing > 0)
		PyErr_SetString(PyExc_RuntimeError,
		                "tracemalloc was started before the first locked_heap(), and would take the allocator away when it "
		                "stops: stop it, or start it after that");
	return tracing ? 1 : 0;
}

/* A number of its own: the system's goes to a new thread when this one has ended. */
static unsigned long this_thread(void)
{
	static _Atomic unsigned long last;
	static _Thread_local unsigned long number;

	if (!number)
		number = ++last;
	return number;
}

static void begin(void)
{
	refused = depth++ ? refused : false;
}

static bool end(void)
{
	if (--depth == 0)
		osml_scrub();
	return refused;
}
#else
static int install_once(void)
{
	return OSML_EUNSUPPORTED;
}

static unsigned long this_thread(void)
{
	return 1;
}

static void begin(void)
{
}

static bool end(void)
{
	return false;
}
#endif

/* ---- The scope ---- */

struct scope {
	PyObject_HEAD unsigned long thread; /* that is inside; 0: none */
};

static PyObject *scope_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
	struct scope *self;
	int rc;

	if (PyTuple_Size(args) || (keywords && PyDict_Size(keywords))) {
		PyErr_SetString(PyExc_TypeError, "locked_heap() takes no arguments");
		return NULL;
	}
	rc = install_once();
	if (rc)
		return rc < 0 ? osmlpy_raise(PyType_GetModuleState(type), rc, NULL) : NULL;
	self = PyObject_New(struct scope, type);
	if (self)
		self->thread = 0;
	return (PyObject *)self;
}

/* Nobody can take another thread out of it, which then stays inside. */
static void scope_dealloc(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);
	unsigned long thread = ((struct scope *)self)->thread;

	if (thread == this_thread())
		end();
	if (thread)
		osmlpy_warn_dropped(type, 0, "use it in a with statement");
	PyObject_Free(self);
	Py_DECREF(type);
}

static PyObject *scope_enter(PyObject *self, PyObject *ignored)
{
	struct scope *scope = (struct scope *)self;

	(void)ignored;
	if (scope->thread) {
		PyErr_SetString(PyExc_RuntimeError, "this locked_heap() is entered already; each with statement needs one of its own");
		return NULL;
	}
	scope->thread = this_thread();
	begin();
	Py_RETURN_NONE;
}

/* A MemoryError says nothing of the limit, so it gets the sentence that LockLimitError would have. */
static void explain(PyObject *const *exception, struct state *state)
{
	PyObject *note, *added = NULL, *failure;

	if (!PyErr_GivenExceptionMatches(exception[0], PyExc_MemoryError))
		return;
	failure = osmlpy_error(state, OSML_ELIMIT, NULL);
	note = failure ? PyObject_Str(failure) : NULL;
	if (note)
		added = PyObject_CallMethod(exception[1], "add_note", "O", note);
	if (!added)
		PyErr_Clear();
	Py_XDECREF(failure);
	Py_XDECREF(note);
	Py_XDECREF(added);
}

static PyObject *scope_exit(PyObject *self, PyObject *const *exception, Py_ssize_t count)
{
	struct scope *scope = (struct scope *)self;

	if (!osmlpy_exit_arguments(count))
		return NULL;
	if (scope->thread != this_thread()) {
		PyErr_SetString(PyExc_RuntimeError, "a locked_heap() is left by the thread that entered it");
		return NULL;
	}
	scope->thread = 0;
	if (end())
		explain(exception, osmlpy_state_of(self));
	Py_RETURN_FALSE;
}

static PyMethodDef methods[] = {
	{ "__enter__", scope_enter, METH_NOARGS,
	  "__enter__($self, /)\n--\n\nFrom here on this thread's objects are made in locked memory." },
	{ "__exit__", (PyCFunction)(void (*)(void))scope_exit, METH_FASTCALL,
	  "__exit__($self, kind, error, trace, /)\n--\n\nEnds the scope, by the thread that entered it. Never hides an exception." },
	{ NULL, NULL, 0, NULL },
};

static PyType_Slot slots[] = {
	{ Py_tp_doc, "locked_heap()\n"
	             "--\n\n"
	             "Inside the scope every object that this thread makes lies in locked memory, left out of core\n"
	             "dumps, and is wiped when it is freed: str, bytes, dict, what json, re and base64 make of them.\n\n"
	             "with locked_heap():\n"
	             "    headers = {'Authorization': 'Bearer ' + open(path).read()}\n"
	             "    session.get(url, headers=headers)\n"
	             "    del headers\n\n"
	             "Objects may outlive it, locked as long as they live. At the end the stack is scrubbed. Other\n"
	             "threads are not inside, and neither are objects that were made before: a list or bytearray\n"
	             "of then grows where it is. C libraries have allocators of their own. Import modules before,\n"
	             "since they count against the lock limit too; past it there is a MemoryError with a note that\n"
	             "tells what to type. A forked child goes on with copies that are locked again. It costs time\n"
	             "only inside, but a comparison for each block that is freed after the first one. Dropped by the\n"
	             "thread that is inside, it ends with a ResourceWarning. Raises\n"
	             "UnsupportedError on free-threaded interpreters and on Windows; RuntimeError when tracemalloc\n"
	             "was started before the first scope." },
	{ Py_tp_new, scope_new },
	{ Py_tp_dealloc, scope_dealloc },
	{ Py_tp_methods, methods },
	{ 0, NULL },
};

static PyType_Spec spec = {
	.name = "osmemlock.locked_heap",
	.basicsize = sizeof(struct scope),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
	.slots = slots,
};

int osmlpy_heap_init(PyObject *module)
{
	return osmlpy_add_type(module, &spec, NULL);
}
