# SPDX-License-Identifier: MIT OR Apache-2.0
# frozen_string_literal: true

# The victim of ../residue.sh and ../../proof/run: residue.rb from-fd|from-env. It obeys commands.
require "openssl"
require "osmemlock"

def ready(answer)
  $stdout.puts "ready #{answer || Process.pid}"
  $stdout.flush
  $stdin.gets
end

type = Osmemlock::LockedBuffer
others = []
more = ->(most) { others << type.from_fd(4, most) && "held" rescue "refused" }
b = ARGV[0] == "from-fd" ? type.from_fd(3, 4096) : type.from_env("OSML_PROOF_SECRET", 4096)
obey = {
  "release" => -> { b.close },
  "use" => -> { (0...b.size).sum { |i| b.get_byte(i) } & 0xff },
  "collect" => -> { b = nil; GC.start },
  "raise" => -> { b.expose { raise "enough" } rescue b.close },
  "refuse" => -> { more.call(32) },
  "more" => -> { more.call(4096) },
  "fill" => lambda { |count|
    begin
      others << type.new(64) while others.size < count.to_i
    rescue NoMemoryError, SystemCallError
      nil # the quota
    end
    others.size
  },
  "fork" => -> { fork { $stdin.read } },
  "exec" => -> { spawn("cat") },
  "exit" => ->(now = nil) { now == "1" ? exit! : exit },
  "lend" => lambda {
    b.expose do |key|
      1.times { OpenSSL::HMAC.digest("SHA256", key, "message") }
      GC.start # the HMAC's own copies, which OpenSSL wipes
      ready(nil)
    end
    nil
  },
  "copy" => -> { ($copy = b.read(0, b.size)) && nil }
}
answer = nil
while (line = ready(answer))
  command, *words = line.split
  answer = obey[command].call(*words)
end
