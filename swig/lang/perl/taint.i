/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * perl -T: what runs a program refuses words from outside, and an environment that may lead to another program, as `system` does. The bytes of a
 * buffer are from outside, wherever they came from.
 */
%{
static void osmls_check_taint(pTHX_ SV *words, const char *name)
{
	if (!TAINTING_get)
		return;
	TAINT_ENV();
	if (SvTAINTED(words))
		TAINT;
	TAINT_PROPER(name);
}

static SV *osmls_from_outside(pTHX_ SV *value)
{
	SvTAINTED_on(value);
	return value;
}
%}
%typemap(out) osml_view {
	$result = osmls_from_outside(aTHX_ sv_2mortal(newSVpvn((const char *)$1.data, $1.len)));
	osmls_give_back(&$1);
	OSMLS_OUTCOME
	argvi++;
}
%typemap(out) unsigned int LockedBuffer::get_byte %{
	$result = osmls_from_outside(aTHX_ sv_2mortal(newSVuv($1)));
	argvi++;
%}

%exception LockedBuffer::from_command {
	osmls_check_taint(aTHX_ ST(0), "from_command");
	osmls_code = 0;
	$action
	OSMLS_OUTCOME
}
/* PL_tainted, because the magic of the string takes over what that says. */
%exception LockedBuffer::read_into {
	osmls_code = 0;
	$action
	OSMLS_OUTCOME
	osmls_from_outside(aTHX_ ST(2));
	TAINT;
}
