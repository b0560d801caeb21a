# SPDX-License-Identifier: MIT OR Apache-2.0
"""Any call from any thread: a close that races with uses gives them the right exception, never a crash and never somebody else's bytes."""
import ctypes
import os
import sys
import threading

import procfs
import pytest

from osmemlock import LockedBuffer, info, locked, purge

THREADS = 8
ROUNDS = 60
SIZE = 4096  # beyond what is made without letting go of the GIL


@pytest.fixture(autouse=True)
def switch_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(*jobs):
    """Runs the jobs at once, and raises what one of them raised."""
    gate, errors = threading.Barrier(len(jobs)), []

    def run(job):
        try:
            gate.wait()
            job()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def until_closed(use):
    """Uses the buffer until it is closed; BufferError is the answer while another thread has it alone."""

    def job():
        while True:
            try:
                use()
            except ValueError:
                return
            except BufferError:
                pass

    return job


def read_views(key):
    with memoryview(key) as view:
        seen = {view[0], view[len(view) // 2], view[-1]}
    assert seen <= {0, 0x5A}


def hold_a_view(key):
    with key[0:100] as view:
        first = view.tolist()
    assert set(first) <= {0, 0x5A}


def shut_and_open(key):
    key.protect("read")
    key.protect("readwrite")


def write_out(key, fd):
    key.write_fd(fd)


@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("size", [32, SIZE])
def test_close_races_with_every_use(size, guarded):
    with open(os.devnull, "wb", buffering=0) as sink:
        for _ in range(ROUNDS):
            key = LockedBuffer.from_bytes(b"\x5a" * size, guarded=guarded)
            other = LockedBuffer.from_bytes(b"\x5a" * size)
            uses = [
                lambda: read_views(key),
                lambda: hold_a_view(key),
                lambda: key[0],
                lambda: key == other,
                lambda: key.write_fd(sink.fileno()),
                lambda: key.__setitem__(slice(0, 4), b"\x5a" * 4),
                (lambda: shut_and_open(key)) if guarded else key.wipe,
            ]
            together(*[until_closed(use) for use in uses], key.close)
            assert key.closed
            other.close()


@pytest.mark.parametrize("end", [LockedBuffer.close, lambda key: purge()])
def test_a_comparison_beside_a_close_is_refused_or_true(end):
    """Never False: that would tell of the zeros that a close leaves."""
    same = bytearray(b"\x5a" * (1 << 20))
    for _ in range(ROUNDS):
        key = LockedBuffer.from_bytes(same)

        def compare():
            assert key == same

        together(until_closed(compare), lambda: end(key))
        assert key.closed


@pytest.mark.parametrize("take", [LockedBuffer.from_bytes, lambda key: assigned(key)])
def test_a_copy_beside_a_close_is_refused_or_whole(take):
    for _ in range(ROUNDS):
        key = LockedBuffer.from_bytes(b"\x5a" * SIZE)

        def copy():
            with take(key) as other:
                assert other == b"\x5a" * SIZE

        together(until_closed(copy), key.close)


def assigned(key):
    other = LockedBuffer(SIZE)
    try:
        other[:] = key
    except ValueError:
        other.close()
        raise
    return other


def test_many_threads_close_one_buffer():
    for _ in range(ROUNDS):
        key = LockedBuffer(SIZE)
        before = info()["live_buffers"]
        together(*[key.close] * THREADS)
        assert info()["live_buffers"] == before - 1


def test_views_are_given_back_by_any_thread():
    for _ in range(ROUNDS):
        key = LockedBuffer(SIZE)
        views = [memoryview(key) for _ in range(THREADS - 1)]
        together(*[view.release for view in views], key.close)
        assert key.pins == 0


def test_the_last_view_frees_a_closed_buffer_and_it_is_zero_until_then():
    for _ in range(ROUNDS):
        key = LockedBuffer.from_bytes(b"\x5a" * SIZE)
        views = [memoryview(key) for _ in range(THREADS)]
        key.close()

        def look(view):
            assert view == bytes(SIZE)
            view.release()

        together(*[lambda view=view: look(view) for view in views])


def churn():
    for number in range(300):
        with LockedBuffer.from_bytes(bytes([number % 256]) * 64) as key:
            assert memoryview(key) == bytes([number % 256]) * 64
        with LockedBuffer(SIZE) as large:
            assert large[SIZE - 1] == 0


def test_threads_that_make_and_close_do_not_see_each_others_bytes():
    before = info()["live_buffers"]
    together(*[churn] * THREADS)
    assert info()["live_buffers"] == before


def test_a_buffer_made_here_can_be_dropped_there():
    made = [[LockedBuffer(64) for _ in range(100)] for _ in range(THREADS)]

    def drop(own):
        while own:
            own.pop().close()

    together(*[lambda own=own: drop(own) for own in made])


def test_exiting_one_region_races_with_others_on_the_same_pages():
    """The memory is one that does not count its exports: free-threaded CPython 3.13 miscounts those of a bytearray that threads share."""
    memory = (ctypes.c_char * (4 * procfs.PAGE))()
    before = procfs.locked_kib()

    def job():
        for _ in range(ROUNDS):
            with locked(memory) as view:
                assert view.nbytes == len(memory)

    together(*[job] * THREADS)
    assert procfs.locked_kib() == before


def test_one_region_is_left_by_many_threads_at_once():
    before = procfs.locked_kib()
    for _ in range(ROUNDS):
        memory = bytearray(procfs.PAGE)
        lock = locked(memory)
        lock.__enter__()
        together(*[lambda lock=lock: lock.__exit__(None, None, None)] * THREADS)
        memory.append(1)
    assert procfs.locked_kib() == before


def test_a_source_that_waits_lets_other_threads_run(pipe):
    """The reader waits for what the other thread writes only after the reader has begun: with the GIL held this would never end."""
    begun = threading.Event()
    got = []

    class Begin:
        def fileno(self):
            begun.set()
            return pipe[0]

    def read():
        with LockedBuffer.from_fd(Begin()) as key:
            got.append(bytes(memoryview(key)))

    def write():
        begun.wait()
        os.write(pipe[1], b"abc")
        os.close(pipe[1])

    together(read, write)
    assert got == [b"abc"]


def test_writing_to_a_full_pipe_lets_other_threads_run(pipe):
    got = bytearray()

    def read():
        while len(got) < 1 << 20:
            got.extend(os.read(pipe[0], 65536))

    def write():
        with LockedBuffer.from_bytes(b"x" * (1 << 20)) as key:
            key.write_fd(pipe[1])

    together(read, write)
    assert got == b"x" * (1 << 20)
