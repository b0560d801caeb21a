# SPDX-License-Identifier: MIT OR Apache-2.0
find_package(Python3 REQUIRED COMPONENTS Interpreter Development.Module)
osml_swig_module(python FLAGS -python -builtin -threads OUTPUT_NAME _osmemlock_swig INCLUDES ${Python3_INCLUDE_DIRS})
