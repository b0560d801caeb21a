/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A region of an array, which the handle keeps pinned until it is unlocked. */
OSMLS_CLASS(LockedRegion, unlock, internal global::System.Runtime.InteropServices.GCHandle pinned;, if (pinned.IsAllocated) pinned.Free();)
%csmethodmodifiers LockedRegion::LockedRegion "private"
%typemap(csconstruct, excode=SWIGEXCODE) LockedRegion %{: this($imcall) {
    swigCPtr.pinned = held;
    if (swigCPtr.IsInvalid) held.Free();$excode
  }
%}
/* Whoever comes second waits: the first may still wipe the array. */
%typemap(csout, excode=SWIGEXCODE) void LockedRegion::unlock {
    lock (swigCPtr) {
      $imcall;
      if (swigCPtr.pinned.IsAllocated) swigCPtr.pinned.Free();$excode
    }
  }
%typemap(cscode) LockedRegion %{
  public LockedRegion(byte[] held) : this(held, osmemlock.REGION_DONTDUMP) {
  }

  public LockedRegion(byte[] held, uint flags) : this($modulePINVOKE.pin(held), flags) {
  }
%}
