/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Perl's signal handlers run while a wait is under way. One that dies, or exits, leaves by a jump that has already released what the code
 * around the wait held. The jump is caught here, as XSUB.h's XCPT_TRY_START does, the core ends the wait, and then the jump goes on, where
 * else the error would be made. No Perl code may run in between. A handler that closes what is waited for ends the wait: the number is that of the
 * next file, which would take the rest of the secret.
 */
%{
#include <sys/stat.h>

#define OSMLS_INTERRUPTED osmls_interrupted

static OSMLS_THREAD_LOCAL int osmls_jump; /* 0: none */

static OSMLS_THREAD_LOCAL struct osmls_watched {
	int fd; /* -1: none */
	struct stat file;
} osmls_watched = { -1, { 0 } };

static void osmls_watch(int fd)
{
	osmls_watched.fd = fd >= 0 && fstat(fd, &osmls_watched.file) == 0 ? fd : -1;
}

static bool osmls_is_there(const struct osmls_watched *watched)
{
	struct stat now;

	return watched->fd < 0 || (fstat(watched->fd, &now) == 0 && now.st_dev == watched->file.st_dev && now.st_ino == watched->file.st_ino);
}

static int osmls_interrupted(void *context)
{
	struct osmls_watched watched = osmls_watched; /* a handler may wait, too */
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
	osmls_watched = watched;
	return jump || !osmls_is_there(&watched);
}

static void osmls_raise(pTHX_ const char *message)
{
	int jump = osmls_jump;

	osmls_jump = 0;
	osmls_watch(-1);
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
