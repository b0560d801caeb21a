# SPDX-License-Identifier: MIT OR Apache-2.0
# The library has a name of its own: under that of the assembly, the runtime would find libosmemlock.so, which is the core.
find_program(MCS_EXECUTABLE mcs REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# The comments become XML for the IDE where SWIG hands them to C#; that of Debian 12 does not.
execute_process(COMMAND ${SWIG_EXECUTABLE} -csharp -doxygen -E ${CMAKE_CURRENT_LIST_DIR}/csharp.i RESULT_VARIABLE refused OUTPUT_QUIET ERROR_QUIET)
set(comments -doxygen)
set(complete) # no public name without a comment
if(refused)
  set(comments)
  set(complete -nowarn:1591)
endif()
osml_swig_module(csharp FLAGS -csharp -DSWIG_CSHARP_NO_EXCEPTION_HELPER -DSWIG_CSHARP_NO_STRING_HELPER ${comments} -namespace Osmemlock -dllimport osmemlock_csharp OUTPUT_NAME libosmemlock_csharp)

set(csharp_sources Osml Native LockedBuffer LockedRegion CoreDumpsGuard Protections Policy Access Coding SourceOptions RegionOptions HardenSteps
    ErrorModes Info)
list(TRANSFORM csharp_sources REPLACE "(.+)" "${generated_dir}/\\1.cs")
add_custom_command(
  OUTPUT ${generated_dir}/osmemlock.dll ${generated_dir}/osmemlock.xml
  COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/bindings/comments.py ${CMAKE_CURRENT_SOURCE_DIR}/osmemlock.i ${csharp_sources}
  COMMAND ${MCS_EXECUTABLE} -warnaserror ${complete} -doc:${generated_dir}/osmemlock.xml -optimize -langversion:latest -unsafe -target:library
          -out:${generated_dir}/osmemlock.dll ${csharp_sources}
  DEPENDS ${generated_dir}/osmemlock_csharp.c ${PROJECT_SOURCE_DIR}/bindings/comments.py
  COMMENT "osmemlock.dll" VERBATIM)
set(csharp_assemblies ${generated_dir}/osmemlock.dll)

# The same for .NET.
find_file(CECIL_ASSEMBLY Mono.Cecil.dll PATHS /usr/lib/mono-cecil)
if(CECIL_ASSEMBLY)
  list(APPEND csharp_assemblies ${generated_dir}/netstandard2.1/osmemlock.dll)
  set(retarget ${generated_dir}/Retarget.exe)
  add_custom_command(
    OUTPUT ${retarget}
    COMMAND ${CMAKE_COMMAND} -E copy ${CECIL_ASSEMBLY} ${generated_dir}
    COMMAND ${MCS_EXECUTABLE} -warnaserror -r:${CECIL_ASSEMBLY} -r:System.Core -out:${retarget} ${CMAKE_CURRENT_LIST_DIR}/csharp/Retarget.cs
    DEPENDS ${CMAKE_CURRENT_LIST_DIR}/csharp/Retarget.cs
    COMMENT "Retarget.exe" VERBATIM)
  add_custom_command(
    OUTPUT ${generated_dir}/netstandard2.1/osmemlock.dll
    COMMAND ${CMAKE_COMMAND} -E make_directory ${generated_dir}/netstandard2.1
    COMMAND mono ${retarget} ${generated_dir}/osmemlock.dll ${generated_dir}/netstandard2.1/osmemlock.dll
    DEPENDS ${retarget} ${generated_dir}/osmemlock.dll
    COMMENT "osmemlock.dll for .NET" VERBATIM)
endif()
add_custom_target(osml_swig_csharp_dll ALL DEPENDS ${csharp_assemblies})
