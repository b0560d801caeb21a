# SPDX-License-Identifier: MIT OR Apache-2.0
# frozen_string_literal: true

# The process that is searched: clients.rb CLIENT SEED SEED SOCKET PATH. What it says is told in tests/python/clients/victim.py. Which result a
# client must have, and what may be left of it, is in ../clients/clients.py.
require "digest"
require "json"
require "openssl"
require "osmemlock"

MESSAGE = "a message that everybody may read"
SALT = "sixteen byte salt"
NAME, LOCKED_SEED, ORDINARY_SEED, SOCKET, PATH = *ARGV[0, 3], Integer(ARGV[3]), ARGV[4]
Buffer = Osmemlock::LockedBuffer
$alive = [] # what a client wants to be alive while its process is searched

def say(text)
  $stdout.puts text
  $stdout.flush
  $stdin.gets
end

# As tests/python/clients/control.py.
def control(seed)
  state = Integer(seed)
  Array.new(32) do
    state = (state * 6364136223846793005 + 1442695040888963407) & 0xffffffffffffffff
    state >> 56
  end
end

def exposed(&use) = ->(key) { key.expose(&use) }

def ctr(key, text)
  cipher = OpenSSL::Cipher.new("aes-256-ctr").encrypt
  cipher.key = key
  cipher.iv = "\0" * 16
  cipher.update(text) + cipher.final
end

def stored(text)
  buffer = Buffer.new(text.bytesize)
  buffer.write(0, text)
  buffer
end

SOURCES = {
  "LockedBuffer.from_fd" => -> { Buffer.from_fd(SOCKET, 4096) },
  "LockedBuffer.from_file" => -> { Buffer.from_file(PATH, 4096) },
  "File.read" => -> { stored($alive[0] = File.read(PATH)) },
}.freeze

USES = {
  "OpenSSL::HMAC.digest" => exposed { |s| OpenSSL::HMAC.digest("SHA256", s, MESSAGE) },
  "OpenSSL::Cipher, as key" => exposed { |s| ctr(s, "hello") },
  "OpenSSL::Cipher, as plaintext" => exposed { |s| ctr("\0" * 32, s) },
  "OpenSSL::KDF.hkdf" => exposed { |s| OpenSSL::KDF.hkdf(s, salt: SALT, info: "", length: 32, hash: "SHA256") },
  "OpenSSL::KDF.pbkdf2_hmac" => exposed { |s| OpenSSL::KDF.pbkdf2_hmac(s, salt: SALT, iterations: 1000, length: 32, hash: "SHA256") },
  "Digest::SHA256.digest" => exposed { |s| Digest::SHA256.digest(s) },
  "OpenSSL.fixed_length_secure_compare" => exposed { |s| OpenSSL.fixed_length_secure_compare(s, "x" * 32).to_s },
  "b == other" => ->(b) { (b == b.part(0, 32) && b != Buffer.new(32)).to_s },
  "b.prefixed, b.find, b.part" => ->(b) { b.prefixed("Bearer ").then { |header| header.part(header.find(0, " ") + 1, 32) } },
  "b.encode, b.decode" => ->(b) { b.encode(Osmemlock::BASE64).tap { |text| text.decode(Osmemlock::BASE64) } },
  "b.write_fd" => ->(b) { b.write_fd(SOCKET) && nil },
  "b.read" => ->(b) { $alive[0] = b.read(0, b.size) },
  '"Bearer #{s}"' => exposed { |s| "Bearer #{s}" },
  "JSON.generate" => exposed { |s| JSON.generate([s.dup.force_encoding("UTF-8")]) },
  "IO#write" => exposed { |s| File.open("/dev/null", "wb") { |file| file.write(s) } && nil },
}.freeze

# Of a buffer not its content but an HMAC of it, so that no copy is made to be compared.
def text_of(result)
  result.is_a?(Buffer) ? result.expose { |s| OpenSSL::HMAC.digest("SHA256", s, "fingerprint") } : result.to_s
end

def collect = 3.times { GC.start }

locked = Buffer.new(32)
control(LOCKED_SEED).each_with_index { |byte, i| locked.set_byte(i, byte) }
ordinary = control(ORDINARY_SEED).pack("C*")
key = SOURCES.key?(NAME) ? Buffer.new(0) : Buffer.from_fd(SOCKET, 4096)
answer = text_of(SOURCES.key?(NAME) ? SOURCES[NAME].call : USES.fetch(NAME).call(key)).unpack1("H*")
collect
say("used #{answer}")
$alive.clear
answer = nil
collect
key.close
say("closed")
locked.close
raise unless ordinary.bytesize == 32 # until here
