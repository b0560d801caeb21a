/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a wait needs of the shared files: Ruby's handlers run in it, and what one raised is the error. */
%{
static OSMLS_THREAD_LOCAL int osmls_state; /* what a handler that raised left for rb_jump_tag() */

static VALUE osmls_check_ints(VALUE unused)
{
	rb_thread_check_ints();
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

/* gvl2: the other one raises after the call too, and then nobody owns what was made. Where a handler has to run first, it runs nothing. */
static int osmls_wait(void *(*run)(void *), struct osmls_wait wait)
{
	while (!wait.ran) {
		rb_thread_check_ints();
		rb_thread_call_without_gvl2(run, &wait, RUBY_UBF_IO, NULL);
	}
	osmls_code = 0; /* a handler may have called this module */
	return wait.rc;
}
%}
