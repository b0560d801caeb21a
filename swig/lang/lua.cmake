# SPDX-License-Identifier: MIT OR Apache-2.0
find_package(Lua 5.4 REQUIRED)
osml_swig_module(lua FLAGS -lua OUTPUT_NAME osmemlock_swig INCLUDES ${LUA_INCLUDE_DIR})
