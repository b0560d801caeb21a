/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An object is a command, and owns what it wraps. */
%{
/*
 * Not SWIG_MethodCommand(): that looks into a table which every interpreter that loads the module makes anew, also while other threads use
 * it.
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
	arguments = (Tcl_Obj **)Tcl_Alloc((unsigned)objc * sizeof *arguments);
	memcpy(arguments, objv, (size_t)objc * sizeof *arguments);
	arguments[1] = instance->thisptr;
	rc = method->method(data, interp, objc, arguments);
	Tcl_Free((char *)arguments);
	return rc;
}

static void osmls_delete(ClientData data)
{
	swig_instance *instance = (swig_instance *)data;

	instance->classptr->destructor(instance->thisvalue);
	Tcl_DecrRefCount(instance->thisptr);
	Tcl_Free((char *)data);
}

/* No name comes twice in a process: that of what was freed must not be somebody else's object. What begins so is not exported. */
static Tcl_Obj *osmls_new_name(const char *class)
{
	static unsigned long long made;
	char name[100];

	snprintf(name, sizeof name, "::" SWIG_prefix "_%s%llu", class, __atomic_add_fetch(&made, 1, __ATOMIC_RELAXED));
	return Tcl_NewStringObj(name, -1);
}

/* The command owns its object. SWIG's own keep a table of owners that all threads share without a lock. */
static void osmls_make(Tcl_Interp *interp, void *object, swig_type_info *type)
{
	swig_instance *instance = (swig_instance *)Tcl_Alloc(sizeof *instance);

	instance->classptr = (swig_class *)type->clientdata;
	instance->thisptr = osmls_new_name(instance->classptr->name);
	Tcl_IncrRefCount(instance->thisptr);
	instance->thisvalue = object;
	instance->destroy = 0;
	instance->cmdtok = Tcl_CreateObjCommand(interp, Tcl_GetString(instance->thisptr), osmls_call, instance, osmls_delete);
	Tcl_SetObjResult(interp, instance->thisptr);
}

/*
 * The object whose method is called, or that of a command by its name. SWIG takes any text of the form _address_p_type for a pointer, also
 * of what was deleted, and runs any other as a script.
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
static void osmls_hide(Tcl_Interp *interp, const swig_class *class)
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
%typemap(in) SWIGTYPE * %{
	if (!osmls_object(interp, (swig_instance *)clientData, $input, (void **)&$1, $1_descriptor))
		SWIG_fail;
%}
%typemap(out) LockedBuffer *, CoreDumpsGuard * %{ osmls_make(interp, $1, $1_descriptor); %}
