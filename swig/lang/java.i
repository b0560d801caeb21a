/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Java: try-with-resources, a Cleaner instead of finalize, IllegalStateException after close. There is no collection and second try when the
 * quota is used up: a Cleaner works on a thread of its own, and nobody can wait for it.
 */
%module(jniclassname="Native") Osml

/* Throws and goes on: what the arguments hold is released after the call, and a `return` would miss that. */
#define OSMLS_RAISE(code, message) osmls_throw(jenv, code, message)
#define OSMLS_REGIONS
#define OSMLS_ENUMS

%define OSMLS_NUMBER(type, most)
%typemap(in) type %{
	if ($input < 0 || (unsigned long long)$input > most) {
		SWIG_JavaThrowException(jenv, SWIG_JavaIllegalArgumentException, "a number out of range");
		return $null;
	}
	$1 = ($1_ltype)$input;
%}
%enddef
OSMLS_NUMBER(size_t, SIZE_MAX)
OSMLS_NUMBER(unsigned int, UINT_MAX)
%apply long long { uint64_t }; /* UNLIMITED is -1 */
%apply int { unsigned int byte, unsigned int get_byte };

/*
 * A byte[] moves, so JNI makes a copy, which is wiped before it is released; a machine that pins it instead hands out the array itself. It
 * is made last, as "check": a number that is refused returns at once, and would leave it behind.
 */
%define OSMLS_ARRAY(given_back, pointer, length)
%typemap(jni) (pointer, length) "jbyteArray"
%typemap(jtype) (pointer, length) "byte[]"
%typemap(jstype) (pointer, length) "byte[]"
%typemap(javain) (pointer, length) "$javainput"
%typemap(in) (pointer, length) (jboolean copied) ""
%typemap(check) (pointer, length) %{
	if (!$input) {
		SWIG_JavaThrowException(jenv, SWIG_JavaNullPointerException, "null array");
		return $null;
	}
	$1 = (*jenv)->GetByteArrayElements(jenv, $input, &copied$argnum);
	if (!$1)
		return $null;
	$2 = (size_t)(*jenv)->GetArrayLength(jenv, $input);
%}
%typemap(freearg) (pointer, length) %{
	given_back
	if (copied$argnum)
		osml_wipe((void *)$1, $2);
	(*jenv)->ReleaseByteArrayElements(jenv, $input, (jbyte *)$1, JNI_ABORT);
%}
%enddef
OSMLS_ARRAY(, const void *bytes, size_t n)
OSMLS_ARRAY((*jenv)->ReleaseByteArrayElements(jenv, $input, (jbyte *)$1, JNI_COMMIT);, void *into, size_t n)

/* What does not move is a direct ByteBuffer, all of it. */
%typemap(jni) (void *memory, size_t len) "jobject"
%typemap(jtype) (void *memory, size_t len) "java.nio.ByteBuffer"
%typemap(jstype) (void *memory, size_t len) "java.nio.ByteBuffer"
%typemap(javain) (void *memory, size_t len) "$javainput"
%typemap(in) (void *memory, size_t len) %{
	$1 = $input ? (*jenv)->GetDirectBufferAddress(jenv, $input) : NULL;
	if (!$1) {
		SWIG_JavaThrowException(jenv, SWIG_JavaIllegalArgumentException, "a direct ByteBuffer is needed");
		return $null;
	}
	$2 = (size_t)(*jenv)->GetDirectBufferCapacity(jenv, $input);
%}
%apply (void *memory, size_t len) { (void *held, size_t len) };

%typemap(jni) osml_view "jbyteArray"
%typemap(jtype) osml_view "byte[]"
%typemap(jstype) osml_view "byte[]"
%typemap(javaout) osml_view { return $jnicall; }

%include "java/name.i"
%include "java/enum.i"
%include "../error.i"
%include "java/use.i"
%include "java/class.i"
%include "java/interrupt.i"
%include "java/region.i"
%include "java/text.i"
%typemap(out) osml_view {
	if ($1.len > INT32_MAX)
		SWIG_JavaThrowException(jenv, SWIG_JavaIndexOutOfBoundsException, "more than an array of Java can hold");
	else if ($1.pinned)
		$result = (*jenv)->NewByteArray(jenv, (jsize)$1.len);
	if ($result)
		(*jenv)->SetByteArrayRegion(jenv, $result, 0, (jsize)$1.len, (const jbyte *)$1.data);
	if (osmls_give_back(&$1) != 0 && $result) { /* without a result another exception is under way */
		$result = NULL;
		OSMLS_OUTCOME
	}
}

%include "../osmemlock.i"
%include "java/throw.i"
