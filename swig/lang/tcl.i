/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Tcl: an object is a command, which `rename` to "" or the end of its interpreter frees; bytes are byte arrays, descriptors are channels,
 * and errorCode is POSIX or OSMEMLOCK. To close on every way out of a script there is try ... finally.
 */
%module osmemlock

#define OSMLS_RAISE(code, message) { osmls_raise(interp, code, message); SWIG_fail; }
#define OSMLS_IMMUTABLE_BYTES
%feature("compactdefaultargs"); /* one function each, not one for every number of arguments, which hides why an argument was refused */

%{
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

static bool osmls_complain(Tcl_Interp *interp, const char *message)
{
	Tcl_SetErrorCode(interp, "TCL", "VALUE", NULL);
	Tcl_SetObjResult(interp, Tcl_NewStringObj(message, -1));
	return false;
}

static bool osmls_number(Tcl_Interp *interp, Tcl_Obj *given, Tcl_WideInt most, Tcl_WideInt *number)
{
	if (Tcl_GetWideIntFromObj(interp, given, number) != TCL_OK)
		return false;
	return (*number >= 0 && *number <= most) || osmls_complain(interp, "the number is out of range");
}

/* A channel. What is written goes past its buffer, so that is flushed first. */
static bool osmls_descriptor(Tcl_Interp *interp, Tcl_Obj *given, int *fd)
{
	int mode;
	ClientData handle;
	Tcl_Channel channel = Tcl_GetChannel(interp, Tcl_GetString(given), &mode);

	if (!channel || ((mode & TCL_WRITABLE) && Tcl_Flush(channel) != TCL_OK))
		return false;
	if (Tcl_GetChannelHandle(channel, mode & TCL_READABLE ? TCL_READABLE : TCL_WRITABLE, &handle) != TCL_OK)
		return osmls_complain(interp, "the channel has no descriptor");
	*fd = (int)(intptr_t)handle;
	return true;
}

static const Tcl_ObjType *osmls_byte_array;

static void osmls_learn_byte_array(void)
{
	Tcl_Obj *empty = Tcl_NewByteArrayObj(NULL, 0);

	osmls_byte_array = empty->typePtr;
	Tcl_DecrRefCount(empty);
}

/*
 * Tcl 8.6 cuts characters above 255 down to bytes without a word. A byte array has no text to look at, and none is made. Anything else has
 * one, which a part of a text or a list only writes when it is asked for.
 */
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

/*
 * Not SWIG_MethodCommand(): that looks into a table which every interpreter that loads the module makes anew, also while other threads use it.
 */
static int osmls_call(ClientData data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
	swig_instance *instance = (swig_instance *)data;
	const swig_method *method = instance->classptr->methods;
	const char *name = objc > 1 ? Tcl_GetString(objv[1]) : "";
	Tcl_Obj **arguments;
	int rc;

	while (method->name && strcmp(method->name, name) != 0)
		method++;
	if (!method->name) {
		osmls_complain(interp, "no such method");
		return TCL_ERROR;
	}
	Tcl_Preserve(data); /* flushing a channel may run a script, and that may delete this command */
	arguments = (Tcl_Obj **)Tcl_Alloc((unsigned)objc * sizeof *arguments);
	memcpy(arguments, objv, (size_t)objc * sizeof *arguments);
	arguments[1] = instance->thisptr;
	rc = method->method(data, interp, objc, arguments);
	Tcl_Free((char *)arguments);
	Tcl_Release(data);
	return rc;
}

static void osmls_free(char *data)
{
	swig_instance *instance = (swig_instance *)data;

	instance->classptr->destructor(instance->thisvalue);
	Tcl_DecrRefCount(instance->thisptr);
	Tcl_Free(data);
}

static void osmls_delete(ClientData data)
{
	Tcl_EventuallyFree(data, osmls_free);
}

/* The command owns its object. SWIG's own keep a table of owners that all threads share without a lock. */
static void osmls_make(Tcl_Interp *interp, void *object, swig_type_info *type)
{
	swig_instance *instance = (swig_instance *)Tcl_Alloc(sizeof *instance);

	instance->thisptr = SWIG_NewPointerObj(object, type, 0);
	Tcl_IncrRefCount(instance->thisptr);
	instance->thisvalue = object;
	instance->classptr = (swig_class *)type->clientdata;
	instance->destroy = 0;
	instance->cmdtok = Tcl_CreateObjCommand(interp, Tcl_GetString(instance->thisptr), osmls_call, instance, osmls_delete);
	Tcl_SetObjResult(interp, instance->thisptr);
}

/*
 * The object whose method is called, or that of a command by its name. SWIG takes any text of the form _address_p_type for a pointer, also
 * of what is gone, and runs any other as a script.
 */
static bool osmls_object(Tcl_Interp *interp, swig_instance *instance, Tcl_Obj *given, void **object, swig_type_info *type)
{
	const char *name = Tcl_GetString(given);
	Tcl_CmdInfo command;

	*object = NULL;
	if (strcmp(name, "NULL") == 0)
		return true;
	if (!instance || given != instance->thisptr) {
		if (!Tcl_GetCommandInfo(interp, name, &command) || command.deleteProc != osmls_delete)
			return osmls_complain(interp, "no such object");
		instance = (swig_instance *)command.objClientData;
	}
	*object = instance->thisvalue;
	return *instance->classptr->type == type || osmls_complain(interp, "an object of another class");
}

/* Leaves of a class what makes its objects and the methods that they have; SWIG's other ways to them take pointers. */
static void osmls_trim(Tcl_Interp *interp, const swig_class *class)
{
	static const char *const forms[] = { SWIG_prefix "new_%s", SWIG_prefix "delete_%s", SWIG_prefix "%s", SWIG_prefix "%s_%s" };
	const swig_method *method = class->methods;
	char name[100];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof name, forms[i], class->name);
		Tcl_DeleteCommand(interp, name);
	}
	for (; method->name; method++) {
		snprintf(name, sizeof name, forms[3], class->name, method->name);
		Tcl_DeleteCommand(interp, name);
	}
}
%}
%typemap(in) size_t (Tcl_WideInt number) %{
	if (!osmls_number(interp, $input, LLONG_MAX, &number))
		SWIG_fail;
	$1 = (size_t)number;
%}
%typemap(in) unsigned int (Tcl_WideInt number) %{
	if (!osmls_number(interp, $input, UINT_MAX, &number))
		SWIG_fail;
	$1 = (unsigned int)number;
%}
%typemap(in) int fd %{
	if (!osmls_descriptor(interp, $input, &$1))
		SWIG_fail;
%}
/* A byte array does not move while its value is used as bytes only: as a list or a number Tcl keeps it elsewhere. */
%typemap(in) (const void *bytes, size_t n), (void *memory, size_t len) %{
	if (!osmls_bytes(interp, $input, (const void **)&$1, &$2))
		SWIG_fail;
%}
%typemap(in) SWIGTYPE * %{
	if (!osmls_object(interp, (swig_instance *)clientData, $input, (void **)&$1, $1_descriptor))
		SWIG_fail;
%}
%typemap(out) osml_view %{
	if ($1.len > INT_MAX) {
		osml_buffer_unpin($1.pinned);
		osmls_complain(interp, "more than a byte array of Tcl can hold");
		SWIG_fail;
	}
	Tcl_SetObjResult(interp, Tcl_NewByteArrayObj((const unsigned char *)$1.data, (int)$1.len));
	osml_buffer_unpin($1.pinned);
%}
%typemap(out) LockedBuffer *, CoreDumpsGuard * %{ osmls_make(interp, $1, $1_descriptor); %}
%init %{
	osmls_learn_byte_array();
	osmls_trim(interp, &_wrap_class_LockedBuffer);
	osmls_trim(interp, &_wrap_class_CoreDumpsGuard);
	Tcl_CreateObjCommand(interp, SWIG_prefix "LockedBuffer", _wrap_new_LockedBuffer, NULL, NULL);
	Tcl_Export(interp, Tcl_FindNamespace(interp, SWIG_namespace, NULL, TCL_GLOBAL_ONLY), "*", 0);
%}

%include "../osmemlock.i"

%{
static void osmls_raise(Tcl_Interp *interp, int code, const char *message)
{
	if (code > OSML_EUNSUPPORTED) {
		Tcl_SetErrno(-code);
		Tcl_PosixError(interp);
	} else {
		Tcl_SetErrorCode(interp, "OSMEMLOCK", osml_error_name(code), NULL);
	}
	Tcl_SetObjResult(interp, Tcl_NewStringObj(message, -1));
}
%}
