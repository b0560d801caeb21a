# SPDX-License-Identifier: MIT OR Apache-2.0
"""A file that another thread closes while a call waits for it: its number is the next file's, which the call neither reads nor writes."""
import fcntl
import os
import struct
import termios
import threading

import pytest

from osmemlock import LockedBuffer


@pytest.fixture
def pipe():
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb", 0) as reading, os.fdopen(writer, "wb", 0) as writing:
        yield reading, writing


@pytest.fixture
def next_file(tmp_path):
    """Closes a file, opens another one, which gets its number, and returns that."""
    opened = []

    def take_number(file):
        number = file.fileno()
        file.close()
        path = tmp_path / "next"
        path.write_bytes(b"wrong")
        opened.append(os.open(path, os.O_RDWR))
        assert opened[0] == number  # control
        return number

    yield take_number
    for number in opened:
        os.close(number)


def wait_until_unread(file, count):
    while struct.unpack("i", fcntl.ioctl(file, termios.FIONREAD, bytes(4)))[0] != count:
        pass


def in_thread(call):
    results = []
    thread = threading.Thread(target=lambda: results.append(call()), daemon=True)
    thread.start()

    def end():
        thread.join()
        return results[0]

    return end


def from_fd(file):
    with LockedBuffer.from_fd(file) as key:
        return bytes(key)


def read_fd(file):
    with LockedBuffer(6) as key:
        key.read_fd(file)
        return bytes(key)


@pytest.mark.parametrize("read", [from_fd, read_fd])
@pytest.mark.parametrize("name", [lambda file: file, lambda file: file.fileno()], ids=["object", "number"])
def test_what_is_read_is_not_the_next_file(pipe, next_file, read, name):
    reading, writing = pipe
    given = name(reading)
    end = in_thread(lambda: read(given))
    writing.write(b"s")
    wait_until_unread(writing, 0)
    next_file(reading)
    writing.write(b"ecret")
    writing.close()
    assert end() == b"secret"


@pytest.mark.parametrize("name", [lambda file: file, lambda file: file.fileno()], ids=["object", "number"])
def test_what_is_written_does_not_go_to_the_next_file(pipe, next_file, name):
    reading, writing = pipe
    given = name(writing)
    size = fcntl.fcntl(reading, fcntl.F_GETPIPE_SZ) if hasattr(fcntl, "F_GETPIPE_SZ") else 65536
    with LockedBuffer(3 * size) as key:
        end = in_thread(lambda: key.write_fd(given))
        wait_until_unread(reading, size)
        number = next_file(writing)
        assert len(reading.read()) == 3 * size
        assert end() is None
    assert os.pread(number, 10, 0) == b"wrong"


def test_locks_on_a_regular_file_stay(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"secret")
    with open(path, "r+b", 0) as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        assert from_fd(file) == b"secret"
        child = os.fork()
        if child == 0:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os._exit(0)
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0


def test_no_descriptor_is_left(pipe):
    reading, writing = pipe
    before = len(os.listdir("/proc/self/fd"))
    with LockedBuffer.from_bytes(b"secret") as key, LockedBuffer(6) as other:
        key.write_fd(writing)
        other.read_fd(reading)
        assert other == key
        with pytest.raises(TimeoutError):
            other.read_fd(reading, timeout=0)
        key.write_fd(writing)
        writing.close()
        assert from_fd(reading) == b"secret"
    assert len(os.listdir("/proc/self/fd")) == before - 1
