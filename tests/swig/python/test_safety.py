# SPDX-License-Identifier: MIT OR Apache-2.0
"""What must never crash: each runs in a child, whose exit status is looked at."""
import os
import subprocess
import sys
import unittest


def child(program, *wrapper):
    """The lines that the child printed; that it ended well is asserted."""
    program = "import gc, os, signal, sys, threading\nimport osmemlock_swig as osml\nfrom osmemlock_swig import LockedBuffer\n" + program
    done = subprocess.run([*wrapper, sys.executable, "-X", "faulthandler", "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, (done.returncode, done.stderr)
    return done.stdout.split()


class Safety(unittest.TestCase):
    def test_control(self):
        """A crash of the child is seen."""
        with self.assertRaises(AssertionError):
            child("os.abort()")

    def test_use_after_close_and_double_close(self):
        program = """
b = LockedBuffer(8)
b.close(); b.close()
for method in (b.wipe, b.verify, b.protections):
    try:
        method()
    except ValueError as error:
        print(str(error)[:12])
"""
        self.assertEqual(child(program), ["OSML_ECLOSED"] * 3)

    def test_none_and_foreign_objects(self):
        program = """
b = LockedBuffer(8)
for call in (lambda: LockedBuffer.close(None), lambda: LockedBuffer.close(object()), lambda: b.equal(object()), lambda: b.equal(None),
             lambda: b.copy(0, None, 0, 1), lambda: osml.mlock(None), lambda: LockedBuffer.from_file(None, 9), lambda: b.write(0, None),
             lambda: LockedBuffer.from_file('/dev/null\\0', 9), lambda: LockedBuffer.from_file(12, 9),
             lambda: osml.CoreDumpsGuard.__new__(osml.CoreDumpsGuard).release(), lambda: osml.CoreDumpsGuard(), lambda: b.__init__(8)):
    try:
        call()
    except (TypeError, ValueError, AttributeError):
        print("refused")
"""
        self.assertEqual(child(program), ["refused"] * 13)

    def test_closed_and_collected_in_other_threads(self):
        program = """
class Node:
    pass

def churn():
    for _ in range(2000):
        node = Node()
        node.itself, node.buffer = node, LockedBuffer(32)
        node.buffer.random(0, 32)

shared = [LockedBuffer(32) for _ in range(1000)]
def close_all():
    for b in shared:
        b.close()

threads = [threading.Thread(target=f) for f in (churn, churn, close_all, close_all)]
for thread in threads: thread.start()
for thread in threads: thread.join()
gc.collect()
print(osml.info(osml.INFO_LIVE_BUFFERS), osml.info(osml.INFO_DOUBLE_FREES))
"""
        self.assertEqual(child(program), ["0", "0"])

    def test_a_region_holds_its_memory(self):
        """Nobody resizes or frees what is locked, and what is dropped is unlocked, wiped and free again."""
        program = """
def locked_kib():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmLck:"))
LOCKED_AND_WIPED = osml.REGION_DONTDUMP | osml.REGION_WIPE
before = locked_kib()
memory = bytearray(b"x" * (1 << 20))
region = osml.LockedRegion(memory, LOCKED_AND_WIPED)
try:
    memory.append(1)
except BufferError:
    print("held")
del region
print(memory.count(0) == 1 << 20, locked_kib() == before)
memory.append(1)
region = osml.LockedRegion(bytearray(1 << 20), LOCKED_AND_WIPED)
print(locked_kib() >= before + 1024)
region.unlock(); region.unlock()
print(locked_kib() == before)
try:
    with osml.LockedRegion(memory):
        raise KeyError("the user's")
except KeyError:
    memory.append(1)
    print(locked_kib() == before)
"""
        self.assertEqual(child(program), ["held"] + ["True"] * 5)

    def test_regions_that_are_none(self):
        program = """
memory = bytearray(8)
region = osml.LockedRegion(memory)
for call in (lambda: osml.LockedRegion(None), lambda: osml.LockedRegion(b"bytes"), lambda: osml.LockedRegion(memory, 4), lambda: osml.LockedRegion(memory, -1),
             lambda: osml.LockedRegion(memory, None), lambda: osml.LockedRegion(), lambda: osml.LockedRegion.unlock(None), lambda: region.__init__(memory),
             lambda: osml.LockedRegion.unlock(osml.LockedRegion.__new__(osml.LockedRegion)), lambda: osml.LockedRegion.unlock(LockedBuffer(8)),
             lambda: osml.LockedRegion.__new__(osml.LockedRegion).__exit__(None, None, None),
             lambda: osml.CoreDumpsGuard.__new__(osml.CoreDumpsGuard).__exit__(None, None, None)):
    try:
        call()
    except (TypeError, ValueError, BufferError, OverflowError):
        print("refused")
region.unlock()
memory.append(1)
osml.LockedRegion(bytearray()).unlock()
"""
        self.assertEqual(child(program), ["refused"] * 12)

    def test_made_by_two_threads_at_once_or_by_another_base(self):
        """One of them makes it, and what the other made is released."""
        program = """
sys.setswitchinterval(1e-6)
memory = bytearray(1 << 16)
def init(made, barrier, base, argument):
    barrier.wait()
    try:
        base.__init__(made, argument)
    except ValueError:
        pass
for base, argument in ((LockedBuffer, 1 << 16), (osml.LockedRegion, memory)):
    for _ in range(200):
        made, barrier = base.__new__(base), threading.Barrier(2)
        threads = [threading.Thread(target=init, args=(made, barrier, base, argument)) for _ in range(2)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        del made
memory.append(1)
class Both(osml.LockedRegion, LockedBuffer):
    pass
try:
    LockedBuffer.__init__(Both.__new__(Both), 8)
except ValueError:
    print("refused")
osml.trim()
print(osml.info(osml.INFO_LIVE_BUFFERS), osml.info(osml.INFO_PROCESS_LOCKED_BYTES))
"""
        self.assertEqual(child(program), ["refused", "0", "0"])

    def test_a_region_in_a_forked_child(self):
        """It locks nothing there, and leaves shared memory alone."""
        program = """
import mmap
shared = mmap.mmap(-1, 4096)
region = osml.LockedRegion(shared, osml.REGION_WIPE)
shared[0] = 7
if os.fork() == 0:
    try:
        region.unlock()
    except ValueError as error:
        os._exit(0 if str(error).startswith("OSML_EFORKED") else 1)
print(os.wait()[1], shared[0])
"""
        self.assertEqual(child(program), ["0", "7"])

    def test_a_subclass_that_forgets_init(self):
        program = """
class Forgetful(LockedBuffer):
    def __init__(self):
        pass
try:
    Forgetful().wipe()
except ValueError as error:
    print(str(error)[:11])
"""
        self.assertEqual(child(program), ["OSML_EINVAL"])

    def test_leaked_handles_and_live_buffers_at_exit(self):
        program = """
sys.modules['keeps'] = [LockedBuffer(100000), osml.LockedRegion(bytearray(100000), osml.REGION_WIPE), osml.disable_core_dumps_with_guard()]
threading.Thread(target=threading.Event().wait, daemon=True).start()
print("alive")
"""
        self.assertEqual(child(program), ["alive"])

    def test_collected_under_a_refused_limit(self):
        """Garbage that holds the quota is collected, and the constructor tries once more."""
        program = """
gc.set_threshold(1000000)
class Node:
    pass
def garbage():
    node = Node()
    node.itself, node.buffer = node, LockedBuffer(40000)
garbage()
LockedBuffer(40000).close()
print(osml.info(osml.INFO_LIVE_BUFFERS))
"""
        self.assertEqual(child(program, os.environ["OSML_QUOTA"]), ["0"])

    def test_fork(self):
        program = """
b = LockedBuffer(8)
pid = os.fork()
if pid == 0:
    try:
        b.read(0, 1)
    except ValueError as error:
        ok = str(error).startswith("OSML_EFORKED")
    b.close()
    del b
    os._exit(0 if ok else 1)
print(os.waitpid(pid, 0)[1])
"""
        self.assertEqual(child(program), ["0"])

    def test_a_signal_ends_a_wait(self):
        """Of a source, and of a write to a pipe that is full."""
        program = """
def stop(number, frame):
    signal.setitimer(signal.ITIMER_REAL, 0)
    raise KeyError("stopped")
signal.signal(signal.SIGALRM, stop)
reading, writing = os.pipe()
b = LockedBuffer(1 << 20)
for wait in (lambda: LockedBuffer.from_fd(reading, 100), lambda: b.write_fd(writing)):
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        wait()
    except KeyError as error:
        print(error.args[0])
"""
        self.assertEqual(child(program), ["stopped"] * 2)

    def test_a_signal_handler_fails_inside_and_goes_on(self):
        """What a handler caught is not the outcome of the source that it interrupted."""
        program = """
reading, writing = os.pipe()
kept = LockedBuffer(8)
def inner(number, frame):
    try:
        kept.get_byte(8)
    except IndexError:
        print("inner")
    os.write(writing, b"12345678")
    os.close(writing)
signal.signal(signal.SIGALRM, inner)
signal.setitimer(signal.ITIMER_REAL, 0.05)
b = LockedBuffer.from_fd(reading, 100)
print(b.size(), osml.info(osml.INFO_LIVE_BUFFERS))
"""
        self.assertEqual(child(program), ["inner", "8", "2"])

    def test_an_error_names_the_steps_that_were_done_all_the_same(self):
        """Audit W6. Without CAP_SYS_RESOURCE the hard limit cannot be raised again; the other step is undone."""
        program = """
import resource
osml.harden(osml.HARDEN_ALL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
os.setresuid(65534, 65534, 65534) if os.getuid() == 0 else None
try:
    osml.harden_undo(osml.HARDEN_ALL)
except Exception as error:
    print(str(error).rpartition(": ")[2])
"""
        self.assertEqual(child(program), ["HARDEN_UNDUMPABLE)"])


if __name__ == "__main__":
    unittest.main()
