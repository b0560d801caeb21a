/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Names and types as .NET has them: GetByte, Protections.WipeOnFork, Osml for the functions without an object. The class of the native calls is no
 * user's. What costs nothing to ask is a property (class.i).
 */
%define OSMLS_NAME
"%(regex:/^(?:osmls?_)?([a-z0-9]+)_?([a-z0-9]*)_?([a-z0-9]*)_?([a-z0-9]*)_?([a-z0-9]*)_?([a-z0-9]*)$/\\u\\1\\u\\2\\u\\3\\u\\4\\u\\5\\u\\6/)s"
%enddef
%rename("%(regex:/^[a-z0-9]+__([a-z0-9]+)_?([a-z0-9]*)_?([a-z0-9]*)_?([a-z0-9]*)_?([a-z0-9]*)$/\\u\\1\\u\\2\\u\\3\\u\\4\\u\\5/)s", %$isenumitem) "";
%rename("$ignore", %$isconstant) ""; /* each is in enum.i, but UNLIMITED */

/* SWIG keeps items, functions and types under one roof. */
%rename(WipeAtEnd) region__wipe;
%rename(GetInfo) osmls_info;

%pragma(csharp) imclassclassmodifiers="class"
%pragma(csharp) moduleclassmodifiers="/// <summary>What belongs to no object: the process, memory of the program's own, and the library.</summary>
public static class"
%pragma(csharp) modulecode=%{
  /// <summary>Where there is no limit, what GetInfo() returns.</summary>
  public const ulong Unlimited = ulong.MaxValue;

%}

%define OSMLS_CHOICE(Type)
%typemap(csbase) enum Type "uint"
%enddef
%define OSMLS_FLAGS(Type)
%rename(Type##s) Type;
%typemap(csbase) enum Type "uint"
%typemap(csattributes) enum Type "[global::System.Flags]"
%enddef
%define OSMLS_DEFAULTS(bits)
%enddef

/* As a parameter, and as the result of a function of that name. */
%define OSMLS_AS(Type, c, parameter)
%typemap(cstype) parameter #Type
%typemap(csin) parameter "(" #c ")$csinput"
%typemap(csout, excode=SWIGEXCODE) parameter {
    Type ret = (Type)$imcall;$excode
    return ret;
  }
%enddef
OSMLS_AS(Policy, uint, unsigned int policy)
OSMLS_AS(Access, uint, unsigned int access)
OSMLS_AS(Coding, uint, unsigned int coding)
OSMLS_AS(Info, int, int what)
OSMLS_AS(Protections, uint, unsigned int want)
OSMLS_AS(Protections, uint, unsigned int protections)
OSMLS_AS(Protections, uint, unsigned int verify)
OSMLS_AS(SourceOptions, uint, unsigned int flags)
OSMLS_AS(RegionOptions, uint, unsigned int options)
OSMLS_AS(HardenSteps, uint, unsigned int steps)
OSMLS_AS(HardenSteps, uint, unsigned int osmls_harden)
OSMLS_AS(HardenSteps, uint, unsigned int osmls_harden_undo)
OSMLS_AS(ErrorModes, uint, unsigned int mode)
OSMLS_AS(ErrorModes, uint, unsigned int osmls_set_windows_error_mode)
OSMLS_AS(ErrorModes, uint, unsigned int osmls_suppress_windows_error_dialogs_for_process)
%apply unsigned char { unsigned int byte, unsigned int get_byte };
