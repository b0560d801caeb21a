/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Node.js through Node-API: errors with `code`, Uint8Array in and Buffer out, Symbol.dispose. SWIG 4.2 is the first that knows -napi; what 4.1
 * writes for V8 does not build with Node 20. JavaScript has no call that runs the collector, so there is no second try when the quota is used up.
 * Sources block, as the functions of node:fs whose names end in Sync do, but for those whose names end in Async.
 */
%module osmemlock

/* When a worker is terminated in the middle of a call, nothing can be thrown into it any more, and the process must live on. */
%begin %{
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
%}

#define OSMLS_RAISE(code, message) osmls_raise(env, code, message)

%include "node/value.i"
%define OSMLS_NUMBER(type, least, most)
%typemap(in) type %{ $1 = (type)osmls_number(env, $input, least, most); %}
%typemap(out) type %{ $result = Napi::Number::New(env, (double)$1); %}
%enddef
OSMLS_NUMBER(size_t, 0, 9007199254740991.0)
OSMLS_NUMBER(unsigned int, 0, UINT_MAX)
OSMLS_NUMBER(int, INT_MIN, INT_MAX)
%typemap(out) uint64_t %{ $result = Napi::Number::New(env, (double)$1); %} /* UNLIMITED is 2^64, the nearest Number */

%typemap(in) const char * (std::string text) %{ $1 = (char *)osmls_text(env, $input, text); %}
%typemap(freearg) const char * ""

/*
 * The bytes of a Uint8Array stay where they are, once a function in C has seen them: V8 keeps those of a new small one inside the object, and
 * moves them out then. What was in there by that time is left behind, so a secret is better read into a Buffer of Buffer.alloc().
 */
%typemap(in) (const void *bytes, size_t n), (void *into, size_t n), (void *memory, size_t len) %{
	$1 = osmls_bytes(env, $input, &$2);
%}
/*
 * Only index.js has the objects that SWIG makes of buffers, so that they are what they should be need not be asked at each call, which takes
 * longer than the call.
 */
%{
typedef SWIG_NAPI_ObjectWrap_inst *osmls_object;

static osmls_object osmls_wrapped(Napi::Value object)
{
	return Napi::ObjectWrap<SWIG_NAPI_ObjectWrap_inst>::Unwrap(object.As<Napi::Object>());
}

/* null is NULL, which the core refuses. */
static void *osmls_other(Napi::Env env, Napi::Value object, swig_type_info *type)
{
	void *other = NULL;

	if (!SWIG_IsOK(SWIG_ConvertPtr(object, &other, type, 0)))
		throw Napi::TypeError::New(env, "a LockedBuffer is needed");
	return other;
}

/* "Illegal number of arguments for _wrap_LockedBuffer_write.", in words of JavaScript. */
static void osmls_refuse(Napi::Env env, int type, const char *message)
{
	if (strncmp(message, "Illegal number of arguments", 27) == 0)
		throw Napi::TypeError::New(env, "too few or too many arguments");
	SWIG_NAPI_Raise(env, type, message);
}
#undef SWIG_Error
#define SWIG_Error(type, message) osmls_refuse(env, type, message)
%}
%typemap(in) LockedBuffer * %{ $1 = ($1_ltype)osmls_other(env, $input, $descriptor(LockedBuffer *)); %}
%typemap(in) LockedBuffer *self %{ $1 = ($1_ltype)osmls_wrapped($input)->self; %}

/* An object of a class without a constructor gets no type from SWIG, and would be taken for one of any class. */
%typemap(out) CoreDumpsGuard * %{
	$result = SWIG_NewPointerObj($1, $1_descriptor, $owner);
	if ($result.IsObject())
		Napi::ObjectWrap<SWIG_NAPI_ObjectWrap_inst>::Unwrap($result.As<Napi::Object>())->info = $1_descriptor;
%}

%include "../error.i"
%typemap(out) osml_view {
	$result = osmls_buffer(env, $1);
	OSMLS_OUTCOME
}

%typemap(out) osml_view lend %{ $result = osmls_lend(env, $1); %}

%include "node/wait.i"
%include "../osmemlock.i"

/* SWIG's own shows the address. */
%extend LockedBuffer {
	const char *toString() { return "LockedBuffer"; }
}
%extend CoreDumpsGuard {
	const char *toString() { return "CoreDumpsGuard"; }
}
%include "node/raise.i"
%include "node/lend.i"
%include "node/renew.i"
%include "node/later.i"
