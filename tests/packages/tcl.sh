# SPDX-License-Identifier: MIT OR Apache-2.0
# The folder of Tcl: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034
packages=(tclsh=tcl /usr/include/tcl/tcl.h=tcl-dev '/usr/share/tcltk/tcllib*/sha1/sha256.tcl=tcllib' make=make)

twice() { make -B -C osmemlock-tcl-*/ install TCLLIBPATH="$PWD/tcl" CFLAGS="-O0 -std=c99"; }
contract() { python3 "$SOURCE/tests/contract/check.py" tcl tclsh "$SOURCE/tests/contract/swig-tcl/contract.tcl"; }

# Without a folder, or with Tcl's own variable, a list, nothing is installed.
nowhere() { ! make -C osmemlock-tcl-*/ install "DESTDIR=$PWD/nowhere/" 2>refusal && grep 'where to?' refusal && [ ! -e nowhere ]; }

# To a Tcl that is too old it is not there.
check() {
	user env "TCLLIBPATH={$PWD/tcl}" bash -c "$(declare -f nowhere) && nowhere" && user bash -c "$(declare -f nowhere) && nowhere" || return 1
	echo 'package forget Tcl; package provide Tcl [lindex $argv 0]; set dir .; source [lindex $argv 1]; exit [llength [package versions osmemlock]]' >old
	! tclsh old 8.6 tcl/osmemlock*/pkgIndex.tcl && tclsh old 8.5 tcl/osmemlock*/pkgIndex.tcl
}

poor() { tar xf "$PACKAGES"/tcl/osmemlock-tcl-*.tar.gz && cd osmemlock-*/ && make; }
