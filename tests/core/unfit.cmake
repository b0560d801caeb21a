# SPDX-License-Identifier: MIT OR Apache-2.0
# Where this is not Linux: unfit.txt names the tests that cannot be compiled, on which systems, and why. The target unfit_tests compiles them all the
# same: what it makes needs no entry (tests/cross).
file(STRINGS unfit.txt unfit REGEX "^test_[a-z_]+: ([A-Za-z ]* )?(everywhere|${CMAKE_SYSTEM_NAME})[ :]")
list(TRANSFORM unfit REPLACE ":.*" ".c")
list(REMOVE_ITEM tests ${unfit})
if(APPLE) # nothing can be put in place of the C library (wraps_by_name.cmake)
  foreach(test ${tests})
    file(STRINGS ${test} in_place REGEX "^IN_PLACE_OF\\(")
    if(in_place)
      list(REMOVE_ITEM tests ${test})
    endif()
  endforeach()
endif()
add_library(unfit_tests OBJECT EXCLUDE_FROM_ALL ${unfit})
target_include_directories(unfit_tests PRIVATE $<TARGET_PROPERTY:osml_test_support,INTERFACE_INCLUDE_DIRECTORIES>)
