# SPDX-License-Identifier: MIT OR Apache-2.0
find_package(Ruby REQUIRED)
osml_swig_module(ruby FLAGS -ruby OUTPUT_NAME osmemlock INCLUDES ${Ruby_INCLUDE_DIRS})
