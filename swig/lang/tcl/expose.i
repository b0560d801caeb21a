/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * osmemlock::expose $key k { script }: k is a byte array of the contents while the script runs. Tcl frees by itself what a value holds, so it must be
 * memory of Tcl's: a copy, whose pages are locked. Whoever still refers to the value when the script is left reads zeros. What else Tcl made of
 * it, as of any value that is looked at as a text or a list, is out of reach.
 */
%{
struct osmls_exposed {
	osml_buffer *pinned;
	osml_region *region;
	Tcl_Obj *value;
	size_t len;
};

static int osmls_refuse(Tcl_Interp *interp, int code)
{
	char message[OSMLS_MESSAGE];

	osmls_explain(message, code);
	osmls_raise(interp, code, message);
	return TCL_ERROR;
}

static int osmls_lend(struct osmls_exposed *exposed)
{
	int rc = osml_buffer_pin(exposed->pinned, NULL, &exposed->len);
	unsigned char *bytes;

	if (rc != 0)
		return rc;
	if (exposed->len > INT_MAX) {
		osml_buffer_unpin(exposed->pinned);
		return OSML_ERANGE;
	}
	exposed->value = Tcl_NewByteArrayObj(NULL, (int)exposed->len);
	Tcl_IncrRefCount(exposed->value);
	bytes = Tcl_GetByteArrayFromObj(exposed->value, NULL);
	rc = osml_region_lock(&exposed->region, bytes, exposed->len, OSML_REGION_DONTDUMP);
	if (rc == 0)
		rc = osml_buffer_read(exposed->pinned, 0, bytes, exposed->len);
	return rc;
}

/*
 * Where the bytes lie now is asked again: what was used as a list and then as bytes has a new array, and Tcl has freed the one that was locked.
 */
static int osmls_take_back(struct osmls_exposed *exposed)
{
	Tcl_Obj *value = exposed->value;
	unsigned char *bytes;
	int length;

	if (!value)
		return 0;
	if (value->typePtr == osmls_byte_array) {
		bytes = Tcl_GetByteArrayFromObj(value, &length);
		osml_wipe(bytes, (size_t)length);
	}
	if (value->bytes)
		osml_wipe(value->bytes, (size_t)value->length);
	osml_region_unlock(exposed->region);
	Tcl_DecrRefCount(value);
	return osml_buffer_unpin(exposed->pinned);
}

static int osmls_run(Tcl_Interp *interp, struct osmls_exposed *exposed, Tcl_Obj *variable, Tcl_Obj *script)
{
	int code;

	if (!Tcl_ObjSetVar2(interp, variable, NULL, exposed->value, TCL_LEAVE_ERR_MSG))
		return TCL_ERROR;
	code = Tcl_EvalObjEx(interp, script, 0);
	Tcl_UnsetVar2(interp, Tcl_GetString(variable), NULL, 0);
	return code;
}

/* What break and return carry is a result too: only an error of the script's goes before that of a buffer closed meanwhile. */
static int osmls_expose(ClientData unused, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
	struct osmls_exposed exposed = { NULL, NULL, NULL, 0 };
	int rc, closed, code = TCL_ERROR;

	(void)unused;
	if (objc != 4) {
		Tcl_WrongNumArgs(interp, 1, objv, "buffer varName script");
		return TCL_ERROR;
	}
	if (!osmls_object(interp, NULL, objv[1], (void **)&exposed.pinned, SWIGTYPE_p_LockedBuffer))
		return TCL_ERROR;
	rc = osmls_lend(&exposed);
	if (rc == 0)
		code = osmls_run(interp, &exposed, objv[2], objv[3]);
	closed = osmls_take_back(&exposed);
	if (rc == 0 && code != TCL_ERROR)
		rc = closed;
	return rc == 0 ? code : osmls_refuse(interp, rc);
}
%}
%init %{
	Tcl_CreateObjCommand(interp, SWIG_prefix "expose", osmls_expose, NULL, NULL);
%}
