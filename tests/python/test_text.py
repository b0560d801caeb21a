# SPDX-License-Identifier: MIT OR Apache-2.0
"""The words around a secret: joined, cut out, found, split, and the codings beside Python's own (audit U5, P9)."""
import base64
import gc
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osmemlock import LockedBuffer

CODINGS = {
    "hex": lambda data: data.hex().encode(),
    "base64": base64.b64encode,
    "base64url": lambda data: base64.urlsafe_b64encode(data).rstrip(b"="),
    "base32": base64.b32encode,
}


def content(buffer):
    """The bytes of a buffer, which is closed."""
    with buffer:
        return bytes(memoryview(buffer))


# ---- Take ----


def test_what_is_taken_is_wiped_where_it_was():
    source = bytearray(b"...secret...")
    with memoryview(source)[3:9] as part:
        assert content(LockedBuffer.from_bytes(part, wipe=True)) == b"secret"
    assert source == b"...\0\0\0\0\0\0..."


def test_without_wipe_the_source_stays():
    source = bytearray(b"secret")
    assert content(LockedBuffer.from_bytes(source, wipe=False)) == b"secret"
    assert source == b"secret"


def test_what_cannot_be_wiped_is_not_taken():
    with pytest.raises(BufferError):
        LockedBuffer.from_bytes(b"secret", wipe=True)


def test_a_take_that_fails_leaves_the_source():
    source = bytearray(b"secret")
    with pytest.raises(ValueError):
        LockedBuffer.from_bytes(source, wipe=True, policy="none such")
    assert source == b"secret"


# ---- Join, slice ----


def test_a_header_is_joined_of_words_and_a_token():
    with LockedBuffer.from_bytes(b"t0k3n") as token, LockedBuffer.join(["Authorization: Bearer ", token, b"\r\n"]) as header:
        assert memoryview(header) == b"Authorization: Bearer t0k3n\r\n"
        assert memoryview(token) == b"t0k3n"
        assert header.protections >= {"locked", "nodump"}


@given(st.lists(st.one_of(st.binary(max_size=40), st.text(max_size=40))), st.integers(0, 3))
def test_pieces_of_every_kind_are_joined_in_order(pieces, kind):
    made, expected = [], b""
    for i, piece in enumerate(pieces):
        data = piece.encode() if isinstance(piece, str) else piece
        expected += data
        made.append(LockedBuffer.from_bytes(data) if (i + kind) % 3 == 0 else piece if isinstance(piece, str) else bytearray(piece))
    assert content(LockedBuffer.join(iter(made))) == expected
    for piece in made:
        if isinstance(piece, LockedBuffer):
            assert piece.pins == 0
            piece.close()


def test_a_view_of_a_buffer_is_a_piece():
    with LockedBuffer.from_bytes(b"AKIA:secret") as key, key[5:] as part:
        assert content(LockedBuffer.join(["AWS4", part])) == b"AWS4secret"


@pytest.mark.parametrize("pieces", [None, 5, [5], [None], [["a"]]])
def test_what_is_no_piece_is_a_type_error(pieces):
    with LockedBuffer(4) as key:
        with pytest.raises(TypeError):
            LockedBuffer.join(pieces)
        with pytest.raises(TypeError):
            LockedBuffer.join([key, pieces])
        assert key.pins == 0


def test_a_closed_piece_is_refused():
    key = LockedBuffer(4)
    key.close()
    with pytest.raises(ValueError, match="closed"):
        LockedBuffer.join(["a", key])


def test_a_surrogate_is_a_unicode_error():
    with pytest.raises(UnicodeEncodeError):
        LockedBuffer.join(["\udc80"])


def test_what_is_made_takes_the_options_of_a_buffer():
    with LockedBuffer.from_bytes(b"6162") as key:
        for made in (LockedBuffer.join([key], guarded=True), key.slice(guarded=True), key.encode_hex(guarded=True), *key.split("1", guarded=True)):
            with made:
                assert "guarded" in made.protections
        with LockedBuffer.from_bytes(b"a", guarded=True) as guarded, guarded.slice() as plain:
            assert "guarded" not in plain.protections


@given(st.binary(max_size=20), st.none() | st.integers(-25, 25), st.none() | st.integers(-25, 25))
def test_slice_gives_what_a_slice_of_bytes_gives(data, start, stop):
    with LockedBuffer.from_bytes(data) as key:
        assert content(key.slice(start, stop)) == data[start:stop]
        assert content(key.slice(start)) == data[start:]
        assert key.pins == 0


# ---- Find, split ----


@given(st.text("ab", max_size=30), st.text("ab", max_size=4), st.none() | st.integers(-35, 35))
def test_find_gives_what_that_of_bytes_gives(text, wanted, start):
    with LockedBuffer.from_bytes(text.encode()) as key:
        assert key.find(wanted, start) == text.encode().find(wanted.encode(), start)
        assert key.find(wanted.encode()) == text.find(wanted)


def test_a_buffer_can_be_looked_for():
    with LockedBuffer.from_bytes(b"user:secret") as key, LockedBuffer.from_bytes(b"secret") as wanted:
        assert key.find(wanted) == 5
        assert key.find(key) == 0
        assert wanted.find(key) == -1


@given(st.text("a:", max_size=30), st.sampled_from([":", "::", "a:"]), st.integers(-1, 5))
def test_split_gives_what_that_of_bytes_gives(text, delimiter, most):
    with LockedBuffer.from_bytes(text.encode()) as key:
        assert [content(part) for part in key.split(delimiter, most)] == text.encode().split(delimiter.encode(), most)
        assert [content(part) for part in key.split(delimiter.encode())] == text.encode().split(delimiter.encode())


@pytest.mark.parametrize("delimiter, error", [("", ValueError), (b"", ValueError), (None, TypeError), (5, TypeError)])
def test_a_delimiter_must_be_one(delimiter, error):
    with LockedBuffer(4) as key, pytest.raises(error):
        key.split(delimiter)


def test_a_split_that_fails_drops_nothing_open():
    key = LockedBuffer.from_bytes(b"a:b:c")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TypeError):
            key.split(":", -1, policy=None)
        gc.collect()
    key.close()
    with pytest.raises(ValueError):
        key.split(":")


# ---- Codings ----


@pytest.mark.parametrize("coding", CODINGS)
@given(data=st.binary(max_size=300))
def test_the_codings_agree_with_those_of_python(coding, data):
    with LockedBuffer.from_bytes(data) as key, getattr(key, f"encode_{coding}")() as text:
        assert memoryview(text) == CODINGS[coding](data)
        assert memoryview(key) == data
        getattr(text, f"decode_{coding}")()
        assert memoryview(text) == data


@given(st.text("ABab01+/-_= \n", max_size=24))
def test_what_is_decoded_as_base64_is_what_python_makes_of_it(text):
    digits = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    with LockedBuffer.from_bytes(text.encode()) as key:
        try:
            key.decode_base64()
        except ValueError:
            assert memoryview(key) == text.encode()
        else:
            assert memoryview(key) == base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)


@pytest.mark.parametrize("text", ["0x" + "0aFF", "0a:FF", "0a-ff", " 0A ff\n", "0a\r\nff\r\n", "\t0\na f\ff"])
def test_hex_is_taken_as_people_write_it(text):
    with LockedBuffer.from_bytes(text.encode()) as key:
        key.decode_hex()
        assert memoryview(key) == b"\x0a\xff"


def test_a_refusal_names_the_line_and_not_what_stands_there():  # audit P6
    with LockedBuffer.from_bytes(b"c2VzYW1l\nc2V!YW1l\n") as key:
        with pytest.raises(ValueError, match="Line 2 of the text") as caught:
            key.decode_base64()
        assert caught.value.code == "OSML_EFORMAT"
        assert "!" not in str(caught.value)
        assert memoryview(key) == b"c2VzYW1l\nc2V!YW1l\n"


def test_a_totp_seed_is_decoded_as_sites_show_it():
    with LockedBuffer.from_bytes(b"jbsw y3dp ehpk 3pxp") as seed:
        seed.decode_base32()
        assert memoryview(seed) == b"Hello!\xde\xad\xbe\xef"
