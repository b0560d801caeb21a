/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A handle, or a bare number. A socket or a pipe in both directions has a file for each. */
%{
#include <perliol.h>

/* NULL: what was given is no handle. */
static IO *osmls_io(pTHX_ SV *given)
{
	SV *at = SvROK(given) ? SvRV(given) : given;
	IO *io = isGV_with_GP(at) ? GvIO((GV *)at) : SvTYPE(at) == SVt_PVIO ? (IO *)at : NULL;

	PERL_UNUSED_CONTEXT;
	if (!io && isGV_with_GP(at))
		croak("RuntimeError the handle is closed");
	if (io && SvRMAGICAL((SV *)io) && mg_find((SV *)io, PERL_MAGIC_tiedscalar))
		croak("TypeError a handle that is tied has no descriptor");
	return io;
}

/* What a layer such as :gzip makes of the bytes is not what passes through the descriptor below it. */
static void osmls_check_layers(pTHX_ PerlIO *file, int reads)
{
	static const char plain[] = " unix perlio stdio crlf utf8 encoding pending ";
	char name[40];

	for (PerlIO *layer = file; PerlIOValid(layer); layer = PerlIONext(layer)) {
		my_snprintf(name, sizeof name, " %.30s ", PerlIOBase(layer)->tab->name);
		if (!strstr(plain, name))
			croak("TypeError the handle has the layer%s, and the descriptor lies below it", name);
		if (reads && PerlIO_get_cnt(layer) > 0)
			croak("RuntimeError the handle has read ahead; read nothing from it before, or only with sysread");
	}
}

/*
 * What was written before is flushed: what is read may be the answer to it. What was read ahead from a file is given back before a write, as print
 * does.
 */
static int osmls_descriptor(pTHX_ SV *given, int reads)
{
	IO *io;
	PerlIO *file;

	SvGETMAGIC(given);
	io = osmls_io(aTHX_ given);
	if (!io) {
		if (!osmls_number(aTHX_ given, INT_MIN, INT_MAX))
			croak("TypeError neither a handle nor a descriptor's number, such as fileno($handle)");
		return (int)SvIV_nomg(given);
	}
	file = reads ? IoIFP(io) : IoOFP(io) ? IoOFP(io) : IoIFP(io);
	if (!file)
		croak("RuntimeError the handle is closed");
	if (PerlIO_fileno(file) < 0)
		croak("TypeError the handle has no descriptor");
	osmls_check_layers(aTHX_ file, reads);
	if (PerlIO_flush(IoOFP(io) ? IoOFP(io) : file) != 0)
		croak("RuntimeError %s", Strerror(errno));
	return PerlIO_fileno(file);
}
%}
%typemap(in) int fd %{ $1 = osmls_descriptor(aTHX_ $input, 1); %}
%typemap(in) int to %{ $1 = osmls_descriptor(aTHX_ $input, 0); %}
/* When all arguments are there: one that is tied may wait, too. */
%typemap(check) int fd, int to %{ osmls_watch($1); %}
%typemap(freearg) int fd, int to %{ osmls_watch(-1); %}
