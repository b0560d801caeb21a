# SPDX-License-Identifier: MIT OR Apache-2.0
# Part of the installation, before anything is installed: sets osml_new_folders, those of osml_destinations, and above, that are not there yet.
set(osml_new_folders)
foreach(folder IN LISTS osml_destinations)
  cmake_path(ABSOLUTE_PATH folder BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}")
  set(folder "$ENV{DESTDIR}${folder}")
  while(folder AND NOT EXISTS "${folder}")
    list(APPEND osml_new_folders "${folder}")
    cmake_path(GET folder PARENT_PATH folder)
  endwhile()
endforeach()
