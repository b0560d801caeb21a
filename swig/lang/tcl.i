/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Tcl: an object is a command, which `rename` to "" or the end of its interpreter frees; bytes are byte arrays, descriptors are channels,
 * and errorCode is POSIX or OSMEMLOCK. To close on every way out of a script there is try ... finally.
 */
%module osmemlock

#define OSMLS_RAISE(code, message) { osmls_raise(interp, code, message); SWIG_fail; }
#define OSMLS_IMMUTABLE_BYTES
%feature("compactdefaultargs"); /* one function each, not one for every number of arguments, which hides why an argument was refused */

%include "tcl/value.i"
%include "tcl/bytes.i"
%include "tcl/channel.i"
%include "tcl/object.i"

%define OSMLS_NUMBER(type, least, most)
%typemap(in) type (Tcl_WideInt number) %{
	if (!osmls_number(interp, $input, least, most, &number))
		SWIG_fail;
	$1 = (type)number;
%}
%enddef
OSMLS_NUMBER(size_t, 0, LLONG_MAX)
OSMLS_NUMBER(unsigned int, 0, UINT_MAX)
OSMLS_NUMBER(int, INT_MIN, INT_MAX)

%typemap(in) const char * %{
	$1 = osmls_text(interp, $input);
	if (!$1)
		SWIG_fail;
%}
%typemap(freearg) const char * %{
	if ($1)
		Tcl_Free((char *)$1);
%}
%typemap(in) const char *path %{
	$1 = (char *)osmls_path(interp, $input);
	if (!$1)
		SWIG_fail;
%}
%typemap(freearg) const char *path ""

/* A byte array does not move while its value is used as bytes only: as a list or a number Tcl keeps it elsewhere. */
%typemap(in) (const void *bytes, size_t n), (void *memory, size_t len) %{
	if (!osmls_bytes(interp, $input, (const void **)&$1, &$2))
		SWIG_fail;
%}

%init %{
	osmls_learn_byte_array();
	osmls_hide(interp, &_wrap_class_LockedBuffer);
	osmls_hide(interp, &_wrap_class_CoreDumpsGuard);
	Tcl_CreateObjCommand(interp, SWIG_prefix "LockedBuffer", _wrap_new_LockedBuffer, NULL, NULL);
	Tcl_Export(interp, Tcl_FindNamespace(interp, SWIG_namespace, NULL, TCL_GLOBAL_ONLY), "[a-hj-zA-Z]*", 0); /* not info: Tcl has one */

/* What SWIG writes behind this function is Osmemlock_SafeInit. Without that Tcl loads the module into no safe interpreter, where it ran programs. */
#undef SWIGEXPORT
#define SWIGEXPORT static SWIGUNUSED
%}

%include "../error.i"
%typemap(out) osml_view {
	if ($1.len > INT_MAX) {
		osmls_give_back(&$1);
		osmls_complain(interp, "more than a byte array of Tcl can hold");
		SWIG_fail;
	}
	Tcl_SetObjResult(interp, Tcl_NewByteArrayObj((const unsigned char *)$1.data, (int)$1.len));
	osmls_give_back(&$1);
	OSMLS_OUTCOME
}

%include "tcl/arguments.i"
%include "../osmemlock.i"
%include "tcl/raise.i"
%include "tcl/expose.i"
