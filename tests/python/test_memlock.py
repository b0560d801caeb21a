# SPDX-License-Identifier: MIT OR Apache-2.0
"""The system's own calls, on memory of the caller: direct wrappers, without state."""
import array
import ctypes
import mmap

import procfs
import pytest

from osmemlock import LockedBuffer, madvise_dontdump, mlock, munlock, wipe

CALLS = [mlock, munlock, madvise_dontdump, wipe]


@pytest.fixture
def pages():
    """Eight pages that nothing else lies in."""
    memory = mmap.mmap(-1, 8 * procfs.PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    yield memory
    memory.close()


def test_mlock_locks_and_munlock_unlocks(pages):
    before = procfs.locked_kib()
    mlock(pages)
    assert procfs.locked_kib() == before + 8 * procfs.PAGE // 1024
    assert "lo" in procfs.flags_of(procfs.address_of(pages), len(pages))
    munlock(pages)
    assert procfs.locked_kib() == before


def test_a_part_is_locked_by_whole_pages(pages):
    before = procfs.locked_kib()
    with memoryview(pages) as view, view[10:20] as part:
        mlock(part)
        assert procfs.locked_kib() == before + procfs.PAGE // 1024
        munlock(part)
    assert procfs.locked_kib() == before


def test_locks_do_not_nest(pages):
    before = procfs.locked_kib()
    mlock(pages)
    mlock(pages)
    munlock(pages)
    assert procfs.locked_kib() == before


def test_munlock_leaves_the_bytes_alone(pages):
    pages[0:4] = b"abcd"
    mlock(pages)
    munlock(pages)
    assert pages[0:4] == b"abcd"


def test_dontdump_is_in_smaps(pages):
    assert "dd" not in procfs.flags_of(procfs.address_of(pages), len(pages))
    madvise_dontdump(pages)
    assert "dd" in procfs.flags_of(procfs.address_of(pages), len(pages))


def test_dontdump_rounds_outward(pages):
    with memoryview(pages) as view, view[1:2] as part:
        madvise_dontdump(part)
    assert "dd" in procfs.flags_of(procfs.address_of(pages), procfs.PAGE)


@pytest.mark.parametrize("make", [
    bytearray, lambda n: array.array("I", bytes(n)), lambda n: (ctypes.c_char * n)(), lambda n: memoryview(bytearray(n)), LockedBuffer])
def test_wipe_zeroes_any_writable_buffer(make):
    memory = make(64)
    with memoryview(memory).cast("B") as view:
        view[:] = b"x" * 64
        wipe(memory)
        assert view == bytes(64)
    if isinstance(memory, LockedBuffer):
        memory.close()


def test_wipe_keeps_to_its_part():
    memory = bytearray(b"abcdef")
    with memoryview(memory) as view, view[2:4] as part:
        wipe(part)
    assert memory == b"ab\0\0ef"


@pytest.mark.parametrize("call", CALLS)
def test_no_bytes_are_fine(call):
    assert call(bytearray()) is None


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("memory", [b"bytes", memoryview(b"view")])
def test_read_only_memory_is_refused(call, memory):
    with pytest.raises(BufferError):
        call(memory)
    assert bytes(memory) in (b"bytes", b"view")


@pytest.mark.parametrize("call", CALLS)
def test_memory_that_is_not_contiguous_is_refused(call):
    memory = bytearray(b"abcdef")
    with pytest.raises(BufferError):
        call(memoryview(memory)[::2])
    assert memory == b"abcdef"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("memory", ["text", 8, None, [1, 2], object()])
def test_what_is_no_buffer_is_a_type_error(call, memory):
    with pytest.raises(TypeError):
        call(memory)


@pytest.mark.parametrize("call", CALLS)
def test_a_released_view_is_a_value_error(call):
    view = memoryview(bytearray(8))
    view.release()
    with pytest.raises(ValueError):
        call(view)


@pytest.mark.parametrize("call", CALLS)
def test_the_export_ends_with_the_call(call):
    memory = bytearray(8)
    call(memory)
    memory.append(1)
    munlock(memory)


@pytest.mark.parametrize("call", CALLS)
def test_exactly_one_argument_is_taken(call):
    with pytest.raises(TypeError):
        call()
    with pytest.raises(TypeError):
        call(bytearray(8), 8)
