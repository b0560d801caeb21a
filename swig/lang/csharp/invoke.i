/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the class of the native calls has besides them. */
%pragma(csharp) imclasscode=%{
  /* The C structure osmls_bytes. */
  internal struct Bytes {
    internal readonly global::System.IntPtr data;
    internal readonly global::System.IntPtr length;

    /* Refuses a handle that does not pin, and what is no array of bytes. */
    internal Bytes(global::System.Runtime.InteropServices.GCHandle pinned) {
      data = pinned.AddrOfPinnedObject();
      length = (global::System.IntPtr)((byte[])pinned.Target).LongLength;
    }
  }

  internal static global::System.Runtime.InteropServices.GCHandle pin(byte[] array) {
    if (array == null) throw new global::System.ArgumentNullException();
    return global::System.Runtime.InteropServices.GCHandle.Alloc(array, global::System.Runtime.InteropServices.GCHandleType.Pinned);
  }

  static readonly global::System.Text.UTF8Encoding strict = new global::System.Text.UTF8Encoding(false, true);

  /* In the place of half a surrogate pair .NET writes other characters, which may name another file. */
  internal static string text(string given) {
    if (given != null && given.IndexOf('\0') >= 0) throw new global::System.ArgumentException("a NUL in a text");
    if (given != null) strict.GetByteCount(given);
    return given;
  }

  delegate void Closed(string message);
  delegate void Collect();
  static readonly Closed closed = setPendingClosed; // kept, because C calls it
  static readonly Collect collect = collectGarbage;
  internal static readonly bool registered = register();

  [global::System.Runtime.InteropServices.DllImport("$dllimport", EntryPoint="osmls_register")]
  static extern void osmls_register(Closed closed, Collect collect);

  static bool register() {
    osmls_register(closed, collect);
    return true;
  }

  static void setPendingClosed(string message) {
    SWIGPendingException.Set(new global::System.ObjectDisposedException("LockedBuffer", message));
  }

  static void collectGarbage() {
    global::System.GC.Collect();
    global::System.GC.WaitForPendingFinalizers();
  }
%}
