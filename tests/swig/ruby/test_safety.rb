# SPDX-License-Identifier: MIT OR Apache-2.0
# frozen_string_literal: true

# What must never crash: each runs in a child, whose exit status is looked at. test_safety.rb [NAME]: NAME is what the child runs.
require "fiddle"
require "openssl"
require "osmemlock"
require "pp"
require "rbconfig"
require "rbs"
require "socket"
require "stringio"
require "timeout"
require "tempfile"
require "yaml"
require "zlib"

LockedBuffer = Osmemlock::LockedBuffer
TESTS = {}

def test(name, &run)
  TESTS[name] = run
end

def refused(*kinds)
  yield
rescue *kinds => error
  error.message
else
  raise "was not refused"
end

def live = Osmemlock.info(Osmemlock::INFO_LIVE_BUFFERS)

def expect(found, wanted)
  raise "#{found.inspect} instead of #{wanted.inspect}" unless found == wanted
end

# A thread that waits in from_fd, and the end of the pipe that feeds it.
def waiting
  reader, writer = IO.pipe
  thread = Thread.new { LockedBuffer.from_fd(reader, 100) }
  thread.report_on_exception = false
  Thread.pass until thread.stop?
  [thread, writer, reader]
end

test("use_after_close") do
  b = LockedBuffer.new(8)
  2.times { b.close }
  %i[wipe verify protections].each { |method| refused(ArgumentError) { b.public_send(method) } }
end

test("errors_have_a_class_and_a_code") do
  b = LockedBuffer.new(8)
  caught = [-> { b.read(0, 9) }, -> { LockedBuffer.from_file("/nowhere", 9) }, -> { b.close || b.wipe }].map do |call|
    call.call
  rescue Osmemlock::Error => error
    error
  end
  expect(caught.map(&:code), %i[OSML_ERANGE ENOENT OSML_ECLOSED])
  expect(caught.map(&:class), [IndexError, Errno::ENOENT, Osmemlock::ClosedError])
  expect(caught[1].message, "No such file or directory - ENOENT: /nowhere")
  expect(refused(Errno::ENOMEM) { LockedBuffer.new(2**62) }, "Cannot allocate memory - ENOMEM")
  [1.5, "1", nil].each { |given| expect(refused(TypeError) { Osmemlock.info(given) }, "no Integer but a #{given.class}") }
  expect(refused(RangeError) { Osmemlock.info(2**40) }, "#{2**40} is out of range")
end

test("nil_and_foreign_objects") do
  b = LockedBuffer.new(8)
  guard = Osmemlock.disable_core_dumps_with_guard
  [nil, Object.new, "text", 12, $stdout, [], guard, LockedBuffer.allocate, LockedBuffer].each do |foreign|
    refused(ArgumentError, TypeError, RuntimeError) { b.equal(foreign) }
    refused(ArgumentError, TypeError, RuntimeError) { b.copy(0, foreign, 0, 1) }
    refused(TypeError, NoMethodError) { LockedBuffer.instance_method(:close).bind_call(foreign) } unless foreign.is_a?(LockedBuffer)
  end
  [nil, 12, []].each { |foreign| refused(TypeError) { LockedBuffer.from_file(foreign, 9) } }
  refused(IOError) { LockedBuffer.from_fd(IO.pipe.each(&:close).first, 9) }
end

test("two_buffers_are_compared_by_their_bytes") do
  a = LockedBuffer.new(32)
  a.random(0, 32)
  same = a.part(0, 32)
  expect(a == same, true)
  expect([LockedBuffer.new(32), LockedBuffer.new(0), nil, "text", 12].map { |other| a == other }, [false] * 5)
  same.close
  refused(Osmemlock::ClosedError) { a == same }
end

# What editors and checkers of types are told: every method, and nothing else but what Ruby and SWIG have for themselves.
test("the_signatures_are_what_there_is") do
  _, _, declarations = RBS::Parser.parse_signature(`python3 bindings/describe.py ruby .`).then { |parsed| parsed.size == 3 ? parsed : [nil, nil, parsed] }
  buffer = declarations[0].members.find { |member| member.is_a?(RBS::AST::Declarations::Class) && member.name.name == :LockedBuffer }
  name = ->(member) { member.is_a?(RBS::AST::Members::Alias) ? member.new_name : member.name }
  methods = buffer.members.group_by(&:kind).transform_values { |members| members.map(&name) - [:initialize] }
  expect((LockedBuffer.instance_methods(false) - methods[:instance]).sort, %i[== encode_with inspect to_s])
  expect(methods[:instance] - LockedBuffer.instance_methods(false), [])
  expect(methods[:singleton] - LockedBuffer.singleton_methods, [])
end

test("an_object_that_claims_to_be_another") do
  b = LockedBuffer.new(8)
  [Osmemlock.disable_core_dumps_with_guard, Mutex.new, Object.new].each do |foreign|
    foreign.instance_variable_set(:@__swigtype__, "_p_LockedBuffer")
    refused(TypeError) { b.equal(foreign) }
    expect(b == foreign, false)
  end
  expect(b.instance_variables, [])
  b.instance_variable_set(:@__swigtype__, "_p_CoreDumpsGuard")
  expect(b.size, 8)
end

test("never_initialized_or_twice") do
  refused(RuntimeError) { LockedBuffer.allocate.wipe }
  refused(TypeError) { Osmemlock::CoreDumpsGuard.allocate }
  forgetful = Class.new(LockedBuffer) { def initialize; end }
  refused(RuntimeError) { forgetful.new.wipe }
  b = LockedBuffer.new(8)
  refused(TypeError) { b.send(:initialize, 8) }
  expect(live, 1)
end

test("copies_and_texts") do
  b = LockedBuffer.new(8)
  guard = Osmemlock.disable_core_dumps_with_guard
  [b, guard].each do |object|
    %i[dup clone to_yaml].each { |copy| refused(TypeError) { object.public_send(copy) } }
    refused(TypeError) { Marshal.dump(object) }
  end
  b.write(0, "contents")
  expect([b.inspect, b.to_s], ["#<Osmemlock::LockedBuffer 8 bytes>"] * 2)
  b.close
  expect([b.inspect, guard.inspect], ["#<Osmemlock::LockedBuffer 8 bytes, closed>", "#<Osmemlock::CoreDumpsGuard>"])
  expect(LockedBuffer.allocate.inspect, "#<Osmemlock::LockedBuffer>")
  expect(live, 0)
end

test("collected_closed_and_used_in_many_threads") do
  shared = Array.new(1000) { LockedBuffer.new(32) }
  churn = -> { 2000.times { LockedBuffer.new(32).random(0, 32) } }
  use = -> { shared.each { |b| b.closed? || b.read(0, 32) rescue nil } }
  close = -> { shared.each(&:close) }
  [churn, churn, use, close, close].map { |work| Thread.new(&work) }.each(&:join)
  shared = nil
  GC.start
  expect([shared, Osmemlock.info(Osmemlock::INFO_DOUBLE_FREES)], [nil, 0])
end

test("under_stress_and_compaction") do
  GC.stress = true
  b = LockedBuffer.open(64) { |inner| inner.write(0, "x" * 64) || inner }
  GC.stress = false
  kept = Array.new(100) { LockedBuffer.new(32).tap { |one| one.fill(0, 7, 32) } }
  GC.compact if GC.respond_to?(:compact)
  expect([b.closed?, kept.map { |one| one.read(0, 32) }.uniq], [true, ["\7" * 32]])
end

test("garbage_holds_the_quota") do
  unless ENV["OSML_QUOTA_SET"]
    raise "failed" unless system({ "OSML_QUOTA_SET" => "1" }, ENV.fetch("OSML_QUOTA"), RbConfig.ruby, __FILE__, "garbage_holds_the_quota")
    next
  end
  GC.disable
  40.times { LockedBuffer.new(10_000) } # five fit, as the stack may still point to the last ones
end

test("left_in_every_way") do
  kept = []
  def self.by_return(kept) = LockedBuffer.open(8) { |b| kept << b and return }
  by_return(kept)
  LockedBuffer.open(8) { |b| kept << b and break }
  LockedBuffer.open(8) { |b| kept << b and next }
  catch(:out) { LockedBuffer.open(8) { |b| kept << b and throw :out } }
  Thread.new { LockedBuffer.open(8) { |b| kept << b and Thread.exit } }.join
  Fiber.new { LockedBuffer.open(8) { |b| kept << b } }.resume
  expect(kept.map(&:closed?), [true] * 6)
end

test("killed_while_it_waits") do
  thread, = waiting
  thread.kill.join
  thread, = waiting
  thread.raise(KeyError, "mine")
  refused(KeyError) { thread.join }
  expect(live, 0)
end

# A handler that returns does not end the wait, also when it uses this module and meets an error there.
test("a_handler_runs_while_it_waits") do
  seen = Queue.new
  trap("USR1") do
    LockedBuffer.new(-1)
  rescue RangeError
    begin
      Osmemlock.info(999)
    rescue ArgumentError
      seen << true
    end
  end
  reader, writer = IO.pipe
  helper = Thread.new do
    Process.kill("USR1", Process.pid)
    seen.pop
    writer.write("the secret")
    writer.close
  end
  LockedBuffer.from_fd(reader, 100) { |b| expect(b.read(0, 10), "the secret") }
  helper.join
end

# What popen returns has a descriptor for each direction.
test("both_ends_of_a_pipe_to_a_program") do
  b = LockedBuffer.new(10)
  b.write(0, "the secret")
  IO.popen("head -c 18", "r+") do |head|
    head.write("here is ")
    b.write_fd(head)
    LockedBuffer.from_fd(head, 100) { |back| expect(back.read(0, back.size), "here is the secret") }
  end
end

test("an_io_of_the_wrong_direction") do
  b = LockedBuffer.new(8)
  reader, writer = IO.pipe
  refused(IOError) { b.write_fd(reader) }
  refused(IOError) { LockedBuffer.from_fd(writer, 100) }
  IO.popen("cat", "r+") do |cat|
    cat.close_write
    refused(IOError) { b.write_fd(cat) }
  end
end

# What was read before by lines or characters took more than it gave.
test("an_io_that_has_read_ahead") do
  [:gets, :getc, ->(io) { io.ungetc("x") }, ->(io) { io.set_encoding("UTF-16LE:UTF-8").getc }].each do |read|
    reader, writer = IO.pipe
    writer.write("text\nthe secret")
    writer.close
    read.to_proc.call(reader)
    message = refused(IOError) { LockedBuffer.from_fd(reader, 100) }
    expect(message, "the IO has read ahead; read nothing from it before, or only with sysread")
  end
  reader, writer = IO.pipe
  writer.write("text\nthe secret")
  writer.close
  reader.sysread(5)
  LockedBuffer.from_fd(reader, 100) { |b| expect(b.read(0, b.size), "the secret") }
end

# What a socket has read ahead does not matter to what is written.
test("writing_to_an_io_that_has_read_ahead") do
  near, far = UNIXSocket.pair
  far.write("text\nmore")
  near.gets
  b = LockedBuffer.new(10)
  b.write(0, "the secret")
  b.write_fd(near)
  expect([far.sysread(10), near.read(4)], ["the secret", "more"])
end

# The to_io of a GzipWriter, an SSLSocket or a CSV is what lies below it. A Tempfile is a File by another name.
test("an_object_with_an_io_below") do
  b = LockedBuffer.new(10)
  b.write(0, "the secret")
  Tempfile.create do |file|
    refused(TypeError) { b.write_fd(Zlib::GzipWriter.new(file)) }
    refused(TypeError) { LockedBuffer.from_fd(Struct.new(:to_io).new(file), 100) }
    [StringIO.new, BasicObject.new, ARGF].each { |foreign| refused(TypeError) { b.write_fd(foreign) } }
    expect(file.size, 0)
  end
  temporary = Tempfile.new
  b.write_fd(temporary)
  temporary.rewind
  LockedBuffer.from_fd(temporary, 100) { |back| expect(back.read(0, back.size), "the secret") }
end

# Nobody reads, and the pipe is full.
test("killed_while_it_writes") do
  b = LockedBuffer.new(1 << 20)
  _reader, writer = IO.pipe
  thread = Thread.new { b.write_fd(writer) }
  Thread.pass until thread.stop?
  thread.kill.join
  b.close
  expect(live, 0)
end

# Neither has an end: a program that sleeps, and a pipe that nobody writes to.
test("timeout_and_kill_end_a_wait") do
  reader, _writer = IO.pipe
  into = LockedBuffer.new(4)
  waits = [-> { LockedBuffer.from_command("sleep\0" + "60", 9) }, -> { LockedBuffer.from_fd(reader, 9) }, -> { into.read_fd(0, 4, reader) }]
  waits.each do |wait|
    refused(Timeout::Error) { Timeout.timeout(0.2) { wait.call } }
    thread = Thread.new { wait.call }
    Thread.pass until thread.stop?
    thread.kill.join
  end
  into.close
  expect(live, 0)
  refused(Errno::ECHILD) { Process.wait }
end

# The number of what was closed is the next one's, which gets nothing of a secret, and gives nothing.
test("closed_by_another_thread_while_it_waits") do
  b = LockedBuffer.new(1 << 20)
  waits = { 1 => [->(io) { b.write_fd(io) }], 0 => [->(io) { b.read_fd(0, 9, io) }, ->(io) { LockedBuffer.from_fd(io, 9) }] }
  waits.each do |end_of_pipe, calls|
    calls.each do |call|
      pipe = IO.pipe
      io = pipe[end_of_pipe]
      thread = Thread.new { refused(IOError) { call.call(io) } }
      Thread.pass until thread.stop?
      open = Dir.children("/proc/self/fd").size
      io.close
      Tempfile.create do |following|
        expect(thread.value, "stream closed in another thread")
        expect(following.size, 0)
        expect(Dir.children("/proc/self/fd").size, open - 1) # with the file, without the IO and what the call had of it
      end
    end
  end
  b.close
  expect(live, 0)
end

def holding(text, want = Osmemlock::DEFAULT_PROTECTIONS)
  LockedBuffer.new(text.bytesize, want).tap { |b| b.write(0, text) }
end

def hmac(key) = OpenSSL::HMAC.hexdigest("SHA256", key, "message")

# In UTF-16 each letter has a NUL beside it.
test("a_text_in_a_wide_encoding") do
  ENV["H"] = "another secret"
  b = holding("secret")
  %w[UTF-16LE UTF-16BE UTF-32LE].each do |encoding|
    wide = ->(text) { text.encode(encoding) }
    calls = [-> { LockedBuffer.from_env(wide.("HOME"), 100) }, -> { LockedBuffer.from_credential(wide.("name"), 100) },
             -> { LockedBuffer.prompt(wide.("Password: "), 100) }, -> { LockedBuffer.from_command(wide.("id\0-un"), 100) },
             -> { b.piped(wide.("cat"), 100) }]
    calls.each { |call| expect(refused(ArgumentError, &call), "a text in #{encoding}, which is not ASCII-compatible") }
    refused(Encoding::CompatibilityError) { LockedBuffer.from_file(wide.("/etc/hostname"), 100) }
  end
  refused(ArgumentError) { LockedBuffer.from_env("HOME\0", 100) }
  LockedBuffer.from_env("H".encode("Shift_JIS"), 100) { |taken| expect(taken.read(0, taken.size), "another secret") }
end

# The bytes at an address, also of what a String was before it was cut.
test("nothing_is_left_behind_a_string") do
  text = -> { String.new(capacity: 200) << "s" * 100 << "e" * 50 }
  gone = { take: ->(s) { LockedBuffer.take(s) }, wipe: ->(s) { Osmemlock.wipe(s) }, read_into: ->(s) { LockedBuffer.new(s.bytesize).read_into(0, s) } }
  gone.each do |name, call|
    line = text.call
    memory = Fiddle::Pointer.new(Fiddle::Pointer[line].to_i, 150)
    line.slice!(100..)
    call.call(line)
    expect([name, memory[0, 150], line], [name, "\0" * 150, "\0" * 100])
  end
end

test("used_where_it_lies") do
  b = holding("secret")
  expect(b.expose { |key| [hmac(key), key.encoding, key.frozen?] }, [hmac("secret"), Encoding::BINARY, true])
  expect(b.expose { |outer| b.expose { |inner| [outer, inner].map { |key| hmac(key) } } }, [hmac("secret")] * 2)
  b.expose { |key| [-> { key.clear }, -> { key << "x" }, -> { key.setbyte(0, 1) }].each { |change| refused(FrozenError, &change) } }
  expect(LockedBuffer.new(0).expose(&:empty?), true)
  expect(LockedBuffer.open(1 << 20) { |large| large.expose(&:bytesize) }, 1 << 20)
  refused(LocalJumpError) { b.expose }
end

test("exposed_and_left_in_every_way") do
  b = holding("secret")
  expect(b.expose { break 5 }, 5)
  expect(catch(:out) { b.expose { throw :out, 7 } }, 7)
  expect([1].each { b.expose { next } }, [1])
  expect(refused(KeyError) { b.expose { raise KeyError, "mine" } }, "mine")
  expect(refused(KeyError) { b.expose { b.close || raise(KeyError, "mine") } }, "mine")
end

# What waits in the scope lends; what is garbage there does not, but for some that a word on the stack looks like.
test("a_fiber_dropped_in_the_scope") do
  kept, dropped = Array.new(2) { Array.new(50) { holding("6162") } }
  lent = ->(buffers) { buffers.map { |b| b.to_enum(:expose).tap(&:next) } }
  enumerators = lent.(kept)
  lent.(dropped)
  GC.start
  decoded = ->(b) { b.decode(Osmemlock::HEX) || b.size == 2 rescue $!.code != :OSML_EPINNED }
  expect([kept.count(&decoded), dropped.count(&decoded) > 40, enumerators.size], [0, true, 50])
end

# The texts of Ruby's own errors, and of p and pp: each inspects what it is about.
test("shown_in_the_scope") do
  b = holding("sec\nret")
  texts = b.expose do |key|
    [refused(NoMethodError) { key.typo }, refused(FrozenError) { key << "x" }, key.inspect, [key].inspect, PP.pp([key], +""), PP.pp(key.dup, +"")]
  end
  expect(texts.grep(/sec|ret/), [])
  expect(texts[2..3], ["#<Osmemlock::LockedBuffer::Exposed 7 bytes>", "[#<Osmemlock::LockedBuffer::Exposed 7 bytes>]"])
  expect(b.expose { |key| "#{key}" }, "sec\nret")
end

# Also inside a rescue, where an older error is still at hand, and by break and throw, which carry results.
test("closed_while_exposed") do
  computed = lambda do |&leave|
    b = holding("secret")
    refused(ArgumentError) { b.expose { |key| Thread.new { b.close }.join && leave.call(hmac(key)) } }
  end
  said = [computed.call(&:itself), catch(:out) { computed.call { |mac| throw :out, mac } }]
  begin
    raise KeyError, "older"
  rescue KeyError
    said << computed.call(&:itself)
  end
  b = holding("secret")
  said << refused(ArgumentError) { b.expose { |key| b.close || (break hmac(key)) } }
  said << refused(ArgumentError) { holding("secret").expose { Osmemlock.purge } }
  said << refused(ArgumentError) { b.expose { raise "lent" } }
  expect(said.uniq.map { |message| message[/\w+/] }, ["OSML_ECLOSED"])
end

# What shares the memory of the String is zeros, whatever comes to live beside it.
def kept_and_left(close)
  b = holding("secret" * 100)
  kept, copy, tail = b.expose { |key| [key, key.dup, key[300..]] }
  expect([kept, kept.frozen?], ["\0" * 600, true])
  b.close if close
  others = Array.new(2000) { holding("SECRET" * 100) }
  3.times { GC.start }
  expect([copy, tail].map { |shared| shared.bytes.uniq }, [[0], [0]])
  expect(others.map { |other| other.expose { |key| hmac(key) } }.uniq, [hmac("SECRET" * 100)])
end
test("kept_after_the_scope") { kept_and_left(false) }
test("kept_and_closed") { kept_and_left(true) }

# A MatchData reads where it found something, and does not look again how long the String is. The first one is too large for what is beside it in
# memory, so that a read outside ends the process.
test("matched_in_the_scope_and_asked_after_it") do
  [150_000_000, 4000, 200].each do |size|
    b = LockedBuffer.new(size, 0)
    b.write(size - 100, "password:" + "x" * 80)
    b.expose { |key| key =~ /password:(x+)/ }
    GC.start
    expect([$1, $~[0], $~.begin(0), $~.pre_match.bytesize], ["\0" * 80, "\0" * 89, size - 100, size - 100])
    b.expose { |key| key.scan(/pass/) { $kept = $~ } }
    expect($kept.post_match, "\0" * 96)
  end
end

test("never_interned") do
  symbols = Symbol.all_symbols.size
  holding("secret" * 100).expose { |key| %i[-@ dedup to_sym intern].each { |method| refused(TypeError) { key.public_send(method) } } }
  expect(Symbol.all_symbols.size <= symbols + 8, true)
end

test("exposed_under_stress_and_compaction") do
  kept = []
  5000.times do |i|
    b = holding("secret" * (1 + i % 300))
    copy = b.expose(&:dup)
    b.close if (i % 3).zero?
    kept << copy
    kept.shift if kept.size > 50
    GC.compact if (i % 1000).zero?
  end
  GC.stress = true
  20.times { holding("secret").expose { |key| [key[0, 3], key.dup, key.sum, hmac(key)] } }
  GC.stress = false
  kept = nil
  3.times { GC.start }
  expect([live < 10, Osmemlock.info(Osmemlock::INFO_DOUBLE_FREES), Osmemlock.info(Osmemlock::INFO_CORRUPTIONS)], [true, 0, 0])
end

test("exposed_in_many_threads") do
  b = holding("secret")
  threads = Array.new(8) { Thread.new { 500.times { b.expose { |key| Thread.pass && hmac(key) } } && nil rescue $!.message[/\w+/] } }
  sleeping = Thread.new { b.expose { Thread.stop } }
  Thread.pass until sleeping.stop?
  sleeping.kill.join
  b.close
  expect(threads.map(&:value).uniq - ["OSML_ECLOSED", nil], [])
end

test("shut_and_decoded_after_the_scope") do
  b = holding("00ff", Osmemlock::DEFAULT_PROTECTIONS | Osmemlock::GUARDED)
  b.expose(&:sum)
  b.protect(Osmemlock::ACCESS_NONE)
  expect(refused(RuntimeError) { b.expose { raise "lent" } }[/\w+/], "OSML_EACCESS")
  b.protect(Osmemlock::ACCESS_READ)
  expect(b.expose(&:sum), 300)
  b.protect(Osmemlock::ACCESS_READWRITE)
  b.expose { refused(RuntimeError) { b.protect(Osmemlock::ACCESS_NONE) } }
  b.decode(Osmemlock::HEX)
  expect(b.expose(&:bytes), [0, 255])
end

test("fork_in_the_scope") do
  b = holding("secret")
  b.expose do |key|
    child = fork { exit!(key.bytes.sum.zero? && refused(ArgumentError) { b.expose { raise "lent" } }.start_with?("OSML_EFORKED")) }
    expect(Process.wait2(child).last.success?, true)
  end
end

test("fork") do
  b = LockedBuffer.new(8)
  child = fork do
    refused(ArgumentError) { b.read(0, 1) }
    b.close
    b = nil
    GC.start
    LockedBuffer.open(8) { |own| own.write(0, "x") }
  end
  expect(Process.wait2(child).last.success?, true)
  b.write(0, "x")
end

# Each scope leaves a copy to the collector, and 64 KiB of them may be locked.
test("exposed_more_often_than_the_quota_allows") do
  code = "b = Osmemlock::LockedBuffer.new(1000); 500.times { b.expose(&:dup) }"
  expect(system(ENV.fetch("OSML_QUOTA"), RbConfig.ruby, "-rosmemlock", "-e", code), true)
end

def leak
  $leaked = [LockedBuffer.new(32), LockedBuffer.new(100_000), Osmemlock.disable_core_dumps_with_guard]
end

test("live_at_end") { leak }
test("live_at_exit") { leak && exit!(0) }
test("used_at_exit") do
  leak
  at_exit { $leaked.first.write(0, "x") }
  ObjectSpace.define_finalizer(Object.new, ->(_) { $leaked.first.closed? })
end
test("exposed_at_exit") do
  b = holding("secret")
  at_exit { hmac($lent) }
  b.expose { |key| ($lent = key.dup) && exit }
end
test("waits_at_exit") { $waiting = waiting }

if ARGV.any?
  TESTS.fetch(ARGV.first).call
  exit
end
raise "the control: a crash of a child must be seen" if system(RbConfig.ruby, "-e", "Process.kill(:KILL, $$); sleep")

failed = TESTS.keys.reject do |name|
  system(RbConfig.ruby, __FILE__, name).tap { |ok| puts "#{ok ? 'ok   ' : 'FAILED '}#{name}" }
end
puts "#{TESTS.size} tests, #{failed.size} failed"
exit failed.empty?
