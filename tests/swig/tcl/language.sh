# SPDX-License-Identifier: MIT OR Apache-2.0
# Tcl: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(tclsh=tcl /usr/include/tcl/tcl.h=tcl-dev '/usr/lib/tcltk/*/thread*/pkgIndex.tcl=tcl-thread'
	'/usr/share/tcltk/tcllib*/sha1/sha256.tcl=tcllib')
lent="2 8" # the byte array is a copy, locked too
kept="1 4" # the array env

contract() { TCLLIBPATH=$modules python3 tests/contract/check.py "swig-$1" tclsh tests/contract/swig-tcl/contract.tcl; }
own() { TCLLIBPATH=$modules tclsh tests/swig/tcl/test_safety.tcl; }
victim() { TCLLIBPATH=$modules tclsh tests/swig/tcl/residue.tcl "$1"; }
examples() { TCLLIBPATH=$modules examples/swig/run.sh examples/swig/tcl tcl tclsh; }
bench() { TCLLIBPATH=$modules tclsh tests/bench/swig/tcl.tcl; }
