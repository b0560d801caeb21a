/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Enumerations of Java. What may be given many times is a Set; where a buffer is made without one, no Set is made either. */
%include "enums.swg"
%javaconst(1);
%ignore protection__defaults;
%ignore harden__all;

%define OSMLS_CHOICE(Type)
%typemap(javabody, noblock=1) enum Type {
  final int value;

  private Type(int value) {
    this.value = value;
  }
}
%enddef

%define OSMLS_FLAGS(Type)
%typemap(javabody, noblock=1) enum Type {
  final int value;

  private Type(int value) {
    this.value = value;
  }

  static long bits(java.util.Set<Type> all) {
    long bits = 0;
    for (Type one : all) bits |= one.value;
    return bits;
  }

  static java.util.Set<Type> set(Type[] all) {
    java.util.Set<Type> set = java.util.EnumSet.noneOf(Type.class);
    java.util.Collections.addAll(set, all);
    return set;
  }

  /** Returns those whose bits are set in a number. `bits`: the number. */
  public static java.util.Set<Type> of(long bits) {
    java.util.Set<Type> set = java.util.EnumSet.allOf(Type.class);
    set.removeIf(one -> (bits & one.value) == 0);
    return set;
  }
}
%enddef

%define OSMLS_AS_CHOICE(Type, parameter)
%typemap(jstype) parameter #Type
%typemap(javain) parameter "$javainput.value"
%enddef
OSMLS_AS_CHOICE(Policy, unsigned int policy)
OSMLS_AS_CHOICE(Access, unsigned int access)
OSMLS_AS_CHOICE(Coding, unsigned int coding)
OSMLS_AS_CHOICE(Info, int what)

/* As a parameter, and as the result of a function of that name. */
%define OSMLS_AS_FLAGS(Type, parameter)
%typemap(jstype) parameter "java.util.Set<" #Type ">"
%typemap(javain) parameter #Type ".bits($javainput)"
%typemap(javaout) parameter {
    return Type.of($jnicall);
  }
%enddef
OSMLS_AS_FLAGS(Protection, unsigned int want)
OSMLS_AS_FLAGS(Protection, unsigned int protections)
OSMLS_AS_FLAGS(Protection, unsigned int verify)
OSMLS_AS_FLAGS(SourceOption, unsigned int flags)
OSMLS_AS_FLAGS(RegionOption, unsigned int options)
OSMLS_AS_FLAGS(HardenStep, unsigned int steps)
OSMLS_AS_FLAGS(HardenStep, unsigned int osmls_harden)
OSMLS_AS_FLAGS(HardenStep, unsigned int osmls_harden_undo)
OSMLS_AS_FLAGS(ErrorMode, unsigned int mode)
OSMLS_AS_FLAGS(ErrorMode, unsigned int osmls_set_windows_error_mode)
OSMLS_AS_FLAGS(ErrorMode, unsigned int osmls_suppress_windows_error_dialogs_for_process)

%define OSMLS_DEFAULTS(bits)
%typemap(javacode, noblock=1) enum Protection {
  static final long DEFAULTS = bits;

  /** Returns what a buffer has when nothing else is asked for, and others. `others`: what it shall have besides. */
  public static java.util.Set<Protection> defaultsAnd(Protection... others) {
    java.util.Set<Protection> set = of(DEFAULTS);
    java.util.Collections.addAll(set, others);
    return set;
  }
}
%enddef
