/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A region of a direct ByteBuffer, which it refers to until it is unlocked. It is wiped in Java: memory that went before its buffer, as that
 * of a closed Arena, is an exception there and no crash.
 */
%typemap(javainterfaces) LockedRegion "AutoCloseable"
%typemap(javafinalize) LockedRegion ""
%typemap(javadestruct, methodname="delete", methodmodifiers="private", parameters="") LockedRegion ""
%typemap(javaconstruct) LockedRegion {
    this(new Lock($imclassname.new_LockedRegion(wipeable(held, flags), flags & ~osmemlock.REGION_WIPE), held, wipes(flags)));
  }
%typemap(javaout) void LockedRegion::unlock {
    lock.unlock();
  }
%typemap(javabody) LockedRegion %{
  /* All but the object itself, so that the Cleaner can have it. */
  private static final class Lock implements Runnable {
    private final long cPtr;
    private final boolean wipes;
    private java.nio.ByteBuffer held; // null: unlocked

    Lock(long cPtr, java.nio.ByteBuffer held, boolean wipes) {
      this.cPtr = cPtr;
      this.held = held;
      this.wipes = wipes;
    }

    synchronized void unlock() {
      java.nio.ByteBuffer memory = held;
      held = null;
      try {
        if (wipes && memory != null) wipe(memory.duplicate().clear());
      } finally {
        $imclassname.LockedRegion_unlock(cPtr, null);
        java.lang.ref.Reference.reachabilityFence(memory);
      }
    }

    public void run() {
      try {
        unlock();
      } finally {
        $imclassname.delete_LockedRegion(cPtr);
      }
    }
  }

  private final Lock lock;

  private $javaclassname(Lock lock) {
    this.lock = lock;
    $imclassname.cleaner.register(this, lock);
  }

  private static boolean wipes(long flags) {
    return (flags & osmemlock.REGION_WIPE) != 0;
  }

  private static java.nio.ByteBuffer wipeable(java.nio.ByteBuffer held, long flags) {
    if (wipes(flags) && held != null && held.isReadOnly())
      throw new IllegalArgumentException("a read-only buffer cannot be wiped");
    return held;
  }

  private static void wipe(java.nio.ByteBuffer all) {
    while (all.hasRemaining()) all.put((byte)0);
  }
%}
%typemap(javacode) LockedRegion %{
  public LockedRegion(java.nio.ByteBuffer held) {
    this(held, osmemlock.REGION_DONTDUMP);
  }

  public void close() {
    unlock();
  }
%}
