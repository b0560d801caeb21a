# SPDX-License-Identifier: MIT OR Apache-2.0
"""The contract of tests/contract/README.md, told in Python: TAP on standard output. Without pytest: plain Python is the idiom here."""
import ctypes
import errno
import gc
import mmap
import os
import re
import resource
import subprocess
import sys
import tempfile
import warnings

import osmemlock
from osmemlock import LockedBuffer, info

HEX, BASE64, TEXT = b"00ff10", b"AP8Q", b"no code!"
LIMIT = 64 * 1024
NAME = "OSML_CONTRACT_SECRET"


class refused:
    """`with refused(ValueError): ...` passes when the body raises one of these, which `error` then holds."""

    def __init__(self, *kinds):
        self.kinds = kinds
        self.error = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        assert error is not None, "it was not refused"
        self.error = error
        return isinstance(error, self.kinds)


def live():
    return info()["live_buffers"]


def locked_kib():
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        return int(re.search(r"VmLck:\s+(\d+)", file.read()).group(1))


def born_zero():
    with LockedBuffer(32) as key:
        assert len(key) == 32
        assert all(key[at] == 0 for at in range(32))
    LockedBuffer(0).close()


def bytes_go_in_and_out():
    with LockedBuffer(32) as key:
        key[7:12] = b"bytes"
        assert key[7:12] == b"bytes"
        assert key[7] == ord("b")
        assert key[:7] == bytes(7)
        assert key[12:] == bytes(20)


def positions_outside_are_refused():
    with LockedBuffer(32) as key:
        for position in (-33, 32, 2**31, sys.maxsize, -sys.maxsize - 1, 2**64, -(2**64)):
            with refused(IndexError):
                key[position]
            with refused(IndexError):
                key[position] = 1
        for part in (slice(30, 34), slice(-40, -30), slice(2**64, 2**65)):
            with refused(ValueError):
                key[part] = b"four"
        assert key == bytes(32)


def wrong_arguments_are_refused():
    before = live()
    for size in (-1, -(2**63)):
        with refused(ValueError):
            LockedBuffer(size)
    for size in (sys.maxsize, 2**62, 2**100):
        with refused(OSError, ValueError, OverflowError):
            LockedBuffer(size)
    for size in (1.5, "32", None):
        with refused(TypeError):
            LockedBuffer(size)
    for method in (LockedBuffer.close, LockedBuffer.wipe, len):
        with refused(TypeError):
            method(None)
    assert live() == before


def close_wipes():
    before = live()
    key = LockedBuffer.from_bytes(b"secret")
    view = memoryview(key)
    assert live() == before + 1
    key.close()
    assert key.closed
    assert live() == before
    assert view == bytes(6)


def close_twice():
    key = LockedBuffer(8)
    key.close()
    key.close()
    assert key.closed


def closed_is_refused():
    key = LockedBuffer(8)
    key.close()
    uses = [
        key.wipe, key.verify, key.decode_hex, key.decode_base64, key.decode_base32, key.encode_hex, key.slice, lambda: key.find("x"), lambda: key.split("x"),
        lambda: LockedBuffer.join(["x", key]), key.__enter__, lambda: key.protect("read"), lambda: key.write_fd(1), lambda: key.read_fd(0),
        lambda: key.protections, lambda: len(key), lambda: key[0], lambda: key[0:1], lambda: memoryview(key),
        lambda: key.__setitem__(0, 1), lambda: key.__setitem__(slice(0, 1), b"a")]
    for use in uses:
        with refused(ValueError) as by:
            use()
        assert by.error.code == "OSML_ECLOSED"
    assert key.closed
    assert not key


def the_scope_closes():
    with LockedBuffer(8) as key:
        pass
    assert key.closed
    with refused(KeyError), LockedBuffer(8) as other:
        raise KeyError
    assert other.closed


def the_users_error_survives():
    error = KeyError("mine")
    with refused(KeyError) as by, LockedBuffer(8) as key:
        view = memoryview(key)
        raise error
    assert by.error is error
    assert view == bytes(8)


def dropped_is_collected():
    before = live()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        for _ in range(100):
            ring = [LockedBuffer(8)]
            ring.append(ring)
        del ring
        gc.collect()
    assert live() == before


def equal():
    with LockedBuffer.from_bytes(b"same") as one, LockedBuffer.from_bytes(b"same") as two, LockedBuffer.from_bytes(b"samf") as off:
        assert one == two
        assert one != off
        assert one != b"same longer"
        off.close()
        with refused(ValueError):
            one == off  # noqa: B015


def random():
    with LockedBuffer.random(32) as one, LockedBuffer.random(32) as two:
        assert one != two
        assert one != bytes(32)
        assert two != bytes(32)


def wipe():
    with LockedBuffer.from_bytes(b"secret") as key:
        key.wipe()
        assert key == bytes(6)
        assert not key.closed


def protections_are_true():
    with LockedBuffer(32) as key:
        assert key.protections >= {"locked", "nodump", "wipeonfork", "canary"}
        assert key.verify() == key.protections


def guarded_buffers_can_be_shut():
    with LockedBuffer.from_bytes(b"secret", guarded=True) as key:
        key.protect("read")
        assert key[0] == ord("s")
        with refused(BufferError):
            key[0] = 1
        key.protect("none")
        with refused(BufferError):
            key[0]
        with refused(BufferError):
            key[0] = 1
        key.protect("readwrite")
        key[0] = ord("S")
        assert key == b"Secret"
    with LockedBuffer(8) as ordinary, refused(osmemlock.UnsupportedError):
        ordinary.protect("read")


def from_a_file():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "secret")
        with open(path, "wb") as file:
            file.write(b"sec\0ret\n")
        with LockedBuffer.from_file(path) as key, LockedBuffer.from_file(path, trim_newline=True) as trimmed:
            assert key == b"sec\0ret\n"
            assert trimmed == b"sec\0ret"
        with refused(ValueError) as by:
            LockedBuffer.from_file(path, max=7)
        assert by.error.code == "OSML_ETOOBIG"
        with refused(ValueError) as by:
            LockedBuffer.from_file("/dev/null")
        assert by.error.code == "OSML_EEMPTY"
        with refused(FileNotFoundError) as by:
            LockedBuffer.from_file(path + ".missing")
        assert by.error.errno == errno.ENOENT


def from_a_descriptor_and_out_again():
    reader, writer = os.pipe()
    with LockedBuffer.from_bytes(b"a\0b\n\0") as key:
        key.write_fd(writer)
        key.write_fd(writer)
        os.close(writer)
        with LockedBuffer(8) as part:
            assert part.read_fd(reader, 1, 5) == 5
            assert part == b"\0a\0b\n\0\0\0"
            with refused(IndexError) as by:
                part.read_fd(reader, 7, 2)
            assert by.error.code == "OSML_ERANGE"
        with LockedBuffer.from_fd(reader) as same:
            assert same == key
    os.close(reader)


def from_the_environment():
    os.environ[NAME] = "secret"
    with LockedBuffer.from_env(NAME) as key:
        assert key == b"secret"
    assert not ctypes.CDLL(None).getenv(NAME.encode())
    assert NAME not in os.environ
    with refused(FileNotFoundError) as by:
        LockedBuffer.from_env(NAME)
    assert by.error.errno == errno.ENOENT


def decode():
    for text, method in ((HEX, LockedBuffer.decode_hex), (BASE64, LockedBuffer.decode_base64), (b"ad7r a\n", LockedBuffer.decode_base32)):
        with LockedBuffer.from_bytes(text) as key:
            method(key)
            assert key == b"\x00\xff\x10"
        with LockedBuffer.from_bytes(TEXT) as key:
            with refused(ValueError) as by:
                method(key)
            assert key == TEXT
            assert by.error.code == "OSML_EFORMAT"
            assert "Line 1" in str(by.error)


def locks_by_address():
    memory = mmap.mmap(-1, 4 * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    before = locked_kib()
    osmemlock.mlock(memory)
    assert locked_kib() == before + 4 * mmap.PAGESIZE // 1024
    osmemlock.madvise_dontdump(memory)
    osmemlock.munlock(memory)
    assert locked_kib() == before
    first, second = osmemlock.locked(memory, wipe=True), osmemlock.locked(memory)
    memory[0] = 1
    for _ in range(2):
        first.__exit__(None, None, None)
    assert memory[0] == 0
    assert locked_kib() == before + 4 * mmap.PAGESIZE // 1024
    second.__exit__(None, None, None)
    assert locked_kib() == before
    memory.close()


def core_dumps_off_and_on():
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    start = (hard, hard)
    resource.setrlimit(resource.RLIMIT_CORE, start)
    with osmemlock.disable_core_dumps_with_guard():
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0, hard)
    assert resource.getrlimit(resource.RLIMIT_CORE) == start
    one, two = osmemlock.disable_core_dumps_with_guard(), osmemlock.disable_core_dumps_with_guard()
    one.release()
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, hard)
    two.release()
    assert resource.getrlimit(resource.RLIMIT_CORE) == start


def windows_helpers():
    assert (osmemlock.SEM_FAILCRITICALERRORS, osmemlock.SEM_NOGPFAULTERRORBOX, osmemlock.SEM_NOOPENFILEERRORBOX) == (1, 2, 0x8000)
    for call in (lambda: osmemlock.set_windows_error_mode(1), osmemlock.suppress_windows_error_dialogs_for_process):
        with refused(osmemlock.UnsupportedError):
            call()


def the_report():
    assert info()["page_size"] == resource.getpagesize()
    gc.collect()
    assert live() == 0
    keys = [LockedBuffer(8) for _ in range(3)]
    assert live() == 3
    for key in keys:
        key.close()
    assert live() == 0


def the_lock_limit_is_explained():
    """In a process of its own, because a limit that was lowered stays low. setpriv(1) takes the capability away."""
    program = "import osmemlock\ntry: osmemlock.LockedBuffer(1 << 20)\nexcept osmemlock.LockLimitError as error: print(error)"
    command = ["prlimit", f"--memlock={LIMIT}", sys.executable, "-c", program]
    if os.geteuid() == 0:
        command = ["setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock", *command]
    message = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert str(LIMIT) in message, message
    assert "ulimit -l" in message, message


def purge_closes_everything():
    keys = [LockedBuffer.from_bytes(b"secret") for _ in range(3)]
    view = memoryview(keys[0])
    osmemlock.purge()
    assert live() == 0
    assert view == bytes(6)
    for key in keys:
        assert key.closed
        with refused(ValueError) as by:
            key[0]
        assert by.error.code == "OSML_ECLOSED"
        key.close()
    with LockedBuffer.from_bytes(b"new") as key:
        assert live() == 1
        assert key == b"new"
    osmemlock.purge()


def trim_gives_idle_memory_back():
    with LockedBuffer.from_bytes(b"stays") as key:
        for made in [LockedBuffer(1000) for _ in range(100)]:
            made.close()
        before = info()
        osmemlock.trim()
        now = info()
        assert now["idle_bytes"] < before["idle_bytes"]
        assert now["library_locked_bytes"] < before["library_locked_bytes"]
        assert key == b"stays"


def encode():
    with LockedBuffer.from_bytes(b"\0\xffk\xff") as key:
        for coding, text in (("hex", b"00ff6bff"), ("base64", b"AP9r/w=="), ("base64url", b"AP9r_w"), ("base32", b"AD7WX7Y=")):
            with getattr(key, f"encode_{coding}")() as encoded:
                assert encoded == text
                getattr(encoded, f"decode_{coding}")()
                assert encoded == key
        with refused(AttributeError):
            key.encode_rot13()


def words_around_a_secret():
    with LockedBuffer.from_bytes(b"t0k3n") as key, LockedBuffer.join(["Bearer ", key, b"\r\n"]) as header, LockedBuffer.join([key, key]) as twice:
        assert key == b"t0k3n"
        assert header == b"Bearer t0k3n\r\n"
        assert twice == b"t0k3nt0k3n"
        assert (header.find("t0k3n"), header.find("t0k3n", 8), twice.find("t0", 1)) == (7, -1, 5)
        with header.slice(7, 12) as part:
            assert part == key
            assert part != b"t0k3N"
            assert part != b"t0k3"
        with refused(TypeError):
            LockedBuffer.join([key, None])
    memory = bytearray(b"taken")
    with LockedBuffer.from_bytes(memory, wipe=True) as key:
        assert key == b"taken"
        assert memory == bytes(5)


def from_a_command():
    with LockedBuffer.from_command(["printf", "%s", "$HOME; `id`"]) as key:
        assert key == b"$HOME; `id`"
    with LockedBuffer(300000) as given, LockedBuffer.from_command(["cat"], input=given, max=300000) as key:
        assert key == given
    with refused(subprocess.CalledProcessError) as by:
        LockedBuffer.from_command(["sh", "-c", "exit 3"])
    assert by.error.returncode == 3
    with refused(ValueError) as by:
        LockedBuffer.from_command(["echo", "long"], max=3)
    assert by.error.code == "OSML_ETOOBIG"
    with refused(ValueError) as by:
        LockedBuffer.from_command(["true"])
    assert by.error.code == "OSML_EEMPTY"
    with refused(FileNotFoundError):
        LockedBuffer.from_command(["/nonexistent/program"])


def used_in_place():
    with LockedBuffer(6) as b:
        b[:] = b"secret"
        with memoryview(b) as view:
            assert sum(view) == 646
        with refused(ValueError):
            view[0]
        view = memoryview(b)
        b.close()
        assert b.closed
        assert bytes(view) == bytes(6)
        with refused(ValueError):
            memoryview(b)


SCENARIOS = {
    "born zero": born_zero,
    "bytes go in and out": bytes_go_in_and_out,
    "positions outside are refused": positions_outside_are_refused,
    "wrong arguments are refused": wrong_arguments_are_refused,
    "close wipes": close_wipes,
    "close twice": close_twice,
    "closed is refused": closed_is_refused,
    "the scope closes": the_scope_closes,
    "the user's error survives": the_users_error_survives,
    "dropped is collected": dropped_is_collected,
    "equal": equal,
    "random": random,
    "wipe": wipe,
    "protections are true": protections_are_true,
    "guarded buffers can be shut": guarded_buffers_can_be_shut,
    "from a file": from_a_file,
    "from a descriptor, and out again": from_a_descriptor_and_out_again,
    "from the environment": from_the_environment,
    "decode": decode,
    "locks by address": locks_by_address,
    "core dumps off and on": core_dumps_off_and_on,
    "Windows helpers": windows_helpers,
    "the report": the_report,
    "the lock limit is explained": the_lock_limit_is_explained,
    "purge closes everything": purge_closes_everything,
    "trim gives idle memory back": trim_gives_idle_memory_back,
    "encode": encode,
    "words around a secret": words_around_a_secret,
    "used in place": used_in_place,
    "from a command": from_a_command,
}


def main():
    failed = 0
    print(f"1..{len(SCENARIOS)}")
    for number, (name, scenario) in enumerate(SCENARIOS.items(), 1):
        try:
            scenario()
        except Exception as error:  # noqa: BLE001
            failed += 1
            where = error.__traceback__.tb_next.tb_lineno
            print(f"not ok {number} - {name}\n# line {where}: {type(error).__name__}: {error}")
        else:
            print(f"ok {number} - {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
