# SPDX-License-Identifier: MIT OR Apache-2.0
"""expose_bytes() and expose_str(): the object is right inside its scope, and overwritten afterwards, or the scope says why not (audit U7)."""
import ctypes
import gc
import hmac
import os
import threading
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osmemlock import ForkedError, LockedBuffer, purge

TEXTS = [
    ("correct horse", "ascii"),
    ("pässwörd", "latin-1"),
    ("日本語のパスワード", "utf-16-le"),
    ("\N{OLD KEY}\N{LOCK} key", "utf-32-le"),
    ("日本", "utf-16-le"),
]


def exposing(content, form):
    key = LockedBuffer.from_bytes(content)
    return key, getattr(key, f"expose_{form}")()


def is_zero(exposed):
    return set(exposed) <= {0, "\0"}


@given(st.binary(min_size=2, max_size=5000))
def test_bytes_are_those_of_the_buffer_and_zeros_afterwards(content):
    key, exposure = exposing(content, "bytes")
    with key, exposure as data:
        assert data == content
    assert is_zero(data)
    assert len(data) == len(content)


@given(st.text(min_size=2, max_size=500))
def test_a_str_is_that_of_the_buffer_and_zeros_afterwards(text):
    key, exposure = exposing(text.encode(), "str")
    with key, exposure as exposed:
        assert exposed == text
    assert is_zero(exposed)
    assert len(exposed) == len(text)


def memory_of(text):
    return ctypes.string_at(id(text), text.__sizeof__())


@pytest.mark.parametrize(("text", "coding"), TEXTS)
def test_a_text_of_any_width_is_overwritten(text, coding):
    key, exposure = exposing(text.encode(), "str")
    with key, exposure as exposed:
        assert text.encode(coding) in memory_of(exposed)  # control
    assert is_zero(exposed)
    assert text.encode(coding)[:4] not in memory_of(exposed)


def test_the_utf8_that_c_code_asked_for_is_overwritten_too():
    ask = ctypes.pythonapi.PyUnicode_AsUTF8
    ask.restype, ask.argtypes = ctypes.c_void_p, [ctypes.py_object]
    content = "pässwörd".encode()
    key, exposure = exposing(content, "str")
    with key, exposure as exposed:
        at = ask(exposed)
        assert ctypes.string_at(at, len(content)) == content  # control
    assert ctypes.string_at(at, len(content)) == bytes(len(content))


@pytest.mark.parametrize("form", ["bytes", "str"])
def test_an_empty_buffer_is_the_empty_object(form):
    key, exposure = exposing(b"", form)
    with key, exposure as exposed:
        assert len(exposed) == 0


@pytest.mark.parametrize(("content", "form"), [(b"a", "bytes"), (b"a", "str"), ("é".encode(), "str"), (b"\0", "bytes")])
def test_objects_that_all_of_python_shares_are_refused(content, form):
    key, exposure = exposing(content, form)
    with key, pytest.raises(ValueError, match="shares the object"), exposure:
        pass


@pytest.mark.parametrize(
    "content", [b"\xff\xfea", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"ab\xe2\x82", b"ab\xe2\x28\xa1", b"ab\x80"]
)
def test_what_is_not_utf8_is_refused_and_not_quoted(content):
    key, exposure = exposing(content, "str")
    with key, pytest.raises(UnicodeError, match="not UTF-8") as caught, exposure:
        pass
    assert repr(content)[2:-1] not in str(caught.value)
    assert not any(isinstance(argument, bytes) for argument in caught.value.args)


@pytest.mark.parametrize("form", ["bytes", "str"])
def test_an_object_that_is_kept_is_an_error_and_reads_as_zeros(form):
    kept = []
    key, exposure = exposing(b"correct horse", form)
    with key, pytest.raises(RuntimeError, match="kept in 2 more places"), exposure as exposed:
        kept += [exposed, exposed]
    assert is_zero(kept[0])


@pytest.mark.parametrize("form", ["bytes", "str"])
def test_without_a_variable_there_is_no_error(form):
    key, exposure = exposing(b"correct horse", form)
    with key, exposure as exposed:
        del exposed
    gc.collect()


def test_a_variable_of_a_closure_is_no_error():
    def inner():
        return len(exposed)

    key, exposure = exposing(b"correct horse", "bytes")
    with key, exposure as exposed:
        assert inner() == 13


def test_an_interned_str_is_an_error_and_stays_as_it_is():
    class Namespace:
        pass

    namespace = Namespace()
    name = os.urandom(8).hex()
    key, exposure = exposing(name.encode(), "str")
    with key, pytest.raises(RuntimeError, match="interned"), exposure as exposed:
        setattr(namespace, exposed, 1)
    assert exposed == name
    assert getattr(namespace, name) == 1


def test_an_exception_is_not_replaced_and_the_object_overwritten():
    def careless(text):
        raise KeyError(len(text))

    key, exposure = exposing(b"correct horse", "str")
    with key, pytest.raises(KeyError) as caught, exposure as exposed:
        careless(exposed)
    assert is_zero(exposed)
    assert not hasattr(caught.value, "__notes__")


def test_an_interned_str_is_a_note_on_an_exception():
    key, exposure = exposing(os.urandom(8).hex().encode(), "str")
    with key, pytest.raises(KeyError) as caught, exposure as exposed:
        setattr(test_an_interned_str_is_a_note_on_an_exception, exposed, 1)
        raise KeyError
    assert "interned" in caught.value.__notes__[0]


def test_a_scope_that_is_dropped_inside_overwrites():
    key, exposure = exposing(b"correct horse", "bytes")
    data = exposure.__enter__()
    del exposure
    assert is_zero(data)
    key.close()


def test_an_exposure_is_for_one_scope():
    key, exposure = exposing(b"correct horse", "bytes")
    with key, exposure as data:
        with pytest.raises(ValueError, match="one with statement"), exposure:
            pass
        assert data == b"correct horse"
    assert exposure.__exit__(None, None, None) is False


def test_one_that_never_begins_has_no_copy_and_keeps_the_buffer():
    key, exposure = exposing(b"correct horse", "bytes")
    alive = weakref.ref(key)
    key.close()
    del key
    assert alive() is not None
    del exposure
    assert alive() is None


@pytest.mark.parametrize("form", ["bytes", "str"])
def test_of_a_closed_buffer_it_is_the_error_of_a_closed_buffer(form):
    key, exposure = exposing(b"correct horse", form)
    key.close()
    with pytest.raises(ValueError, match="closed"), exposure:
        pass


@pytest.mark.parametrize("form", ["bytes", "str"])
def test_closing_inside_leaves_the_copy_to_its_scope(form):
    key, exposure = exposing(b"correct horse", form)
    with exposure as exposed:
        key.close()
        assert not is_zero(exposed)
    assert is_zero(exposed)


MOST_TRIES = 50000  # some thousands are enough where the threads of the interpreter take turns often


@pytest.mark.parametrize("text", ["x" * 20000, "é" * 20000, "日本" * 10000])
def test_a_purge_by_another_thread_leaves_the_whole_text_or_the_error_of_a_closed_buffer(text):
    done = threading.Event()

    def purge_again_and_again():
        while not done.is_set():
            purge()

    whole, refusals, tries = 0, [], 0
    thread = threading.Thread(target=purge_again_and_again)
    thread.start()
    try:
        while not (whole and len(refusals) > 5) and tries < MOST_TRIES:
            tries += 1
            try:
                key, exposure = exposing(text.encode(), "str")
            except ValueError:
                continue  # closed before it had its bytes
            try:
                with key, exposure as exposed:
                    assert exposed == text
                    whole += 1
            except ValueError as error:
                refusals.append(str(error))
    finally:
        done.set()
        thread.join()
    assert all(refusal.startswith("OSML_ECLOSED") for refusal in refusals)
    if not (whole and refusals):
        pytest.skip(f"in {MOST_TRIES} tries the threads did not take turns at the right moment")


def test_a_buffer_without_access_is_refused():
    key = LockedBuffer(20, guarded=True)
    key.protect("none")
    with key, pytest.raises(BufferError), key.expose_bytes():
        pass


def test_in_a_forked_child_it_is_the_error_of_a_forked_buffer():
    with LockedBuffer.from_bytes(b"correct horse") as key:
        pid = os.fork()
        if pid == 0:
            try:
                with key.expose_bytes():
                    os._exit(1)
            except ForkedError:
                os._exit(0)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_nested_scopes_are_apart():
    with LockedBuffer.from_bytes(b"correct horse") as key, key.expose_bytes() as outer:
        with key.expose_bytes() as inner:
            assert hmac.digest(inner, b"m", "sha256") == hmac.digest(outer, b"m", "sha256")
        assert is_zero(inner)
        assert outer == b"correct horse"


def test_a_type_cannot_be_made_or_subclassed():
    with LockedBuffer(2) as key:
        kind = type(key.expose_bytes())
    with pytest.raises(TypeError):
        kind()
    with pytest.raises(TypeError):
        type("Other", (kind,), {})
