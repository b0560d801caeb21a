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
%rename(osmls_constants) osmls_constants; /* not exported, so it keeps the prefix */
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
# The methods by class and name, looked up when they have been compiled, which is after this file.
osmls_methods <- new.env()
.onLoad <- function(libname, pkgname) {
  package <- topenv()
  list2env(osmls_constants(), package)
  for (class in c("LockedBuffer", "LockedRegion", "CoreDumpsGuard")) {
    methods <- mget(grep(paste0("^", class, "_"), ls(package), value = TRUE), package)
    names(methods) <- sub("^[^_]*_", "", names(methods))
    osmls_methods[[class]] <- list2env(methods, parent = emptyenv())
  }
}

# SWIG would give each object a finalizer in R besides the one in C, which takes longer than all else in making it. Its argument, a slot that these
# objects have not, is never looked at.
reg.finalizer <- function(e, f, onexit) NULL

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

# What base has by that name is R's own version.
osmemlock_version <- version
rm(version)

# all.equal() would compare what is alike in all of them.
all.equal.LockedBuffer <- function(target, current, ...) {
  if (inherits(current, "LockedBuffer") && LockedBuffer_equal(target, current)) TRUE else "the contents differ"
}

format.LockedBuffer <- function(x, ...) stop("a LockedBuffer is no text", call. = FALSE)

# R's own tells the address, from 4.6 on.
osmls_str <- function(class) function(object, ...) cat(" <", class, ">\n", sep = "")
str.LockedBuffer <- osmls_str("LockedBuffer")
str.LockedRegion <- osmls_str("LockedRegion")
str.CoreDumpsGuard <- osmls_str("CoreDumpsGuard")

# No address and no text that could pass for the secret.
osmls_print <- function(class) function(x, ...) {
  cat("<", class, ">\n", sep = "")
  invisible(x)
}
print.LockedBuffer <- osmls_print("LockedBuffer")
print.LockedRegion <- osmls_print("LockedRegion")
print.CoreDumpsGuard <- osmls_print("CoreDumpsGuard")

osmls_method <- function(class) function(x, name) {
  method <- osmls_methods[[class]][[name]]
  if (is.null(method)) stop("no method of that name: ", name, call. = FALSE)
  function(...) method(x, ...)
}
`$.LockedBuffer` <- osmls_method("LockedBuffer")
`$.LockedRegion` <- osmls_method("LockedRegion")
`$.CoreDumpsGuard` <- osmls_method("CoreDumpsGuard")

# What the Tab key offers after `$`.
osmls_names <- function(class) function(x, pattern = "") grep(pattern, ls(osmls_methods[[class]]), value = TRUE)
.DollarNames.LockedBuffer <- osmls_names("LockedBuffer")
.DollarNames.LockedRegion <- osmls_names("LockedRegion")
.DollarNames.CoreDumpsGuard <- osmls_names("CoreDumpsGuard")
%}
