# SPDX-License-Identifier: MIT OR Apache-2.0
find_program(PHP_CONFIG_EXECUTABLE NAMES php-config REQUIRED)
execute_process(COMMAND ${PHP_CONFIG_EXECUTABLE} --include-dir OUTPUT_VARIABLE osml_php OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(osml_swig_php_then ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/bindings/arginfo.py)
osml_swig_module(php FLAGS -php OUTPUT_NAME osmemlock
                 INCLUDES ${osml_php} ${osml_php}/main ${osml_php}/TSRM ${osml_php}/Zend ${osml_php}/ext)
file(WRITE ${generated_dir}/osmemlock.ini "extension=${generated_dir}/osmemlock.so\n")
