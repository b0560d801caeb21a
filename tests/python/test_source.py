# SPDX-License-Identifier: MIT OR Apache-2.0
"""Secrets that come from descriptors, files and credentials: every byte, no more than was allowed, and the right error."""
import ctypes
import errno
import os
import pathlib
import socket
import sys
import threading

import pytest

from osmemlock import LockedBuffer

SIZES = [0, 1, 503, 504, 505, 4096, 65536]


def filled(fd, data):
    """Writes from a thread, because a pipe may be too small for it, and ends the stream."""

    def fill():
        with open(fd, "wb", closefd=False) as writer:
            writer.write(data)
        os.close(fd)

    thread = threading.Thread(target=fill)
    thread.start()
    return thread


# ---- Descriptors ----


@pytest.mark.parametrize("size", SIZES)
def test_every_byte_of_a_pipe_arrives(pipe, size):
    data = os.urandom(size)
    writer = filled(pipe[1], data)
    with LockedBuffer.from_fd(pipe[0], allow_empty=True) as key:
        assert memoryview(key) == data
    writer.join()


def test_nuls_and_newlines_are_bytes_like_others(pipe):
    data = b"\0a\r\n\0\n"
    filled(pipe[1], data).join()
    with LockedBuffer.from_fd(pipe[0]) as key:
        assert memoryview(key) == data


def test_the_descriptor_stays_open(pipe):
    os.write(pipe[1], b"abc")
    os.close(pipe[1])
    LockedBuffer.from_fd(pipe[0]).close()
    assert os.read(pipe[0], 1) == b""


def test_a_file_object_is_taken_by_its_fileno(tmp_path):
    (tmp_path / "secret").write_bytes(b"abc")
    with open(tmp_path / "secret", "rb", buffering=0) as file, LockedBuffer.from_fd(file) as key:
        assert memoryview(key) == b"abc"


def test_a_socket_is_read_to_its_end():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"abc")
        theirs.shutdown(socket.SHUT_WR)
        with LockedBuffer.from_fd(ours) as key:
            assert memoryview(key) == b"abc"


@pytest.mark.parametrize("ending, rest", [(b"\n", b""), (b"\r\n", b""), (b"\n\n", b"\n"), (b"\r", b"\r"), (b" \n", b" "), (b"", b"")])
def test_one_newline_is_trimmed_when_asked(pipe, ending, rest):
    filled(pipe[1], b"abc" + ending).join()
    with LockedBuffer.from_fd(pipe[0], trim_newline=True) as key:
        assert memoryview(key) == b"abc" + rest


def test_nothing_is_trimmed_unasked(pipe):
    filled(pipe[1], b"abc\n").join()
    with LockedBuffer.from_fd(pipe[0]) as key:
        assert memoryview(key) == b"abc\n"


def test_the_maximum_is_allowed(pipe):
    filled(pipe[1], b"abc").join()
    with LockedBuffer.from_fd(pipe[0], max=3) as key:
        assert memoryview(key) == b"abc"


@pytest.mark.parametrize("maximum", [0, 3, 600])
def test_one_byte_more_than_the_maximum_is_refused(pipe, maximum):
    filled(pipe[1], bytes(maximum + 1)).join()
    with pytest.raises(ValueError) as caught:
        LockedBuffer.from_fd(pipe[0], max=maximum)
    assert caught.value.code == "OSML_ETOOBIG"


def test_the_default_maximum_is_64_kib(pipe):
    writer = filled(pipe[1], bytes(65537))
    with pytest.raises(ValueError):
        LockedBuffer.from_fd(pipe[0])
    writer.join()


@pytest.mark.parametrize("maximum, error", [
    (-1, ValueError), (1.5, TypeError), ("9", TypeError), (None, TypeError), (2**100, OverflowError)])
def test_a_wrong_maximum_is_refused_before_anything_is_read(pipe, maximum, error):
    os.write(pipe[1], b"abc")
    with pytest.raises(error):
        LockedBuffer.from_fd(pipe[0], max=maximum)
    assert os.read(pipe[0], 3) == b"abc"


@pytest.mark.parametrize("fd", [None, 1.5, "0", b"0", object()])
def test_what_is_no_descriptor_is_a_type_error(fd):
    with pytest.raises(TypeError):
        LockedBuffer.from_fd(fd)


@pytest.mark.parametrize("fd", [-1, -(2**31)])
def test_a_negative_descriptor_is_refused(fd):
    with pytest.raises((ValueError, OSError)):
        LockedBuffer.from_fd(fd)


@pytest.mark.parametrize("fd", [2**31, 2**100, -(2**100)])
def test_a_descriptor_beyond_int_is_an_overflow_error(fd):
    with pytest.raises(OverflowError):
        LockedBuffer.from_fd(fd)


def test_a_descriptor_that_is_not_open_for_reading_is_refused(pipe):
    with pytest.raises(OSError, match=".") as caught:
        LockedBuffer.from_fd(pipe[1])
    assert caught.value.errno == errno.EBADF


def test_an_exception_out_of_fileno_comes_through():
    class Broken:
        def fileno(self):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        LockedBuffer.from_fd(Broken())


def test_a_closed_file_object_is_a_value_error(tmp_path):
    with open(tmp_path / "file", "wb") as file:
        pass
    with pytest.raises(ValueError, match="closed"):
        LockedBuffer.from_fd(file)


def test_a_pipe_that_does_not_block_is_waited_for(pipe):
    os.set_blocking(pipe[0], False)
    writer = threading.Thread(target=lambda: (os.write(pipe[1], b"abc"), os.close(pipe[1])))
    writer.start()
    with LockedBuffer.from_fd(pipe[0]) as key:
        assert memoryview(key) == b"abc"
    writer.join()


def test_an_empty_input_is_refused_unless_allowed():
    with open(os.devnull, "rb") as nothing:
        with pytest.raises(ValueError, match="empty") as caught:
            LockedBuffer.from_fd(nothing)
        assert caught.value.code == "OSML_EEMPTY"
        with LockedBuffer.from_fd(nothing, allow_empty=True) as key:
            assert len(key) == 0


@pytest.mark.parametrize("data, options, secret", [
    (b"abc \r\n\0", {"trim_space": True}, b"abc"),
    (b"abc\nuser: me\n", {"first_line": True}, b"abc"),
    (b"\xef\xbb\xbfabc\r\n", {"trim_newline": True}, b"abc"),
    (b"\xff\xfea\0", {"trim_newline": True}, None)])
def test_the_flags_for_text(tmp_path, data, options, secret):
    (tmp_path / "secret").write_bytes(data)
    if secret is None:
        with pytest.raises(ValueError, match="UTF-16") as caught:
            LockedBuffer.from_file(tmp_path / "secret", **options)
        assert caught.value.code == "OSML_EFORMAT"
        return
    with LockedBuffer.from_file(tmp_path / "secret", max=len(secret), **options) as key:
        assert memoryview(key) == secret


def test_a_file_that_others_can_read_is_refused_when_it_should_be_private(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(b"abc")
    path.chmod(0o640)
    with pytest.raises(PermissionError, match="0640") as caught:
        LockedBuffer.from_file(path, private=True)
    assert (caught.value.code, caught.value.errno, caught.value.filename) == ("OSML_EEXPOSED", errno.EACCES, path)
    path.chmod(0o600)
    with LockedBuffer.from_file(path, private=True) as key:
        assert memoryview(key) == b"abc"
    with pytest.raises(TypeError):
        LockedBuffer.from_env("HOME", private=True)


# ---- Out again ----


def test_what_write_to_puts_in_from_fd_gets_out(pipe):
    with LockedBuffer.random(4096) as key:
        key.write_fd(pipe[1])
        os.close(pipe[1])
        with LockedBuffer.from_fd(pipe[0]) as same:
            assert same == key


def test_read_fd_takes_what_it_is_asked_for_and_leaves_the_rest(pipe):
    os.write(pipe[1], b"4abcdrest")
    with LockedBuffer(6) as key:
        assert key.read_fd(pipe[0], -1) == 1
        assert key.read_fd(pipe[0], 1, 4) == 4
        assert key == b"\0abcd4"
        assert os.read(pipe[0], 9) == b"rest"


def test_read_fd_takes_less_at_the_end_only(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b"abc")
    with LockedBuffer(6) as key, open(path, "rb", buffering=0) as file:
        assert key.read_fd(file, 0, 2) == 2
        assert key.read_fd(file, 2) == 1
        assert key.read_fd(file) == 0
        assert key.read_fd(file, 6) == 0
        assert key == b"abc\0\0\0"


def test_read_fd_past_the_end_of_the_buffer_reads_nothing(pipe):
    os.write(pipe[1], b"abc")
    with LockedBuffer(2) as key:
        for offset, size in [(1, 2), (3, 0), (-3, 1), (0, 3)]:
            with pytest.raises(IndexError):
                key.read_fd(pipe[0], offset, size)
        for wrong in [(), (pipe[0], 0, -1), (pipe[0], 0.5), ("x",), (pipe[0], 0, 1, 1)]:
            with pytest.raises((TypeError, ValueError)):
                key.read_fd(*wrong)
        with pytest.raises(TypeError):
            key.read_fd(pipe[0], trim_space=True)
        assert key == bytes(2)
        assert os.read(pipe[0], 9) == b"abc"


def test_read_fd_ends_at_its_deadline(pipe):
    os.write(pipe[1], b"ab")
    with LockedBuffer(3) as key:
        with pytest.raises(TimeoutError):
            key.read_fd(pipe[0], timeout=0)
        assert key == b"ab\0"


def test_read_fd_refuses_what_has_read_ahead(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b"ab\ncd")
    with LockedBuffer(3) as key, open(path, "rb") as file:
        assert file.readline() == b"ab\n"
        with pytest.raises(ValueError, match="ahead"):
            key.read_fd(file)


def test_write_to_takes_a_file_object(tmp_path):
    path = tmp_path / "out"
    with LockedBuffer.from_bytes(b"abc") as key, open(path, "wb", buffering=0) as file:
        key.write_fd(file)
    assert path.read_bytes() == b"abc"


@pytest.mark.parametrize("fd, error", [(None, TypeError), ("1", TypeError), (1.0, TypeError), (2**100, OverflowError)])
def test_write_to_refuses_what_is_no_descriptor(fd, error):
    with LockedBuffer(8) as key, pytest.raises(error):
        key.write_fd(fd)


# ---- Files ----


@pytest.mark.parametrize("size", SIZES)
def test_every_byte_of_a_file_arrives(tmp_path, size):
    data = os.urandom(size)
    (tmp_path / "secret").write_bytes(data)
    with LockedBuffer.from_file(tmp_path / "secret", allow_empty=True) as key:
        assert memoryview(key) == data


@pytest.mark.parametrize("form", [str, os.fsencode, pathlib.Path, lambda path: pathlib.PurePosixPath(path)])
def test_a_path_may_be_of_any_kind(tmp_path, form):
    (tmp_path / "secret").write_bytes(b"abc")
    with LockedBuffer.from_file(form(tmp_path / "secret")) as key:
        assert memoryview(key) == b"abc"


def test_a_path_may_be_no_text(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"\xff\xfe")
    with open(path, "wb") as file:
        file.write(b"abc")
    with LockedBuffer.from_file(path) as by_bytes, LockedBuffer.from_file(os.fsdecode(path)) as by_text:
        assert by_bytes == by_text == b"abc"


def test_one_newline_of_a_file_is_trimmed_when_asked(tmp_path):
    (tmp_path / "secret").write_bytes(b"abc\n")
    with LockedBuffer.from_file(tmp_path / "secret", trim_newline=True) as key:
        assert memoryview(key) == b"abc"


def test_a_file_that_is_too_long_is_refused(tmp_path):
    (tmp_path / "secret").write_bytes(b"abcd")
    with pytest.raises(ValueError) as caught:
        LockedBuffer.from_file(tmp_path / "secret", max=3)
    assert caught.value.code == "OSML_ETOOBIG"


def test_a_file_that_never_ends_is_cut_off_by_the_limit():
    with pytest.raises(ValueError) as caught:
        LockedBuffer.from_file("/dev/zero")
    assert caught.value.code == "OSML_ETOOBIG"


def test_a_fifo_that_never_ends_is_cut_off_by_the_limit(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    keeper = os.open(tmp_path / "fifo", os.O_RDWR)  # The writer that never goes away.
    os.write(keeper, bytes(101))
    with pytest.raises(ValueError) as caught:
        LockedBuffer.from_file(tmp_path / "fifo", max=100)
    os.close(keeper)
    assert caught.value.code == "OSML_ETOOBIG"


def test_a_fifo_is_read_to_the_end_of_its_writer(tmp_path):
    os.mkfifo(tmp_path / "fifo")

    def write():
        with open(tmp_path / "fifo", "wb") as fifo:
            fifo.write(b"abc")

    writer = threading.Thread(target=write)
    writer.start()
    with LockedBuffer.from_file(tmp_path / "fifo") as key:
        assert memoryview(key) == b"abc"
    writer.join()


def test_a_missing_file_is_named_in_the_error(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        LockedBuffer.from_file(tmp_path / "missing")
    assert caught.value.filename in (str(tmp_path / "missing"), tmp_path / "missing")


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(IsADirectoryError):
        LockedBuffer.from_file(tmp_path)


@pytest.mark.parametrize("path", ["a\0b", b"a\0b"])
def test_a_path_with_nul_is_a_value_error(path):
    with pytest.raises(ValueError):
        LockedBuffer.from_file(path)


@pytest.mark.parametrize("path", [None, 0, 1.5, ["a"], object()])
def test_what_is_no_path_is_a_type_error(path):
    with pytest.raises(TypeError):
        LockedBuffer.from_file(path)


def test_an_empty_path_is_not_found():
    with pytest.raises(FileNotFoundError):
        LockedBuffer.from_file("")


def test_a_path_that_is_too_long_is_the_systems_error():
    with pytest.raises(OSError, match=".") as caught:
        LockedBuffer.from_file("a" * 10_000)
    assert caught.value.errno == errno.ENAMETOOLONG


def test_a_variable_that_python_does_not_know_of_is_taken_without_a_word(monkeypatch):
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    ctypes.CDLL(None).setenv(b"OSML_SET_BY_C", b"abc", 1)
    assert "OSML_SET_BY_C" not in os.environ  # control
    with LockedBuffer.from_env("OSML_SET_BY_C") as key:
        assert memoryview(key) == b"abc"
    assert unraisable == []


# ---- Credentials ----


@pytest.fixture
def credentials(tmp_path, monkeypatch):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    return tmp_path


def test_a_credential_is_the_file_of_that_name(credentials):
    (credentials / "token").write_bytes(b"abc\n")
    with LockedBuffer.from_credential("token") as key, LockedBuffer.from_credential("token", trim_newline=True) as trimmed:
        assert memoryview(key) == b"abc\n"
        assert memoryview(trimmed) == b"abc"
    with LockedBuffer.from_credential("token", max=100, guarded=True) as guarded:
        assert "guarded" in guarded.protections
    with pytest.raises(ValueError):
        LockedBuffer.from_credential("token", max=1)


def test_a_missing_credential_is_not_found(credentials):
    with pytest.raises(FileNotFoundError):
        LockedBuffer.from_credential("token")


def test_without_a_directory_no_credential_is_found(monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(FileNotFoundError):
        LockedBuffer.from_credential("token")


@pytest.mark.parametrize("name", ["", ".", "..", "../token", "a/b", "/etc/passwd", "a\0b"])
def test_a_credential_name_cannot_leave_the_directory(credentials, name):
    with pytest.raises(ValueError):
        LockedBuffer.from_credential(name)


@pytest.mark.parametrize("name", [None, 1, b"token"])
def test_a_credential_name_is_text(credentials, name):
    with pytest.raises(TypeError):
        LockedBuffer.from_credential(name)


# ---- Text in place ----


@pytest.mark.parametrize("text", [b"0", b"0g", b"00 1", b"0x0"])
def test_what_is_no_hex_stays_as_it_is(text):
    with LockedBuffer.from_bytes(text) as key:
        with pytest.raises(ValueError) as caught:
            key.decode_hex()
        assert caught.value.code == "OSML_EFORMAT"
        assert memoryview(key) == text


@pytest.mark.parametrize("text", [b"A", b"AA=A", b"====", b"AA AA A"])
def test_what_is_no_base64_stays_as_it_is(text):
    with LockedBuffer.from_bytes(text) as key:
        with pytest.raises(ValueError):
            key.decode_base64()
        assert memoryview(key) == text


def test_decoding_is_refused_under_a_view():
    with LockedBuffer.from_bytes(b"00ff") as key, memoryview(key):
        for decode in (key.decode_hex, key.decode_base64, key.decode_base64url, key.decode_base32):
            with pytest.raises(BufferError):
                decode()
        assert len(key) == 4


def test_a_buffer_that_is_closed_while_it_is_written_is_an_error_and_not_a_secret_of_zeros():
    reader, writer = os.pipe()
    key = LockedBuffer.from_bytes(b"A" * 300_000)

    def close_and_drain():
        os.read(reader, 4096)
        key.close()
        while os.read(reader, 4096):
            pass

    other = threading.Thread(target=close_and_drain)
    other.start()
    try:
        with pytest.raises(ValueError, match="closed"):
            key.write_fd(writer)
    finally:
        os.close(writer)
        other.join()
        os.close(reader)
