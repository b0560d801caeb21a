# SPDX-License-Identifier: MIT OR Apache-2.0
"""A guarded buffer can be shut: what it answers then, and that the kernel enforces it."""
import signal

import child
import child_guarded
import pytest

from osmemlock import LockedBuffer


@pytest.fixture
def key():
    with LockedBuffer(8, guarded=True) as key:
        key[0:8] = b"abcdefgh"
        yield key


def test_read_only_can_be_read(key):
    key.protect("read")
    assert key[0] == ord("a")
    assert key[1:3] == b"bc"
    assert key == b"abcdefgh"


def test_read_only_refuses_writes(key):
    key.protect("read")
    for write in (lambda: key.__setitem__(0, 1), lambda: key.__setitem__(slice(0, 2), b"zz"), key.wipe, key.decode_hex):
        with pytest.raises(BufferError):
            write()
    assert key == b"abcdefgh"


def test_a_view_of_a_read_only_buffer_is_read_only(key):
    key.protect("read")
    with memoryview(key) as view:
        assert view.readonly
        with pytest.raises(TypeError):
            view[0] = 1
    with key[0:4] as part:
        assert part.readonly


def test_a_writable_export_of_a_read_only_buffer_is_refused(key, pipe):
    key.protect("read")
    with open(pipe[0], "rb", buffering=0, closefd=False) as reader, pytest.raises((BufferError, TypeError)):
        reader.readinto(key)
    assert key.pins == 0


def test_without_access_everything_is_refused(key):
    key.protect("none")
    uses = [lambda: key[0], lambda: key[0:2], lambda: memoryview(key), lambda: key.__setitem__(0, 1), lambda: key == b"a", key.verify]
    for use in uses:
        with pytest.raises(BufferError):
            use()


def test_access_comes_back_with_the_bytes(key):
    key.protect("none")
    key.protect("readwrite")
    key[0] = ord("A")
    assert key == b"Abcdefgh"


@pytest.mark.parametrize("access", ["none", "read"])
def test_a_shut_buffer_can_be_closed(access):
    key = LockedBuffer(8, guarded=True)
    key.protect(access)
    key.close()
    assert key.closed


@pytest.mark.parametrize("access", ["none", "read", "readwrite"])
def test_protect_is_refused_under_a_view(key, access):
    with memoryview(key), pytest.raises(BufferError):
        key.protect(access)
    key.protect(access)


@pytest.mark.parametrize("access, error", [
    ("write", ValueError), ("", ValueError), ("READ", ValueError), (1, TypeError), (None, TypeError)])
def test_an_unknown_access_is_refused(key, access, error):
    with pytest.raises(error):
        key.protect(access)
    assert key == b"abcdefgh"


@pytest.mark.parametrize("deed", ["read none", "write none", "write read", "before", "behind"])
def test_the_kernel_ends_a_process_that_reaches_in_all_the_same(deed):
    with child.start(child_guarded.trespass, deed, stderr=-3, stdout=-3) as process:
        assert process.wait(timeout=60) == -signal.SIGSEGV


def test_control_the_same_deeds_with_access_are_survived():
    child.run(child_guarded.trespass, "read readwrite")
    child.run(child_guarded.trespass, "write readwrite")
    child.run(child_guarded.trespass, "read read")
