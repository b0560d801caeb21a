# SPDX-License-Identifier: MIT OR Apache-2.0
find_package(Java 11 REQUIRED COMPONENTS Development)
get_filename_component(JAVA_HOME ${Java_JAVAC_EXECUTABLE} REALPATH) # Debian's is a link to a link; the headers are beside the last one
get_filename_component(JAVA_HOME ${JAVA_HOME}/../.. ABSOLUTE)
find_package(JNI REQUIRED COMPONENTS JVM)
osml_swig_module(java FLAGS -java -doxygen -package osmemlock OUTPUT_NAME libosmemlock_jni INCLUDES ${JNI_INCLUDE_DIRS})

set(java_sources Osml Native LockedBuffer LockedRegion CoreDumpsGuard Protection Policy Access Coding SourceOption RegionOption HardenStep ErrorMode Info)
list(TRANSFORM java_sources REPLACE "(.+)" "${generated_dir}/\\1.java")
add_custom_command(
  OUTPUT ${generated_dir}/osmemlock.jar
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${generated_dir}/classes
  COMMAND ${Java_JAVAC_EXECUTABLE} -Xlint:all -Werror -d ${generated_dir}/classes ${java_sources}
  COMMAND ${Java_JAR_EXECUTABLE} --create --file ${generated_dir}/osmemlock.jar -C ${generated_dir}/classes osmemlock
  DEPENDS ${generated_dir}/osmemlock_java.c
  COMMENT "osmemlock.jar" VERBATIM)
add_custom_target(osml_swig_java_jar ALL DEPENDS ${generated_dir}/osmemlock.jar)
