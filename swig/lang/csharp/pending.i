/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What a call throws waits in C, on the thread that called, and C# takes it: Native.SWIGPendingException in invoke.i. SWIG's own helpers call back
 * into C#, and the last assembly that was loaded has all the callbacks: in another AssemblyLoadContext or AppDomain what is refused throws nothing,
 * and crashes when that one is unloaded. csharp.cmake switches them off.
 */
%insert("runtime") %{
/* The names are those that SWIG's files use. Native.Thrown() knows the numbers. */
typedef enum {
	SWIG_CSharpApplicationException = 1,
	SWIG_CSharpArithmeticException,
	SWIG_CSharpDivideByZeroException,
	SWIG_CSharpIndexOutOfRangeException,
	SWIG_CSharpInvalidOperationException,
	SWIG_CSharpIOException,
	SWIG_CSharpNullReferenceException,
	SWIG_CSharpOutOfMemoryException,
	SWIG_CSharpOverflowException,
	SWIG_CSharpSystemException,
	OSMLS_ObjectDisposedException,
	OSMLS_LimitException /* an IOException, unless a collection helps */
} SWIG_CSharpExceptionCodes;

typedef enum {
	SWIG_CSharpArgumentException = 20,
	SWIG_CSharpArgumentNullException,
	SWIG_CSharpArgumentOutOfRangeException
} SWIG_CSharpExceptionArgumentCodes;

static _Thread_local struct {
	int kind; /* 0: none */
	char message[1280], parameter[32];
} osmls_pending;
static int osmls_pending_threads; /* how many have one, so that C# asks its own thread only then */

static void osmls_set_pending(int kind, const char *message, const char *parameter)
{
	if (!osmls_pending.kind)
		__atomic_add_fetch(&osmls_pending_threads, 1, __ATOMIC_RELAXED);
	osmls_pending.kind = kind;
	snprintf(osmls_pending.message, sizeof osmls_pending.message, "%s", message);
	snprintf(osmls_pending.parameter, sizeof osmls_pending.parameter, "%s", parameter ? parameter : "");
}
#define SWIG_CSharpSetPendingException(kind, message)                    osmls_set_pending(kind, message, NULL)
#define SWIG_CSharpSetPendingExceptionArgument(kind, message, parameter) osmls_set_pending(kind, message, parameter)

SWIGEXPORT int *SWIGSTDCALL osmls_count_pending(void)
{
	return &osmls_pending_threads;
}

SWIGEXPORT int SWIGSTDCALL osmls_pending_kind(void)
{
	return osmls_pending.kind;
}

/* The texts stay until the next exception of the thread. */
SWIGEXPORT int SWIGSTDCALL osmls_take_pending(const char **message, const char **parameter)
{
	int kind = osmls_pending.kind;

	if (kind)
		__atomic_sub_fetch(&osmls_pending_threads, 1, __ATOMIC_RELAXED);
	osmls_pending.kind = 0;
	*message = osmls_pending.message;
	*parameter = osmls_pending.parameter;
	return kind;
}
%}

/* Texts that C answers are ASCII, and nobody frees them. */
%typemap(imtype, out="global::System.IntPtr") const char * "string"
%typemap(out) const char * %{ $result = (char *)$1; %}
%typemap(csout, excode=SWIGEXCODE) const char * {
    string ret = global::System.Runtime.InteropServices.Marshal.PtrToStringAnsi($imcall);$excode
    return ret;
  }
