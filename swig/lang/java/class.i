/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The handle lives as long as the object, so no call ever gets a pointer of 0. The Cleaner knows the number alone, not the object. Final,
 * because a subclass could be cloned, and a clone outlives the handle.
 */
%define OSMLS_CLASS(Class, owned, registered)
%typemap(javaclassmodifiers) Class "public final class"
%typemap(javainterfaces) Class "java.io.Closeable"
%typemap(javafinalize) Class ""
%typemap(javadestruct, methodname="delete", methodmodifiers="private", parameters="") Class ""
%typemap(javabody) Class %{
  private final long swigCPtr;
  owned

  $javaclassname(long cPtr, boolean owns) {
    swigCPtr = cPtr;
    registered;
  }

  static long getCPtr($javaclassname object) {
    return object == null ? 0 : object.swigCPtr;
  }
%}
%typemap(javain) Class *, Class *self "$javaclassname.getCPtr($javainput)"
%enddef
OSMLS_CLASS(LockedBuffer, private final Handle handle;, handle = new Handle(this))
OSMLS_CLASS(CoreDumpsGuard, , $imclassname.cleaner.register(this, () -> $imclassname.delete_CoreDumpsGuard(cPtr)))

%pragma(java) jniclasscode=%{
  static final java.lang.ref.Cleaner cleaner = java.lang.ref.Cleaner.create();

  static {
    load();
  }

  /* The one in the jar, if that has one for this machine; else where the machine keeps libraries. */
  private static void load() {
    String machine = (System.getProperty("os.name") + "-" + System.getProperty("os.arch")).toLowerCase(java.util.Locale.ROOT);
    try (java.io.InputStream inside = Native.class.getResourceAsStream("native/" + machine + "/libosmemlock_jni.so")) {
      if (inside == null) {
        System.loadLibrary("osmemlock_jni");
        return;
      }
      java.nio.file.Path copy = java.nio.file.Files.createTempFile("osmemlock", ".so");
      try {
        java.nio.file.Files.copy(inside, copy, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        System.load(copy.toString());
      } finally {
        java.nio.file.Files.delete(copy); // what is mapped stays
      }
    } catch (java.io.IOException unwritable) {
      throw new java.io.UncheckedIOException("osmemlock: java.io.tmpdir must be a folder that can be written", unwritable);
    } catch (UnsatisfiedLinkError refused) {
      UnsatisfiedLinkError told = new UnsatisfiedLinkError("osmemlock: no library for " + machine + ", or java.io.tmpdir is mounted noexec: "
          + refused.getMessage());
      told.initCause(refused);
      throw told;
    }
  }

  /* Ends with a NUL, as C wants it. */
  static byte[] text(String given) {
    if (given == null) return null;
    if (given.indexOf(0) >= 0) throw new IllegalArgumentException("a NUL inside");
    try {
      java.nio.ByteBuffer bytes = java.nio.charset.StandardCharsets.UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(given + "\0"));
      return java.util.Arrays.copyOf(bytes.array(), bytes.limit());
    } catch (java.nio.charset.CharacterCodingException unpaired) {
      throw new IllegalArgumentException("half a surrogate pair inside", unpaired);
    }
  }
%}

%typemap(javaout) void LockedBuffer::close {
    $jnicall;
    handle.close();
  }

%typemap(javacode) CoreDumpsGuard %{
  /** The same as release(). */
  @Override
  public void close() {
    release();
  }
%}

/* C has default arguments and Java has none. */
%define OSMLS_SOURCE_DEFAULTS(name, type, where, what)
  /** what with the default protections and policy. */
  public static LockedBuffer name(type where, long max, SourceOption... options) {
    return name(where, max, SourceOption.set(options), Protection.defaultsAnd(), Policy.DEFAULT);
  }

%enddef
%typemap(javacode, noblock=1) LockedBuffer {
  /* What waits for the collector costs more than all else, so a closed buffer does not. Its handle is freed with those of others, when none of the
     buffers is held any more: until then another thread may be in a call. A class that held them would keep its own loader from being unloaded. */
  private static final class Handle implements Runnable {
    private static final int TOGETHER = 256;
    private static long[] closed;
    private static int count;
    private static java.lang.ref.WeakReference<Object> together = new java.lang.ref.WeakReference<>(null); // held by each of the buffers

    private final long cPtr;
    private final java.lang.ref.Cleaner.Cleanable cleanable;
    private boolean closing;
    private Object held;

    Handle(LockedBuffer buffer) {
      cPtr = buffer.swigCPtr;
      cleanable = Native.cleaner.register(buffer, this);
    }

    void close() {
      closing = true;
      cleanable.clean();
    }

    /* Once. */
    public void run() {
      if (closing) held = later(cPtr);
      else Native.delete_LockedBuffer(cPtr);
    }

    private static synchronized Object later(long cPtr) {
      Object open = together.get();
      if (open == null || count == TOGETHER) {
        long[] handles = closed = new long[TOGETHER];
        open = new Object();
        together = new java.lang.ref.WeakReference<>(open);
        count = 0;
        Native.cleaner.register(open, () -> {
          for (long handle : handles) Native.delete_LockedBuffer(handle);
        });
      }
      closed[count++] = cPtr;
      return open;
    }
  }

  /** Makes a buffer of zeros, with the default protections and policy. */
  public LockedBuffer(long size) {
    this(Native.new_LockedBuffer(size, Protection.DEFAULTS, Policy.DEFAULT.value), true);
  }

  OSMLS_SOURCE_DEFAULTS(fromFd, int, fd, Reads a descriptor to its end)
  OSMLS_SOURCE_DEFAULTS(fromFile, String, path, Reads a file)
  OSMLS_SOURCE_DEFAULTS(fromEnv, String, name, Takes a variable out of the environment)
  OSMLS_SOURCE_DEFAULTS(fromCredential, String, name, Reads a credential of systemd)
  OSMLS_SOURCE_DEFAULTS(prompt, String, prompt, Asks at the terminal)

  /* Each with a NUL behind it. */
  static byte[] words(String[] argv) {
    java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
    for (String word : argv) all.writeBytes(Native.text(word));
    return all.toByteArray();
  }

  /** Runs a program without a shell, and takes what it writes straight into locked memory. `argv`: its name and its arguments. */
  public static LockedBuffer fromCommand(String[] argv, long max, SourceOption... options) {
    return fromCommand(words(argv), max, SourceOption.set(options), Protection.defaultsAnd(), Policy.DEFAULT);
  }

  /** Runs a program that reads the bytes of this buffer, and takes what it writes. `argv`: its name and its arguments. */
  public LockedBuffer piped(String[] argv, long max, SourceOption... options) {
    return piped(words(argv), max, SourceOption.set(options), Protection.defaultsAnd(), Policy.DEFAULT);
  }

  /* Collections ask, and expect no exception. */
  /** Returns whether the bytes are equal, in constant time. What is closed or cannot be read equals itself alone; equal() throws. */
  @Override
  public boolean equals(Object other) {
    try {
      return this == other || other instanceof LockedBuffer && equal((LockedBuffer)other);
    } catch (IllegalStateException unreadable) {
      return false;
    }
  }

  /** Returns a hash of the size alone: the bytes may change, and a hash of them would be a part of the secret. */
  @Override
  public int hashCode() {
    return Long.hashCode(size());
  }

  /** Returns the size and whether it is closed; nothing of the bytes. */
  @Override
  public String toString() {
    return "LockedBuffer(" + size() + " bytes" + (Native.LockedBuffer_ended(swigCPtr, this) ? ", closed)" : ")");
  }

  OSMLS_USE
}

%{
static void osmls_throw(JNIEnv *jenv, int code, const char *message);
%}
