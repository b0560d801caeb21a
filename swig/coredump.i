/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Core dumps of the whole process. */
%newobject osmls_disable_core_dumps_with_guard;

%{
/* The core's guard ends with its release. This one stays, so that a second release is harmless. */
typedef struct CoreDumpsGuard {
	osml_core_dumps_guard *guard; /* NULL when released */
} CoreDumpsGuard;

static int release_guard(CoreDumpsGuard *self)
{
	if (!self)
		return OSML_EINVAL;
	/* Whoever takes it releases it: a finalizer may run beside a release(). */
	return osml_core_dumps_guard_release(__atomic_exchange_n(&self->guard, (osml_core_dumps_guard *)NULL, __ATOMIC_ACQ_REL));
}
%}

%nodefaultctor CoreDumpsGuard;
/** Core dumps are off until all guards are released. */
typedef struct {
} CoreDumpsGuard;

%extend CoreDumpsGuard {
	~CoreDumpsGuard()
	{
		release_guard($self);
		free($self);
	}

	/** Allows core dumps again, unless another guard holds them off. May be called again. */
	void release()
	{
		check(release_guard($self));
	}
}

%inline %{
/** Switches core dumps of this process off, for good. */
static void osmls_disable_core_dumps_for_process(void)
{
	check(osml_disable_core_dumps_for_process());
}

/** Switches core dumps of this process off until the guard is released. */
static CoreDumpsGuard *osmls_disable_core_dumps_with_guard(void)
{
	CoreDumpsGuard *made = (CoreDumpsGuard *)calloc(1, sizeof *made);

	if (check(made ? osml_disable_core_dumps_with_guard(&made->guard) : -ENOMEM) == 0)
		return made;
	free(made);
	return NULL;
}
%}
