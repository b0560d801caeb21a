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
    var loan = new Loan(this);
    bool failed = true;
    try {
      R result = work(loan.Span);
      failed = false;
      return result;
    } finally {
      loan.End(failed);
    }
  }

  /// <summary>Lends the bytes where they lie to asynchronous code.</summary>
  public LentMemory ToMemory() {
    return new LentMemory(this);
  }

  /// <summary>Bytes that are lent. No `using` of old compilers knows it: call Dispose() there. A copy of it is the same loan.</summary>
  public ref struct Lent {
    readonly Loan loan;

    internal Lent(LockedBuffer lender) {
      loan = new Loan(lender);
    }

    /// <summary>The bytes, until Dispose().</summary>
    public global::System.ReadOnlySpan<byte> Span {
      get {
        if (loan == null || loan.Over) throw new global::System.ObjectDisposedException("Lent");
        return loan.Span;
      }
    }

    /// <summary>Ends the loan. Throws when the buffer was closed meanwhile.</summary>
    public void Dispose() {
      if (loan != null) loan.End(false);
    }
  }

  /* A pin, which is given back once, whoever ends it and how often: a struct can be copied. The lender is not collected before. */
  sealed unsafe class Loan {
    readonly LockedBuffer owner;
    readonly byte* data;
    readonly int length;
    global::System.IntPtr pinned;

    internal Loan(LockedBuffer lender) {
      global::System.IntPtr handle = lender.swigCPtr.DangerousGetHandle(); // or else Lend() finds it closed
      owner = lender;
      length = checked((int)lender.Size); // throws while there is no pin yet
      data = (byte*)lender.Lend();
      pinned = handle;
    }

    internal bool Over {
      get { return global::System.Threading.Volatile.Read(ref pinned) == global::System.IntPtr.Zero; }
    }

    internal global::System.Span<byte> Span {
      get { return new global::System.Span<byte>(data, length); }
    }

    internal global::System.Buffers.MemoryHandle HandleOf(int at, global::System.Buffers.IPinnable pinnable) {
      if (at < 0 || at > length) throw new global::System.ArgumentOutOfRangeException("at");
      return new global::System.Buffers.MemoryHandle(data + at, default(global::System.Runtime.InteropServices.GCHandle), pinnable);
    }

    internal void RequireOpen() {
      owner.GetProtections();
    }

    /* One more, which has to be given back by itself. */
    internal global::System.IntPtr PinAgain() {
      global::System.IntPtr handle = owner.swigCPtr.DangerousGetHandle();
      owner.Lend();
      return handle;
    }

    internal void End(bool failed) {
      global::System.IntPtr ends = global::System.Threading.Interlocked.Exchange(ref pinned, global::System.IntPtr.Zero);
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

  sealed class Manager : global::System.Buffers.MemoryManager<byte> {
    readonly Loan loan;
    global::System.IntPtr pinned;
    int handles;

    internal Manager(LockedBuffer lender) {
      loan = new Loan(lender);
    }

    ~Manager() {
      Dispose(false);
    }

    void Require() {
      if (loan.Over) throw new global::System.ObjectDisposedException("LentMemory");
      loan.RequireOpen();
    }

    public override global::System.Span<byte> GetSpan() {
      Require();
      return loan.Span;
    }

    /* What still works through a handle when the loan is over finds the memory there, and zeros in it once the buffer is closed. */
    public override global::System.Buffers.MemoryHandle Pin(int at) {
      Require();
      var handle = loan.HandleOf(at, this);
      lock (loan) {
        pinned = loan.PinAgain();
        handles++;
      }
      return handle;
    }

    public override void Unpin() {
      lock (loan) {
        if (handles == 0) return; // of a copy of a handle
        handles--;
        try {
          Osml.GiveBack(pinned);
        } catch (global::System.Exception) { // closed meanwhile, which the end of the loan tells
        }
      }
    }

    internal void End() {
      if (handles == 0) global::System.GC.SuppressFinalize(this);
      loan.End(false);
    }

    /* The finalizer runs, too, when the loan was refused and is null; and handles that nobody disposed of are gone then. */
    protected override void Dispose(bool disposing) {
      while (!disposing && handles > 0) Unpin();
      if (loan != null) loan.End(true);
    }
  }
%enddef
