# SPDX-License-Identifier: MIT OR Apache-2.0
"""A buffer is a fixed number of bytes: how it is made, and how its bytes are read and written."""
import array
import sys

import procfs
import pytest

from osmemlock import LockedBuffer, UnsupportedError, info


def test_a_new_buffer_is_zero():
    with LockedBuffer(32) as key:
        assert len(key) == 32
        assert memoryview(key) == bytes(32)


def test_an_empty_buffer_can_be_made():
    with LockedBuffer(0) as key:
        assert len(key) == 0
        assert memoryview(key).nbytes == 0


def test_the_size_may_be_any_index():
    class Eight:
        def __index__(self):
            return 8

    with LockedBuffer(Eight()) as key:
        assert len(key) == 8


@pytest.mark.parametrize("size", [1.5, "32", b"32", None, [32], 1j])
def test_a_size_that_is_no_integer_is_a_type_error(size):
    with pytest.raises(TypeError):
        LockedBuffer(size)


def test_a_negative_size_is_a_value_error():
    with pytest.raises(ValueError, match="negative"):
        LockedBuffer(-1)


def test_a_size_beyond_ssize_t_is_an_overflow_error():
    with pytest.raises(OverflowError):
        LockedBuffer(2**100)


def test_a_size_beyond_memory_is_the_systems_error():
    with pytest.raises((OSError, ValueError)):
        LockedBuffer(sys.maxsize)
    with pytest.raises(OSError, match="."):
        LockedBuffer(2**46)


def test_a_size_is_needed():
    with pytest.raises(TypeError):
        LockedBuffer()


@pytest.mark.parametrize("wrong", [{"policy": "lax"}, {"fork": "copy"}, {"policy": ""}, {"fork": "wipe\0"}])
def test_an_unknown_choice_is_a_value_error(wrong):
    with pytest.raises(ValueError):
        LockedBuffer(8, **wrong)


@pytest.mark.parametrize("wrong", [{"policy": 1}, {"fork": None}, {"colour": "red"}])
def test_a_choice_that_is_no_text_is_a_type_error(wrong):
    with pytest.raises(TypeError):
        LockedBuffer(8, **wrong)


def test_options_are_keywords_only():
    with pytest.raises(TypeError):
        LockedBuffer(8, "strict")


def test_an_exception_out_of_index_comes_through():
    class Broken:
        def __index__(self):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        LockedBuffer(Broken())


# ---- Protections ----


def test_the_default_protections_hold_and_the_kernel_confirms_them():
    with LockedBuffer(32) as key:
        assert key.protections == {"locked", "nodump", "wipeonfork", "canary"}
        assert key.verify() == key.protections


@pytest.mark.parametrize("size", [32, 2000, 100_000])
def test_smaps_shows_the_flags_of_the_protections(size):
    with LockedBuffer(size) as key:
        assert {"lo", "dd", "wf"} <= procfs.flags_of(procfs.address_of(key), size)


def test_control_ordinary_memory_has_none_of_the_flags():
    plain = bytearray(100_000)
    assert not {"lo", "dd", "wf"} & procfs.flags_of(procfs.address_of(plain), len(plain))


def test_fork_nofork_holds_instead_of_wipeonfork():
    with LockedBuffer(32, fork="nofork") as key:
        assert "nofork" in key.verify()
        assert "dc" in procfs.flags_of(procfs.address_of(key), 32)


def test_fork_keep_is_neither():
    with LockedBuffer(32, fork="keep") as key:
        assert not {"nofork", "wipeonfork"} & key.protections


def test_guarded_is_reported():
    with LockedBuffer(32, guarded=True) as key:
        assert "guarded" in key.protections


def test_secretmem_is_reported_where_the_kernel_has_it_and_a_strict_wish_refused_where_not():
    if "secretmem" in info()["supported_protections"]:
        with LockedBuffer(32, secretmem=True, policy="strict") as key:
            assert "secretmem" in key.verify()
    else:
        with pytest.raises(UnsupportedError):
            LockedBuffer(32, secretmem=True, policy="strict")


def test_secretmem_unless_strict_is_a_wish():
    with LockedBuffer(32, secretmem=True) as key:
        assert ("secretmem" in key.protections) == ("secretmem" in info()["supported_protections"])
        key[0] = 7
        assert key[0] == 7


@pytest.mark.parametrize("policy", ["default", "strict", "best_effort"])
def test_every_policy_makes_a_buffer_where_nothing_is_refused(policy):
    with LockedBuffer(32, policy=policy) as key:
        assert "locked" in key.protections


# ---- Positions ----


def test_a_byte_written_is_the_byte_read():
    with LockedBuffer(4) as key:
        key[2] = 255
        assert [key[0], key[1], key[2], key[3]] == [0, 0, 255, 0]


def test_negative_positions_count_from_the_end():
    with LockedBuffer(4) as key:
        key[-1] = 9
        assert key[3] == key[-1] == 9


@pytest.mark.parametrize("position", [4, -5, sys.maxsize, -sys.maxsize - 1, 2**100, -(2**100)])
def test_a_position_outside_is_an_index_error(position):
    with LockedBuffer(4) as key:
        with pytest.raises(IndexError):
            key[position]
        with pytest.raises(IndexError):
            key[position] = 1
        assert memoryview(key) == bytes(4)


@pytest.mark.parametrize("position", ["0", 0.0, None, b"0", (0, 1)])
def test_a_position_that_is_no_integer_is_a_type_error(position):
    with LockedBuffer(4) as key:
        with pytest.raises(TypeError):
            key[position]
        with pytest.raises(TypeError):
            key[position] = 1


@pytest.mark.parametrize("value", [-1, 256, 2**100])
def test_a_value_that_is_no_byte_is_a_value_error(value):
    with LockedBuffer(4) as key:
        with pytest.raises(ValueError):
            key[0] = value
        assert key[0] == 0


@pytest.mark.parametrize("value", ["a", b"a", 1.0, None])
def test_a_value_that_is_no_integer_is_a_type_error(value):
    with LockedBuffer(4) as key, pytest.raises(TypeError):
        key[0] = value


def test_bytes_cannot_be_deleted():
    with LockedBuffer(4) as key:
        with pytest.raises(TypeError):
            del key[0]
        with pytest.raises(TypeError):
            del key[0:2]


# ---- Slices ----


@pytest.mark.parametrize("start", [None, 0, 3, -2, 99, -99])
@pytest.mark.parametrize("stop", [None, 0, 5, -1, 99, -99])
@pytest.mark.parametrize("step", [None, 2, -1])
def test_a_slice_shows_what_the_slice_of_a_bytearray_shows(start, stop, step):
    model = bytearray(range(8))
    with LockedBuffer.from_bytes(model) as key, key[start:stop:step] as view:
        assert type(view) is memoryview
        assert view.tolist() == list(model[start:stop:step])


def test_a_slice_of_step_zero_is_a_value_error():
    with LockedBuffer(4) as key, pytest.raises(ValueError, match="zero"):
        key[::0]


def test_writing_to_a_slice_writes_to_the_buffer():
    with LockedBuffer(8) as key:
        key[2:5] = b"abc"
        key[-1:] = bytearray(b"z")
        assert memoryview(key) == b"\0\0abc\0\0z"


def test_any_buffer_can_be_written_to_a_slice():
    with LockedBuffer(8) as key, LockedBuffer.from_bytes(b"wxyz") as other:
        key[0:4] = other
        key[4:8] = array.array("B", b"1234")
        assert memoryview(key) == b"wxyz1234"


def test_a_slice_can_be_written_over_itself():
    with LockedBuffer.from_bytes(b"abcdef") as key:
        key[2:6] = key[0:4]
        assert memoryview(key) == b"ababcd"


@pytest.mark.parametrize("data", [b"", b"ab", b"abcd", bytes(100)])
def test_a_slice_takes_its_own_length_only(data):
    with LockedBuffer(8) as key:
        with pytest.raises(ValueError):
            key[2:5] = data
        assert memoryview(key) == bytes(8)


def test_a_slice_with_steps_is_not_written():
    with LockedBuffer(8) as key:
        with pytest.raises(ValueError, match="step"):
            key[::2] = b"abcd"
        assert memoryview(key) == bytes(8)


@pytest.mark.parametrize("data", ["abc", 3, None, [1, 2, 3]])
def test_a_slice_takes_buffers_only(data):
    with LockedBuffer(8) as key, pytest.raises(TypeError):
        key[2:5] = data


class Closing:
    """An index that closes the buffer just before it is used (so the state is looked at once more after the arguments were converted)."""

    def __init__(self, key):
        self.key = key

    def __index__(self):
        self.key.close()
        return 1


@pytest.mark.parametrize("access", [
    lambda key, one: key[one],
    lambda key, one: key.__setitem__(0, one),
    lambda key, one: key.__setitem__(one, 0),
    lambda key, one: key.__setitem__(slice(one, 3), b"ab"),
])
def test_an_index_that_closes_the_buffer_is_refused(access):
    key = LockedBuffer(8)
    with pytest.raises(ValueError):
        access(key, Closing(key))


def test_a_slice_whose_index_closes_the_buffer_reads_zeros():
    key = LockedBuffer.from_bytes(b"abcdefgh")
    with key[Closing(key):] as view:
        assert view == bytes(7)


# ---- Other constructors ----


def test_from_bytes_copies_any_buffer():
    data = array.array("I", [1, 2, 3])
    with LockedBuffer.from_bytes(data) as key:
        assert memoryview(key) == data.tobytes()
        data[0] = 9
        assert key[0] == 1


@pytest.mark.parametrize("data", ["text", 32, None, [1, 2]])
def test_from_bytes_takes_buffers_only(data):
    with pytest.raises(TypeError):
        LockedBuffer.from_bytes(data)


def test_from_bytes_refuses_what_is_not_contiguous():
    with pytest.raises(BufferError):
        LockedBuffer.from_bytes(memoryview(b"abcdef")[::2])


def test_two_random_buffers_differ_and_neither_is_zero():
    with LockedBuffer.random(32) as one, LockedBuffer.random(32) as two, LockedBuffer(32) as zero:
        assert one != two
        assert one != zero
        assert two != zero


@pytest.mark.parametrize("size, error", [(-1, ValueError), (1.5, TypeError), ("8", TypeError), (2**100, OverflowError)])
def test_random_refuses_what_the_constructor_refuses(size, error):
    with pytest.raises(error):
        LockedBuffer.random(size)


def test_the_options_reach_every_constructor():
    for key in (LockedBuffer.from_bytes(b"abc", guarded=True), LockedBuffer.random(8, guarded=True)):
        with key:
            assert "guarded" in key.protections
