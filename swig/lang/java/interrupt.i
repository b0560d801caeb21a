/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Thread.interrupt() ends a wait; the thread stays interrupted. A wait is looked after five times a second, on the thread that called. */
%{
static JavaVM *osmls_machine;

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *machine, void *reserved)
{
	(void)reserved;
	osmls_machine = machine;
	return JNI_VERSION_1_6;
}

/* The classes are gone; the library itself stays (-z nodelete), and so would what it has locked for buffers to come. */
JNIEXPORT void JNICALL JNI_OnUnload(JavaVM *machine, void *reserved)
{
	(void)machine;
	(void)reserved;
	osml_trim();
}

static int osmls_interrupted(void *context)
{
	JNIEnv *jenv = NULL;
	jclass type;
	jobject thread;
	int interrupted = 1; /* an exception is under way */

	(void)context;
	if ((*osmls_machine)->GetEnv(osmls_machine, (void **)&jenv, JNI_VERSION_1_6) != JNI_OK)
		return 0;
	type = (*jenv)->FindClass(jenv, "java/lang/Thread");
	if (!type)
		return interrupted;
	thread = (*jenv)->CallStaticObjectMethod(jenv, type,
	                                         (*jenv)->GetStaticMethodID(jenv, type, "currentThread", "()Ljava/lang/Thread;"));
	if (!(*jenv)->ExceptionCheck(jenv))
		interrupted = (*jenv)->CallBooleanMethod(jenv, thread, (*jenv)->GetMethodID(jenv, type, "isInterrupted", "()Z"));
	interrupted |= (*jenv)->ExceptionCheck(jenv);
	(*jenv)->DeleteLocalRef(jenv, thread);
	(*jenv)->DeleteLocalRef(jenv, type);
	return interrupted;
}
#define OSMLS_INTERRUPTED osmls_interrupted
%}
