/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the class of the native calls has besides them: arguments, and what was thrown. */
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

  [global::System.Runtime.InteropServices.DllImport("$dllimport")]
  static extern unsafe int *osmls_count_pending();

  [global::System.Runtime.InteropServices.DllImport("$dllimport")]
  static extern int osmls_pending_kind();

  [global::System.Runtime.InteropServices.DllImport("$dllimport")]
  static extern int osmls_take_pending(out global::System.IntPtr message, out global::System.IntPtr parameter);

  static readonly unsafe int *pendingThreads = osmls_count_pending();

  static unsafe int PendingKind() {
    return global::System.Threading.Volatile.Read(ref *pendingThreads) == 0 ? 0 : osmls_pending_kind();
  }

  /* As SWIG's code asks for it. */
  internal static class SWIGPendingException {
    internal static bool Pending {
      get { return PendingKind() != 0; }
    }

    internal static global::System.Exception Retrieve() {
      int kind = osmls_take_pending(out global::System.IntPtr message, out global::System.IntPtr parameter);
      string name = global::System.Runtime.InteropServices.Marshal.PtrToStringAnsi(parameter);
      return Thrown(kind, global::System.Runtime.InteropServices.Marshal.PtrToStringAnsi(message), name == "" ? null : name);
    }
  }

  /* The numbers are those of pending.i. */
  static global::System.Exception Thrown(int kind, string message, string parameter) {
    switch (kind) {
      case 2: return new global::System.ArithmeticException(message);
      case 3: return new global::System.DivideByZeroException(message);
      case 4: return new global::System.IndexOutOfRangeException(message);
      case 5: return new global::System.InvalidOperationException(message);
      case 6: case LIMIT: return new global::System.IO.IOException(message);
      case 7: return new global::System.NullReferenceException(message);
      case 8: return new global::System.OutOfMemoryException(message);
      case 9: return new global::System.OverflowException(message);
      case 10: return new global::System.SystemException(message);
      case 11: return new global::System.ObjectDisposedException("LockedBuffer", message);
      case 20: return new global::System.ArgumentException(message, parameter);
      case 21: return new global::System.ArgumentNullException(parameter, message);
      case 22: return new global::System.ArgumentOutOfRangeException(parameter, message);
      default: return new global::System.ApplicationException(message);
    }
  }

  const int LIMIT = 12;

  /* Whether to try once more: garbage held the quota, perhaps. */
  internal static bool Collected() {
    if (PendingKind() != LIMIT) return false;
    osmls_take_pending(out global::System.IntPtr message, out global::System.IntPtr parameter);
    global::System.GC.Collect();
    global::System.GC.WaitForPendingFinalizers();
    return true;
  }
%}
