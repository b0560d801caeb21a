/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The key where it lies, pinned: View() for one method, whose ReadOnlySpan cannot be stored; With(), whose span ends with it; ToMemory() for
 * asynchronous code. They end with the exception of a closed buffer when it was closed meanwhile. A pin owns the handle of the core.
 */
%typemap(ctype) void *lend "void *"
%typemap(imtype) void *lend "global::System.IntPtr"
%typemap(cstype) void *lend "global::System.IntPtr"
%typemap(out) void *lend %{ $result = $1; %}
%typemap(csout, excode=SWIGEXCODE) void *lend {
    global::System.IntPtr data = $imcall;$excode
    return data;
  }
%typemap(in) void *lend %{ $1 = $input; %}
%typemap(csin) void *lend "$csinput"
%csmethodmodifiers LockedBuffer::lend "internal";
%csmethodmodifiers give_back "internal";

%inline %{
static void give_back(void *lend)
{
	check(osml_buffer_unpin((osml_buffer *)lend));
}
%}

%extend LockedBuffer {
	void *lend()
	{
		void *data = NULL;

		check(osml_buffer_pin($self, &data, NULL));
		return data;
	}
}

%define OSMLS_USE
  /// <summary>Works on bytes that are lent.</summary>
  public delegate R ReadBytes<R>(global::System.ReadOnlySpan<byte> bytes);

  /// <summary>Lends the bytes where they lie until the end of a `using`, which throws when the buffer was closed meanwhile.</summary>
  public Lent View() {
    return new Lent(this);
  }

  /// <summary>Lends the bytes where they lie to a function, and returns what that does. `work`: the function. `R`: what it returns.</summary>
  public R With<R>(ReadBytes<R> work) {
    if (work == null) throw new global::System.ArgumentNullException("work");
    var lent = View();
    bool failed = true;
    try {
      R result = work(lent.Span);
      failed = false;
      return result;
    } finally {
      lent.End(failed);
    }
  }

  /// <summary>Lends the bytes where they lie to asynchronous code.</summary>
  public LentMemory ToMemory() {
    return new LentMemory(this);
  }

  /// <summary>Bytes that are lent. No `using` of old compilers knows it: call Dispose() there.</summary>
  public ref struct Lent {
    global::System.IntPtr pinned;
    readonly global::System.ReadOnlySpan<byte> span;

    internal unsafe Lent(LockedBuffer lender) {
      pinned = lender.swigCPtr.DangerousGetHandle(); // or else Lend() finds it closed
      span = new global::System.ReadOnlySpan<byte>((void*)lender.Lend(), checked((int)lender.Size));
    }

    /// <summary>The bytes, until Dispose().</summary>
    public global::System.ReadOnlySpan<byte> Span {
      get {
        if (pinned == global::System.IntPtr.Zero) throw new global::System.ObjectDisposedException("Lent");
        return span;
      }
    }

    /// <summary>Ends the loan. Throws when the buffer was closed meanwhile.</summary>
    public void Dispose() {
      End(false);
    }

    internal void End(bool failed) {
      global::System.IntPtr ends = pinned;
      pinned = global::System.IntPtr.Zero;
      if (ends == global::System.IntPtr.Zero) return;
      try {
        Osml.GiveBack(ends);
      } catch (global::System.Exception) {
        if (!failed) throw;
      }
    }
  }

  /// <summary>Bytes that are lent to asynchronous code.</summary>
  public sealed class LentMemory : global::System.IDisposable {
    readonly Manager manager;

    internal LentMemory(LockedBuffer lender) {
      manager = new Manager(lender);
    }

    /// <summary>The bytes. What is read from it after Dispose(), or once the buffer is closed, throws.</summary>
    public global::System.ReadOnlyMemory<byte> Memory {
      get { return manager.Memory; }
    }

    /// <summary>Ends the loan. Throws when the buffer was closed meanwhile.</summary>
    public void Dispose() {
      manager.End();
    }
  }

  sealed unsafe class Manager : global::System.Buffers.MemoryManager<byte> {
    readonly LockedBuffer owner;
    readonly byte* data;
    readonly int length;
    global::System.IntPtr pinned;

    internal Manager(LockedBuffer lender) {
      global::System.IntPtr handle = lender.swigCPtr.DangerousGetHandle();
      owner = lender;
      length = checked((int)lender.Size);
      data = (byte*)lender.Lend();
      pinned = handle;
    }

    ~Manager() {
      Dispose(false);
    }

    void Require() {
      if (global::System.Threading.Volatile.Read(ref pinned) == global::System.IntPtr.Zero) throw new global::System.ObjectDisposedException("LentMemory");
      owner.GetProtections();
    }

    public override global::System.Span<byte> GetSpan() {
      Require();
      return new global::System.Span<byte>(data, length);
    }

    public override global::System.Buffers.MemoryHandle Pin(int at) {
      Require();
      if (at < 0 || at > length) throw new global::System.ArgumentOutOfRangeException("at");
      return new global::System.Buffers.MemoryHandle(data + at, default(global::System.Runtime.InteropServices.GCHandle), this);
    }

    public override void Unpin() {
    }

    internal void End() {
      global::System.GC.SuppressFinalize(this);
      global::System.IntPtr ends = global::System.Threading.Interlocked.Exchange(ref pinned, global::System.IntPtr.Zero);
      if (ends != global::System.IntPtr.Zero) Osml.GiveBack(ends);
    }

    protected override void Dispose(bool disposing) {
      try {
        End();
      } catch (global::System.Exception) {
      }
    }
  }
%enddef
