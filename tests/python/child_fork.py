# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_fork.py runs."""
import multiprocessing
import os
import threading

import procfs

import osmemlock
from osmemlock import ForkedError, LockedBuffer, locked

CONTENT = b"of the parent"


def status_of(body):
    """Runs it in a forked child; its result is the exit status."""
    pid = os.fork()
    if pid == 0:
        os._exit(int(body() or 0))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def at_the_address(option):
    """Reads the address through /proc/self/mem, which fails where nothing is mapped instead of ending the process."""
    with LockedBuffer.from_bytes(CONTENT, fork=option) as key:
        address = procfs.address_of(key)

        def look():
            try:
                with open("/proc/self/mem", "rb", buffering=0) as memory:
                    memory.seek(address)
                    found = memory.read(len(CONTENT))
            except OSError:
                return 1
            return 2 if found == CONTENT else 3 if found == bytes(len(CONTENT)) else 4

        print({1: "fault", 2: "copy", 3: "zero"}.get(status_of(look), "something else"))


def view_in_the_child():
    with LockedBuffer.from_bytes(CONTENT) as key, memoryview(key) as view:
        print(status_of(lambda: view == bytes(len(CONTENT))) == 1, view == CONTENT)


def kept():
    with LockedBuffer.from_bytes(CONTENT, fork="keep") as key:
        print(status_of(lambda: memoryview(key) == CONTENT and "locked" in key.verify()) == 1, memoryview(key) == CONTENT)


def drop_in_the_child():
    keys = [LockedBuffer(64) for _ in range(50)] + [LockedBuffer(10_000, fork=fork) for fork in ("wipe", "nofork", "keep")]
    print(status_of(keys.clear))
    for key in keys:
        key.close()


def leave(lock):
    """Refused or not, it must come back, and the child must go on."""
    try:
        lock.__exit__(None, None, None)
    except ForkedError:
        pass


def region():
    before = procfs.locked_kib()
    memory = bytearray(4 * procfs.PAGE)
    with locked(memory) as view:
        lock = locked(memory)
        status = status_of(lambda: leave(lock))
        lock.__exit__(None, None, None)
        view.release()
    print(status, procfs.locked_kib() == before)


def wiping_region():
    memory = bytearray(b"secret")
    lock = locked(memory, wipe=True)
    status = status_of(lambda: leave(lock))
    print(status, memory)
    lock.__exit__(None, None, None)


def use():
    with LockedBuffer.random(32) as key:
        assert "locked" in key.verify()
    with LockedBuffer.from_bytes(CONTENT) as key:
        assert memoryview(key) == CONTENT


def own_buffers(method):
    with LockedBuffer(8):
        process = multiprocessing.get_context(method).Process(target=use)
        process.start()
        process.join()
        print(process.exitcode, osmemlock.info()["live_buffers"])


def not_sent(method):
    with LockedBuffer(8) as key:
        try:
            multiprocessing.get_context(method).Process(target=len, args=(key,)).start()
        except TypeError as error:
            print(type(error).__name__)


def expect_forked(key):
    try:
        key[0]
    except ForkedError:
        return
    raise AssertionError("an inherited buffer was readable")


def inherited():
    with LockedBuffer(8) as key:
        process = multiprocessing.get_context("fork").Process(target=expect_forked, args=(key,))
        process.start()
        process.join()
        print(process.exitcode)


def take(connection):
    with LockedBuffer.from_fd(connection, max=100) as key:
        assert memoryview(key) == CONTENT


def by_descriptor():
    context = multiprocessing.get_context("spawn")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=take, args=(reader,))
    process.start()
    with LockedBuffer.from_bytes(CONTENT) as key:
        key.write_fd(writer)
    writer.close()
    process.join()
    reader.close()
    print(process.exitcode)


def while_threads_make_buffers():
    done = threading.Event()

    def churn():
        while not done.is_set():
            LockedBuffer(64).close()
            LockedBuffer(5000).close()

    threads = [threading.Thread(target=churn) for _ in range(3)]
    for thread in threads:
        thread.start()
    good = sum(status_of(use) == 0 for _ in range(20))
    done.set()
    for thread in threads:
        thread.join()
    print(good)
