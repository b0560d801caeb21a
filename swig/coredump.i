/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Core dumps of the whole process. */
%rename(disable_core_dumps_for_process) osmls_disable_core_dumps_for_process;
%rename(disable_core_dumps_with_guard) osmls_disable_core_dumps_with_guard;
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
typedef struct {
} CoreDumpsGuard;

%extend CoreDumpsGuard {
	~CoreDumpsGuard()
	{
		release_guard($self);
		free($self);
	}

	void release()
	{
		check(release_guard($self));
	}
}

%inline %{
static void osmls_disable_core_dumps_for_process(void)
{
	check(osml_disable_core_dumps_for_process());
}

static CoreDumpsGuard *osmls_disable_core_dumps_with_guard(void)
{
	CoreDumpsGuard *made = (CoreDumpsGuard *)calloc(1, sizeof *made);

	if (check(made ? osml_disable_core_dumps_with_guard(&made->guard) : -ENOMEM) == 0)
		return made;
	free(made);
	return NULL;
}
%}
