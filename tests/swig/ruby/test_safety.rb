# SPDX-License-Identifier: MIT OR Apache-2.0
# frozen_string_literal: true

# What must never crash: each runs in a child, whose exit status is looked at. test_safety.rb [NAME]: NAME is what the child runs.
require "osmemlock"
require "rbconfig"
require "socket"
require "stringio"
require "tempfile"
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
  %i[wipe verify protections decode_hex].each { |method| refused(ArgumentError) { b.public_send(method) } }
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

test("an_object_that_claims_to_be_another") do
  b = LockedBuffer.new(8)
  [Osmemlock.disable_core_dumps_with_guard, Mutex.new, Object.new].each do |foreign|
    foreign.instance_variable_set(:@__swigtype__, b.instance_variable_get(:@__swigtype__))
    refused(TypeError) { b.equal(foreign) }
  end
  b.instance_variable_set(:@__swigtype__, nil)
  refused(TypeError, RuntimeError) { b.size }
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
  [b.dup, b.clone].each { |copy| refused(RuntimeError) { copy.wipe } }
  refused(TypeError) { Marshal.dump(b) }
  b.write(0, "contents")
  raise "shown" if [b.inspect, b.to_s].any? { |text| text.include?("contents") }
  expect(live, 1)
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
