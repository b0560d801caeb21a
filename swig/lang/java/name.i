/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Names as Java writes them: getByte, WIPE_ON_FORK, Osml for the functions without an object. The class of the native calls is no user's. */
%define OSMLS_NAME
"%(regex:/^(?:osmls?_)?([a-z0-9]+)_?([a-z0-9]*)_?([a-z0-9]*)_?([a-z0-9]*)_?([a-z0-9]*)_?([a-z0-9]*)$/\\1\\u\\2\\u\\3\\u\\4\\u\\5\\u\\6/)s"
%enddef
%rename("%(regex:/^[a-z0-9]+__(.*)$/\\U\\1/)s", %$isenumitem) "";
%rename("$ignore", %$isconstant) ""; /* each is in enum.i, but UNLIMITED */
%rename(isClosed) LockedBuffer::closed;

%pragma(java) jniclassclassmodifiers="final class"
%pragma(java) moduleclassmodifiers="/** What belongs to no object: the process, memory of the program's own, and the library. */
public final class"
%pragma(java) modulecode=%{
  /** Where there is no limit, what info() returns. */
  public static final long UNLIMITED = -1;

  private Osml() {
  }

  /** Hardens the process by these steps. Returns those that were done. */
  public static java.util.Set<HardenStep> harden(HardenStep... steps) {
    return harden(HardenStep.set(steps));
  }

%}
