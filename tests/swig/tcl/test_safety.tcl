# SPDX-License-Identifier: MIT OR Apache-2.0
# What must never crash: each runs in a child, whose exit status is looked at. test_safety.tcl [NAME]: NAME is what the child runs.
package require Tcl 8.6
package require osmemlock
namespace import osmemlock::LockedBuffer

set tests {}
proc test {name run} { lappend ::tests $name $run }

proc refused {script} {
    if {![catch {uplevel 1 $script}]} { error "was not refused: $script" }
}

proc live {} { osmemlock::info $osmemlock::INFO_LIVE_BUFFERS }

proc expect {found wanted} {
    if {$found ne $wanted} { error "$found instead of $wanted" }
}

test use_after_close {
    set b [LockedBuffer 8]
    $b close
    $b close
    foreach method {wipe verify protections} { refused { $b $method } }
}

test null_and_foreign_objects {
    set b [LockedBuffer 8]
    set guard [osmemlock::disable_core_dumps_with_guard]
    set forged [string map {CoreDumpsGuard LockedBuffer} $guard]
    foreach foreign [list "" NULL text puts stdout $guard $forged _0_p_LockedBuffer _0000000000000000_p_LockedBuffer "$b;exit" \
            "\[exit 1\]" LockedBuffer osmemlock::LockedBuffer {a b}] {
        refused { $b equal $foreign }
        refused { $b copy 0 $foreign 0 1 }
    }
    refused { $b nonsense }
    refused { $b }
    refused { $b configure -this 0 }
}

test the_number_of_arguments {
    set b [LockedBuffer 8]
    foreach {call wanted} [list "$b write" "$b write offset bytes" "$b write 0 a 1" "$b write offset bytes" "$b close 1" "$b close" \
            "$b set_byte 0" "$b set_byte offset byte" LockedBuffer "LockedBuffer size ?want? ?policy?" "osmemlock::mlock" "osmemlock::mlock memory" \
            "$b piped" "$b piped bytes max ?flags? ?want? ?policy?" "osmemlock::purge 1" osmemlock::purge "osmemlock::info" "osmemlock::info what"] {
        expect [list [catch $call said options] $said] [list 1 "wrong # args: should be \"$wanted\""]
        expect [dict get $options -errorcode] {TCL WRONGARGS}
    }
    expect [list [catch {osmemlock::info text} said] $said] {1 {expected integer but got "text"}}
    expect [osmemlock::error_name -10002] OSML_EINVAL
}

test deleted {
    set b [LockedBuffer 8]
    set other [LockedBuffer 8]
    rename $b ""
    refused { $b size }
    refused { $other equal $b }
    rename $other ""
    refused { $other size }
    expect [live] 0
}

test no_name_comes_twice {
    set stale [LockedBuffer 32]
    set text [string range "$stale " 0 end-1]
    rename $stale ""
    for {set i 0} {$i < 100} {incr i} {
        set names([set b [LockedBuffer 16]]) ""
        foreach name [list $stale $text] {
            refused { $name size }
            refused { $b equal $name }
            refused { rename $name "" }
        }
        if {$i % 2} { rename $b "" } else { $b size }
        if {$i % 3 == 0} { rename [osmemlock::disable_core_dumps_with_guard] "" }
    }
    expect [list [array size names] [live]] {100 50}
    namespace eval elsewhere { proc size b { $b size } }
    expect [elsewhere::size [LockedBuffer 8]] 8
}

test renamed_and_replaced {
    set b [LockedBuffer 8]
    rename $b mine
    mine write 0 x
    expect [mine equal mine] 1
    proc mine {} {}
    expect [live] 0
    set b [LockedBuffer 8]
    foreach word {-acquire -disown -delete} { refused { $b $word } }
    $b write 0 x
    rename $b ""
    expect [live] 0
}

test characters_above_255 {
    set b [LockedBuffer 8]
    foreach make {
        {string cat \u0141}
        {string range "xx\u0141y" 2 2}
        {list \u0141}
        {dict create a \u0141}
        {set cut \u0141; binary scan $cut a* bytes; set cut}
    } {
        refused { $b write 0 [eval $make] }
        refused { osmemlock::mlock [eval $make] }
    }
    expect [$b read 0 1] \0
    $b write 0 [string range "xx\u00ffy" 2 2]
    $b write 1 [list 7]
    $b write 2 [expr {3 + 5}]
    $b write 3 [binary format H* c581]
    expect [$b read 0 5] \u00ff78\u00c5\u0081
}

# Its end wipes all of it, so this takes 2 GiB of memory for a moment.
test more_than_a_byte_array_holds {
    if {[catch { LockedBuffer 2147483648 0 } b]} {
        puts "SKIP: more_than_a_byte_array_holds: $b"
        return
    }
    if {![catch { $b read 0 2147483648 } message]} { error "was cut" }
    expect $message "more than a byte array of Tcl can hold"
    expect [$b read 2147483647 1] \0
}

proc read_whole b { $b read 0 [$b size] }

# As open and env find them. Under LC_ALL=C, which cron has, Tcl's encoding is iso8859-1.
test names_in_the_encoding_of_the_system {
    close [file tempfile folder]
    file delete $folder
    file mkdir $folder
    foreach encoding {iso8859-1 utf-8} {
        encoding system $encoding
        set path [file join $folder schl\u00fcssel]
        set file [open $path w]
        puts -nonewline $file secret
        close $file
        expect [read_whole [osmemlock::LockedBuffer_from_file $path 100]] secret
        set ::env(HOME) $folder
        expect [read_whole [osmemlock::LockedBuffer_from_file ~/schl\u00fcssel 100]] secret
        file delete $path
        set ::env(SCHL\u00dcSSEL) secret
        expect [read_whole [osmemlock::LockedBuffer_from_env SCHL\u00dcSSEL 100]] secret
    }
    file delete $folder
    foreach script {
        {osmemlock::LockedBuffer_from_env "HOME\0X" 100}
        {osmemlock::LockedBuffer_from_file "/etc/hostname\0X" 100}
        {osmemlock::LockedBuffer_from_credential "a\0b" 100}
    } {
        refused $script
        expect [lrange $::errorCode 0 1] {TCL VALUE}
    }
}

oo::class create Trap {
    variable methods
    constructor {has} { set methods $has }
    method initialize {handle mode} { return $methods }
    method finalize {handle} {}
    method watch {handle events} {}
    method write {handle bytes} { set ::trapped 1 }
}

# Flushing one runs a script, which may close it or delete the object; so it is refused before.
test a_channel_that_runs_a_script {
    set b [LockedBuffer 8]
    lassign [chan pipe] reader writer
    chan push $writer [Trap new {initialize finalize write}]
    foreach trap [list $writer [chan create write [Trap new {initialize finalize watch write}]]] {
        puts -nonewline $trap text
        refused { $b write_fd $trap }
    }
    expect [info exists ::trapped] 0
    flush $writer
    expect [info exists ::trapped] 1
}

test a_channel_that_cannot_be_flushed {
    set b [LockedBuffer 8]
    lassign [chan pipe] reader writer
    close $reader
    puts -nonewline $writer text
    catch { $b write_fd $writer } message
    expect [list $message [lrange $::errorCode 0 1]] {{broken pipe} {POSIX EPIPE}}
}

# A pipeline has a descriptor for each direction.
test both_ends_of_a_pipeline {
    set b [LockedBuffer 10]
    $b write 0 "the secret"
    set cat [open |cat r+]
    puts -nonewline $cat "here is "
    $b write_fd $cat
    chan close $cat write
    set back [osmemlock::LockedBuffer_from_fd $cat 100]
    expect [$back read 0 [$back size]] "here is the secret"
}

test a_channel_of_the_wrong_direction {
    set b [LockedBuffer 8]
    set cat [open |cat r+]
    chan close $cat write
    lassign [chan pipe] reader writer
    foreach {wrong script} {
        writing { $b write_fd $reader }
        writing { $b write_fd $cat }
        reading { osmemlock::LockedBuffer_from_fd $writer 100 }
    } {
        catch $script message
        expect $message "the channel is not open for $wrong"
    }
}

# A pipe with nothing more to come.
proc filled {bytes args} {
    lassign [chan pipe] reader writer
    fconfigure $writer -translation binary
    puts -nonewline $writer $bytes
    close $writer
    fconfigure $reader {*}$args
    return $reader
}

test a_channel_that_has_read_ahead {
    foreach script {{gets $reader} {read $reader 1}} {
        set reader [filled "text\nthe secret"]
        eval $script
        catch { osmemlock::LockedBuffer_from_fd $reader 100 } message
        expect $message "the channel has read ahead; read nothing from it before, or call fconfigure with -buffersize 1 first"
    }
    set reader [filled "text\nthe secret" -buffersize 1]
    gets $reader
    set b [osmemlock::LockedBuffer_from_fd $reader 100]
    expect [$b read 0 [$b size]] "the secret"
}

# What a channel has read ahead does not matter to what is written.
test writing_to_a_channel_that_has_read_ahead {
    set b [LockedBuffer 10]
    $b write 0 "the secret"
    set cat [open |cat r+]
    puts $cat "text\nmore "
    flush $cat
    gets $cat
    $b write_fd $cat
    chan close $cat write
    expect [read $cat] "more \nthe secret"
}

# As puts does: behind what was read, not behind what was read ahead.
test writing_into_a_file_that_was_read {
    set b [osmemlock::LockedBuffer 3]
    $b write 0 SEC
    set file [file tempfile path]
    puts $file "line1\nline2\nline3"
    seek $file 0
    gets $file
    $b write_fd $file
    close $file
    set file [open $path]
    expect [read $file] "line1\nSECe2\nline3\n"
    close $file
    file delete $path
}

test a_transformed_channel {
    set b [LockedBuffer 10]
    lassign [chan pipe] reader writer
    zlib push gzip $writer
    set compressed [filled [zlib gzip "the secret"]]
    zlib push gunzip $compressed
    foreach script { { $b write_fd $writer } { osmemlock::LockedBuffer_from_fd $compressed 100 } } {
        catch $script message
        expect $message "the channel has a transformation, and the descriptor lies below it"
    }
    chan pop $writer
    $b write_fd $writer
}

test other_interpreters {
    set child [interp create]
    $child eval [list set auto_path $::auto_path]
    set b [$child eval { package require osmemlock; osmemlock::LockedBuffer 8 }]
    set own [LockedBuffer 8]
    refused { $own equal $b }
    interp alias {} theirs $child $b
    expect [theirs size] 8
    refused { theirs equal $own }
    $child eval [list interp alias {} gone {} $b]
    interp delete $child
    refused { theirs size }
    expect [live] 1
}

# It reads files and runs programs. One that was loaded into another interpreter is found by name, without a file.
test safe_interpreters {
    set wanted "can't use (package|library) in a safe interpreter: no Osmemlock_SafeInit procedure"
    foreach {child load} [list [interp create -safe] {interp invokehidden $child load} [safe::interpCreate] {$child eval load}] {
        if {![catch { eval $load [lindex [package ifneeded osmemlock [package present osmemlock]] 1] Osmemlock } message]} { error loaded }
        if {![regexp $wanted $message]} { error $message }
        refused { load {} Osmemlock $child }
        refused { $child eval { package require osmemlock } }
        expect [$child eval { info commands ::osmemlock::* }] ""
    }
    interp alias $child size {} [LockedBuffer 8] size
    expect [$child eval size] 8
}

test threads {
    package require Thread
    set work {
        package require osmemlock
        for {set i 0} {$i < 3000} {incr i} {
            set b [osmemlock::LockedBuffer 32]
            $b random 0 32
            if {$i % 2} { rename $b "" }
        }
    }
    set script [list apply {{path work} { set ::auto_path $path; eval $work }} $::auto_path $work]
    foreach n {1 2 3 4} { lappend threads [thread::create -joinable $script] }
    foreach thread $threads { thread::join $thread }
    expect [list [live] [osmemlock::info $osmemlock::INFO_DOUBLE_FREES]] {0 0}
}

proc leak {} { list [LockedBuffer 32] [LockedBuffer 100000] [osmemlock::disable_core_dumps_with_guard] }

proc holding {text args} {
    set b [LockedBuffer [string length $text] {*}$args]
    $b write 0 $text
    return $b
}

proc code_of {script} {
    catch {uplevel 1 $script} message options
    return [lindex [dict get $options -errorcode] 1]
}

# L11: of Tcl's own commands none is covered, or in the way.
test imported_whole {
    set b [LockedBuffer 8]
    namespace eval importer { namespace import ::osmemlock::* }
    expect [list [info commands ::importer::info] [llength [info commands ::importer::LockedBuffer_from_fd]]] {{} 1}
    expect [info commands ::importer::_*] ""
    namespace import -force ::osmemlock::*
    expect [expr {[info patchlevel] ne ""}] 1
}

test used_in_place {
    set b [holding secret]
    expect [osmemlock::expose $b key { string reverse $key }] terces
    expect [osmemlock::expose $b outer { osmemlock::expose $b inner { string equal $outer $inner } }] 1
    expect [osmemlock::expose $b key { append key x; string length $key }] 7
    expect [info exists key][$b read 0 6] 0secret
    expect [osmemlock::expose [LockedBuffer 0] key { string length $key }] 0
    expect [osmemlock::expose [LockedBuffer 1048576] key { string length $key }] 1048576
    set other [LockedBuffer 6]
    osmemlock::expose $b key { $other write 0 $key }
    expect [$other equal $b] 1
    foreach foreign {NULL text puts ""} { refused { osmemlock::expose $foreign key { error lent } } }
    refused { osmemlock::expose $b }
    set whole(a) 1
    refused { osmemlock::expose $b whole { error lent } }
    catch { osmemlock::expose $b key { $b close; error mine } } message
    expect $message mine
}

test left_in_every_way {
    set b [holding secret]
    foreach once 1 { osmemlock::expose $b key { break } }
    expect [apply {b { osmemlock::expose $b key { return [string length $key] } }} $b] 6
    expect [catch { osmemlock::expose $b key { return -level 0 -code 7 seven } }] 7
    expect [info exists key] 0
    set away [holding secret]
    expect [code_of { osmemlock::expose $away key { rename $away "" } }] OSML_ECLOSED
    coroutine side apply {b { catch { osmemlock::expose $b key { yield $key } } ::message; yield }} $b
    expect $::message "cannot yield: C stack busy"
}

test closed_in_the_scope {
    foreach end { {$b close} osmemlock::purge } {
        set b [holding secret]
        expect [code_of { osmemlock::expose $b key { eval $end; string length $key } }] OSML_ECLOSED
        set b [holding secret]
        expect [code_of { foreach once 1 { osmemlock::expose $b key { eval $end; break } } }] OSML_ECLOSED
        expect [code_of { osmemlock::expose $b key { error lent } }] OSML_ECLOSED
    }
    set b [LockedBuffer 6 [expr {$osmemlock::DEFAULT_PROTECTIONS | $osmemlock::GUARDED}]]
    $b protect $osmemlock::ACCESS_NONE
    expect [code_of { osmemlock::expose $b key { error lent } }] OSML_EACCESS
    $b protect $osmemlock::ACCESS_READ
    expect [osmemlock::expose $b key { string length $key }] 6
}

test kept_is_zeros {
    for {set i 0} {$i < 1000} {incr i} {
        set b [holding secret]
        osmemlock::expose $b key { lappend kept $key; lappend texts $key; string match *x $key }
        rename $b ""
    }
    foreach value [concat $kept $texts] { expect [string trim $value \0] "" }
    expect [live] 0
}

# Tcl frees the array of bytes that becomes a list, and makes another of what becomes bytes again. The others take the freed memory.
test used_as_a_list_and_as_bytes_again {
    foreach size {40 64 100 200 400 1000} {
        set b [holding [string range [string repeat "user pass " 100] 0 $size-1]]
        set others {}
        osmemlock::expose $b key {
            llength $key
            for {set i 0} {$i < 300} {incr i} { lappend others [binary format a* [string repeat x [expr {$size - $i % 40}]]] }
            binary scan $key a4 start
            lappend kept $key
        }
        expect $start user
        foreach other $others { expect [string trim $other x] "" }
    }
    foreach value $kept { expect [string trim $value \0] "" }
}

# The pages of a copy are locked, and no longer than the scope.
test locked_in_the_scope {
    set locked { regexp -line {^VmLck:\s+(\d+)} [read [set file [open /proc/self/status]]] -> kib; close $file; set kib }
    set b [LockedBuffer 1048576]
    set before [eval $locked]
    set within [osmemlock::expose $b key { eval $locked }]
    expect [list [expr {$within >= $before + 1024}] [eval $locked]] [list 1 $before]
}

test exit_in_the_scope { osmemlock::expose [holding secret] key { set ::kept $key; exit 0 } }

test live_at_end { leak }
test live_at_exit { leak; exit 0 }
test used_at_exit {
    set ::leaked [lindex [leak] 0]
    rename exit tcl_exit
    proc exit {args} { $::leaked write 0 x; tcl_exit 0 }
    exit
}
test deleted_namespace { leak; namespace delete ::osmemlock }

if {[llength $argv]} {
    apply [list {} [dict get $tests [lindex $argv 0]]]
    exit
}
if {![catch {exec sh -c {kill -KILL $$}}]} { error "the control: a crash of a child must be seen" }
set failed 0
dict for {name run} $tests {
    set wrong [catch {exec [info nameofexecutable] [info script] $name} message]
    puts "[expr {$wrong ? "FAILED" : "ok   "}] $name"
    if {$message ne ""} { puts $message }
    incr failed $wrong
}
puts "[dict size $tests] tests, $failed failed"
exit [expr {$failed != 0}]
