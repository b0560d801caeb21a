# SPDX-License-Identifier: MIT OR Apache-2.0
find_package(TCL QUIET) # not REQUIRED, by which CMake 3.31 asks for Tk as well
if(NOT TCL_INCLUDE_PATH)
  message(FATAL_ERROR "tcl.h was not found (on Debian: apt-get install tcl-dev)")
endif()
find_library(TCL_STUB_LIBRARY NAMES tclstub8.6 tclstub REQUIRED)
osml_swig_module(tcl FLAGS -tcl8 -namespace -pkgversion ${PROJECT_VERSION} OUTPUT_NAME osmemlock
                 INCLUDES ${TCL_INCLUDE_PATH} LIBRARIES ${TCL_STUB_LIBRARY})
# The stub library: one module for every Tcl from 8.6 on.
target_compile_definitions(osml_swig_tcl PRIVATE USE_TCL_STUBS SWIG_TCL_STUBS_VERSION="8.6")
file(WRITE ${generated_dir}/pkgIndex.tcl
     "package ifneeded osmemlock ${PROJECT_VERSION} [list load [file join $dir osmemlock.so] Osmemlock]\n")
