/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Each call holds the SafeHandle, so the handle of the core is freed after the last one. Dispose() throws nothing, because an exception at the end
 * of `using` would replace the one that is under way; Close() throws. What else belongs to the handle is `holder`, and `let_go` releases that.
 */
%define OSMLS_CLASS(Class, leave, holder, let_go)
%typemap(csclassmodifiers) Class "public sealed class"
%typemap(csbody) Class %{
  internal sealed class Handle : global::System.Runtime.InteropServices.SafeHandle {
    holder
    Handle() : base(global::System.IntPtr.Zero, true) {
    }

    public override bool IsInvalid {
      get { return handle == global::System.IntPtr.Zero; }
    }

    [global::System.Runtime.InteropServices.DllImport("$dllimport", EntryPoint="CSharp_Osmemlock_delete_" + #Class)]
    static extern void free(global::System.IntPtr handle);

    protected override bool ReleaseHandle() {
      free(handle);
      let_go
      return true;
    }
  }

  Handle swigCPtr;

  internal $csclassname(Handle handle) {
    swigCPtr = handle;
  }

  internal static Handle getCPtr($csclassname given) {
    return given == null ? null : given.swigCPtr;
  }
%}
%typemap(csdispose) Class %{
  /// <summary>Ends it, and throws nothing.</summary>
  public void Dispose() {
    try {
      leave();
    } catch (global::System.Exception) {
    }
  }
%}
%typemap(csdisposing, methodname="Dispose", methodmodifiers="private", parameters="") Class ""
%typemap(imtype) Class * #Class ".Handle"
%typemap(csin) Class * "$csclassname.getCPtr($csinput)"
%typemap(csconstruct, excode=SWIGEXCODE) Class %{: this($imcall) {$excode
  }
%}
%typemap(csout, excode=SWIGEXCODE) Class * {
    $csclassname ret = new $csclassname($imcall);$excode
    return ret;
  }
%enddef
OSMLS_CLASS(LockedBuffer, Close, , )
OSMLS_CLASS(CoreDumpsGuard, Release, , )

/* Making one may be tried once more after a collection (error.i); this is what OSMLS_COLLECT is elsewhere. */
%typemap(csconstruct, excode=SWIGEXCODE) LockedBuffer %{: this($imcall) {
    if ($imclassname.Collected()) swigCPtr = $imcall;$excode
  }
%}
%typemap(csout, excode=SWIGEXCODE) LockedBuffer *take, LockedBuffer *part, LockedBuffer *joined, LockedBuffer *prefixed, LockedBuffer *suffixed,
    LockedBuffer *encode {
    Handle made = $imcall;
    if ($imclassname.Collected()) made = $imcall;
    LockedBuffer ret = new LockedBuffer(made);$excode
    return ret;
  }

/* .NET starts child processes with a copy of its own, taken at the start. Where it had none yet, it makes one now, without the variable. */
%typemap(csout, excode=SWIGEXCODE) LockedBuffer *from_env {
    LockedBuffer ret = new LockedBuffer($imcall);$excode
    global::System.Environment.SetEnvironmentVariable(name, null);
    return ret;
  }

%ignore LockedBuffer::close; /* below, over finish */
%rename(GetSize) LockedBuffer::size;
%rename(GetClosed) LockedBuffer::closed;
%rename(GetProtections) LockedBuffer::protections;
%csmethodmodifiers LockedBuffer::size "private";
%csmethodmodifiers LockedBuffer::closed "private";
%csmethodmodifiers LockedBuffer::protections "private";
%csmethodmodifiers LockedBuffer::ended "private";
%csmethodmodifiers LockedBuffer::finish "private";

%extend LockedBuffer {
	/* Returns the size that it had. */
	size_t finish()
	{
		check(osml_buffer_close($self));
		return osml_buffer_size($self);
	}

	/* As closed(), but no error in a child of fork(). */
	bool ended()
	{
		uint32_t bits;

		return osml_buffer_protections($self, &bits) == OSML_ECLOSED;
	}
}

/* C has default arguments; SWIG does not pass them on to C#. */
%define OSMLS_SOURCE_DEFAULTS(name, type, where, what)
  /// <summary>what, with the default protections and policy.</summary>
  public static LockedBuffer name(type where, long max, SourceOptions options = 0) {
    return name(where, max, options, Protections.Defaults, Policy.Default);
  }

%enddef
%typemap(cscode, noblock=1) LockedBuffer {
  /// <summary>Makes a buffer of zeros, with the default protections and policy.</summary>
  public LockedBuffer(long size) : this(size, Protections.Defaults, Policy.Default) {
  }

  /* A closed buffer frees its handle, which spares the finalizer, and shares one that is closed, the first, with all others. */
  static Handle ended;
  long endedSize;

  /// <summary>Wipes now, and may be called again. All other calls on a closed buffer are errors, but for its size and whether it is closed.</summary>
  public void Close() {
    Handle open = swigCPtr;
    if (open == global::System.Threading.Volatile.Read(ref ended)) return;
    try {
      endedSize = Finish();
    } catch (global::System.ObjectDisposedException) {
      return; // another thread came first
    }
    global::System.Threading.Volatile.Write(ref swigCPtr, global::System.Threading.Interlocked.CompareExchange(ref ended, open, null) ?? open);
    if (swigCPtr != open) open.Dispose();
  }

  /// <summary>The length in bytes, also of a closed buffer.</summary>
  public long Size {
    get {
      try {
        if (global::System.Threading.Volatile.Read(ref swigCPtr) != ended) return GetSize();
      } catch (global::System.ObjectDisposedException) {
      }
      return endedSize;
    }
  }

  /// <summary>Whether it is closed. In a child of fork() an inherited buffer is not: asking is refused there like anything else.</summary>
  public bool IsClosed {
    get {
      try {
        return GetClosed();
      } catch (global::System.ObjectDisposedException) {
        return true;
      }
    }
  }

  /// <summary>The protections that the buffer got.</summary>
  public Protections Protections {
    get { return GetProtections(); }
  }

  /// <summary>Returns a copy that the caller looks after.</summary>
  public byte[] Read(long offset, long n) {
    byte[] bytes = new byte[n < 0 || n > Size ? Size + 1 : n]; // a length outside is left to the core to refuse, and never given to `new`
    ReadInto(offset, bytes);
    return bytes;
  }

  OSMLS_SOURCE_DEFAULTS(FromFd, int, fd, Reads a descriptor to its end)
  OSMLS_SOURCE_DEFAULTS(FromFile, string, path, Reads a file)
  OSMLS_SOURCE_DEFAULTS(FromEnv, string, name, Takes a variable out of the environment)
  OSMLS_SOURCE_DEFAULTS(FromCredential, string, name, Reads a credential of systemd)
  OSMLS_SOURCE_DEFAULTS(Prompt, string, prompt, Asks at the terminal)

  /* Each with a NUL behind it. */
  static byte[] Words(string[] argv) {
    if (argv == null || global::System.Array.IndexOf(argv, null) >= 0) throw new global::System.ArgumentNullException("argv");
    if (global::System.Array.Exists(argv, word => word.IndexOf('\0') >= 0)) throw new global::System.ArgumentException("a NUL inside", "argv");
    return new global::System.Text.UTF8Encoding(false, true).GetBytes(string.Concat(global::System.Array.ConvertAll(argv, word => word + "\0")));
  }

  /// <summary>Runs a program without a shell, and takes what it writes straight into locked memory. `argv`: its name and its arguments.</summary>
  public static LockedBuffer FromCommand(string[] argv, long max, SourceOptions options = 0) {
    return FromCommand(Words(argv), max, options, Protections.Defaults, Policy.Default);
  }

  /// <summary>Runs a program that reads the bytes of this buffer, and takes what it writes. `argv`: its name and its arguments.</summary>
  public LockedBuffer Piped(string[] argv, long max, SourceOptions options = 0) {
    return Piped(Words(argv), max, options, Protections.Defaults, Policy.Default);
  }

  /* Collections ask, and expect no exception. */
  /// <summary>Returns whether the bytes are equal, in constant time. What is closed or cannot be read equals itself alone; Equal() throws.</summary>
  public override bool Equals(object other) {
    var buffer = other as LockedBuffer;
    try {
      return (object)this == other || buffer != null && Equal(buffer);
    } catch (global::System.InvalidOperationException) { // an ObjectDisposedException is one
      return false;
    }
  }

  /// <summary>Returns a hash of the size alone: the bytes may change, and a hash of them would be a part of the secret.</summary>
  public override int GetHashCode() {
    return Size.GetHashCode();
  }

  /// <summary>Returns the size and whether it is closed; nothing of the bytes.</summary>
  public override string ToString() {
    return "LockedBuffer(" + Size + " bytes" + (Ended() ? ", closed)" : ")");
  }

  OSMLS_USE
}
