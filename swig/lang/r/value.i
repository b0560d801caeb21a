/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Numbers, texts and errors of R. Rf_errorcall() and what is evaluated do not come back; nothing here owns memory that this could leak. No error has
 * the call: R writes that out with its arguments, and do.call() puts their bytes there.
 */
%{
#include <Rinternals.h>
#include <R_ext/Memory.h>
#include <R_ext/Utils.h>

#include <limits.h>

static double osmls_number(SEXP given, double least, double most)
{
	double number;

	if ((TYPEOF(given) != REALSXP && TYPEOF(given) != INTSXP) || Rf_isObject(given) || XLENGTH(given) != 1)
		Rf_errorcall(R_NilValue, "one number is needed");
	number = Rf_asReal(given);
	if (!(number >= least && number <= most) || number != (double)(long long)number) /* NA and NaN are in no range */
		Rf_errorcall(R_NilValue, "not a whole number in range");
	return number;
}

/* As length() does: an integer while it fits. */
static SEXP osmls_from_number(double number)
{
	return number > INT_MAX ? Rf_ScalarReal(number) : Rf_ScalarInteger((int)number);
}

static const char *osmls_text(SEXP given)
{
	if (Rf_isNull(given))
		return NULL;
	if (TYPEOF(given) != STRSXP || XLENGTH(given) != 1 || STRING_ELT(given, 0) == NA_STRING)
		Rf_errorcall(R_NilValue, "one text is needed");
	return Rf_translateChar(STRING_ELT(given, 0));
}

/* ~ is the home, as for R's own functions. */
static const char *osmls_path(SEXP given)
{
	const char *path = osmls_text(given);

	return path ? R_ExpandFileName(path) : NULL;
}

static const Rbyte *osmls_bytes(SEXP given)
{
	if (TYPEOF(given) != RAWSXP)
		Rf_errorcall(R_NilValue, "a raw vector is needed");
	return RAW_RO(given);
}

/*
 * A raw vector stays where it is. What writes into it writes into all its names: R copies a vector only when R itself changes it. But one may be a
 * wrapper around the memory of another, as structure() makes, and gets memory of its own when it is written to.
 */
static Rbyte *osmls_memory(SEXP given)
{
	osmls_bytes(given);
	if (ALTREP(given))
		Rf_errorcall(R_NilValue, "a raw vector with memory of its own is needed; "
		                         "this one is a wrapper, as structure() makes of 64 bytes and more, and c(x) is none");
	return RAW(given);
}

static void osmls_raise(int code, const char *message);
%}
