# SPDX-License-Identifier: MIT OR Apache-2.0
# frozen_string_literal: true

# The contract of ../README.md, told in Ruby. `contract.rb quota` is the child of scenario 24.
require "etc"
require "osmemlock"
require "rbconfig"
require "tempfile"

LockedBuffer = Osmemlock::LockedBuffer
SCENARIOS = {}

def scenario(name, &told)
  SCENARIOS[name] = told
end

def assert(true_one, message = "does not hold")
  raise message unless true_one
end

# The call must raise one of the kinds, and the message must have the code's name in it.
def refused(code, *kinds)
  yield
rescue *kinds => error
  assert(error.message.include?(code), error.message)
  error.message
else
  raise "was not refused"
end

WRONG = [ArgumentError, IndexError, RangeError, TypeError].freeze

def live = Osmemlock.info(Osmemlock::INFO_LIVE_BUFFERS)
def content(buffer) = buffer.read(0, buffer.size)

def holding(text)
  LockedBuffer.new(text.bytesize).tap { |buffer| buffer.write(0, text) }
end

scenario("born zero") do
  LockedBuffer.open(32) { |b| assert(b.size == 32 && b.length == 32 && content(b) == "\0".b * 32) }
  LockedBuffer.open(0) { |b| assert(b.size.zero? && content(b) == "") }
end

scenario("bytes go in and out") do
  LockedBuffer.open(32) do |b|
    b.write(5, "\0key\xff")
    assert(content(b) == "\0".b * 5 + "\0key\xff".b + "\0".b * 22)
    assert(content(b).encoding == Encoding::BINARY)
    b[31] = 200
    assert(b[9] == 255 && b.get_byte(31) == 200)
    b.fill(0, 7, 2)
    b.copy(2, b, 0, 2)
    assert(b.read(0, 5) == "\7\7\7\7\0")
    into = String.new("12345")
    b.read_into(5, into)
    assert(into.b == "\0key\xff".b)
    refused("", FrozenError) { b.read_into(5, "12345") }
  end
end

scenario("positions outside are refused") do
  LockedBuffer.open(8) do |b|
    [-1, 8, 2**31, 2**63 - 1, 2**64, -2**63, -2**64].each do |position|
      refused("", *WRONG) { b[position] }
      refused("", *WRONG) { b[position] = 1 }
      refused("", *WRONG) { b.write(position, "x") }
      refused("", *WRONG) { b.read(position, 1) }
    end
    [[7, 2], [0, 9], [8, 1], [1, 2**63 - 1], [2**63 - 1, 2]].each do |position, count|
      refused("OSML_ERANGE", IndexError) { b.read(position, count) }
      refused("OSML_ERANGE", IndexError) { b.fill(position, 1, count) }
    end
    refused("OSML_ERANGE", IndexError) { b.write(4, "12345") }
    refused("OSML_EINVAL", ArgumentError) { b[0] = 256 }
    assert(content(b) == "\0" * 8)
  end
end

scenario("wrong arguments are refused") do
  before = live
  [-1, 2**64, -2**63, 1.5, 1e300, Float::NAN, "8", :text, [], true, nil].each { |size| refused("", *WRONG) { LockedBuffer.new(size) } }
  refused("ENOMEM", Errno::ENOMEM) { LockedBuffer.new(2**62) }
  refused("", ArgumentError) { LockedBuffer.new }
  refused("OSML_EINVAL", ArgumentError) { LockedBuffer.new(8, 1 << 31) }
  refused("OSML_EINVAL", ArgumentError) { LockedBuffer.new(8, Osmemlock::DEFAULT_PROTECTIONS, 99) }
  LockedBuffer.open(8) do |b|
    refused("", *WRONG) { b.write(0, nil) }
    refused("", *WRONG) { b.write(0, 12) }
    refused("OSML_EINVAL", ArgumentError) { b.equal(nil) }
    refused("", *WRONG) { b.equal("text") }
    refused("", *WRONG) { LockedBuffer.from_file("a\0b", 8) }
    assert(live == before + 1)
  end
end

scenario("close wipes") do
  b = holding("key")
  before = live
  assert(!b.closed?)
  b.close
  assert(b.closed? && live == before - 1)
end

scenario("close twice") do
  b = LockedBuffer.new(8)
  b.close
  b.close
  assert(b.closed?)
end

scenario("closed is refused") do
  b = LockedBuffer.new(8)
  b.close
  LockedBuffer.open(8) do |other|
    calls = [
      -> { b.write(0, "x") }, -> { b.read(0, 1) }, -> { b.read_into(0, String.new("x")) }, -> { b[0] }, -> { b[0] = 1 },
      -> { b.fill(0, 1, 1) }, -> { b.random(0, 8) }, -> { b.copy(0, other, 0, 1) }, -> { other.copy(0, b, 0, 1) }, -> { b.wipe },
      -> { b.equal(other) }, -> { other.equal(b) }, -> { b.protect(Osmemlock::ACCESS_READ) }, -> { b.protections }, -> { b.verify }, -> { b.decode(Osmemlock::HEX) }, -> { b.encode(Osmemlock::HEX) },
      -> { b.part(0, 1) }, -> { b.joined(other) }, -> { other.joined(b) }, -> { b.prefixed("x") }, -> { b.suffixed("x") }, -> { b.find(0, "x") }, -> { b.equal_bytes("x") },
      -> { b.write_fd(1) },
      -> { b.read_fd(0, 1, 0) },
      -> { b.piped("cat", 9) },
    ]
    calls.each { |call| refused("OSML_ECLOSED", ArgumentError, &call) }
  end
  assert(b.closed? && b.size == 8)
end

scenario("the scope closes") do
  kept = nil
  assert(LockedBuffer.open(8) { |b| (kept = b) && :result } == :result && kept.closed?)
  refused("mine", RuntimeError) { LockedBuffer.open(8) { |b| (kept = b) && raise("mine") } }
  assert(kept.closed?)
  catch(:out) { LockedBuffer.open(8) { |b| (kept = b) && throw(:out) } }
  assert(kept.closed?)
  LockedBuffer.from_file("/proc/self/comm", 100) { |b| kept = b }
  assert(kept.closed?)
end

scenario("the user's error survives") do
  mine = Class.new(StandardError).new("mine")
  caught = begin
    LockedBuffer.open(8) do |b|
      b.close
      raise mine
    end
  rescue StandardError => error
    error
  end
  assert(caught.equal?(mine))
end

# Not in the scenario's own frame, where a register may still point to the last one.
def drop(count)
  count.times { LockedBuffer.new(32) }
  live
end

scenario("dropped is collected") do
  GC.start
  before = live
  GC.disable
  assert(Thread.new { drop(100) }.value == before + 100)
  GC.enable
  GC.start
  assert(live == before, "#{live} are live, #{before} were")
end

scenario("equal") do
  a, b, longer = holding("same bytes"), holding("same bytes"), holding("same bytes!")
  assert(a.equal(b) && !a.equal(longer))
  b[9] ^= 1
  assert(!a.equal(b))
  b.close
  refused("OSML_ECLOSED", ArgumentError) { a.equal(b) }
  [a, longer].each(&:close)
end

scenario("random") do
  LockedBuffer.open(32) do |a|
    LockedBuffer.open(32) do |b|
      [a, b].each { |one| one.random(0, 32) }
      assert(!a.equal(b) && content(a) != "\0" * 32 && content(b) != "\0" * 32)
    end
  end
end

scenario("wipe") do
  b = holding("key")
  b.wipe
  assert(content(b) == "\0\0\0" && !b.closed?)
  b.close
end

scenario("protections are true") do
  wanted = Osmemlock::LOCKED | Osmemlock::NODUMP | Osmemlock::WIPEONFORK | Osmemlock::CANARY
  assert(wanted == Osmemlock::DEFAULT_PROTECTIONS)
  LockedBuffer.open(32) { |b| assert(b.protections & wanted == wanted && b.verify & wanted == wanted) }
end

scenario("guarded buffers can be shut") do
  LockedBuffer.open(8, Osmemlock::DEFAULT_PROTECTIONS | Osmemlock::GUARDED) do |b|
    b.protect(Osmemlock::ACCESS_READ)
    assert(b[0].zero?)
    refused("OSML_EACCESS", RuntimeError) { b.write(0, "x") }
    b.protect(Osmemlock::ACCESS_NONE)
    refused("OSML_EACCESS", RuntimeError) { b[0] }
    refused("OSML_EACCESS", RuntimeError) { b.write(0, "x") }
    b.protect(Osmemlock::ACCESS_READWRITE)
    b.write(0, "x")
    assert(b.read(0, 1) == "x")
  end
  LockedBuffer.open(8) { |plain| refused("OSML_EUNSUPPORTED", RuntimeError) { plain.protect(Osmemlock::ACCESS_READ) } }
end

scenario("from a file") do
  Tempfile.create("osmemlock") do |file|
    file.write("the key\n")
    file.flush
    LockedBuffer.from_file(file.path, 100) { |whole| assert(content(whole) == "the key\n") }
    LockedBuffer.from_file(file.path, 8, Osmemlock::TRIM_NEWLINE) { |trimmed| assert(content(trimmed) == "the key") }
    refused("OSML_ETOOBIG", ArgumentError) { LockedBuffer.from_file(file.path, 7) }
    refused("OSML_EEMPTY", ArgumentError) { LockedBuffer.from_file("/dev/null", 7) }
  end
  refused("ENOENT", Errno::ENOENT) { LockedBuffer.from_file("/no/such/file", 7) }
  refused("ENOENT", Errno::ENOENT) { LockedBuffer.from_credential("no-such-credential", 7) }
end

# The writer is a thread: from_fd must let it run.
scenario("from a descriptor, and out again") do
  b = holding("\0through\0a pipe\0")
  reader, writer = IO.pipe
  part = LockedBuffer.new(20)
  reading = Thread.new { [part.read_fd(2, 16, reader), LockedBuffer.from_fd(reader, 100)] }
  Thread.pass until reading.stop?
  2.times { b.write_fd(writer) }
  writer.close
  got, rest = reading.value
  assert(got == 16 && content(part).start_with?("\0\0\0t") && b.equal(rest))
  refused("OSML_ERANGE", IndexError) { part.read_fd(19, 2, reader) }
  [reader, b, part, rest].each(&:close)
  refused("EBADF", Errno::EBADF) { LockedBuffer.from_fd(-1, 100) }
  assert(Osmemlock.fd_from_os_handle(1) == 1)
  refused("OSML_EINVAL", ArgumentError) { Osmemlock.fd_from_os_handle(-1) }
end

scenario("from the environment") do
  ENV["OSML_CONTRACT"] = "out of the environment"
  LockedBuffer.from_env("OSML_CONTRACT", 100) { |b| assert(content(b) == "out of the environment") }
  assert(!ENV.key?("OSML_CONTRACT"))
  refused("ENOENT", Errno::ENOENT) { LockedBuffer.from_env("OSML_CONTRACT", 100) }
end

scenario("decode") do
  hex, base64, base32, neither = holding("00ff6B"), holding("AP9r/w=="), holding("ad7w x7y\n"), holding("neither!")
  hex.decode(Osmemlock::HEX)
  base64.decode(Osmemlock::BASE64)
  base32.decode(Osmemlock::BASE32)
  assert(content(hex) == "\0\xffk".b && [base64, base32].all? { |b| content(b) == "\0\xffk\xff".b })
  assert(refused("OSML_EFORMAT", ArgumentError) { neither.decode(Osmemlock::HEX) }.include?("Line 1"))
  refused("OSML_EFORMAT", ArgumentError) { neither.decode(Osmemlock::BASE64) }
  assert(content(neither) == "neither!")
  [hex, base64, base32, neither].each(&:close)
end

def vmlck = File.read("/proc/self/status")[/VmLck:\s+(\d+)/, 1].to_i

scenario("locks by address") do
  own = "x" * 2**20
  before = vmlck
  Osmemlock.mlock(own)
  assert(vmlck >= before + 1024)
  Osmemlock.munlock(own)
  assert(vmlck == before)
  Osmemlock.madvise_dontdump(own)
  Osmemlock.wipe(own)
  assert(own == "\0" * 2**20)
  refused("may move", ArgumentError) { Osmemlock.mlock(String.new("short")) }
  refused("", TypeError) { Osmemlock.mlock(nil) }
end

def soft = Process.getrlimit(:CORE).first

scenario("core dumps off and on") do
  before = soft
  assert(before != 0, "the program must start with core dumps on")
  Osmemlock.disable_core_dumps_with_guard { assert(soft.zero?) }
  assert(soft == before)
  first, second = Osmemlock.disable_core_dumps_with_guard, Osmemlock.disable_core_dumps_with_guard
  first.release
  assert(soft.zero?)
  2.times { second.release }
  assert(soft == before)
  Osmemlock.disable_core_dumps_for_process
  assert(soft.zero?)
end

scenario("Windows helpers") do
  assert([Osmemlock::SEM_FAILCRITICALERRORS, Osmemlock::SEM_NOGPFAULTERRORBOX, Osmemlock::SEM_NOOPENFILEERRORBOX] == [1, 2, 0x8000])
  refused("OSML_EUNSUPPORTED", RuntimeError) { Osmemlock.set_windows_error_mode(1) }
  refused("OSML_EUNSUPPORTED", RuntimeError) { Osmemlock.suppress_windows_error_dialogs_for_process }
end

scenario("the report") do
  GC.start
  assert(Osmemlock.info(Osmemlock::INFO_PAGE_SIZE) == Etc.sysconf(Etc::SC_PAGESIZE))
  assert(live.zero?, "#{live} are live")
  LockedBuffer.open(8) { assert(live == 1) }
  assert(live.zero? && Osmemlock::UNLIMITED == 2**64 - 1)
  assert(Osmemlock.version.match?(/\A\d+\.\d+\.\d+(-\w+)?\z/) && Osmemlock.error_name(-10_001) == "OSML_EUNSUPPORTED")
  refused("OSML_EINVAL", ArgumentError) { Osmemlock.info(999) }
end

scenario("the lock limit is explained") do
  message = IO.popen([ENV.fetch("OSML_QUOTA"), RbConfig.ruby, __FILE__, "quota"], &:read)
  assert(["OSML_ELIMIT", "65536", "ulimit -l"].all? { |word| message.include?(word) }, message)
end

scenario("purge closes everything") do
  ended = [holding("secret"), LockedBuffer.new(100_000, Osmemlock::DEFAULT_PROTECTIONS | Osmemlock::GUARDED)]
  Osmemlock.purge
  assert(live.zero? && ended.all?(&:closed?))
  ended.each do |b|
    refused("OSML_ECLOSED", ArgumentError) { b.get_byte(0) }
    b.close
  end
  fresh = holding("new")
  assert(live == 1 && content(fresh) == "new")
  Osmemlock.purge
end

scenario("trim gives idle memory back") do
  figures = -> { [Osmemlock::INFO_IDLE_BYTES, Osmemlock::INFO_LIBRARY_LOCKED_BYTES].map { |what| Osmemlock.info(what) } }
  stays = holding("stays")
  Array.new(100) { LockedBuffer.new(1000) }.each(&:close)
  before = figures.call
  Osmemlock.trim
  assert(figures.call.zip(before).all? { |now, was| now < was } && content(stays) == "stays")
  stays.close
end

scenario("encode") do
  b = holding("\0\xffk\xff".b)
  { Osmemlock::HEX => "00ff6bff", Osmemlock::BASE64 => "AP9r/w==", Osmemlock::BASE64URL => "AP9r_w", Osmemlock::BASE32 => "AD7WX7Y=" }.each do |coding, text|
    b.encode(coding) do |encoded|
      assert(content(encoded) == text)
      encoded.decode(coding)
      assert(encoded.equal(b))
    end
  end
  refused("OSML_EINVAL", ArgumentError) { b.encode(0) }
  b.close
end

scenario("words around a secret") do
  b = holding("t0k3n")
  before = b.prefixed("Bearer ")
  header = before.suffixed("\r\n")
  part, twice = header.part(7, 5), b.joined(b)
  assert([b, header, part, twice].map { |made| content(made) } == ["t0k3n", "Bearer t0k3n\r\n", "t0k3n", "t0k3nt0k3n"])
  assert(header.find(0, "t0k3n") == 7 && header.find(8, "t0k3n") == -1 && twice.find(1, "t0") == 5)
  assert(b.equal_bytes("t0k3n") && !b.equal_bytes("t0k3N") && !b.equal_bytes("t0k3"))
  refused("OSML_ERANGE", IndexError) { b.part(1, 5) }
  memory = +"taken"
  taken = LockedBuffer.take(memory)
  assert(content(taken) == "taken" && memory == "\0" * 5)
  [b, before, header, part, twice, taken].each(&:close)
end

scenario("used in place") do
  b = holding("secret")
  kept = nil
  assert(b.expose { |bytes| (kept = bytes).sum } == 646 && kept == "\0" * 6)
  assert(begin
    b.expose { raise KeyError, "mine" }
  rescue KeyError => error
    error.message == "mine"
  end)
  refused("OSML_ECLOSED", ArgumentError) { b.expose { b.close || 7 } }
  refused("OSML_ECLOSED", ArgumentError) { b.expose { raise "lent" } }
end

scenario("from a command") do
  run = ->(most, *argv) { LockedBuffer.from_command(argv.join("\0"), most) }
  b, long = run.(100, "printf", "%s", "$HOME; `id`"), LockedBuffer.new(300_000)
  assert(content(b) == "$HOME; `id`" && long.piped("cat", 300_000) { |c| long.equal(c) })
  assert(refused("OSML_ECOMMAND", RuntimeError) { long.piped("sh\0-c\0exit 3", 9) }.include?("exit status was 3"))
  refused("OSML_ETOOBIG", ArgumentError) { run.(3, "echo", "long") }
  refused("OSML_EEMPTY", ArgumentError) { run.(3, "true") }
  refused("ENOENT", Errno::ENOENT) { run.(3, "/nonexistent/program") }
  [b, long].each(&:close)
end

if ARGV == ["quota"]
  puts refused("OSML_ELIMIT", Errno::ENOMEM) { LockedBuffer.new(2**20) }
  exit
end
puts "1..#{SCENARIOS.size}"
SCENARIOS.each.with_index(1) do |(name, told), number|
  told.call
  puts "ok #{number} - #{name}"
rescue StandardError => error
  puts "not ok #{number} - #{name}", "# #{error.full_message(highlight: false).gsub("\n", "\n# ")}"
end
