/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * $key->expose(sub { hmac_sha256($message, $_) }): $_ and $_[0] are a read-only scalar whose bytes are the buffer, of which Perl frees and grows
 * nothing (SvLEN 0). It is undef when the sub is left, however. Its class has CLONE_SKIP, so a new thread gets undef.
 */
%{
struct osmls_exposed {
	osml_buffer *pinned;
	SV *bytes;
	int rc; /* what the end of the pin said */
};

/* Perl calls it when the scope is left, by die and by exit too. */
static void osmls_unexpose(pTHX_ void *given)
{
	struct osmls_exposed *exposed = (struct osmls_exposed *)given;
	SV *bytes = exposed->bytes;

	SvREADONLY_off(bytes);
	if (SvLEN(bytes)) { /* utf8::upgrade() gave it memory of Perl's */
		osml_wipe(SvPVX(bytes), SvLEN(bytes));
		Safefree(SvPVX(bytes));
		SvLEN_set(bytes, 0);
	}
	SvPV_set(bytes, NULL);
	SvCUR_set(bytes, 0);
	(void)SvOK_off(bytes);
	SvREADONLY_on(bytes);
	SvREFCNT_dec_NN(bytes);
	exposed->rc = osml_buffer_unpin(exposed->pinned);
}

static SV *osmls_alias(pTHX_ void *data, size_t len)
{
	SV *bytes = newSV_type(SVt_PVMG);

	SvPV_set(bytes, (char *)data);
	SvCUR_set(bytes, len);
	SvLEN_set(bytes, 0);
	SvPOK_only(bytes);
	SvREFCNT_dec_NN(sv_bless(newRV_inc(bytes), gv_stashpvs("osmemlock::Bytes", GV_ADD)));
	osmls_from_outside(aTHX_ bytes);
	SvREADONLY_on(bytes);
	return bytes;
}

/*
 * On a stack of its own, so that no `last` leaves it without the word of the pin. @_ is what it is around the sub, as with &code; and no list of
 * arguments, which caller() hands to Carp, that writes them into its messages. What the sub returned, in a list.
 */
static AV *osmls_call(pTHX_ struct osmls_exposed *exposed, void *data, size_t len, SV *code, U8 context)
{
	dSP;
	AV *returned = (AV *)sv_2mortal((SV *)newAV());

	PUSHSTACKi(PERLSI_MAGIC);
	ENTER;
	exposed->bytes = osmls_alias(aTHX_ data, len);
	SAVEDESTRUCTOR_X(osmls_unexpose, exposed);
	SAVEGENERICSV(GvSV(PL_defgv)); /* SAVE_DEFSV outside of Perl itself restores $_ without letting go of what it was meanwhile */
	GvSV(PL_defgv) = SvREFCNT_inc_simple_NN(exposed->bytes);
	SAVEGENERICSV(GvAV(PL_defgv));
	GvAV(PL_defgv) = newAV();
	av_push(GvAV(PL_defgv), SvREFCNT_inc_simple_NN(exposed->bytes));
	PUSHMARK(SP);
	PUTBACK;
	for (int count = call_sv(code, context | G_NOARGS); count > 0; count--) {
		SPAGAIN;
		av_unshift(returned, 1);
		av_store(returned, 0, newSVsv(POPs));
		PUTBACK;
	}
	LEAVE;
	POPSTACK;
	return returned;
}

XS(osmls_expose)
{
	dXSARGS;
	struct osmls_exposed *exposed;
	SV *object, *code = items == 2 ? ST(1) : &PL_sv_undef;
	AV *returned = NULL;
	void *handle, *data;
	size_t len;
	char message[OSMLS_MESSAGE];
	int rc;

	if (!SvROK(code) || SvTYPE(SvRV(code)) != SVt_PVCV)
		croak("Usage: $buffer->expose(sub { ... $_ ... })");
	if (!osmls_handle(aTHX_ ST(0), &osmls_LockedBuffer, &object, &handle))
		croak("a LockedBuffer expected");
	ENTER;
	Newx(exposed, 1, struct osmls_exposed);
	SAVEFREEPV(exposed);
	exposed->pinned = (osml_buffer *)handle;
	rc = osml_buffer_pin(exposed->pinned, &data, &len);
	if (rc == 0) {
		returned = osmls_call(aTHX_ exposed, data, len, code, GIMME_V);
		rc = exposed->rc;
	}
	LEAVE;
	if (rc != 0) {
		osmls_explain(message, rc);
		osmls_raise(aTHX_ message);
		croak(NULL);
	}
	SP -= items;
	for (SSize_t i = 0; i <= av_len(returned); i++)
		mXPUSHs(SvREFCNT_inc_NN(*av_fetch(returned, i, 0)));
	PUTBACK;
}
%}
%perlcode %{
sub osmemlock::Bytes::CLONE_SKIP { 1 }
%}
%init %{
	newXS("osmemlock::LockedBuffer::expose", osmls_expose, __FILE__);
%}
