/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The key where it lies: a direct ByteBuffer, whose pin goes when it and all slices of it are collected, so none of them can find the memory gone;
 * and a SecretKey without bytes of its own. What waits for that holds the LockedBuffer too, which the collector would wipe under its view.
 */
%typemap(jni) osml_view lend "jobject"
%typemap(jtype) osml_view lend "java.nio.ByteBuffer"
%typemap(jstype) osml_view lend "java.nio.ByteBuffer"
%typemap(out) osml_view lend {
	if ($1.len > INT32_MAX)
		SWIG_JavaThrowException(jenv, SWIG_JavaIndexOutOfBoundsException, "more than a ByteBuffer can hold");
	else if ($1.pinned) /* else an exception is under way */
		$result = (*jenv)->NewDirectByteBuffer(jenv, (void *)$1.data, (jlong)$1.len);
	if ($1.pinned && !$result)
		osml_buffer_unpin($1.pinned);
}
%javamethodmodifiers LockedBuffer::lend "private";
%javamethodmodifiers LockedBuffer::give_back "private";
%javamethodmodifiers LockedBuffer::fixed "private";
%javamethodmodifiers LockedBuffer::ended "private";

%extend LockedBuffer {
	osml_view lend()
	{
		return osmls_whole($self);
	}

	void give_back()
	{
		osml_buffer_unpin($self);
	}

	bool fixed()
	{
		return osml_buffer_write($self, 0, NULL, 0) == OSML_EACCESS;
	}

	/* As closed(), but no error in a child of fork(). */
	bool ended()
	{
		uint32_t bits;

		return osml_buffer_protections($self, &bits) == OSML_ECLOSED;
	}
}

%define OSMLS_USE
  /** Returns the bytes where they lie: a direct ByteBuffer that pins them until it and its slices are collected. Closed, they read as zeros. */
  public java.nio.ByteBuffer view() {
    java.nio.ByteBuffer root = lend();
    Native.cleaner.register(root, this::giveBack);
    return fixed() ? root.asReadOnlyBuffer() : root;
  }

  /** Lends the bytes where they lie to a function, and returns what that does. `work`: the function. `R`: what it returns. */
  public <R> R with(java.util.function.Function<? super java.nio.ByteBuffer, ? extends R> work) {
    R result = work.apply(view());
    Native.LockedBuffer_protections(swigCPtr, this); /* throws: closed meanwhile, so the result may come of zeros */
    return result;
  }

  /** Returns a key for Mac and Cipher. It has no bytes of its own: they ask it for an array, and wipe that. Its destroy() closes this buffer. `algorithm`: its name. */
  public javax.crypto.SecretKey asSecretKey(String algorithm) {
    return new Key(this, java.util.Objects.requireNonNull(algorithm));
  }

  private static final class Key implements javax.crypto.SecretKey {
    private static final long serialVersionUID = 1;
    private final transient LockedBuffer bytes;
    private final String algorithm;

    Key(LockedBuffer bytes, String algorithm) {
      this.bytes = bytes;
      this.algorithm = algorithm;
    }

    public String getAlgorithm() {
      return algorithm;
    }

    public String getFormat() {
      return "RAW";
    }

    /* A copy of the caller's; Mac and Cipher wipe theirs. */
    public byte[] getEncoded() {
      return bytes.read(0, bytes.size());
    }

    public void destroy() {
      bytes.close();
    }

    public boolean isDestroyed() {
      return bytes.isClosed();
    }

    public boolean equals(Object other) {
      return this == other || other instanceof Key && algorithm.equals(((Key)other).algorithm) && bytes.equals(((Key)other).bytes);
    }

    public int hashCode() {
      return algorithm.hashCode();
    }

    private void writeObject(java.io.ObjectOutputStream out) throws java.io.IOException {
      throw new java.io.NotSerializableException("the key of a LockedBuffer");
    }
  }
%enddef
