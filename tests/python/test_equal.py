# SPDX-License-Identifier: MIT OR Apache-2.0
"""Comparing gives what `==` of bytes gives, in a time that does not depend on the contents (that it does not is proved in the core)."""
import array
import mmap
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osmemlock import LockedBuffer

PAGES = 8


@given(st.binary(max_size=70), st.binary(max_size=70))
def test_two_buffers_are_equal_as_their_bytes_are(one, two):
    with LockedBuffer.from_bytes(one) as a, LockedBuffer.from_bytes(two) as b:
        assert (a == b) == (one == two)
        assert (a != b) == (one != two)


@given(st.binary(min_size=1, max_size=70), st.data())
def test_one_bit_off_is_unequal(content, data):
    position = data.draw(st.integers(0, len(content) * 8 - 1))
    with LockedBuffer.from_bytes(content) as a, LockedBuffer.from_bytes(content) as b:
        b[position // 8] ^= 1 << position % 8
        assert a != b


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, lambda data: array.array("B", data)])
def test_any_other_buffer_is_compared_by_content(make):
    with LockedBuffer.from_bytes(b"secret") as key:
        assert key == make(b"secret")
        assert make(b"secret") == key
        assert key != make(b"secreT")
        assert key != make(b"secret ")
        assert key != make(b"")


def test_a_buffer_equals_itself_and_its_view():
    with LockedBuffer.from_bytes(b"secret") as key, memoryview(key) as view:
        assert key == key
        assert key == view


@pytest.mark.parametrize("other", ["secret", None, 6, [115], object()])
def test_what_is_no_buffer_is_unequal(other):
    with LockedBuffer.from_bytes(b"secret") as key:
        assert (key == other) is False
        assert (key != other) is True


def test_another_type_may_have_the_last_word():
    class Friend:
        def __eq__(self, other):
            return "friend"

    with LockedBuffer(8) as key:
        assert (key == Friend()) == "friend"


def read_bytes(fd):
    """How many bytes of a sparse file have been read through a mapping: those have memory."""
    return os.fstat(fd).st_blocks * 512


@pytest.mark.parametrize("differs", [0, 1, mmap.PAGESIZE, PAGES * mmap.PAGESIZE - 1])
def test_wherever_they_differ_all_of_the_other_side_is_read(differs):
    fd = os.memfd_create("zeros")
    os.ftruncate(fd, PAGES * mmap.PAGESIZE)
    with LockedBuffer(PAGES * mmap.PAGESIZE) as key, mmap.mmap(fd, PAGES * mmap.PAGESIZE) as zeros:
        key[differs] = 1
        assert zeros[0] == 0
        if read_bytes(fd) != mmap.PAGESIZE:  # control
            pytest.skip("the system gives such files huge pages")
        assert key != zeros
        assert read_bytes(fd) == PAGES * mmap.PAGESIZE
    os.close(fd)


@pytest.mark.parametrize("closed_side", [0, 1])
def test_a_closed_buffer_is_never_equal(closed_side):
    pair = LockedBuffer(8), LockedBuffer(8)
    pair[closed_side].close()
    with pair[1 - closed_side]:
        try:
            assert (pair[0] == pair[1]) is False
        except ValueError:
            pass  # Refused is as good: a comparison that answers True would be the mistake.


def test_what_cannot_be_read_is_not_compared():
    with LockedBuffer(8, guarded=True) as shut, LockedBuffer(8) as key:
        shut.protect("none")
        with pytest.raises(BufferError):
            shut == key  # noqa: B015
        with pytest.raises(BufferError):
            key == shut  # noqa: B015
