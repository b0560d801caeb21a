/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which exception it is; an IOException would have to be declared, and SWIG declares none. */
%{
static void osmls_throw_io(JNIEnv *jenv, int code, const char *message)
{
	jclass checked = (*jenv)->FindClass(jenv, code == -EINTR ? "java/io/InterruptedIOException" : "java/io/IOException");
	jclass unchecked = (*jenv)->FindClass(jenv, "java/io/UncheckedIOException");
	jstring text = (*jenv)->NewStringUTF(jenv, message);
	jobject cause, thrown;

	if (!checked || !unchecked || !text)
		return; /* another exception is under way */
	cause = (*jenv)->NewObject(jenv, checked, (*jenv)->GetMethodID(jenv, checked, "<init>", "(Ljava/lang/String;)V"), text);
	if (!cause)
		return;
	thrown = (*jenv)->NewObject(jenv, unchecked,
	                            (*jenv)->GetMethodID(jenv, unchecked, "<init>", "(Ljava/lang/String;Ljava/io/IOException;)V"), text, cause);
	if (thrown)
		(*jenv)->Throw(jenv, (jthrowable)thrown);
}

static void osmls_throw(JNIEnv *jenv, int code, const char *message)
{
	if (code == OSML_ECLOSED || code == OSML_EFORKED || code == OSML_EPINNED || code == OSML_EACCESS)
		(*jenv)->ThrowNew(jenv, (*jenv)->FindClass(jenv, "java/lang/IllegalStateException"), message);
	else if (osmls_category(code) == SWIG_IOError || code == OSML_ELIMIT) /* an OutOfMemoryError would pass every catch (Exception) (audit L8) */
		osmls_throw_io(jenv, code, message);
	else
		SWIG_JavaException(jenv, osmls_category(code), message);
}
%}
