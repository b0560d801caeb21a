/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Tcl 8.6 cuts characters above 255 down to bytes without a word. A byte array has no text to look at, and none is made. Anything else has
 * one, which a part of a text or a list only writes when it is asked for.
 */
%{
static const Tcl_ObjType *osmls_byte_array;

static void osmls_learn_byte_array(void)
{
	Tcl_Obj *empty = Tcl_NewByteArrayObj(NULL, 0);

	osmls_byte_array = empty->typePtr;
	Tcl_DecrRefCount(empty);
}

static bool osmls_bytes(Tcl_Interp *interp, Tcl_Obj *given, const void **bytes, size_t *n)
{
	int length;
	const char *next = given->bytes;
	Tcl_UniChar character = 0;

	if (!next && given->typePtr != osmls_byte_array)
		next = Tcl_GetString(given);
	while (next && next < given->bytes + given->length) {
		next += Tcl_UtfToUniChar(next, &character);
		if (character > 255)
			return osmls_complain(interp, "expected bytes but got a character above 255");
	}
	*bytes = Tcl_GetByteArrayFromObj(given, &length);
	*n = (size_t)length;
	return true;
}
%}
