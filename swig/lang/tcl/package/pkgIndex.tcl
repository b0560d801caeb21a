# SPDX-License-Identifier: MIT OR Apache-2.0
if {![package vsatisfies [package provide Tcl] 8.6-]} { return }
package ifneeded osmemlock @VERSION@ [list load [file join $dir osmemlock.so] Osmemlock]
