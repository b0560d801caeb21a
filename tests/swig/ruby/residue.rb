# SPDX-License-Identifier: MIT OR Apache-2.0
# frozen_string_literal: true

# The victim of ../residue.sh: residue.rb from-fd|from-env.
require "osmemlock"

def ready
  $stdout.puts "ready #{Process.pid}"
  $stdout.flush
  $stdin.gets
end

type = Osmemlock::LockedBuffer
b = ARGV[0] == "from-fd" ? type.from_fd(3, 4096) : type.from_env("OSML_PROOF_SECRET", 4096)
ready
b.close
ready
