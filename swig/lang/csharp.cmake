# SPDX-License-Identifier: MIT OR Apache-2.0
# The library has a name of its own: under that of the assembly, the runtime would find libosmemlock.so, which is the core.
find_program(MCS_EXECUTABLE mcs REQUIRED)
osml_swig_module(csharp FLAGS -csharp -namespace Osmemlock -dllimport osmemlock_csharp OUTPUT_NAME libosmemlock_csharp)

set(csharp_sources osmemlock osmemlockPINVOKE LockedBuffer LockedRegion CoreDumpsGuard)
list(TRANSFORM csharp_sources REPLACE "(.+)" "${generated_dir}/\\1.cs")
add_custom_command(
  OUTPUT ${generated_dir}/osmemlock.dll
  COMMAND ${MCS_EXECUTABLE} -warnaserror -optimize -target:library -out:${generated_dir}/osmemlock.dll ${csharp_sources}
  DEPENDS ${generated_dir}/osmemlock_csharp.c
  COMMENT "osmemlock.dll" VERBATIM)
add_custom_target(osml_swig_csharp_dll ALL DEPENDS ${generated_dir}/osmemlock.dll)
