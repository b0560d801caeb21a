# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_residue.py searches: a process that takes a secret from a source, and gives it up in one of several ways."""
import gc
import hashlib
import hmac
import os
import subprocess

import terminal
from child import reached

from osmemlock import LockedBuffer


def from_pipe(path):
    """The parent's file comes through a pipe that a program fills, so that this process sees the bytes in the buffer only."""
    reader, writer = os.pipe()
    subprocess.run(["cat", path], stdout=writer, check=True)
    os.close(writer)
    try:
        return LockedBuffer.from_fd(reader)
    finally:
        os.close(reader)


def from_credential(path):
    os.environ["CREDENTIALS_DIRECTORY"] = os.path.dirname(path)
    return LockedBuffer.from_credential(os.path.basename(path))


def decoded(path, decode):
    key = LockedBuffer.from_file(path)
    getattr(key, decode)()
    return key


def readinto(path):
    key = LockedBuffer(os.stat(path).st_size)
    with open(path, "rb", buffering=0) as file:
        file.readinto(key)
    return key


class Kept:
    """A careless holder: its close() does what a program can do with immutable objects, which is nothing."""

    def __init__(self, data):
        self.data = data

    def close(self):
        pass


def read_bytes(path):
    with open(path, "rb") as file:
        return Kept(file.read())


def read_text(path):
    with open(path, encoding="ascii") as file:
        return Kept(file.read())


def bytes_of_a_buffer(path):
    with LockedBuffer.from_file(path) as key:
        return Kept(bytes(memoryview(key)))


def joined(path):
    """Through each call that makes a buffer of another: cut apart and put together again."""
    with LockedBuffer.from_file(path) as key:
        half = len(key) // 2
        with key.slice(0, half) as one, key.slice(half) as two, LockedBuffer.join([one, two]) as whole, whole.encode_base64() as text:
            assert key.find(two) == half
            text.decode_base64()
            return text.slice()


CLEAN = {
    "file": LockedBuffer.from_file,
    "guarded": lambda path: LockedBuffer.from_file(path, guarded=True),
    "nofork": lambda path: LockedBuffer.from_file(path, fork="nofork"),
    "pipe": from_pipe,
    "credential": from_credential,
    "command": lambda path: LockedBuffer.from_command(["cat", path]),
    "hex": lambda path: decoded(path, "decode_hex"),
    "base64": lambda path: decoded(path, "decode_base64"),
    "readinto": readinto,
    "joined": joined,
}
CARELESS = {"read_bytes": read_bytes, "read_text": read_text, "bytes_of_a_buffer": bytes_of_a_buffer}
SECRETMEM = {"secretmem": lambda path: LockedBuffer.from_file(path, secretmem=True)}


def leave_scope(key):
    with key:
        pass


def leave_scope_by_an_error(key):
    try:
        with key:
            raise KeyError
    except KeyError:
        pass


def leave_a_view(key):
    globals()["view"] = memoryview(key)
    key.close()


ENDS = {
    "scope": leave_scope, "error": leave_scope_by_an_error, "view": leave_a_view, "wipe": LockedBuffer.wipe,
    "drop": lambda key: None}  # The last reference goes with the caller's.


def compare(key):
    with LockedBuffer.random(len(key)) as other:
        assert key != other
    assert key != bytes(len(key))


def copy_by_slices(key):
    with LockedBuffer(len(key)) as other:
        other[0:len(key)] = key
        assert other == key
        with memoryview(other) as view:
            view[:] = bytes(len(key))


def copy_by_from_bytes(key):
    LockedBuffer.from_bytes(key).close()


def read_byte_by_byte(key):
    assert sum(key[at] for at in range(len(key)))


def digest(key):
    hashlib.sha256(key).digest()


def expose_bytes(key):
    with key.expose_bytes() as data:
        hmac.digest(data, b"message", "sha256")


def expose_str(key):
    with key.expose_str() as text:
        assert len(text) == len(key)


def write_out(key):
    with open(os.devnull, "wb", buffering=0) as sink:
        key.write_fd(sink)


def refuse_operations(key):
    for use in (lambda: key[len(key)], lambda: hash(key), lambda: key["a"], key.decode_hex, lambda: repr(key) + 1, lambda: iter(key)):
        try:
            use()
        except (TypeError, ValueError, IndexError):
            pass


USES = {f.__name__: f for f in (compare, copy_by_slices, copy_by_from_bytes, read_byte_by_byte, digest, expose_bytes, expose_str, write_out, refuse_operations)}


def hold(source, end, path):
    key = {**CLEAN, **CARELESS, **SECRETMEM}[source](path)
    os.unlink(path)
    reached("open")
    if end in ENDS:
        ENDS[end](key)
        if end == "wipe":
            key.close()
        del key
    else:
        USES.get(end, lambda key: None)(key)
        key.close()
    gc.collect()
    reached("ended")


def refused(path):
    try:
        LockedBuffer.from_file(path, max=100)
    except ValueError:
        pass
    reached("refused")


def prompt(name):
    terminal.take(name)
    key = LockedBuffer.prompt()
    reached("open")
    key.close()
    reached("ended")
