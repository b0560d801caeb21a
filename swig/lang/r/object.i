/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * An object of R is an external pointer, known by its tag, with a finalizer that also runs at quit; its S3 class is for R's dispatch alone. An S4
 * object around it takes as long to call as all else that a call does. NULL is NULL, which the core refuses.
 */
%{
struct osmls_made {
	void *made;
	const char *class_name;
	SEXP kept; /* as long as the object: the vector of a region, or R_NilValue */
	void (*free)(void *made);
	R_CFinalizer_t finalizer;
};

#define OSMLS_FREE(class) \
	static void osmls_free_##class(void *made) \
	{ \
		delete_##class((class *)made); \
	} \
\
	static void osmls_finalize_##class(SEXP pointer) \
	{ \
		osmls_free_##class(R_ExternalPtrAddr(pointer)); \
		R_ClearExternalPtr(pointer); \
	}
OSMLS_FREE(LockedBuffer)
OSMLS_FREE(LockedRegion)
OSMLS_FREE(CoreDumpsGuard)

/* SWIG clears the pointer after a destructor, whatever it is, so that one gets no NULL. A pointer that was loaded from a file is NULL. */
static void *osmls_pointer(SEXP given, const char *class_name, int destroys)
{
	if (Rf_isNull(given) && !destroys)
		return NULL;
	if (TYPEOF(given) != EXTPTRSXP || R_ExternalPtrTag(given) != Rf_install(class_name))
		Rf_errorcall(R_NilValue, "a %s is needed", class_name);
	return R_ExternalPtrAddr(given);
}

/* Not inside the object itself, because serialize() writes what is; and behind a pointer, because of a bare value R would keep a duplicate. */
static SEXP osmls_keeper(SEXP kept)
{
	return kept == R_NilValue ? R_NilValue : R_MakeExternalPtr(NULL, R_NilValue, kept);
}

static SEXP osmls_wrap(void *given)
{
	struct osmls_made *made = (struct osmls_made *)given;
	SEXP pointer = PROTECT(R_MakeExternalPtr(NULL, Rf_install(made->class_name), R_NilValue));

	Rf_classgets(pointer, PROTECT(Rf_mkString(made->class_name)));
	R_MakeWeakRefC(pointer, PROTECT(osmls_keeper(made->kept)), made->finalizer, TRUE);
	R_SetExternalPtrAddr(pointer, made->made);
	made->made = NULL;
	UNPROTECT(3);
	return pointer;
}

/* What no object took over. */
static void osmls_unmake(void *given, Rboolean jumps)
{
	struct osmls_made *made = (struct osmls_made *)given;

	(void)jumps;
	made->free(made->made);
}

static SEXP osmls_raw(void *given)
{
	osml_view *view = (osml_view *)given;
	SEXP raw = Rf_allocVector(RAWSXP, (R_xlen_t)view->len);

	memcpy(RAW(raw), view->data, view->len);
	return raw;
}

static void osmls_unpin(void *given, Rboolean jumps)
{
	(void)jumps;
	osmls_give_back((osml_view *)given);
}

static SEXP osmls_list(int length, const char *const *names)
{
	SEXP list = PROTECT(Rf_allocVector(VECSXP, length)), told = Rf_allocVector(STRSXP, length);

	Rf_setAttrib(list, R_NamesSymbol, told);
	for (int i = 0; i < length; i++)
		SET_STRING_ELT(told, i, Rf_mkChar(names[i]));
	UNPROTECT(1);
	return list;
}

/* stop(structure(list(message=, call=NULL), class=c(name, "osmemlock_error", "error", "condition"))) */
static void osmls_raise(int code, const char *message)
{
	static const char *const fields[] = { "message", "call" };
	const char *classes[] = { osml_error_name(code), "osmemlock_error", "error", "condition" };
	SEXP condition = PROTECT(osmls_list(2, fields)), class_names = PROTECT(Rf_allocVector(STRSXP, 4));

	SET_VECTOR_ELT(condition, 0, Rf_mkString(message));
	for (int i = 0; i < 4; i++)
		SET_STRING_ELT(class_names, i, Rf_mkChar(classes[i]));
	Rf_setAttrib(condition, R_ClassSymbol, class_names);
	Rf_eval(PROTECT(Rf_lang2(Rf_install("stop"), condition)), R_BaseEnv);
}
%}
