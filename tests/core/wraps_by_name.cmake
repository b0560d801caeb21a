# SPDX-License-Identifier: MIT OR Apache-2.0
# For linkers without --wrap, those of macOS and zig's for Windows: the preprocessor renames. Callers, which are the tests and the core but for what
# defines these functions, get to the fake; the fake's __real_ names are those of the core. What src/os calls of itself stays as it is.
# Takes `wraps`, `core_sources`, `tests` and the target `support`.
set(defining ${core_sources})
list(FILTER defining INCLUDE REGEX "/src/(os/.*|wipe\\.c)$")
set(calling ${core_sources} ${tests})
list(REMOVE_ITEM calling ${defining})

set(to_fake "")
set(to_core "")
foreach(wrap ${wraps})
  string(REPLACE "-Wl,--wrap=" "" name ${wrap})
  string(APPEND to_core "#define __real_${name} ${name}\n")
  if(name MATCHES "^(malloc|calloc|free)$") # also the names of attributes
    string(APPEND to_fake "#define ${name}(...) __wrap_${name}(__VA_ARGS__)\n")
  else()
    string(APPEND to_fake "#define ${name} __wrap_${name}\n")
  endif()
endforeach()
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/to_fake.h "${to_fake}")
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/to_core.h "${to_core}")
set_property(SOURCE ${calling} APPEND PROPERTY COMPILE_OPTIONS -include ${CMAKE_CURRENT_BINARY_DIR}/to_fake.h)
target_compile_options(${support} PRIVATE "SHELL:-include ${CMAKE_CURRENT_BINARY_DIR}/to_core.h")
set(wraps "")
