/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * expose(buffer, function(bytes) ...): a raw vector (ALTREP) whose memory is the buffer's. When the function is left whoever looks for its bytes gets
 * an error, and so of a buffer that was closed meanwhile. Its length stays, because R reads by it and by the `dim` that somebody gave it. It cannot
 * be saved. What R makes when the vector is changed is a vector like any other.
 */
%{
#include <R_ext/Altrep.h>

static R_altrep_class_t osmls_exposed;

/* NULL when the scope is over. */
static osml_buffer *osmls_lender(SEXP bytes)
{
	return (osml_buffer *)R_ExternalPtrAddr(R_altrep_data1(bytes));
}

static R_xlen_t osmls_exposed_length(SEXP bytes)
{
	return (R_xlen_t)Rf_asReal(R_altrep_data2(bytes));
}

static const void *osmls_exposed_or_null(SEXP bytes)
{
	osml_buffer *b = osmls_lender(bytes);

	return b ? osml_buffer_data(b) : NULL;
}

static void *osmls_exposed_data(SEXP bytes, Rboolean writable)
{
	osml_buffer *b = osmls_lender(bytes);
	void *data;
	uint32_t bits;
	char message[OSMLS_MESSAGE];

	(void)writable;
	if (!b)
		Rf_errorcall(R_NilValue, "the scope of expose() that lent these bytes is over");
	data = osml_buffer_data(b);
	if (!data) {
		int rc = osml_buffer_protections(b, &bits);

		osmls_explain(message, rc);
		osmls_raise(rc, message);
	}
	return data;
}

static Rbyte osmls_exposed_element(SEXP bytes, R_xlen_t i)
{
	return ((const Rbyte *)osmls_exposed_data(bytes, FALSE))[i];
}

static SEXP osmls_exposed_state(SEXP bytes)
{
	Rf_errorcall(R_NilValue, "OSML_EUNSUPPORTED: a secret cannot be saved");
	return bytes;
}

static int osmls_hide(SEXP pin)
{
	osml_buffer *b = (osml_buffer *)R_ExternalPtrAddr(pin);

	R_ClearExternalPtr(pin);
	return b ? osml_buffer_unpin(b) : 0;
}

static void osmls_collected(SEXP pin)
{
	osmls_hide(pin);
}

SWIGEXPORT SEXP osmls_expose(SEXP given)
{
	osml_buffer *b = (osml_buffer *)osmls_pointer(given, "LockedBuffer", 0);
	SEXP pin = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue)), length = PROTECT(Rf_ScalarReal((double)osml_buffer_size(b))), bytes;
	int rc = osml_buffer_pin(b, NULL, NULL);
	char message[OSMLS_MESSAGE];

	if (rc != 0) {
		osmls_explain(message, rc);
		osmls_raise(rc, message);
	}
	R_SetExternalPtrAddr(pin, b);
	R_RegisterCFinalizerEx(pin, osmls_collected, TRUE);
	bytes = R_new_altrep(osmls_exposed, pin, length);
	MARK_NOT_MUTABLE(bytes);
	UNPROTECT(2);
	return bytes;
}

SWIGEXPORT SEXP osmls_unexpose(SEXP bytes)
{
	int rc = osmls_hide(R_altrep_data1(bytes));
	char message[OSMLS_MESSAGE];

	if (rc != 0) {
		osmls_explain(message, rc);
		osmls_raise(rc, message);
	}
	return R_NilValue;
}

static void osmls_make_class(DllInfo *library)
{
	osmls_exposed = R_make_altraw_class("exposed", "osmemlock", library);
	R_set_altrep_Length_method(osmls_exposed, osmls_exposed_length);
	R_set_altrep_Serialized_state_method(osmls_exposed, osmls_exposed_state);
	R_set_altvec_Dataptr_method(osmls_exposed, osmls_exposed_data);
	R_set_altvec_Dataptr_or_null_method(osmls_exposed, osmls_exposed_or_null);
	R_set_altraw_Elt_method(osmls_exposed, osmls_exposed_element);
}
%}
%init %{
	osmls_make_class(R_getEmbeddingDllInfo()); /* SWIG hides the library's own */
%}

%insert("s") %{
expose <- function(buffer, use) {
  use <- match.fun(use)
  bytes <- .Call("osmls_expose", buffer, PACKAGE = "osmemlock")
  on.exit(tryCatch(.Call("osmls_unexpose", bytes, PACKAGE = "osmemlock"), osmemlock_error = identity))
  value <- use(bytes)
  on.exit()
  .Call("osmls_unexpose", bytes, PACKAGE = "osmemlock")
  value
}
%}
