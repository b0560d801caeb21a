# SPDX-License-Identifier: MIT OR Apache-2.0
# frozen_string_literal: true

# The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards.
#   hold_secret.rb [FILE]
require "osmemlock"

WORDS = {
  Osmemlock::LOCKED => "locked in RAM",
  Osmemlock::NODUMP => "left out of core dumps",
  Osmemlock::WIPEONFORK => "zeros in a forked child",
}.freeze

def with_secret(path, &block)
  return Osmemlock::LockedBuffer.from_file(path, 65_536, Osmemlock::TRIM_NEWLINE, &block) if path

  Osmemlock::LockedBuffer.from_fd($stdin, 65_536, Osmemlock::TRIM_NEWLINE, &block)
end

# Stands for the real use, byte by byte, because a String would be a second secret to look after (FNV-1a).
def checksum(secret)
  secret.size.times.inject(2_166_136_261) { |total, position| (total ^ secret[position]) * 16_777_619 & 0xffffffff }
end

with_secret(ARGV.first) do |secret|
  puts format("a secret of %d bytes, checksum %08x", secret.size, checksum(secret))
  said, seen = secret.protections, secret.verify
  WORDS.each do |bit, words|
    puts format("  %-24s library: %-4s kernel: %s", words, said & bit == 0 ? "no" : "yes", seen & bit == 0 ? "no" : "yes")
  end
end
puts "secrets alive after the block: #{Osmemlock.info(Osmemlock::INFO_LIVE_BUFFERS)}"
