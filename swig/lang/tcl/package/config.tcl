# SPDX-License-Identifier: MIT OR Apache-2.0
# Prints where this Tcl's tclConfig.sh is.
set version [info tclversion]
foreach folder [list [::tcl::pkgconfig get libdir,install] [::tcl::pkgconfig get libdir,runtime] {*}[glob -nocomplain /usr/lib/*/ /usr/lib]] {
    foreach file [list $folder/tclConfig.sh $folder/tcl$version/tclConfig.sh] {
        if {[file exists $file]} { puts $file; exit }
    }
}
puts stderr "osmemlock: tclConfig.sh of Tcl $version was not found; on Debian it is in tcl-dev"
exit 1
