/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * An object is a blessed scalar, and its handle lies in magic of the scalar: Perl code can neither make nor change that, and the end of the
 * scalar is the end of the handle. What the scalar holds and which class it is blessed into means nothing.
 */
%{
/* Perl copies magic for a new thread, and to a variable that is local. Neither gets the handle, which would be freed twice. */
static int osmls_clone_nothing(pTHX_ MAGIC *copy, CLONE_PARAMS *thread)
{
	PERL_UNUSED_CONTEXT;
	PERL_UNUSED_ARG(thread);
	copy->mg_ptr = NULL;
	return 0;
}

static int osmls_localize_nothing(pTHX_ SV *local, MAGIC *original)
{
	PERL_UNUSED_CONTEXT;
	PERL_UNUSED_ARG(local);
	PERL_UNUSED_ARG(original);
	return 0;
}

static int osmls_free_buffer(pTHX_ SV *object, MAGIC *magic)
{
	PERL_UNUSED_CONTEXT;
	PERL_UNUSED_ARG(object);
	osml_buffer_free((osml_buffer *)magic->mg_ptr);
	return 0;
}

static int osmls_free_guard(pTHX_ SV *object, MAGIC *magic)
{
	PERL_UNUSED_CONTEXT;
	PERL_UNUSED_ARG(object);
	release_guard((CoreDumpsGuard *)magic->mg_ptr);
	free(magic->mg_ptr);
	return 0;
}

static const MGVTBL osmls_LockedBuffer = { NULL, NULL, NULL, NULL, osmls_free_buffer, NULL, osmls_clone_nothing, osmls_localize_nothing };
static const MGVTBL osmls_CoreDumpsGuard = { NULL, NULL, NULL, NULL, osmls_free_guard, NULL, osmls_clone_nothing, osmls_localize_nothing };

static SV *osmls_new_object(pTHX_ void *handle, const char *class_name, const MGVTBL *kind)
{
	SV *object = newSV_type(SVt_PVMG);

	sv_magicext(object, NULL, PERL_MAGIC_ext, kind, (const char *)handle, 0)->mg_flags |= MGf_DUP | MGf_LOCAL;
	return sv_2mortal(sv_bless(newRV_noinc(object), gv_stashpv(class_name, GV_ADD)));
}

/* undef is NULL, which the core refuses, and so is an object that was made in another thread. */
static int osmls_handle(pTHX_ SV *value, const MGVTBL *kind, SV **object, void **handle)
{
	MAGIC *magic;

	*object = NULL;
	*handle = NULL;
	SvGETMAGIC(value);
	if (!SvOK(value))
		return 1;
	magic = SvROK(value) && SvOBJECT(SvRV(value)) ? mg_findext(SvRV(value), PERL_MAGIC_ext, kind) : NULL;
	if (!magic)
		return 0;
	*object = sv_2mortal(SvREFCNT_inc_simple_NN(SvRV(value))); /* an argument that is tied may drop the last reference */
	*handle = magic->mg_ptr;
	return 1;
}
%}

/* In Perl, as SWIG writes it, `new` takes longer than all else in making an object. */
%{
XS(_wrap_new_LockedBuffer);
XS(osmls_new)
{
	dXSARGS;
	HV *class_stash;

	if (items < 1 || SvROK(ST(0)))
		croak("Usage: osmemlock::LockedBuffer->new(size, want, policy)");
	class_stash = gv_stashsv(ST(0), GV_ADD);
	PUSHMARK(&ST(0)); /* the arguments are those behind the class */
	_wrap_new_LockedBuffer(aTHX_ cv);
	ST(0) = sv_bless(ST(1), class_stash);
	XSRETURN(1);
}
%}

/* What makes a buffer of something else is called as a function or, like `new`, of a class. One argument is never a class: it may be a secret. */
%{
static const char *const osmls_sources[] = { "from_fd", "from_file", "from_env", "from_credential", "from_command", "prompt", "take", NULL };

XS(osmls_source)
{
	dXSARGS;
	HV *class_stash = NULL;

	if (items > 1 && SvOK(ST(0)) && !SvROK(ST(0)) && sv_derived_from(ST(0), "osmemlock::LockedBuffer"))
		class_stash = gv_stashsv(ST(0), GV_ADD);
	PUSHMARK(class_stash ? &ST(0) : &ST(-1));
	((XSUBADDR_t)XSANY.any_dxptr)(aTHX_ cv);
	if (!class_stash)
		return;
	ST(0) = sv_bless(ST(1), class_stash);
	XSRETURN(1);
}
%}
%init %{
	newXS("osmemlock::make", osmls_new, __FILE__);
	for (const char *const *name = osmls_sources; *name; name++) {
		CV *source = get_cv(Perl_form(aTHX_ "osmemlockc::LockedBuffer_%s", *name), 0);

		CvXSUBANY(source).any_dxptr = (void (*)(pTHX_ void *))CvXSUB(source);
		CvXSUB(source) = osmls_source;
	}
%}
%perlcode %{
{ no warnings "redefine"; *osmemlock::LockedBuffer::new = delete $osmemlock::{make}; }
%}

/* Both classes inherit the subs. DESTROY is there for subclasses that call it, and it costs nothing. */
%perlcode %{
sub osmemlock::DESTROY {}
$osmemlock::VERSION = osmemlock::version() =~ s/-.*//r; # Perl orders numbers alone
sub osmemlock::STORABLE_freeze { die "OSML_EUNSUPPORTED: a secret or a guard cannot be copied or stored\n" }
%}
