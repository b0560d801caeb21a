/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Perl's signal handlers run while a wait is under way. One that dies, or exits, leaves by a jump that has already released what the code
 * around the wait held. The jump is caught here, as XSUB.h's XCPT_TRY_START does, the core ends the wait, and then the jump goes on, where
 * else the error would be made. No Perl code may run in between.
 */
%{
#define OSMLS_INTERRUPTED osmls_interrupted

static OSMLS_THREAD_LOCAL int osmls_jump; /* 0: none */

static int osmls_interrupted(void *context)
{
	dTHX;
	dJMPENV;
	int jump;

	(void)context;
	JMPENV_PUSH(jump);
	if (jump == 0)
		PERL_ASYNC_CHECK();
	JMPENV_POP;
	osmls_code = 0; /* a handler may have called this module */
	osmls_jump = jump;
	return jump;
}

static void osmls_raise(pTHX_ const char *message)
{
	int jump = osmls_jump;

	osmls_jump = 0;
	if (jump)
		JMPENV_JUMP(jump);
	PERL_ASYNC_CHECK(); /* the prompt holds signals back until it has restored the terminal */
	sv_setsv(ERRSV, mess("%s", message));
}
%}

/* The jump releases the buffer too, which the core is still using. */
%define OSMLS_KEPT(name, first)
%exception LockedBuffer::name {
	SV *kept;

	first
	kept = SvREFCNT_inc(object1);
	osmls_code = 0;
	$action
	sv_2mortal(kept);
	OSMLS_OUTCOME
}
%enddef
OSMLS_KEPT(write_fd, )
OSMLS_KEPT(read_fd, )
OSMLS_KEPT(piped, osmls_check_taint(aTHX_ ST(1), "piped");)
