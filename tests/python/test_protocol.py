# SPDX-License-Identifier: MIT OR Apache-2.0
"""What Python's own protocols do with a buffer, and what they must not do with a secret (E2 among others)."""
import collections.abc
import copy
import ctypes
import pickle
import sys
import weakref

import pytest

import osmemlock
from osmemlock import LockedBuffer, info

SECRET = b"correct horse battery staple"


# ---- with and close ----


def test_with_gives_the_buffer_itself_and_closes_it():
    key = LockedBuffer(8)
    with key as same:
        assert same is key
        assert not key.closed
    assert key.closed


def test_an_error_in_the_scope_closes_and_comes_out_unchanged():
    error = RuntimeError("mine")
    with pytest.raises(RuntimeError) as caught:
        with LockedBuffer(8) as key:
            raise error
    assert caught.value is error
    assert error.__context__ is None
    assert key.closed


def test_a_view_alive_at_exit_does_not_hide_the_users_error():
    """mmap replaces it by BufferError and stays open (E2)."""
    with pytest.raises(KeyError, match="mine"):
        with LockedBuffer.from_bytes(SECRET) as key:
            view = memoryview(key)
            raise KeyError("mine")
    assert key.closed
    assert view == bytes(len(SECRET))


def test_errors_in_nested_scopes_close_every_buffer():
    with pytest.raises(ZeroDivisionError) as caught:
        with LockedBuffer(8) as outer:
            try:
                with LockedBuffer(8) as inner:
                    raise KeyError
            finally:
                assert inner.closed
                assert not outer.closed
                1 / 0
    assert type(caught.value.__context__) is KeyError
    assert outer.closed


def test_a_closed_buffer_cannot_be_entered():
    key = LockedBuffer(8)
    key.close()
    with pytest.raises(ValueError):
        key.__enter__()


def test_closing_inside_the_scope_is_fine():
    with LockedBuffer(8) as key:
        key.close()
    assert key.closed


def test_a_second_close_does_nothing():
    key = LockedBuffer(8)
    key.close()
    key.close()
    assert key.closed


def test_close_counts_the_live_buffers_down():
    before = info()["live_buffers"]
    key = LockedBuffer(8)
    assert info()["live_buffers"] == before + 1
    key.close()
    assert info()["live_buffers"] == before


USES = {
    "len": len,
    "index": lambda key: key[0],
    "set": lambda key: key.__setitem__(0, 1),
    "slice": lambda key: key[0:1],
    "set slice": lambda key: key.__setitem__(slice(0, 1), b"a"),
    "view": memoryview,
    "wipe": lambda key: key.wipe(),
    "verify": lambda key: key.verify(),
    "protect": lambda key: key.protect("read"),
    "decode_hex": lambda key: key.decode_hex(),
    "decode_base64": lambda key: key.decode_base64(),
    "slice copy": lambda key: key.slice(),
    "find": lambda key: key.find("a"),
    "split": lambda key: key.split("a"),
    "join": lambda key: key.join([key]),
    "encode_hex": lambda key: key.encode_hex(),
    "encode_base64": lambda key: key.encode_base64(),
    "encode_base64url": lambda key: key.encode_base64url(),
    "encode_base32": lambda key: key.encode_base32(),
    "decode_base64url": lambda key: key.decode_base64url(),
    "decode_base32": lambda key: key.decode_base32(),
    "write_fd": lambda key: key.write_fd(1),
    "protections": lambda key: key.protections,
    "enter": lambda key: key.__enter__(),
}


@pytest.mark.parametrize("use", USES)
def test_a_closed_buffer_answers_value_error(use):
    key = LockedBuffer(8)
    key.close()
    with pytest.raises(ValueError):
        USES[use](key)


def test_the_error_of_a_closed_buffer_tells_its_code():
    key = LockedBuffer(8)
    key.close()
    with pytest.raises(ValueError) as caught:
        key[0]
    assert caught.value.code == "OSML_ECLOSED"


def test_a_method_on_a_foreign_object_is_a_type_error():
    with pytest.raises(TypeError):
        LockedBuffer.close(bytearray(8))


@pytest.mark.parametrize("call", [lambda: LockedBuffer.close(), lambda: LockedBuffer.wipe(None), lambda: LockedBuffer.__new__(int, 8)])
def test_a_method_without_an_object_is_a_type_error(call):
    with pytest.raises(TypeError):
        call()


# ---- Views ----


def test_a_view_alive_at_exit_reads_zeros():
    with LockedBuffer.from_bytes(SECRET) as key:
        view = memoryview(key)
        assert view == SECRET
    assert view == bytes(len(SECRET))


def test_what_was_assigned_or_compared_is_not_held_any_longer():
    source = bytearray(b"ab")
    with LockedBuffer(4) as key:
        key[1:3] = source
        source.append(0)  # which a view of it would refuse
        with pytest.raises(ValueError, match="length"):
            key[1:3] = source
        source.append(0)
        assert key != source
        source.append(0)
        LockedBuffer.from_bytes(source).close()
        source.append(0)


def test_a_slice_alive_at_close_reads_zeros():
    key = LockedBuffer.from_bytes(SECRET)
    view = key[3:9]
    key.close()
    assert view == bytes(6)


TAKES_A_VIEW = {
    "from_bytes": lambda key, view: LockedBuffer.from_bytes(view),
    "from_bytes, wiped": lambda key, view: LockedBuffer.from_bytes(view, wipe=True),
    "join": lambda key, view: LockedBuffer.join(["a", view]),
    "from_command": lambda key, view: LockedBuffer.from_command(["cat"], input=view),
    "assign": lambda key, view: key.__setitem__(slice(0, 6), view),
    "find": lambda key, view: key.find(view),
    "split": lambda key, view: key.split(view),
    "equal": lambda key, view: key == view,
    "unequal": lambda key, view: key != view,
}


# What is made of a closed buffer's zeros would be a key that everybody knows, or a comparison that anybody wins.
@pytest.mark.parametrize("view_of", [lambda key: key[3:9], lambda key: memoryview(key)[3:][:6], lambda key: memoryview(key[3:9]).cast("c")])
@pytest.mark.parametrize("take", TAKES_A_VIEW)
def test_a_view_of_a_closed_buffer_is_not_taken_for_zeros(take, view_of):
    source = LockedBuffer.from_bytes(SECRET)
    with LockedBuffer(6) as key, view_of(source) as view:
        made = TAKES_A_VIEW[take](key, view)  # control
        for one in made if isinstance(made, list) else [made]:
            getattr(one, "close", bool)()
        key.wipe()
        source.close()
        live = info()["live_buffers"]
        with pytest.raises(ValueError) as caught:
            TAKES_A_VIEW[take](key, view)
        assert caught.value.code == "OSML_ECLOSED"
        assert bytes(key) == bytes(6)
        assert info()["live_buffers"] == live


def test_writing_to_a_view_after_close_is_harmless():
    key = LockedBuffer.from_bytes(SECRET)
    view = memoryview(key)
    key.close()
    view[0] = 1
    view.release()


def test_wipe_is_allowed_under_a_view():
    with LockedBuffer.from_bytes(SECRET) as key, memoryview(key) as view:
        key.wipe()
        assert view == bytes(len(SECRET))
        assert not key.closed


def test_a_view_is_writable_bytes_without_copies():
    with LockedBuffer(8) as key, memoryview(key) as view:
        assert (view.format, view.itemsize, view.ndim, view.readonly, view.contiguous) == ("B", 1, 1, False, True)
        view[3] = 42
        assert key[3] == 42


def test_a_view_knows_its_buffer():
    with LockedBuffer(8) as key, memoryview(key) as view:
        assert view.obj is key


def test_exports_counts_the_views():
    with LockedBuffer(8) as key:
        assert key.pins == 0
        with memoryview(key), key[0:4]:
            assert key.pins == 2
        assert key.pins == 0


def test_exports_counts_foreign_holders_too():
    with LockedBuffer(8) as key:
        array = (ctypes.c_char * 8).from_buffer(key)
        assert key.pins == 1
        del array
        assert key.pins == 0


def test_a_view_keeps_the_dropped_buffers_memory():
    view = memoryview(LockedBuffer.from_bytes(SECRET))
    assert view == SECRET
    with pytest.warns(ResourceWarning):
        view.release()


if sys.version_info >= (3, 12):

    def test_a_buffer_is_a_buffer_to_the_abstract_class():
        assert issubclass(LockedBuffer, collections.abc.Buffer)

    def test_the_dunder_method_of_the_buffer_protocol_gives_a_view():
        with LockedBuffer(8) as key, key.__buffer__(0) as view:
            assert view.nbytes == 8


# ---- What a secret must not do ----


def shown(key):
    return [repr(key), f"{key!r}", ascii(key)]


def test_the_repr_shows_no_content():
    with LockedBuffer.from_bytes(SECRET) as key:
        for text in shown(key):
            assert "horse" not in text
            assert SECRET.hex()[:8] not in text


def test_the_repr_shows_no_address():
    with LockedBuffer.from_bytes(SECRET) as key:
        data = ctypes.addressof((ctypes.c_char * 1).from_buffer(key))
        for text in shown(key):
            assert "0x" not in text
            assert f"{data:x}" not in text
            assert f"{id(key):x}" not in text
            assert str(id(key)) not in text


def test_the_repr_tells_open_from_closed():
    with LockedBuffer(8) as key:
        opened = repr(key)
    assert opened != repr(key)
    assert "closed" in repr(key)


@pytest.mark.parametrize("use", [str, format, lambda key: f"{key}", lambda key: "%s".__mod__(key), lambda key: f"{key!s}", lambda key: format(key, ">20"), print])
def test_no_text_can_be_taken_for_the_secret(use):
    """audit L1"""
    with LockedBuffer(8) as key, pytest.raises(TypeError, match=r"str\(\)|format"):
        use(key)


@pytest.mark.parametrize("number", [int, float, complex, lambda key: int(key, 16)])
def test_no_number_is_made_and_no_exception_holds_the_bytes(number):
    """audit L2"""
    with LockedBuffer.from_bytes(b"1234567890 horse") as key:
        with pytest.raises(TypeError) as caught:
            number(key)
        assert "horse" not in str(caught.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_is_refused(protocol):
    with LockedBuffer(8) as key, pytest.raises(TypeError, match="pickle"):
        pickle.dumps(key, protocol)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda key: copy.deepcopy([key])])
def test_copies_are_refused(duplicate):
    with LockedBuffer(8) as key, pytest.raises(TypeError):
        duplicate(key)


def test_a_closed_buffer_is_not_pickled_either():
    key = LockedBuffer(8)
    key.close()
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_hash_is_refused():
    with LockedBuffer(8) as key, pytest.raises(TypeError, match="unhashable"):
        hash(key)
    assert LockedBuffer.__hash__ is None
    assert not isinstance(key, collections.abc.Hashable)


@pytest.mark.parametrize("walk", [iter, list, tuple, set, reversed, sum, lambda key: [*key], lambda key: 0 in key])
def test_iteration_is_refused(walk):
    with LockedBuffer(8) as key, pytest.raises(TypeError):
        walk(key)


@pytest.mark.parametrize("operation", [
    lambda key: key + b"a", lambda key: key * 2, lambda key: key < b"a", lambda key: key >= key, lambda key: int(key)])
def test_text_and_number_operations_are_refused(operation):
    with LockedBuffer(8) as key, pytest.raises((TypeError, ValueError)):
        operation(key)


def test_the_type_is_final():
    for kind in (LockedBuffer, osmemlock.locked, osmemlock.CoreDumpsGuard):
        with pytest.raises(TypeError):
            type("Sub", (kind,), {})


def test_the_type_is_immutable():
    for kind in (LockedBuffer, osmemlock.locked, osmemlock.CoreDumpsGuard):
        with pytest.raises(TypeError):
            kind.extra = 1


def test_an_object_takes_no_attributes():
    with LockedBuffer(8) as key:
        with pytest.raises(AttributeError):
            key.extra = 1
        with pytest.raises(AttributeError):
            key.closed = True


def test_init_cannot_run_again():
    with LockedBuffer.from_bytes(SECRET) as key:
        try:
            key.__init__(4)
        except TypeError:
            pass  # Either answer will do, as long as the buffer stays what it is.
        assert memoryview(key) == SECRET


def test_a_guard_cannot_be_made_by_its_type():
    with pytest.raises(TypeError):
        osmemlock.CoreDumpsGuard()


# ---- References ----


def test_a_weak_reference_dies_with_the_buffer():
    key = LockedBuffer(8)
    reference = weakref.ref(key)
    assert reference() is key
    key.close()
    del key
    assert reference() is None


def test_a_finalizer_runs():
    seen = []
    key = LockedBuffer(8)
    weakref.finalize(key, seen.append, "gone")
    key.close()
    del key
    assert seen == ["gone"]


def test_an_object_is_true_when_it_is_open_and_not_empty():
    with LockedBuffer(8) as key, LockedBuffer(0) as empty:
        assert bool(key) is True
        assert bool(empty) is False
    assert bool(key) is False


def test_every_exception_class_has_its_base():
    assert issubclass(osmemlock.UnsupportedError, OSError)
    assert issubclass(osmemlock.LockLimitError, OSError)
    assert issubclass(osmemlock.ForkedError, ValueError)
    assert issubclass(osmemlock.CorruptionError, RuntimeError)


def test_every_public_name_has_a_docstring():
    for name in osmemlock.__all__:
        assert getattr(osmemlock, name).__doc__, name
    for kind in (LockedBuffer, osmemlock.CoreDumpsGuard):
        for name in dir(kind):
            assert name.startswith("_") or getattr(kind, name).__doc__, name
