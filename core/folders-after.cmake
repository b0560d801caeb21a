# SPDX-License-Identifier: MIT OR Apache-2.0
# Part of the installation, at its end: what it has made anew can be entered by everybody. CMake makes folders as the umask says, even those of
# CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS. Folders that were there before are left as they were.
foreach(folder IN LISTS osml_new_folders)
  if(IS_DIRECTORY "${folder}")
    file(CHMOD "${folder}" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  endif()
endforeach()
