/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A region of an array, which the handle keeps pinned until it is unlocked. */
OSMLS_CLASS(LockedRegion, Unlock, internal global::System.Runtime.InteropServices.GCHandle pinned;, if (pinned.IsAllocated) pinned.Free();)
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
  /// <summary>Locks an array, pins it, and leaves it out of core dumps, or what else the options say.</summary>
  public LockedRegion(byte[] held, RegionOptions options = RegionOptions.DontDump) : this($imclassname.pin(held), options) {
  }
%}
