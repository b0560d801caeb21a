/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Each call holds the SafeHandle, so the handle of the core is freed after the last one, by the finalizer. Dispose() leaves it alone: a closed
 * buffer still answers. It tells nothing, because what it throws at the end of `using` would hide the error that is under way; close() tells. What
 * else goes with the handle is `holder`, and `let_go` gives that back.
 */
%define OSMLS_CLASS(Class, leave, holder, let_go)
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

  readonly Handle swigCPtr;

  internal $csclassname(Handle handle) {
    swigCPtr = handle;
  }

  internal static Handle getCPtr($csclassname given) {
    return given == null ? null : given.swigCPtr;
  }
%}
%typemap(csdispose) Class %{
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
OSMLS_CLASS(LockedBuffer, close, , )
OSMLS_CLASS(CoreDumpsGuard, release, , )

/* C has default arguments; SWIG does not pass them on to C#. */
%define OSMLS_SOURCE_DEFAULTS(name, type)
  public static LockedBuffer name(type from, long max) {
    return name(from, max, 0);
  }

  public static LockedBuffer name(type from, long max, uint flags) {
    return name(from, max, flags, osmemlock.DEFAULT_PROTECTIONS, osmemlock.POLICY_DEFAULT);
  }

%enddef
%typemap(cscode, noblock=1) LockedBuffer {
  public LockedBuffer(long size) : this(size, osmemlock.DEFAULT_PROTECTIONS, osmemlock.POLICY_DEFAULT) {
  }

  /* A copy that the caller looks after. A length outside is left to the core to refuse, and never given to `new`. */
  public byte[] read(long offset, long n) {
    byte[] bytes = new byte[n < 0 || n > size() ? size() + 1 : n];
    read_into(offset, bytes);
    return bytes;
  }

  OSMLS_SOURCE_DEFAULTS(from_fd, int)
  OSMLS_SOURCE_DEFAULTS(from_file, string)
  OSMLS_SOURCE_DEFAULTS(from_env, string)
  OSMLS_SOURCE_DEFAULTS(from_credential, string)

  public static LockedBuffer prompt(string text, long max) {
    return prompt(text, max, osmemlock.DEFAULT_PROTECTIONS, osmemlock.POLICY_DEFAULT);
  }
}
