# SPDX-License-Identifier: MIT OR Apache-2.0
# The folder for Tcl, with the sources: to be sourced by bindings/package.sh. One module, built with the stub library, is for every Tcl from 8.6 on.
# shellcheck shell=bash disable=SC2154
dist=$work/osmemlock-tcl-$version
generate tcl "$dist" -tcl8 -namespace -pkgversion "$version"
core_into "$dist"
filled swig/lang/tcl/package/Makefile "$dist"
filled swig/lang/tcl/package/pkgIndex.tcl "$dist"
cp swig/lang/tcl/package/config.tcl "$dist"
cp LICENSE-MIT LICENSE-APACHE "$dist"
cp docs/bindings/tcl.md "$dist/README.md"
archive "$dist" "$out/osmemlock-tcl-$version.tar.gz"
