/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a wait needs of the shared files: Ruby's handlers run in it, and what one raised is the error. */
%{
static OSMLS_THREAD_LOCAL int osmls_state; /* what a handler that raised left for rb_jump_tag() */

static OSMLS_THREAD_LOCAL VALUE osmls_waited = Qnil; /* the IO of the wait that runs */

static VALUE osmls_check_ints(VALUE unused)
{
	VALUE io = osmls_waited; /* a handler may wait, too */

	rb_thread_check_ints();
	if (!NIL_P(io) && RTEST(rb_funcall(io, rb_intern("closed?"), 0)))
		rb_raise(rb_eIOError, "stream closed in another thread");
	return unused;
}

static void *osmls_run_handlers(void *state)
{
	rb_protect(osmls_check_ints, Qnil, (int *)state);
	return NULL;
}

static int osmls_interrupted(void *context)
{
	(void)context;
	rb_thread_call_with_gvl(osmls_run_handlers, &osmls_state);
	return osmls_state != 0;
}

/* A descriptor of its own: that of an IO which another thread closes meanwhile is the next one's, and would take the rest of the secret. */
static void osmls_hold(struct osmls_wait *wait, VALUE io)
{
	if (NIL_P(io))
		return;
	wait->fd = rb_cloexec_dup(NUM2INT(rb_funcall(io, rb_intern("fileno"), 0)));
	if (wait->fd < 0)
		rb_sys_fail("dup");
}

/* gvl2: the other one raises after the call too, and then nobody owns what was made. Where a handler has to run first, it runs nothing. */
static int osmls_wait(void *(*run)(void *), struct osmls_wait wait)
{
	VALUE io = wait.io ? *wait.io : Qnil, around = osmls_waited;

	while (!wait.ran) {
		rb_thread_check_ints();
		osmls_hold(&wait, io);
		osmls_waited = io;
		rb_thread_call_without_gvl2(run, &wait, RUBY_UBF_IO, NULL);
		osmls_waited = around;
		if (!NIL_P(io))
			close(wait.fd);
	}
	osmls_code = 0; /* a handler may have called this module */
	return wait.rc;
}
%}
