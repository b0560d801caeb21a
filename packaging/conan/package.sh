# SPDX-License-Identifier: MIT OR Apache-2.0
# The recipe for Conan, with the sources beside it: to be sourced by bindings/package.sh.
# shellcheck shell=bash disable=SC2154
dist=$work/osmemlock-conan-$version
mkdir -p "$dist"
cp -r CMakeLists.txt LICENSE-* core packaging/conan/test_package "$dist"
cp tests/consume/main.c "$dist/test_package"
filled packaging/conan/conanfile.py "$dist"
archive "$dist" "$out/osmemlock-conan-$version.tar.gz"
