# SPDX-License-Identifier: MIT OR Apache-2.0
# A folder for require("osmemlock"). The headers are npm's node-addon-api and node-api-headers, in a folder of NODE_PATH, or Debian's. Node-API is
# a stable ABI: the module runs in whatever Node is there.
enable_language(CXX)
find_path(NODE_ADDON_API_INCLUDE_DIR napi.h HINTS ENV NODE_PATH PATHS /usr/share/nodejs PATH_SUFFIXES node-addon-api REQUIRED)
find_path(NODE_API_INCLUDE_DIR node_api.h HINTS ENV NODE_PATH PATH_SUFFIXES node-api-headers/include node REQUIRED)
osml_swig_module(node FLAGS -javascript -napi OUTPUT_NAME osmemlock INCLUDES ${NODE_ADDON_API_INCLUDE_DIR} ${NODE_API_INCLUDE_DIR})
set_source_files_properties(${generated_dir}/osmemlock_node.c PROPERTIES LANGUAGE CXX)
set_target_properties(osml_swig_node PROPERTIES SUFFIX .node LIBRARY_OUTPUT_DIRECTORY ${generated_dir}/osmemlock
                      CXX_STANDARD 17 CXX_VISIBILITY_PRESET hidden)
foreach(file index.js wait.js)
  configure_file(lang/node/${file} ${generated_dir}/osmemlock/${file} COPYONLY)
endforeach()
