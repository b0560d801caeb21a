# SPDX-License-Identifier: MIT OR Apache-2.0
# The folder go/osmemlock is a whole Go module, with the core inside: it may be copied elsewhere, and building it loads nothing from the network.
find_program(GO_EXECUTABLE go REQUIRED)
osml_swig_generate(go -go -cgo -intgosize 64)

set(go_module ${generated_dir}/osmemlock)
set(go_package ${go_module}/internal/swig)
file(GLOB go_sources CONFIGURE_DEPENDS lang/go/*.go lang/go/go.mod)
file(WRITE ${generated_dir}/go.work "go 1.18\nuse ./osmemlock\n") # $GOWORK: programs that stand in no module find it
add_custom_command(
  OUTPUT ${generated_dir}/built
  COMMAND ${CMAKE_COMMAND} -E make_directory ${go_package}
  COMMAND ${CMAKE_COMMAND} -E copy ${go_sources} ${go_module}
  COMMAND ${CMAKE_COMMAND} -E copy ${generated} ${generated_dir}/swig.go ${PROJECT_SOURCE_DIR}/bindings/error.def
          ${PROJECT_SOURCE_DIR}/core/include/osmemlock.h ${go_package}
  COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:osmemlock_static> ${go_package}/libosmemlock.a
  COMMAND ${CMAKE_COMMAND} -E chdir ${go_module} ${GO_EXECUTABLE} vet .
  COMMAND ${CMAKE_COMMAND} -E touch ${generated_dir}/built
  DEPENDS ${generated} ${go_sources} osmemlock_static
  COMMENT "Go module osmemlock" VERBATIM)
add_custom_target(osml_swig_go ALL DEPENDS ${generated_dir}/built)
