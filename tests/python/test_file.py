# SPDX-License-Identifier: MIT OR Apache-2.0
"""File objects: a secret goes past them, so they must change nothing of what passes, hold nothing back and have read nothing ahead."""
import bz2
import codecs
import contextlib
import errno
import gzip
import http.client
import io
import lzma
import multiprocessing
import os
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import types

import pytest

from osmemlock import LockedBuffer


class Delegating:
    """Hands on what it does not know, as colorama's and click's do."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Own:
    """Nothing but a descriptor."""

    def __init__(self, fileno):
        self.answer = fileno

    def fileno(self):
        if isinstance(self.answer, type):
            raise self.answer
        return self.answer


@pytest.fixture
def key():
    with LockedBuffer.from_bytes(b"secret") as key:
        yield key


@pytest.fixture
def sockets():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        yield ours, theirs


# ---- What changes on the way ----

CHANGING = {
    "gzip": gzip.open,
    "bz2": bz2.open,
    "lzma": lzma.open,
    "text of gzip": lambda path, mode: io.TextIOWrapper(gzip.open(path, mode)),
    "buffer of gzip": lambda path, mode: (io.BufferedWriter if mode == "wb" else io.BufferedReader)(gzip.open(path, mode)),
    "tempfile of gzip": lambda path, mode: tempfile._TemporaryFileWrapper(gzip.open(path, mode), str(path), delete=False),
    "codec of gzip": lambda path, mode: (codecs.getwriter if mode == "wb" else codecs.getreader)("utf-8")(gzip.open(path, mode)),
    "wrapper of text of gzip": lambda path, mode: Delegating(io.TextIOWrapper(gzip.open(path, mode))),
}
changing = pytest.mark.parametrize("kind", CHANGING)
refused = pytest.raises(TypeError, match="may change what passes")


@changing
def test_no_secret_is_written_past_a_file_that_changes_what_passes(tmp_path, key, kind):
    path = tmp_path / "out"
    with contextlib.closing(CHANGING[kind](path, "wb")) as file, refused:
        key.write_fd(file)
    assert b"secret" not in path.read_bytes()


@changing
def test_nothing_is_read_past_a_file_that_changes_what_passes(tmp_path, kind):
    path = tmp_path / "in"
    with contextlib.closing(CHANGING[kind](path, "wb")) as file:
        file.write("secret" if hasattr(file, "encoding") or "codec" in kind else b"secret")
    with contextlib.closing(CHANGING[kind](path, "rb")) as file:
        with refused:
            LockedBuffer.from_fd(file)
        assert file.read() in ("secret", b"secret")


def tls(plain):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, do_handshake_on_connect=False)


def response(secured):
    answer = http.client.HTTPResponse(secured)  # Another class of io's family that hands on a fileno().
    return contextlib.closing(answer)


TLS = {
    "socket": contextlib.nullcontext,
    "makefile": lambda secured: secured.makefile("rb"),
    "makefile for writing": lambda secured: secured.makefile("wb"),
    "makefile without a buffer": lambda secured: secured.makefile("rb", buffering=0),
    "makefile of text": lambda secured: secured.makefile("w"),
    "response": response,
    "wrapper": lambda secured: contextlib.nullcontext(Delegating(secured)),
}


def test_no_secret_passes_below_the_tls_of_pyopenssl(monkeypatch, sockets, key):
    """Its Connection hands out the fileno() of the socket."""
    monkeypatch.setitem(sys.modules, "OpenSSL.SSL", types.SimpleNamespace(Connection=Delegating))
    with refused:
        key.write_fd(Delegating(sockets[0]))
    with pytest.raises(BlockingIOError):
        sockets[1].recv(1)


@pytest.mark.parametrize("kind", TLS)
def test_no_secret_passes_below_tls(sockets, key, kind):
    with tls(sockets[0]) as secured, TLS[kind](secured) as file:
        sockets[1].send(b"abc")
        with refused:
            key.write_fd(file)
        with refused:
            LockedBuffer.from_fd(file)
        assert os.read(secured.fileno(), 6) == b"abc"  # It was left there,
        with pytest.raises(BlockingIOError):
            sockets[1].recv(6)  # and nothing came here,
        key.write_fd(secured.fileno())
        assert sockets[1].recv(6) == b"secret"  # where it does come by number.


# ---- What does not ----

PLAIN = {
    "unbuffered": lambda path, mode: open(path, mode + "b", buffering=0),
    "buffered": lambda path, mode: open(path, mode + "b"),
    "buffered, both ways": lambda path, mode: open(path, mode + "+b"),
    "text": lambda path, mode: open(path, mode),
    "text, both ways": lambda path, mode: open(path, mode + "+", encoding="utf-16-le"),
    "text of a descriptor": lambda path, mode: io.TextIOWrapper(open(path, mode + "b", buffering=0), line_buffering=True),
    "tempfile": lambda path, mode: tempfile._TemporaryFileWrapper(open(path, mode + "b"), str(path), delete=False),
    "codec": lambda path, mode: codecs.StreamReaderWriter(open(path, mode + "b"), *codecs.lookup("utf-8")[2:]),
    "wrapper": lambda path, mode: Delegating(open(path, mode + "b")),
}
plain = pytest.mark.parametrize("kind", PLAIN)


def encoding_of(kind):
    return "utf-16-le" if kind == "text, both ways" else "utf-8"


@plain
def test_a_plain_file_gets_the_secret(tmp_path, key, kind):
    with contextlib.closing(PLAIN[kind](tmp_path / "out", "w")) as file:
        key.write_fd(file)
    assert (tmp_path / "out").read_bytes() == b"secret"


@plain
def test_a_plain_file_is_read(tmp_path, key, kind):
    (tmp_path / "in").write_bytes(b"secret")
    with contextlib.closing(PLAIN[kind](tmp_path / "in", "r")) as file, LockedBuffer.from_fd(file) as same:
        assert same == key


@pytest.mark.parametrize("make", [tempfile.TemporaryFile, tempfile.NamedTemporaryFile])
def test_a_temporary_file_is_plain(key, make):
    with make() as file:
        key.write_fd(file)
        file.seek(0)
        with LockedBuffer.from_fd(file) as same:
            assert same == key


@pytest.mark.parametrize("mode", ["w+b", "w+"])
@pytest.mark.parametrize("rolled", [True, False])
def test_a_spooled_file_is_plain(key, mode, rolled):
    with tempfile.SpooledTemporaryFile(mode=mode) as file:
        if rolled:
            file.rollover()
        file.write("pre" if mode == "w+" else b"pre")
        key.write_fd(file)
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        assert os.read(file.fileno(), 100) == b"presecret"


def test_a_raw_class_of_ones_own_is_taken_at_its_word(pipe, key):
    class Raw(io.RawIOBase):
        def fileno(self):
            return pipe[1]

        def writable(self):
            return True

    key.write_fd(Raw())
    with io.TextIOWrapper(io.BufferedWriter(Raw())) as text:
        key.write_fd(text)
    assert os.read(pipe[0], 100) == b"secret" * 2


def test_the_answer_of_a_server_is_plain(sockets, key):
    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            key.write_fd(self.wfile)

    Handler(sockets[0], None, None)
    assert sockets[1].recv(100) == b"secret"


def test_what_was_written_to_a_temporary_file_is_read(key):
    with tempfile.TemporaryFile() as file:
        file.write(b"secret")
        file.seek(0)
        with LockedBuffer.from_fd(file) as same:
            assert same == key


ENDS = {
    "socket": contextlib.nullcontext,
    "makefile": lambda end: end.makefile("rwb", buffering=0),
    "makefile for reading": lambda end: end.makefile("rb"),
    "makefile for writing": lambda end: end.makefile("wb"),
    "makefile of text": lambda end: end.makefile("w"),
    "class": lambda end: contextlib.nullcontext(Own(end.fileno())),
    "attribute": lambda end: contextlib.nullcontext(type("Attribute", (), {"fileno": end.fileno})),
}


@pytest.mark.parametrize("kind", ENDS)
def test_a_socket_without_tls_is_plain(sockets, key, kind):
    with ENDS[kind](sockets[0]) as file:
        key.write_fd(file)
        assert sockets[1].recv(6) == b"secret"
        sockets[1].send(b"secret")
        sockets[1].shutdown(socket.SHUT_WR)
        with LockedBuffer.from_fd(file) as same:
            assert same == key


def test_a_connection_of_multiprocessing_is_plain(key):
    reader, writer = multiprocessing.Pipe(duplex=False)
    with reader:
        with writer:
            key.write_fd(writer)
        with LockedBuffer.from_fd(reader) as same:
            assert same == key


@pytest.mark.skipif(sys.platform != "win32", reason="a class of Windows")
def test_a_pipe_of_asyncio_is_plain(key):
    from asyncio import windows_utils

    reader, writer = map(windows_utils.PipeHandle, windows_utils.pipe(overlapped=(True, True)))
    with reader:
        with writer:
            key.write_fd(writer)
        with LockedBuffer.from_fd(reader) as same:
            assert same == key


@pytest.mark.parametrize("options", [{}, {"bufsize": 0}, {"text": True}])
def test_the_pipes_of_a_child_are_plain(key, options):
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options) as child:
        key.write_fd(child.stdin)
        child.stdin.close()
        with LockedBuffer.from_fd(child.stdout) as same:
            assert same == key


# ---- What was written before ----


@plain
def test_what_was_written_before_comes_first(tmp_path, key, kind):
    with contextlib.closing(PLAIN[kind](tmp_path / "out", "w")) as file:
        file.write("before " if "text" in kind or kind == "codec" else b"before ")
        key.write_fd(file)
    assert (tmp_path / "out").read_bytes() == "before ".encode(encoding_of(kind)) + b"secret"


def test_what_was_written_to_a_socket_before_comes_first(sockets, key):
    with sockets[0].makefile("w") as file:
        file.write("before ")
        key.write_fd(file)
        assert sockets[1].recv(13) == b"before secret"


def test_what_was_written_to_a_temporary_file_before_comes_first(key):
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"before ")
        key.write_fd(file)
        file.seek(0)
        assert file.read() == b"before secret"


class Flushing(Own):
    def __init__(self, fileno, flush):
        super().__init__(fileno)
        self.flush = flush


def test_what_flush_raises_comes_out_and_nothing_is_written(pipe, key):
    with pytest.raises(ZeroDivisionError):
        key.write_fd(Flushing(pipe[1], lambda: 1 // 0))
    os.close(pipe[1])
    assert os.read(pipe[0], 6) == b""


def test_a_flush_that_is_to_be_awaited_is_refused(pipe, key):
    class Awaited(Own):
        def flush(self):
            return types.SimpleNamespace(__await__=iter)

    with pytest.raises(TypeError, match="awaited"):
        key.write_fd(Awaited(pipe[1]))
    file = Own(pipe[1])
    file.flush = None
    key.write_fd(file)
    assert os.read(pipe[0], 100) == b"secret"


def test_what_the_system_refuses_to_flush_comes_out(key):
    file = open("/dev/full", "wb")
    file.write(b"before")
    for use in (lambda: key.write_fd(file), file.close):
        with pytest.raises(OSError, match=".") as caught:
            use()
        assert caught.value.errno == errno.ENOSPC


def test_a_buffer_that_flush_closes_is_closed(pipe, key):
    with pytest.raises(ValueError, match="closed"):
        key.write_fd(Flushing(pipe[1], key.close))
    os.close(pipe[1])
    assert os.read(pipe[0], 6) == b""


def test_a_file_that_flush_closes_is_closed(tmp_path, key):
    file = Delegating(open(tmp_path / "out", "wb"))
    file.flush = file.inner.close
    with pytest.raises(ValueError, match="closed"):
        key.write_fd(file)


def test_a_file_that_changes_what_passes_is_not_flushed(tmp_path, key):
    class Changing(io.BufferedIOBase):
        flushed = 0

        def fileno(self):
            return 1

        def flush(self):
            self.flushed += 1

    with Changing() as file:
        with refused:
            key.write_fd(file)
        assert file.flushed == 0


# ---- What was read ahead ----


READING = {"read": lambda file: file.read(1), "readline": lambda file: file.readline(), "next": lambda file: next(iter(file))}


@pytest.mark.parametrize("kind", [kind for kind in PLAIN if kind not in ("unbuffered", "codec", "wrapper")])
@pytest.mark.parametrize("reading", READING)
def test_what_was_read_ahead_is_not_missed(tmp_path, kind, reading):
    (tmp_path / "in").write_text("a\nb\nc\n", encoding=encoding_of(kind))
    with contextlib.closing(PLAIN[kind](tmp_path / "in", "r")) as file:
        READING[reading](file)
        with pytest.raises(ValueError, match="has read ahead"):
            LockedBuffer.from_fd(file)


@plain
def test_at_the_end_there_is_nothing_more(tmp_path, kind):
    (tmp_path / "in").write_bytes(b"abcd")
    with contextlib.closing(PLAIN[kind](tmp_path / "in", "r")) as file:
        file.read()
        with LockedBuffer.from_fd(file, allow_empty=True) as nothing:
            assert len(nothing) == 0
        with pytest.raises(ValueError, match="no secret"):
            LockedBuffer.from_fd(file)


def test_a_text_that_was_made_over_a_pipe_knows_no_positions(tmp_path, pipe, key):
    """As sys.stdin, when the program puts a file in its place."""
    (tmp_path / "in").write_bytes(b"secret")
    with open(os.dup(pipe[0])) as text, open(tmp_path / "in", "rb") as file:
        os.dup2(file.fileno(), text.fileno())
        with LockedBuffer.from_fd(text) as same:
            assert same == key


def test_a_position_within_what_was_read_ahead_is_another(tmp_path):
    (tmp_path / "in").write_bytes(b"abc")
    with open(tmp_path / "in", "rb") as file:
        file.read(1)
        file.seek(0)
        with pytest.raises(ValueError, match="has read ahead"):
            LockedBuffer.from_fd(file)


def test_without_a_buffer_a_file_is_read_on(tmp_path):
    (tmp_path / "in").write_bytes(b"abc")
    with open(tmp_path / "in", "rb", buffering=0) as file:
        file.read(1)
        with LockedBuffer.from_fd(file) as rest:
            assert memoryview(rest) == b"bc"


def test_what_is_held_back_is_not_missed():
    with tempfile.TemporaryFile() as file:
        file.write(b"abc")
        with pytest.raises(ValueError, match="holds back"):
            LockedBuffer.from_fd(file)


# ---- What is no open file ----


def both(key, file, error, match=None):
    for use in (key.write_fd, LockedBuffer.from_fd):
        with pytest.raises(error, match=match):
            use(file)


@plain
def test_a_closed_file_says_so(tmp_path, key, kind):
    file = PLAIN[kind](tmp_path / "out", "w")
    file.close()
    both(key, file, ValueError, "closed")


@pytest.mark.parametrize("mode", ["rb", "wb", "w"])
def test_a_closed_file_of_a_socket_says_so(sockets, key, mode):
    file = sockets[0].makefile(mode)
    file.close()
    both(key, file, ValueError, "closed")


def test_a_closed_socket_is_an_error(sockets, key):
    sockets[0].close()
    both(key, sockets[0], ValueError)


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_a_detached_file_says_so(tmp_path, key, mode):
    file = open(tmp_path / "out", mode)
    with file.detach():
        both(key, file, ValueError, "detached")


@pytest.mark.parametrize("make", [io.BytesIO, io.StringIO, lambda: io.BufferedRWPair(io.BytesIO(), io.BytesIO())])
def test_what_has_no_descriptor_says_so(key, make):
    with make() as file:
        both(key, file, io.UnsupportedOperation)


@pytest.mark.parametrize("answer, error", [
    (None, TypeError), ("1", TypeError), (1.0, TypeError), (-1, ValueError), (2**100, OverflowError), (KeyError, KeyError)])
def test_what_fileno_answers_is_checked(key, answer, error):
    both(key, Own(answer), error)


def test_a_file_that_names_itself_as_what_lies_below_ends(tmp_path, key):
    class Endless(io.BufferedWriter):
        @property
        def raw(self):
            return self

    with Endless(io.FileIO(tmp_path / "out", "w")) as file:
        both(key, file, RecursionError)


def test_a_wrong_argument_is_found_before_the_file_is_asked():
    with pytest.raises(ValueError):
        LockedBuffer.from_fd(Own(ZeroDivisionError), max=-1)
