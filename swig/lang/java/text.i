/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A path or a name in UTF-8, whatever the locale. JNI encodes its own texts differently beyond 16 bits, which is the name of another file.
 * Native.text() is in class.i. null is NULL, which the core refuses. What C answers is ASCII.
 */
%define OSMLS_TEXT(parameter)
%typemap(jni) parameter "jbyteArray"
%typemap(jtype) parameter "byte[]"
%typemap(javain) parameter "$imclassname.text($javainput)"
%typemap(in) parameter ""
%typemap(check) parameter %{
	if ($input) {
		$1 = ($1_ltype)(*jenv)->GetByteArrayElements(jenv, $input, NULL);
		if (!$1)
			return $null;
	}
%}
%typemap(freearg) parameter %{
	if ($1)
		(*jenv)->ReleaseByteArrayElements(jenv, $input, (jbyte *)$1, JNI_ABORT);
%}
%enddef
OSMLS_TEXT(const char *path)
OSMLS_TEXT(const char *name)
OSMLS_TEXT(const char *prompt)
