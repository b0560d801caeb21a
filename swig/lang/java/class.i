/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The handle lives as long as the object, so no call ever gets a pointer of 0. The Cleaner knows the number alone, not the object. Final,
 * because a subclass could be cloned, and a clone outlives the handle.
 */
%define OSMLS_CLASS(Class)
%typemap(javaclassmodifiers) Class "public final class"
%typemap(javainterfaces) Class "AutoCloseable"
%typemap(javafinalize) Class ""
%typemap(javadestruct, methodname="delete", methodmodifiers="private", parameters="") Class ""
%typemap(javabody) Class %{
  private final long swigCPtr;

  protected $javaclassname(long cPtr, boolean owned) {
    swigCPtr = cPtr;
    $imclassname.cleaner.register(this, () -> $imclassname.delete_##Class(cPtr));
  }

  protected static long getCPtr($javaclassname object) {
    return object == null ? 0 : object.swigCPtr;
  }
%}
%typemap(javain) Class *, Class *self "$javaclassname.getCPtr($javainput)"
%enddef
OSMLS_CLASS(LockedBuffer)
OSMLS_CLASS(CoreDumpsGuard)

%pragma(java) jniclasscode=%{
  static final java.lang.ref.Cleaner cleaner = java.lang.ref.Cleaner.create();

  static {
    System.loadLibrary("osmemlock_jni");
  }

  /* Ends with a NUL, as C wants it. */
  static byte[] text(String given) {
    if (given == null) return null;
    if (given.indexOf(0) >= 0) throw new IllegalArgumentException("a NUL inside");
    try {
      return java.nio.charset.StandardCharsets.UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(given + "\0")).array();
    } catch (java.nio.charset.CharacterCodingException unpaired) {
      throw new IllegalArgumentException("half a surrogate pair inside", unpaired);
    }
  }
%}

%typemap(javacode) CoreDumpsGuard %{
  public void close() {
    release();
  }
%}

/* C has default arguments and Java has none. */
%define OSMLS_SOURCE_DEFAULTS(name, type)
  public static LockedBuffer name(type from, long max) {
    return name(from, max, 0);
  }

  public static LockedBuffer name(type from, long max, long flags) {
    return name(from, max, flags, osmemlock.DEFAULT_PROTECTIONS, osmemlock.POLICY_DEFAULT);
  }

%enddef
%typemap(javacode, noblock=1) LockedBuffer {
  public LockedBuffer(long size) {
    this(size, osmemlock.DEFAULT_PROTECTIONS, osmemlock.POLICY_DEFAULT);
  }

  OSMLS_SOURCE_DEFAULTS(from_fd, int)
  OSMLS_SOURCE_DEFAULTS(from_file, String)
  OSMLS_SOURCE_DEFAULTS(from_env, String)
  OSMLS_SOURCE_DEFAULTS(from_credential, String)

  public static LockedBuffer prompt(String text, long max) {
    return prompt(text, max, osmemlock.DEFAULT_PROTECTIONS, osmemlock.POLICY_DEFAULT);
  }
}

%{
static void osmls_throw(JNIEnv *jenv, int code, const char *message);
%}
