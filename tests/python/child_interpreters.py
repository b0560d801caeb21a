# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_interpreters.py runs. The interface to sub-interpreters was private until 3.14, and has had two names."""
import importlib
import sys
import threading

import osmemlock
from osmemlock import LockedBuffer

PATH = f"import sys; sys.path[:] = {sys.path!r}\n"
USE = """
import gzip
import tempfile
from osmemlock import LockedBuffer, locked
with LockedBuffer.random(32) as key:
    assert "locked" in key.verify()
    assert len(key) == 32
with LockedBuffer(10_000) as key, memoryview(key) as view:
    view[:3] = b"abc"
    assert key == b"abc" + bytes(9997)
with locked(bytearray(100)) as view:
    view[0] = 1
with tempfile.TemporaryFile() as file, LockedBuffer(8) as key:
    key.write_fd(file)
    file.seek(0)
    with LockedBuffer.from_fd(file) as same, gzip.GzipFile(fileobj=file, mode="wb") as changing:
        assert same == key
        try:
            key.write_fd(changing)
        except TypeError:
            pass
        else:
            raise AssertionError
"""
END_OPEN = """
from osmemlock import LockedBuffer
small = LockedBuffer(32)
large = LockedBuffer(10_000)
view = memoryview(large)
"""
EXCEPTIONS = """
import osmemlock
try:
    osmemlock.set_windows_error_mode(1)
except osmemlock.UnsupportedError:
    pass
key = osmemlock.LockedBuffer(8)
key.close()
try:
    key[0]
except ValueError as error:
    assert error.code == "OSML_ECLOSED"
"""


class Interpreter:
    """One with its own GIL where Python has that, else one that shares it."""

    @staticmethod
    def module():
        for name in ("_interpreters", "_xxsubinterpreters"):
            try:
                return importlib.import_module(name)
            except ImportError:
                continue
        return None

    def __init__(self):
        self.id = self.module().create()

    def run(self, code):
        """An exception in there is one here: raised (until 3.12) or told (from 3.13 on)."""
        failure = self.module().run_string(self.id, PATH + code)
        if failure is not None:
            raise RuntimeError(getattr(failure, "formatted", failure))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.module().destroy(self.id)


def live():
    return f"live {osmemlock.info()['live_buffers']}"


def use_once():
    with Interpreter() as other:
        other.run(USE)
    print("used")


def control_shared_gil_only():
    """A module that cannot do without the shared GIL is refused in there. readline is one in 3.12, and has no slot for it later either."""
    with Interpreter() as other:
        try:
            other.run("import _testsinglephase")
        except Exception as error:  # noqa: BLE001
            print("refused" if "_testsinglephase" in str(error) else error)


def types_differ():
    with Interpreter() as other:
        other.run(f"import osmemlock\nassert id(osmemlock.LockedBuffer) != {id(LockedBuffer)}")
    print(True)


def come_and_go():
    for _ in range(20):
        with Interpreter() as other:
            other.run(USE)
    print(live())


def at_once():
    done = []

    def job():
        for _ in range(5):
            with Interpreter() as other:
                other.run(USE)
        done.append(1)

    threads = [threading.Thread(target=job) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(len(done), live())


def end_with_open_buffers():
    with Interpreter() as other:
        other.run(END_OPEN)
    print(live())


def main_lives_on():
    with LockedBuffer.from_bytes(b"abc") as key:
        for _ in range(3):
            with Interpreter() as other:
                other.run(USE)
        print(key == b"abc")


def exceptions():
    with Interpreter() as other:
        other.run(EXCEPTIONS)
    print("caught")
