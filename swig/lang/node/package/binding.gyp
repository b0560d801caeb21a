# SPDX-License-Identifier: MIT OR Apache-2.0
{
  "targets": [{
    "target_name": "osmemlock",
    "sources": ["<!@(node -p \"require('fs').readdirSync('src').filter((name) => /\\.(c|cxx)$/.test(name)).map((name) => 'src/' + name).join(' ')\")"],
    "include_dirs": ["src", "<!(node -p \"require('node-addon-api').include_dir\")"],
    "cflags": ["-fvisibility=hidden"],
    "cflags_cc": ["-std=c++17"],
    "cflags_cc!": ["-fno-exceptions"],
    "ldflags": ["-Wl,-z,now", "-Wl,-z,nodelete"]
  }]
}
