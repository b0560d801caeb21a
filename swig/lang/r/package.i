/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What is written in R. SWIG leaves constants out for R; r.cmake takes their names from the shared files into r_constants.h, and the package puts
 * them into its namespace when it is loaded.
 */
%{
static const struct {
	const char *name;
	double value;
} osmls_constant[] = {
#define OSMLS_CONSTANT(name, value) { #name, (double)(value) },
#include "r_constants.h"
};
%}
%typemap(scoerceout) SEXP ""
%inline %{
static SEXP osmls_constants(void)
{
	int count = (int)(sizeof osmls_constant / sizeof osmls_constant[0]);
	SEXP list = PROTECT(Rf_allocVector(VECSXP, count)), names = PROTECT(Rf_allocVector(STRSXP, count));

	for (int i = 0; i < count; i++) {
		SET_VECTOR_ELT(list, i, osmls_from_number(osmls_constant[i].value));
		SET_STRING_ELT(names, i, Rf_mkChar(osmls_constant[i].name));
	}
	Rf_setAttrib(list, R_NamesSymbol, names);
	UNPROTECT(2);
	return list;
}
%}

%insert("s") %{
.onLoad <- function(library, package) list2env(osmls_constants(), topenv())

prototype_LockedBuffer <- new("_p_LockedBuffer")
prototype_LockedRegion <- new("_p_LockedRegion")
prototype_CoreDumpsGuard <- new("_p_CoreDumpsGuard")

# with(b <- LockedBuffer(32), { ... }): closes when it is left, however. What closing has to tell gives way to the error that is under way.
osmls_with <- function(close) function(data, expr, ...) {
  on.exit(tryCatch(close(data), osmemlock_error = function(e) warning(conditionMessage(e), call. = FALSE)))
  value <- expr
  close(data)
  value
}
with.LockedBuffer <- osmls_with(LockedBuffer_close)
with.LockedRegion <- osmls_with(LockedRegion_unlock)
with.CoreDumpsGuard <- osmls_with(CoreDumpsGuard_release)

# No address.
for (class in c("LockedBuffer", "LockedRegion", "CoreDumpsGuard")) local({
  text <- paste0("<", class, ">\n")
  setMethod("show", paste0("_p_", class), function(object) cat(text))
  setMethod("print", paste0("_p_", class), function(x) show(x))
})
%}
