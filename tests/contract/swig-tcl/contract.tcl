# SPDX-License-Identifier: MIT OR Apache-2.0
# The contract of ../README.md, told in Tcl. `contract.tcl quota` is the child of scenario 24.
package require Tcl 8.6
package require osmemlock
namespace import osmemlock::LockedBuffer

set scenarios {}
proc scenario {name told} { lappend ::scenarios $name $told }

proc assert {expression} {
    if {![uplevel 1 [list expr $expression]]} { error "does not hold: $expression" }
}

# The script must fail with an errorCode that begins like this one. Answers the message.
proc refused {code script} {
    if {![catch {uplevel 1 $script} message options]} { error "was not refused: $script" }
    set told [dict get $options -errorcode]
    if {[lrange $told 0 [llength $code]-1] ne $code} { error "$script: $told: $message" }
    return $message
}

# The object is freed when the script is left, however.
proc with {name made script} {
    upvar 1 $name object
    set object $made
    try { uplevel 1 $script } finally { rename $made "" }
}

proc live {} { osmemlock::info $osmemlock::INFO_LIVE_BUFFERS }
proc content {b} { $b read 0 [$b size] }
proc zeros {count} { string repeat \0 $count }

proc holding {bytes} {
    set b [LockedBuffer [string length $bytes]]
    $b write 0 $bytes
    return $b
}

proc read_file {path} {
    set file [open $path rb]
    try { read $file } finally { close $file }
}

scenario "born zero" {
    with b [LockedBuffer 32] { assert {[$b size] == 32 && [content $b] eq [zeros 32]} }
    with b [LockedBuffer 0] { assert {[$b size] == 0 && [content $b] eq ""} }
}

scenario "bytes go in and out" {
    with b [LockedBuffer 32] {
        $b write 5 "\0key\xff"
        assert {[content $b] eq "[zeros 5]\0key\xff[zeros 22]"}
        $b set_byte 31 200
        assert {[$b get_byte 9] == 255 && [$b get_byte 31] == 200}
        $b fill 0 7 2
        $b copy 2 $b 0 2
        assert {[$b read 0 5] eq "\7\7\7\7\0"}
        refused TCL { $b write 0 "\u20ac is not a byte" }
    }
}

scenario "positions outside are refused" {
    with b [LockedBuffer 8] {
        foreach position {-1 8 2147483648 9223372036854775807 18446744073709551615 18446744073709551616 -9223372036854775808} {
            refused {} { $b get_byte $position }
            refused {} { $b set_byte $position 1 }
            refused {} { $b write $position x }
            refused {} { $b read $position 1 }
        }
        foreach {offset count} {7 2 0 9 8 1 1 9223372036854775807 9223372036854775807 2} {
            refused {OSMEMLOCK OSML_ERANGE} { $b read $offset $count }
            refused {OSMEMLOCK OSML_ERANGE} { $b fill $offset 1 $count }
        }
        refused {OSMEMLOCK OSML_ERANGE} { $b write 4 12345 }
        refused {OSMEMLOCK OSML_EINVAL} { $b set_byte 0 256 }
        assert {[content $b] eq [zeros 8]}
    }
}

scenario "wrong arguments are refused" {
    set before [live]
    foreach size {-1 18446744073709551615 18446744073709551616 -9223372036854775808 1.5 1e300 NaN text "" {1 2} NULL} {
        refused {} { LockedBuffer $size }
    }
    refused POSIX { LockedBuffer 4611686018427387904 }
    refused {} { LockedBuffer }
    refused {OSMEMLOCK OSML_EINVAL} { LockedBuffer 8 0x80000000 }
    refused {OSMEMLOCK OSML_EINVAL} { LockedBuffer 8 $osmemlock::DEFAULT_PROTECTIONS 99 }
    with b [LockedBuffer 8] {
        refused {OSMEMLOCK OSML_EINVAL} { $b equal NULL }
        refused TCL { $b equal text }
        refused TCL { $b equal _0000000000000010_p_LockedBuffer }
        refused TCL { $b equal "x; set ::ran 1" }
        refused {} { $b write_fd text }
        assert {![info exists ::ran] && [live] == $before + 1}
    }
}

scenario "close wipes" {
    with b [holding key] {
        set before [live]
        assert {![$b closed]}
        $b close
        assert {[$b closed] && [live] == $before - 1}
    }
}

scenario "close twice" {
    with b [LockedBuffer 8] {
        $b close
        $b close
        assert {[$b closed]}
    }
}

scenario "closed is refused" {
    with b [LockedBuffer 8] { with other [LockedBuffer 8] {
        $b close
        foreach call {
            {$b write 0 x} {$b read 0 1} {$b get_byte 0} {$b set_byte 0 1} {$b fill 0 1 1} {$b random 0 8} {$b copy 0 $other 0 1}
            {$other copy 0 $b 0 1} {$b wipe} {$b equal $other} {$other equal $b} {$b protect $osmemlock::ACCESS_READ} {$b protections}
            {$b verify} {$b decode $osmemlock::HEX} {$b encode $osmemlock::HEX}
            {$b part 0 1} {$b joined $b} {$b prefixed x} {$b suffixed x} {$b find 0 x} {$b equal_bytes x} {$b write_fd stdout} {$b read_fd 0 1 stdin} {$b piped cat 9}
        } {
            refused {OSMEMLOCK OSML_ECLOSED} $call
        }
        assert {[$b closed] && [$b size] == 8}
    } }
}

# Tcl's own way: try ... finally.
scenario "the scope closes" {
    set b [LockedBuffer 8]
    try { $b write 0 x } finally { $b close }
    assert {[$b closed]}
    rename $b ""
    set b [LockedBuffer 8]
    refused MINE { try { throw MINE mine } finally { $b close } }
    assert {[$b closed]}
    rename $b ""
}

scenario "the user's error survives" {
    set message [refused MINE {
        set b [LockedBuffer 8]
        try {
            $b close
            throw MINE mine
        } finally {
            $b close
            rename $b ""
        }
    }]
    assert {$message eq "mine"}
}

# Tcl has no collector: a command lives until it is deleted, or its interpreter.
scenario "dropped is collected" {
    set before [live]
    set child [interp create]
    $child eval [list set auto_path $::auto_path]
    $child eval { package require osmemlock; for {set i 0} {$i < 100} {incr i} { osmemlock::LockedBuffer 32 } }
    assert {[live] == $before + 100}
    interp delete $child
    assert {[live] == $before}
}

scenario "equal" {
    with a [holding "same bytes"] { with b [holding "same bytes"] { with longer [holding "same bytes!"] {
        assert {[$a equal $b] && ![$a equal $longer]}
        $b set_byte 9 [expr {[$b get_byte 9] ^ 1}]
        assert {![$a equal $b]}
        $b close
        refused {OSMEMLOCK OSML_ECLOSED} { $a equal $b }
    } } }
}

scenario "random" {
    with a [LockedBuffer 32] { with b [LockedBuffer 32] {
        $a random 0 32
        $b random 0 32
        assert {![$a equal $b] && [content $a] ne [zeros 32] && [content $b] ne [zeros 32]}
    } }
}

scenario "wipe" {
    with b [holding key] {
        $b wipe
        assert {[content $b] eq [zeros 3] && ![$b closed]}
    }
}

scenario "protections are true" {
    set wanted [expr {$osmemlock::LOCKED | $osmemlock::NODUMP | $osmemlock::WIPEONFORK | $osmemlock::CANARY}]
    assert {$wanted == $osmemlock::DEFAULT_PROTECTIONS}
    with b [LockedBuffer 32] { assert {([$b protections] & $wanted) == $wanted && ([$b verify] & $wanted) == $wanted} }
}

scenario "guarded buffers can be shut" {
    with b [LockedBuffer 8 [expr {$osmemlock::DEFAULT_PROTECTIONS | $osmemlock::GUARDED}]] {
        $b protect $osmemlock::ACCESS_READ
        assert {[$b get_byte 0] == 0}
        refused {OSMEMLOCK OSML_EACCESS} { $b write 0 x }
        $b protect $osmemlock::ACCESS_NONE
        refused {OSMEMLOCK OSML_EACCESS} { $b get_byte 0 }
        refused {OSMEMLOCK OSML_EACCESS} { $b write 0 x }
        $b protect $osmemlock::ACCESS_READWRITE
        $b write 0 x
        assert {[$b read 0 1] eq "x"}
    }
    with plain [LockedBuffer 8] { refused {OSMEMLOCK OSML_EUNSUPPORTED} { $plain protect $osmemlock::ACCESS_READ } }
}

scenario "from a file" {
    set file [file tempfile path]
    puts $file "the key"
    close $file
    with whole [osmemlock::LockedBuffer_from_file $path 100] { assert {[content $whole] eq "the key\n"} }
    with trimmed [osmemlock::LockedBuffer_from_file $path 8 $osmemlock::TRIM_NEWLINE] { assert {[content $trimmed] eq "the key"} }
    refused {OSMEMLOCK OSML_ETOOBIG} { osmemlock::LockedBuffer_from_file $path 7 }
    refused {OSMEMLOCK OSML_EEMPTY} { osmemlock::LockedBuffer_from_file /dev/null 7 }
    file delete $path
    refused {POSIX ENOENT} { osmemlock::LockedBuffer_from_file $path 7 }
    refused {POSIX ENOENT} { osmemlock::LockedBuffer_from_credential no-such-credential 7 }
}

scenario "from a descriptor, and out again" {
    lassign [chan pipe] reader writer
    with b [holding "\0through\0a pipe\0"] {
        $b write_fd $writer
        $b write_fd $writer
        close $writer
        with part [osmemlock::LockedBuffer 20] {
            assert {[$part read_fd 2 16 $reader] == 16 && [string match "\0\0\0t*" [content $part]]}
            refused {OSMEMLOCK OSML_ERANGE} { $part read_fd 19 2 $reader }
        }
        with c [osmemlock::LockedBuffer_from_fd $reader 100] { assert {[$b equal $c]} }
    }
    close $reader
    refused {} { osmemlock::LockedBuffer_from_fd $reader 100 }
    assert {[osmemlock::fd_from_os_handle 1] == 1}
    refused {OSMEMLOCK OSML_EINVAL} { osmemlock::fd_from_os_handle -1 }
}

# Not set in here: Tcl gives the C library a copy of its own.
scenario "from the environment" {
    set name OSML_CONTRACT_SECRET
    set value "taken out of the environment"
    assert {[string first $value [read_file /proc/self/environ]] >= 0}
    with b [osmemlock::LockedBuffer_from_env $name 100] { assert {[content $b] eq $value} }
    assert {[string first $value [read_file /proc/self/environ]] < 0 && [catch {set ::env($name)}]}
    refused {POSIX ENOENT} { osmemlock::LockedBuffer_from_env $name 100 }
}

scenario "decode" {
    with hex [holding 00ff6B] { with base64 [holding AP9r/w==] { with neither [holding neither!] {
        $hex decode $osmemlock::HEX
        $base64 decode $osmemlock::BASE64
        assert {[content $hex] eq "\0\xffk" && [content $base64] eq "\0\xffk\xff"}
        with base32 [holding "ad7w x7y\n"] {
            $base32 decode $osmemlock::BASE32
            assert {[$base32 equal $base64]}
        }
        assert {[string match "*Line 1*" [refused {OSMEMLOCK OSML_EFORMAT} { $neither decode $osmemlock::HEX }]]}
        refused {OSMEMLOCK OSML_EFORMAT} { $neither decode $osmemlock::BASE64 }
        assert {[content $neither] eq "neither!"}
    } } }
}

proc vmlck {} {
    regexp {VmLck:\s+(\d+)} [read_file /proc/self/status] all kilobytes
    return $kilobytes
}

scenario "locks by address" {
    set own [binary format a1048576 x]
    set before [vmlck]
    osmemlock::mlock $own
    assert {[vmlck] >= $before + 1024}
    osmemlock::munlock $own
    assert {[vmlck] == $before}
    osmemlock::madvise_dontdump $own
    refused {} { osmemlock::mlock }
}

proc soft {} {
    regexp {Max core file size\s+(\S+)} [read_file /proc/self/limits] all limit
    return $limit
}

scenario "core dumps off and on" {
    set before [soft]
    assert {$before ne "0"}
    set guard [osmemlock::disable_core_dumps_with_guard]
    try { assert {[soft] eq "0"} } finally { rename $guard "" }
    assert {[soft] eq $before}
    set first [osmemlock::disable_core_dumps_with_guard]
    set second [osmemlock::disable_core_dumps_with_guard]
    $first release
    assert {[soft] eq "0"}
    $second release
    $second release
    assert {[soft] eq $before}
    osmemlock::disable_core_dumps_for_process
    assert {[soft] eq "0"}
}

scenario "Windows helpers" {
    assert {$osmemlock::SEM_FAILCRITICALERRORS == 1 && $osmemlock::SEM_NOGPFAULTERRORBOX == 2}
    assert {$osmemlock::SEM_NOOPENFILEERRORBOX == 0x8000}
    refused {OSMEMLOCK OSML_EUNSUPPORTED} { osmemlock::set_windows_error_mode 1 }
    refused {OSMEMLOCK OSML_EUNSUPPORTED} { osmemlock::suppress_windows_error_dialogs_for_process }
}

scenario "the report" {
    assert {[osmemlock::info $osmemlock::INFO_PAGE_SIZE] == [exec getconf PAGESIZE]}
    assert {[live] == 0}
    with b [LockedBuffer 8] { assert {[live] == 1} }
    assert {[live] == 0 && $osmemlock::UNLIMITED == 2 ** 64 - 1}
    assert {[regexp {^\d+\.\d+\.\d+(-\w+)?$} [osmemlock::version]] && [osmemlock::error_name -10001] eq "OSML_EUNSUPPORTED"}
    refused {OSMEMLOCK OSML_EINVAL} { osmemlock::info 999 }
}

scenario "the lock limit is explained" {
    set message [exec $::env(OSML_QUOTA) [info nameofexecutable] [info script] quota]
    assert {[string match OSML_ELIMIT* $message] && [string match *65536* $message] && [string match "*ulimit -l*" $message]}
}

scenario "purge closes everything" {
    set one [holding secret]
    set other [LockedBuffer 100000 [expr {$osmemlock::DEFAULT_PROTECTIONS | $osmemlock::GUARDED}]]
    osmemlock::purge
    assert {[live] == 0}
    foreach b [list $one $other] {
        assert {[$b closed]}
        refused {OSMEMLOCK OSML_ECLOSED} { $b get_byte 0 }
        $b close
        rename $b ""
    }
    with b [holding new] { assert {[live] == 1 && [content $b] eq "new"} }
    osmemlock::purge
}

scenario "trim gives idle memory back" {
    proc figures {} {
        list [osmemlock::info $osmemlock::INFO_IDLE_BYTES] [osmemlock::info $osmemlock::INFO_LIBRARY_LOCKED_BYTES]
    }
    with stays [holding stays] {
        set made {}
        for {set i 0} {$i < 100} {incr i} { lappend made [LockedBuffer 1000] }
        foreach b $made { rename $b "" }
        lassign [figures] idle locked
        osmemlock::trim
        lassign [figures] idle_now locked_now
        assert {$idle_now < $idle && $locked_now < $locked && [content $stays] eq "stays"}
    }
}

scenario "encode" {
    with b [holding "\0\xffk\xff"] {
        foreach {coding text} {HEX 00ff6bff BASE64 AP9r/w== BASE64URL AP9r_w BASE32 AD7WX7Y=} {
            with encoded [$b encode [set osmemlock::$coding]] {
                assert {[content $encoded] eq $text}
                $encoded decode [set osmemlock::$coding]
                assert {[$encoded equal $b]}
            }
        }
        refused {OSMEMLOCK OSML_EINVAL} { $b encode 0 }
    }
}

scenario "words around a secret" {
    with b [holding t0k3n] { with before [$b prefixed "Bearer "] { with header [$before suffixed "\r\n"] {
        with part [$header part 7 5] { assert {[content $part] eq "t0k3n"} }
        assert {[content $b] eq "t0k3n" && [content $header] eq "Bearer t0k3n\r\n"}
        with twice [$b joined $b] { assert {[content $twice] eq "t0k3nt0k3n" && [$twice find 1 t0] == 5} }
        assert {[$header find 0 t0k3n] == 7 && [$header find 8 t0k3n] == -1}
        assert {[$b equal_bytes t0k3n] && ![$b equal_bytes t0k3N] && ![$b equal_bytes t0k3]}
        refused {OSMEMLOCK OSML_ERANGE} { $b part 1 5 }
    } } }
}

scenario "used in place" {
    set b [holding secret]
    assert {[osmemlock::expose $b bytes { set kept $bytes; string reverse $bytes }] eq "terces" && $kept eq [string repeat \0 6]}
    assert {[catch { osmemlock::expose $b bytes { error mine } } message] && $message eq "mine"}
    refused {OSMEMLOCK OSML_ECLOSED} { osmemlock::expose $b bytes { $b close; string length $bytes } }
    refused {OSMEMLOCK OSML_ECLOSED} { osmemlock::expose $b bytes { error lent } }
    rename $b ""
}

scenario "from a command" {
    proc run {most args} { osmemlock::LockedBuffer_from_command [join $args \0] $most }
    with b [run 100 printf %s {$HOME; `id`}] { assert {[content $b] eq {$HOME; `id`}} }
    with b [osmemlock::LockedBuffer 300000] {
        with c [$b piped cat 300000] { assert {[$b equal $c]} }
        assert {[string match "*exit status was 3*" [refused {OSMEMLOCK OSML_ECOMMAND} { $b piped "sh\0-c\0exit 3" 9 }]]}
    }
    refused {OSMEMLOCK OSML_ETOOBIG} { run 3 echo long }
    refused {OSMEMLOCK OSML_EEMPTY} { run 3 true }
    refused {POSIX ENOENT} { run 3 /nonexistent/program }
}

if {$argv eq "quota"} {
    puts [refused {OSMEMLOCK OSML_ELIMIT} { LockedBuffer 1048576 }]
    exit
}
puts "1..[expr {[llength $scenarios] / 2}]"
set number 0
foreach {name told} $scenarios {
    set failed [catch [list apply [list {} $told]] message options]
    puts "[expr {$failed ? "not ok" : "ok"}] [incr number] - $name"
    if {$failed} { puts "# [string map {\n "\n# "} [dict get $options -errorinfo]]" }
}
