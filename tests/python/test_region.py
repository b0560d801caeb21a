# SPDX-License-Identifier: MIT OR Apache-2.0
"""locked(): a lock on memory of the caller, which holds its export, so that the memory cannot move away under the lock."""
import array
import copy
import ctypes
import mmap
import os
import pickle

import procfs
import pytest

from osmemlock import LockedBuffer, locked

PAGES = 4 * procfs.PAGE


def anonymous():
    return mmap.mmap(-1, PAGES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def numpy_array():
    return pytest.importorskip("numpy", reason="numpy is not installed").zeros(PAGES, dtype="uint8")


MAKERS = {
    "bytearray": lambda: bytearray(PAGES),
    "array": lambda: array.array("d", bytes(PAGES)),
    "mmap": anonymous,
    "ctypes": lambda: (ctypes.c_char * PAGES)(),
    "memoryview": lambda: memoryview(bytearray(PAGES)),
    "numpy": numpy_array,
}


@pytest.fixture(params=MAKERS)
def memory(request):
    made = MAKERS[request.param]()
    yield made
    if isinstance(made, mmap.mmap):
        made.close()


def view_of(memory):
    return memoryview(memory).cast("B")


def address(memory):
    with view_of(memory) as view:
        return procfs.address_of(view)


def test_the_pages_are_locked_inside_and_not_after(memory):
    where = address(memory)
    with locked(memory) as view:
        assert "lo" in procfs.flags_of(where, PAGES)
        view.release()
    assert "lo" not in procfs.flags_of(where, PAGES)


def test_vmlck_is_back_after_the_scope(memory):
    before = procfs.locked_kib()
    with locked(memory):
        assert procfs.locked_kib() >= before + PAGES // 1024
    assert procfs.locked_kib() == before


def test_the_pages_stay_out_of_dumps_inside_only(memory):
    where = address(memory)
    with locked(memory):
        assert "dd" in procfs.flags_of(where, PAGES)
    assert "dd" not in procfs.flags_of(where, PAGES)


def test_dontdump_can_be_left_out(memory):
    with locked(memory, dontdump=False):
        assert "dd" not in procfs.flags_of(address(memory), PAGES)


def test_the_view_is_the_memory(memory):
    with locked(memory) as view:
        assert type(view) is memoryview
        assert view.nbytes == PAGES
        view.cast("B")[5] = 77
    with view_of(memory) as bytes_of:
        assert bytes_of[5] == 77


def test_without_wipe_the_bytes_stay(memory):
    with view_of(memory) as view:
        view[:5] = b"bytes"
    with locked(memory):
        pass
    with view_of(memory) as view:
        assert view[:5] == b"bytes"


def test_wipe_zeroes_at_the_end(memory):
    with locked(memory, wipe=True) as view:
        view.cast("B")[:5] = b"bytes"
    with view_of(memory) as view:
        assert view == bytes(PAGES)


def test_wipe_zeroes_on_an_error_too():
    memory = bytearray(b"secret")
    with pytest.raises(KeyError, match="mine"), locked(memory, wipe=True):
        raise KeyError("mine")
    assert memory == bytes(6)


RESIZES = [lambda m: m.append(1), lambda m: m.extend(b"abc"), lambda m: m.clear(), lambda m: m.pop()]


@pytest.mark.parametrize("resize", RESIZES)
def test_a_bytearray_cannot_move_while_it_is_locked(resize):
    memory = bytearray(PAGES)
    with locked(memory), pytest.raises(BufferError):
        resize(memory)
    resize(memory)


def test_an_array_cannot_move_while_it_is_locked():
    memory = array.array("B", bytes(PAGES))
    with locked(memory):
        with pytest.raises(BufferError):
            memory.append(1)
    memory.append(1)


def test_a_mapping_cannot_be_closed_while_it_is_locked():
    memory = anonymous()
    with locked(memory):
        with pytest.raises(BufferError):
            memory.close()
    memory.close()


def test_the_lock_is_held_from_the_call_on():
    memory = bytearray(PAGES)
    lock = locked(memory)
    assert "lo" in procfs.flags_of(address(memory), PAGES)
    with pytest.raises(BufferError):
        memory.append(1)
    with lock:
        pass
    memory.append(1)


def test_a_lock_that_is_dropped_is_released():
    memory, before = bytearray(PAGES), procfs.locked_kib()
    lock = locked(memory)
    assert procfs.locked_kib() > before
    with pytest.warns(ResourceWarning):
        del lock
    assert procfs.locked_kib() == before
    memory.append(1)


def test_a_view_alive_at_exit_does_not_hide_the_users_error():
    memory = bytearray(PAGES)
    before = procfs.locked_kib()
    with pytest.raises(KeyError, match="mine"):
        with locked(memory, wipe=True) as view:
            memory[0] = 1
            raise KeyError("mine")
    assert procfs.locked_kib() == before
    del view
    assert memory == bytes(PAGES)


def test_a_view_alive_at_exit_is_no_error():
    memory = bytearray(PAGES)
    before = procfs.locked_kib()
    with locked(memory) as view:
        other = view[0:4]
    assert procfs.locked_kib() == before
    other.release()
    view.release()
    memory.append(1)


def test_regions_on_one_page_do_not_unlock_each_other():
    memory = anonymous()
    with memoryview(memory) as view, view[0:10] as one, view[20:30] as two:
        with locked(one):
            with locked(two):
                pass
            assert "lo" in procfs.flags_of(procfs.address_of(view), procfs.PAGE)
        assert "lo" not in procfs.flags_of(procfs.address_of(view), procfs.PAGE)
    memory.close()


def test_the_same_memory_can_be_locked_twice():
    memory = bytearray(PAGES)
    before = procfs.locked_kib()
    with locked(memory), locked(memory):
        pass
    assert procfs.locked_kib() == before


def test_a_lock_cannot_be_used_again():
    memory = bytearray(PAGES)
    lock = locked(memory)
    with lock:
        pass
    with pytest.raises(ValueError):
        lock.__enter__()
    memory.append(1)


def test_a_second_exit_does_nothing():
    before = procfs.locked_kib()
    lock = locked(bytearray(PAGES))
    lock.__enter__()
    with pytest.raises(TypeError):
        lock.__exit__(None)
    assert procfs.locked_kib() > before
    assert not lock.__exit__(None, None, None)
    assert not lock.__exit__(None, None, None)
    assert procfs.locked_kib() == before


def test_empty_memory_can_be_locked():
    with locked(bytearray()) as view:
        assert view.nbytes == 0


@pytest.mark.parametrize("memory", [b"bytes", memoryview(b"view"), memoryview(bytearray(b"view")).toreadonly()])
def test_read_only_memory_is_refused_with_the_reason(memory):
    with pytest.raises(BufferError, match="(?i)writ|read-only|readonly"):
        locked(memory)


def test_a_read_only_mapping_is_refused(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(8))
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory, pytest.raises(BufferError):
        locked(memory)


@pytest.mark.parametrize("step", [2, -1])
def test_memory_that_is_not_contiguous_is_refused_with_the_reason(step):
    memory = bytearray(8)
    with pytest.raises(BufferError, match="contiguous"):
        locked(memoryview(memory)[::step])
    memory.append(1)


@pytest.mark.parametrize("memory", ["text", 8, None, [1, 2], object()])
def test_what_is_no_buffer_is_a_type_error(memory):
    with pytest.raises(TypeError):
        locked(memory)


def test_options_are_keywords_only():
    with pytest.raises(TypeError):
        locked(bytearray(8), True)
    with pytest.raises(TypeError):
        locked(bytearray(8), colour="red")


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_lock_is_no_pickle_and_no_copy(duplicate):
    lock = locked(bytearray(8))
    with lock, pytest.raises(TypeError):
        duplicate(lock)


# The variable outlives the scope. It must not keep the memory from what mmap's own `with` does next (E2).
def test_after_the_scope_its_view_is_released_and_the_memory_is_free_to_change():
    memory = bytearray(8)
    with mmap.mmap(-1, mmap.PAGESIZE) as map_, locked(map_, wipe=True) as view, locked(memory):
        view[0] = 1
    with pytest.raises(ValueError, match="released"):
        view[0]
    memory.append(1)


def test_a_view_that_the_user_made_of_it_stays_valid():
    memory = bytearray(b"secret")
    with locked(memory) as view:
        part = view[1:3]
    assert bytes(part) == b"ec"
    part.release()
    memory.append(1)


@pytest.mark.parametrize("way", [lambda key: key, memoryview, lambda key: key[2:5]])
def test_a_locked_buffer_is_refused_because_it_has_a_lock(way):
    with LockedBuffer(32) as key, LockedBuffer(32) as neighbour:
        with pytest.raises(ValueError, match="locked already"), locked(way(key)):
            pass
        assert "locked" in neighbour.verify()


# mmap's default is shared memory, so what a child wipes is gone in the parent too.
def test_a_forked_child_that_leaves_the_scope_does_not_wipe_the_memory_of_its_parent():
    with mmap.mmap(-1, mmap.PAGESIZE) as memory:
        lock = locked(memory, wipe=True)
        with lock as view:
            view[0] = 7
            child = os.fork()
            if child == 0:
                lock.__exit__(None, None, None)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
            assert view[0] == 7
        assert memory[0] == 0
