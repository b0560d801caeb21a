# SPDX-License-Identifier: MIT OR Apache-2.0
"""Each refusal is the exception that a Python programmer expects, with the system's number and the library's sentence."""
import ctypes
import errno
import os
import sys

import child
import child_error
import pytest

import osmemlock
from osmemlock import CorruptionError, LockedBuffer, UnsupportedError, info

LIMIT = child_error.LIMIT


# ---- The system's ----


@pytest.mark.parametrize("number, kind", [
    (errno.ENOENT, FileNotFoundError), (errno.EISDIR, IsADirectoryError), (errno.ENOTDIR, NotADirectoryError)])
def test_the_error_number_picks_the_subclass(tmp_path, number, kind):
    (tmp_path / "file").touch()
    path = {errno.ENOENT: tmp_path / "none", errno.EISDIR: tmp_path, errno.ENOTDIR: tmp_path / "file" / "below"}[number]
    with pytest.raises(kind) as caught:
        LockedBuffer.from_file(path)
    assert type(caught.value) is kind
    assert caught.value.errno == number


@pytest.mark.parametrize("refused, words", [
    (lambda: LockedBuffer.from_file("/dev/null"), "allow_empty=True"),
    (lambda: LockedBuffer.from_command(["echo", "long"], max=3), "max="),
    (lambda: LockedBuffer(8).protect("read"), "guarded=True")])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_advice_is_in_words_of_python(refused, words):
    """audit P6"""
    with pytest.raises((ValueError, OSError)) as caught:
        refused()
    assert words in str(caught.value)
    assert "OSML_WIPEONFORK" not in str(caught.value)


def test_a_forked_buffer_tells_what_to_ask_for():
    """audit P6"""
    reader, writer = os.pipe()
    with LockedBuffer(1) as key:
        if os.fork() == 0:
            try:
                key[0]
            except ValueError as error:
                os.write(writer, str(error).encode())
            os._exit(0)
        os.wait()
    assert b"fork='keep'" in os.read(reader, 1000)
    os.close(reader)
    os.close(writer)


def test_what_is_not_there_is_named(monkeypatch):
    """audit P6"""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(FileNotFoundError, match=r"variable is not set: 'DB_PASSWORD'"):
        LockedBuffer.from_env("DB_PASSWORD")
    with pytest.raises(FileNotFoundError, match="CREDENTIALS_DIRECTORY is not set"):
        LockedBuffer.from_credential("db")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "")
    with pytest.raises(NotADirectoryError, match="CREDENTIALS_DIRECTORY is not an absolute path"):
        LockedBuffer.from_credential("db")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/")
    with pytest.raises(FileNotFoundError, match="has no credential of that name: 'db-of-nobody'"):
        LockedBuffer.from_credential("db-of-nobody")


def test_the_file_is_named_whatever_the_class(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b"")
    with pytest.raises(ValueError, match=r"takes an empty one: '.*key'$"):
        LockedBuffer.from_file(str(path))
    path.write_bytes(b"too long")
    path.chmod(0o644)
    with pytest.raises(ValueError, match=r"sets the maximum: '.*key'$"):
        LockedBuffer.from_file(str(path), max=3)
    with pytest.raises(PermissionError, match=r"mode is 0644: .* a private file: '.*key'$"):
        LockedBuffer.from_file(str(path), private=True)
    with pytest.raises(ValueError, match=r"invalid argument: 'a/b'$"):
        LockedBuffer.from_credential("a/b")


def test_an_error_without_a_subclass_is_an_oserror_with_its_number():
    with pytest.raises(OSError, match="EBADF|Bad file descriptor") as caught:
        LockedBuffer.from_fd(1 << 20)
    assert type(caught.value) is OSError
    assert caught.value.errno == errno.EBADF


def test_a_symbolic_link_to_itself_is_eloop(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(OSError, match=".") as caught:
        LockedBuffer.from_file(tmp_path / "loop")
    assert caught.value.errno == errno.ELOOP


def test_writing_to_a_pipe_that_nobody_reads_is_broken_pipe(pipe):
    reader, writer = pipe
    os.close(reader)
    with LockedBuffer(8) as key, pytest.raises(BrokenPipeError):
        key.write_fd(writer)


def test_writing_to_a_full_device_is_the_systems_error():
    with open("/dev/full", "wb") as full, LockedBuffer(8) as key, pytest.raises(OSError, match=".") as caught:
        key.write_fd(full)
    assert caught.value.errno == errno.ENOSPC


# ---- The library's ----


def test_unsupported_is_an_oserror_with_enotsup():
    with LockedBuffer(8) as key, pytest.raises(UnsupportedError) as caught:
        key.protect("read")
    assert caught.value.errno == errno.ENOTSUP
    assert caught.value.code == "OSML_EUNSUPPORTED"


def test_a_message_is_true_of_what_was_refused_and_names_nothing_of_c():
    """Unsupported may be the buffer's doing, and a text has lines (audit P6, W1)."""
    with LockedBuffer.from_bytes(b"no") as key:
        with pytest.raises(UnsupportedError, match="guard pages") as unsupported:
            key.protect("read")
        with pytest.raises(ValueError, match="Line 1 of the text") as malformed:
            key.decode_hex()
    for caught in (unsupported, malformed):
        assert "osml_" not in str(caught.value).lower().removeprefix("osml_eformat")
        assert "system was not asked" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="there the helpers work")
@pytest.mark.parametrize("call", [lambda: osmemlock.set_windows_error_mode(1), osmemlock.suppress_windows_error_dialogs_for_process])
def test_the_windows_helpers_are_unsupported_elsewhere(call):
    with pytest.raises(UnsupportedError, match="only Windows has an error mode") as caught:
        call()
    assert caught.value.errno == errno.ENOTSUP
    assert caught.value.code == "OSML_EUNSUPPORTED"
    assert "guard" not in str(caught.value)


def test_the_windows_constants_are_everywhere():
    assert osmemlock.SEM_FAILCRITICALERRORS == 0x0001
    assert osmemlock.SEM_NOGPFAULTERRORBOX == 0x0002
    assert osmemlock.SEM_NOOPENFILEERRORBOX == 0x8000


@pytest.mark.parametrize("mode", [-1, 2**32, 2**64 - 1, 2**64, "1", 1.0, None])
def test_an_error_mode_is_an_unsigned_32_bit_number(mode):
    with pytest.raises((TypeError, ValueError, OverflowError)):
        osmemlock.set_windows_error_mode(mode)


def test_the_code_names_the_refusal():
    with LockedBuffer(8, guarded=True) as key, memoryview(key):
        with pytest.raises(BufferError) as caught:
            key.protect("none")
    assert caught.value.code == "OSML_EPINNED"


# ---- The lock limit ----


def test_over_the_limit_the_message_tells_the_limit_and_the_fix():
    out, _ = child.run(child_error.over_the_limit)
    message, live = out.splitlines()
    assert message.startswith(f"{errno.ENOMEM} OSML_ELIMIT ")
    for part in (str(LIMIT), "ulimit -l", "LimitMEMLOCK", "CAP_IPC_LOCK"):
        assert part in message
    assert live == "live 0"


@pytest.mark.parametrize(("which", "told"), [("none", "262144"), ("lock", "LockLimitError OSML_ELIMIT"), ("all", "OSError ENOMEM")])
def test_an_exposure_that_is_refused_memory_names_the_limit(which, told):
    out, _ = child.run(child_error.exposed_over_a_limit, which)
    assert out == told + "\n"


@pytest.mark.parametrize(("limit", "number"), [(LIMIT, errno.ENOMEM), (0, errno.EPERM)])
def test_a_lock_by_address_that_the_limit_refuses_names_it(limit, number):
    out, _ = child.run(child_error.lock_by_address, limit)
    assert out.startswith(f"{number} ")
    assert f"limit of locked memory: {limit} bytes" in out
    assert "ulimit -l unlimited" in out


def test_a_region_over_the_limit_lets_the_memory_go():
    out, _ = child.run(child_error.region_over_the_limit)
    message, locked = out.splitlines()
    assert message.startswith(f"{errno.ENOMEM} OSML_ELIMIT ")
    assert str(LIMIT) in message
    assert locked == "VmLck 0"


def test_the_first_buffer_too_many_harms_no_other():
    made, again = child.run(child_error.many_small_ones)[0].splitlines()
    assert int(made.split()[1]) >= 64
    assert again == "again ['locked']"


def test_garbage_is_collected_before_a_buffer_is_refused():
    out, _ = child.run(child_error.garbage_holds_the_quota, flags=["-W", "ignore"])
    assert out == "fits\n"


def test_best_effort_is_never_refused_for_the_limit():
    out, _ = child.run(child_error.best_effort_over_the_limit)
    assert out == f"False {child_error.MIB}\n"


def test_a_limit_of_zero_is_explained_too():
    out, _ = child.run(child_error.refused_in_nothing)
    assert "ulimit -l" in out


# ---- fork ----


@pytest.mark.parametrize("option", ["wipe", "nofork"])
def test_every_use_in_a_forked_child_is_a_forked_error_and_a_new_buffer_works(option):
    out, _ = child.run(child_error.forked, option)
    assert out == "102 parent\n"


# ---- Corruption ----


def overflow(key, n=1):
    """Writes past the end, as a faulty C library would. One NUL byte follows the data, so the second byte is the first that is not ours."""
    address = ctypes.addressof((ctypes.c_char * len(key)).from_buffer(key))
    ctypes.memset(address + len(key), 0x5A, 1 + n)


@pytest.mark.parametrize("size", [1, 32, 1999, 70_000])
def test_a_write_past_the_end_is_told_by_close(size):
    key = LockedBuffer(size)
    overflow(key, 8)
    with pytest.raises(CorruptionError) as caught:
        key.close()
    assert caught.value.code == "OSML_ECORRUPT"
    assert key.closed


def test_a_write_past_the_end_is_told_by_verify():
    key = LockedBuffer(32)
    overflow(key, 8)
    with pytest.raises(CorruptionError):
        key.verify()
    with pytest.raises(CorruptionError):
        key.close()


def test_a_write_past_the_end_is_told_at_the_end_of_the_scope():
    with pytest.raises(CorruptionError):
        with LockedBuffer(32) as key:
            overflow(key, 8)
    assert key.closed


def test_a_write_past_the_end_does_not_hide_the_users_error():
    with pytest.raises(KeyError, match="mine"):
        with LockedBuffer(32) as key:
            overflow(key, 8)
            raise KeyError("mine")
    assert key.closed


def test_corruptions_are_counted():
    before = info()["corruptions"]
    key = LockedBuffer(32)
    overflow(key, 8)
    with pytest.raises(CorruptionError):
        key.close()
    assert info()["corruptions"] == before + 1


def test_a_write_past_the_end_of_a_guarded_buffer_is_told_too():
    key = LockedBuffer(32, guarded=True)
    overflow(key, 1)
    with pytest.raises(CorruptionError):
        key.close()
