# SPDX-License-Identifier: MIT OR Apache-2.0
# frozen_string_literal: true

# Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way.
require "osmemlock"

def ask(what) = Osmemlock.info(what)

def new_key
  Osmemlock::LockedBuffer.new(32).tap { |key| key.random(0, 32) }
end

keys = Array.new(10_000) { new_key }
puts "#{ask(Osmemlock::INFO_LIVE_BUFFERS)} keys of 32 bytes are alive, #{ask(Osmemlock::INFO_LIBRARY_LOCKED_BYTES) / 1024} KiB are locked for them"
puts "with a page for each key it would be #{keys.size * ask(Osmemlock::INFO_PAGE_SIZE) / 1024} KiB"
keys.each(&:close)
puts "after close: #{ask(Osmemlock::INFO_LIVE_BUFFERS)} keys"
