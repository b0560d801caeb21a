# SPDX-License-Identifier: MIT OR Apache-2.0
# The fake stands between the core and every function of the platform layer. The list is taken from the header itself, so none can be forgotten:
# a function without a wrapper in tests/fake does not link.
set(layer ${CMAKE_CURRENT_LIST_DIR}/../../core/src/os.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${layer})
file(STRINGS ${layer} declarations REGEX "^[a-z].*osml__os_[a-z_]+\\(")
string(REGEX MATCHALL "osml__os_[a-z_]+\\(" functions "${declarations}")
list(REMOVE_DUPLICATES functions)
list(TRANSFORM functions REPLACE "(.+)\\(" "-Wl,--wrap=\\1" OUTPUT_VARIABLE wraps)
list(APPEND wraps -Wl,--wrap=osml__wipe -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=free)
