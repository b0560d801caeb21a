# SPDX-License-Identifier: MIT OR Apache-2.0
find_package(PerlLibs REQUIRED)
osml_swig_module(perl FLAGS -perl5 OUTPUT_NAME osmemlock INCLUDES ${PERL_INCLUDE_PATH})
separate_arguments(perl_flags NATIVE_COMMAND "${PERL_EXTRA_C_FLAGS}")
target_compile_options(osml_swig_perl PRIVATE ${perl_flags})
