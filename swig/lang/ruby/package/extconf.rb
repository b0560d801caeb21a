# SPDX-License-Identifier: MIT OR Apache-2.0
require "mkmf"

abort "osmemlock: this gem is for Linux" unless RUBY_PLATFORM.include?("linux")
have_library("pthread")
have_library("dl")
# A call that is bound late spills registers, and with them a secret, to the stack; and hooks at the end of threads must not outlive the code.
$CFLAGS << " -fvisibility=hidden"
$DLDFLAGS << " -Wl,-z,now -Wl,-z,nodelete"
create_makefile("osmemlock")
