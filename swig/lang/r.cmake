# SPDX-License-Identifier: MIT OR Apache-2.0
# A package, for library(osmemlock): SWIG's R code, what stands in r/, and the module. R CMD INSTALL puts it into r/library.
find_program(R_EXECUTABLE NAMES R REQUIRED)
execute_process(COMMAND ${R_EXECUTABLE} CMD config --cppflags OUTPUT_VARIABLE osml_r OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "^-I([^ ]+).*" "\\1" osml_r "${osml_r}")
osml_swig_module(r FLAGS -r OUTPUT_NAME osmemlock INCLUDES ${osml_r})

# SWIG leaves constants out for R: "%constant unsigned int LOCKED = OSML_LOCKED;" becomes OSMLS_CONSTANT(LOCKED, OSML_LOCKED).
set(osml_r_constants)
file(GLOB osml_r_shared CONFIGURE_DEPENDS *.i)
foreach(interface IN LISTS osml_r_shared)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${interface})
  file(STRINGS ${interface} lines REGEX "^%constant ")
  list(TRANSFORM lines REPLACE "^.* ([A-Z0-9_]+) = ([A-Z0-9_]+).*" "OSMLS_CONSTANT(\\1, \\2)\n")
  string(APPEND osml_r_constants ${lines})
endforeach()
file(CONFIGURE OUTPUT ${generated_dir}/r_constants.h CONTENT "${osml_r_constants}" @ONLY)
target_include_directories(osml_swig_r PRIVATE ${generated_dir})

set(osml_r_package ${generated_dir}/package)
configure_file(lang/r/DESCRIPTION.in ${osml_r_package}/DESCRIPTION @ONLY)
configure_file(lang/r/NAMESPACE ${osml_r_package}/NAMESPACE COPYONLY)
file(MAKE_DIRECTORY ${generated_dir}/library)
# The module goes there last: R CMD INSTALL empties the folder, and it would want to compile one itself.
add_custom_command(
  OUTPUT ${generated_dir}/library/osmemlock/libs/osmemlock.so
  COMMAND ${CMAKE_COMMAND} -E copy ${generated_dir}/osmemlock.R ${osml_r_package}/R/osmemlock.R
  COMMAND ${R_EXECUTABLE} CMD INSTALL --no-test-load --library=${generated_dir}/library ${osml_r_package}
  COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:osml_swig_r> ${generated_dir}/library/osmemlock/libs/osmemlock.so
  DEPENDS osml_swig_r ${osml_r_package}/DESCRIPTION ${osml_r_package}/NAMESPACE
  COMMENT "R package" VERBATIM)
add_custom_target(osml_swig_r_package ALL DEPENDS ${generated_dir}/library/osmemlock/libs/osmemlock.so)
