/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What -builtin needs so that no object falls over, whatever is done with it. */
%{
static PyObject *osmls_repr(PyObject *self)
{
	return PyUnicode_FromFormat("<%s>", Py_TYPE(self)->tp_name); /* no address */
}
%}

/* A type in C whose __init__ has not run yet has no type for SWIG, which then falls over. */
%define OSMLS_TYPE(class)
%feature("python:tp_repr") class "osmls_repr";
%feature("python:tp_new") class "osmls_new_" #class;
%{
static PyObject *osmls_new_##class(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
	SwigPyObject *made = (SwigPyObject *)PyType_GenericNew(type, arguments, keywords);

	if (made)
		made->ty = SWIGTYPE_p_##class;
	return (PyObject *)made;
}
%}
%enddef
OSMLS_TYPE(LockedBuffer)
OSMLS_TYPE(LockedRegion)
OSMLS_TYPE(CoreDumpsGuard)

/* And one whose __init__ runs again would forget what it had: in another thread, or that of another base. */
%define OSMLS_MADE_ONCE(class, argument)
%typemap(check) argument %{
	if (((SwigPyObject *)self)->ptr || ((SwigPyObject *)self)->ty != $descriptor(class *))
		SWIG_exception_fail(SWIG_ValueError, "this object exists already");
%}
%typemap(out) class *class::class %{
	if ($1 && ((SwigPyObject *)self)->ptr) {
		delete_##class($1);
		SWIG_exception_fail(SWIG_ValueError, "this object exists already");
	}
	$result = SWIG_NewPointerObj(SWIG_as_voidptr($1), $descriptor(class *), SWIG_POINTER_NEW | $owner);
%}
%enddef
OSMLS_MADE_ONCE(LockedBuffer, size_t size)
OSMLS_MADE_ONCE(LockedRegion, (void *held, size_t len))

/* For scope.i. */
%typemap(out) void __enter__ %{
	Py_INCREF(self);
	$result = self;
%}
