/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A region of a direct ByteBuffer, which it refers to until it is unlocked. It is wiped in Java: memory that went before its buffer, as that
 * of a closed Arena, is an exception there and no crash.
 */
%typemap(javaclassmodifiers) LockedRegion "public final class"
%typemap(javainterfaces) LockedRegion "java.io.Closeable"
%typemap(javafinalize) LockedRegion ""
%typemap(javadestruct, methodname="delete", methodmodifiers="private", parameters="") LockedRegion ""
%typemap(javaconstruct) LockedRegion {
    $imclassname.cleaner.register(this, lock);
    lock.lock(held, RegionOption.bits(options));
  }
%typemap(javaout) void LockedRegion::unlock {
    lock.unlock();
  }
%typemap(javabody) LockedRegion %{
  /* All but the object itself, so that the Cleaner can have it. Whoever comes second waits: the first may still wipe. */
  private static final class Lock implements Runnable {
    private long cPtr; // 0: not locked yet, or freed
    private java.nio.ByteBuffer held; // null: unlocked
    private boolean wipes;
    private static final long WIPE = RegionOption.WIPE.value;

    synchronized void lock(java.nio.ByteBuffer memory, long bits) {
      wipes = (bits & WIPE) != 0;
      if (wipes && memory != null && memory.isReadOnly()) throw new IllegalArgumentException("a read-only buffer cannot be wiped");
      held = memory;
      cPtr = $imclassname.new_LockedRegion(memory, bits & ~WIPE);
    }

    synchronized void unlock() {
      if (cPtr == 0 || held == null) return;
      try {
        if (wipes) wipe(held.duplicate().clear());
      } catch (RuntimeException | Error gone) {
        unlockPages(gone);
        throw gone;
      }
      try {
        $imclassname.LockedRegion_unlock(cPtr, null);
      } finally {
        held = null;
      }
    }

    private void unlockPages(Throwable gone) {
      try {
        $imclassname.LockedRegion_unlock(cPtr, null);
      } catch (RuntimeException | Error second) {
        gone.addSuppressed(second);
      }
    }

    public synchronized void run() {
      try {
        unlock();
      } finally {
        if (cPtr != 0) $imclassname.delete_LockedRegion(cPtr);
        cPtr = 0;
      }
    }
  }

  private final Lock lock = new Lock();

  private static void wipe(java.nio.ByteBuffer all) {
    while (all.hasRemaining()) all.put((byte)0);
  }
%}
%typemap(javacode) LockedRegion %{
  /** Locks a direct ByteBuffer, all of it. Without an option it is left out of core dumps. */
  public LockedRegion(java.nio.ByteBuffer held, RegionOption... options) {
    this(held, RegionOption.set(options.length > 0 ? options : new RegionOption[] {RegionOption.DONT_DUMP}));
  }

  /** The same as unlock(). */
  @Override
  public void close() {
    unlock();
  }
%}
