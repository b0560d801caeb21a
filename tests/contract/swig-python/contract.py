# SPDX-License-Identifier: MIT OR Apache-2.0
"""The contract of ../README.md, told in Python through SWIG. `contract.py quota` is the child of scenario 24."""
import copy
import ctypes
import gc
import os
import resource
import subprocess
import sys
import tempfile

import osmemlock_swig as osml
from osmemlock_swig import LockedBuffer

scenarios = []
REFUSED = (ValueError, IndexError, TypeError, OverflowError, MemoryError, OSError, RuntimeError)


def scenario(name):
    return lambda told: scenarios.append((name, told)) or told


def refused(call, *arguments, by=REFUSED, code=""):
    """The call must raise, with the code's name in front; the message is the result."""
    try:
        call(*arguments)
    except by as error:
        message = str(error.args[-1])
        assert message.startswith(code), message
        return message
    raise AssertionError("was not refused")


def live():
    return osml.info(osml.INFO_LIVE_BUFFERS)


def holding(text):
    b = LockedBuffer(len(text))
    b.write(0, text)
    return b


def content(b):
    return bytes(b.read(0, b.size()))


@scenario("born zero")
def _():
    with LockedBuffer(32) as b:
        assert b.size() == 32 and content(b) == bytes(32)
    with LockedBuffer(0) as b:
        assert b.size() == 0 and content(b) == b""


@scenario("bytes go in and out")
def _():
    with LockedBuffer(32) as b:
        b.write(5, bytearray(b"\0key\xff"))
        into = bytearray(3)
        b.read_into(6, into)
        assert into == b"key" and content(b) == bytes(5) + b"\0key\xff" + bytes(22)
        b.set_byte(31, 200)
        assert b.get_byte(9) == 255 and b.get_byte(31) == 200
        b.fill(0, 7, 2)
        b.copy(2, b, 0, 2)
        assert b.read(0, 5) == b"\7\7\7\7\0"


@scenario("positions outside are refused")
def _():
    with LockedBuffer(8) as b:
        for position in (-1, 8, 2**31, 2**63, -(2**63), 2**64 - 1, 2**70):
            refused(b.get_byte, position)
            refused(b.set_byte, position, 1)
            refused(b.write, position, b"x")
            refused(b.read, position, 1)
        for offset, n in ((7, 2), (0, 9), (8, 1), (1, 2**64 - 1), (2**64 - 1, 2)):
            refused(b.read, offset, n, by=IndexError, code="OSML_ERANGE")
            refused(b.fill, offset, 1, n, by=IndexError, code="OSML_ERANGE")
        refused(b.write, 4, bytes(5), by=IndexError, code="OSML_ERANGE")
        refused(b.set_byte, 0, 256, by=ValueError, code="OSML_EINVAL")
        assert content(b) == bytes(8)


@scenario("wrong arguments are refused")
def _():
    start = live()
    for size in (-1, 2**63 - 1, 2**64 - 1, 2**80, 1.5, "8", None, b"8"):
        refused(LockedBuffer, size)
    refused(LockedBuffer)
    refused(LockedBuffer, 8, 1 << 31, by=ValueError, code="OSML_EINVAL")
    refused(LockedBuffer, 8, osml.DEFAULT_PROTECTIONS, 99, by=ValueError, code="OSML_EINVAL")
    refused(LockedBuffer.read, None, 0, 1)
    unborn = LockedBuffer.__new__(LockedBuffer)
    refused(unborn.read, 0, 1, by=ValueError, code="OSML_EINVAL")
    with LockedBuffer(8) as b:
        refused(b.write, 0, "text", by=TypeError)
        refused(b.write, 0, None, by=TypeError)
        refused(b.equal, None, by=ValueError, code="OSML_EINVAL")
        refused(b.read_into, 0, b"cannot be written", by=(BufferError, TypeError))
        refused(copy.copy, b)
    assert live() == start


@scenario("close wipes")
def _():
    b = holding(b"key")
    before = live()
    assert not b.closed()
    b.close()
    assert b.closed() and live() == before - 1


@scenario("close twice")
def _():
    b = LockedBuffer(8)
    b.close()
    b.close()
    assert b.closed()


@scenario("closed is refused")
def _():
    b, other = LockedBuffer(8), LockedBuffer(8)
    b.close()
    calls = [
        (b.write, 0, b"x"), (b.read, 0, 1), (b.read_into, 0, bytearray(1)), (b.get_byte, 0), (b.set_byte, 0, 1), (b.fill, 0, 1, 1), (b.random, 0, 8),
        (b.copy, 0, other, 0, 1), (other.copy, 0, b, 0, 1), (b.wipe,), (b.equal, other), (other.equal, b), (b.protect, osml.ACCESS_READ),
        (b.protections,), (b.verify,), (b.decode, osml.HEX), (b.encode, osml.HEX), (b.part, 0, 1), (b.joined, b), (b.prefixed, b"x"),
        (b.suffixed, b"x"), (b.find, 0, b"x"), (b.equal_bytes, b"x"), (b.write_fd, 1), (b.read_fd, 0, 1, 0), (b.piped, b"cat", 9),
    ]
    for call, *arguments in calls:
        refused(call, *arguments, by=ValueError, code="OSML_ECLOSED")
    assert b.closed() and b.size() == 8
    other.close()


@scenario("the scope closes")
def _():
    with LockedBuffer(8) as b:
        pass
    assert b.closed()
    try:
        with LockedBuffer(8) as b:
            raise KeyError
    except KeyError:
        pass
    assert b.closed()


@scenario("the user's error survives")
def _():
    error = KeyError("mine")
    try:
        with LockedBuffer(8):
            raise error
    except KeyError as caught:
        assert caught is error and caught.__context__ is None


@scenario("dropped is collected")
def _():
    start = live()
    dropped = [LockedBuffer(32) for _ in range(100)]
    dropped.append(dropped)  # a cycle, for the collector
    assert live() == start + 100
    del dropped
    gc.collect()
    assert live() == start


@scenario("equal")
def _():
    with holding(b"same bytes") as a, holding(b"same bytes") as b, holding(b"same bytes!") as longer:
        assert a.equal(b) and not a.equal(longer)
        b.set_byte(9, b.get_byte(9) ^ 1)
        assert not a.equal(b)
        b.close()
        refused(a.equal, b, by=ValueError, code="OSML_ECLOSED")


@scenario("random")
def _():
    with LockedBuffer(32) as a, LockedBuffer(32) as b:
        a.random(0, 32)
        b.random(0, 32)
        assert len({content(a), content(b), bytes(32)}) == 3


@scenario("wipe")
def _():
    with holding(b"key") as b:
        b.wipe()
        assert content(b) == bytes(3) and not b.closed()


@scenario("protections are true")
def _():
    wanted = osml.LOCKED | osml.NODUMP | osml.WIPEONFORK | osml.CANARY
    with LockedBuffer(32) as b:
        assert wanted == osml.DEFAULT_PROTECTIONS
        assert b.protections() & wanted == wanted
        assert b.verify() & wanted == wanted


@scenario("guarded buffers can be shut")
def _():
    with LockedBuffer(8, osml.DEFAULT_PROTECTIONS | osml.GUARDED) as b:
        b.protect(osml.ACCESS_READ)
        assert b.get_byte(0) == 0
        refused(b.write, 0, b"x", by=RuntimeError, code="OSML_EACCESS")
        b.protect(osml.ACCESS_NONE)
        refused(b.get_byte, 0, by=RuntimeError, code="OSML_EACCESS")
        refused(b.write, 0, b"x", by=RuntimeError, code="OSML_EACCESS")
        b.protect(osml.ACCESS_READWRITE)
        b.write(0, b"x")
        assert b.read(0, 1) == b"x"
    with LockedBuffer(8) as b:
        refused(b.protect, osml.ACCESS_READ, by=RuntimeError, code="OSML_EUNSUPPORTED")


@scenario("from a file")
def _():
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"the key\n")
        file.flush()
        with LockedBuffer.from_file(file.name, 100) as b:
            assert content(b) == b"the key\n"
        with LockedBuffer.from_file(file.name, 8, osml.TRIM_NEWLINE) as b:
            assert content(b) == b"the key"
        refused(LockedBuffer.from_file, file.name, 7, by=ValueError, code="OSML_ETOOBIG")
        refused(LockedBuffer.from_file, "/dev/null", 7, by=ValueError, code="OSML_EEMPTY")
    refused(LockedBuffer.from_file, file.name, 7, by=FileNotFoundError, code="ENOENT")
    refused(LockedBuffer.from_credential, "no-such-credential", 7, by=FileNotFoundError, code="ENOENT")


@scenario("from a descriptor, and out again")
def _():
    out, into = os.pipe()
    with holding(b"\0through\0a pipe\0") as b:
        b.write_fd(into)
        b.write_fd(into)
        os.close(into)
        with LockedBuffer(20) as part:
            assert part.read_fd(2, 16, out) == 16
            assert content(part)[:4] == b"\0\0\0t"
            refused(part.read_fd, 19, 2, out, by=IndexError, code="OSML_ERANGE")
        with LockedBuffer.from_fd(osml.fd_from_os_handle(out), 100) as c:
            assert b.equal(c)
    refused(osml.fd_from_os_handle, -1, by=ValueError, code="OSML_EINVAL")
    os.close(out)


@scenario("from the environment")
def _():
    name = "OSML_CONTRACT_SECRET"
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    assert getenv(name.encode()) is not None
    with LockedBuffer.from_env(name, 100) as b:
        assert content(b) == os.environ[name].encode()  # Python's own copy, from before
    assert getenv(name.encode()) is None
    refused(LockedBuffer.from_env, name, 100, by=FileNotFoundError, code="ENOENT")


@scenario("decode")
def _():
    with holding(b"00ff6B") as b:
        b.decode(osml.HEX)
        assert content(b) == b"\0\xffk"
    with holding(b"AP9r/w==") as b:
        b.decode(osml.BASE64)
        assert content(b) == b"\0\xffk\xff"
    with holding(b"ad7w x7y\n") as b:
        b.decode(osml.BASE32)
        assert content(b) == b"\0\xffk\xff"
    with holding(b"neither!") as b:
        assert "Line 1" in refused(b.decode, osml.HEX, by=ValueError, code="OSML_EFORMAT")
        refused(b.decode, osml.BASE64, by=ValueError, code="OSML_EFORMAT")
        assert content(b) == b"neither!"


def vmlck():
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmLck:")).split()[1])


@scenario("locks by address")
def _():
    own = bytearray(1 << 20)
    before = vmlck()
    osml.mlock(own)
    assert vmlck() >= before + 1024
    osml.munlock(own)
    assert vmlck() == before
    osml.madvise_dontdump(own)
    own[0] = own[-1] = 1
    osml.wipe(own)
    assert own == bytes(1 << 20)
    refused(osml.mlock, "text")
    first, second = osml.LockedRegion(own, osml.REGION_WIPE), osml.LockedRegion(own)
    own[0] = own[-1] = 1
    first.unlock()
    first.unlock()
    assert own == bytes(1 << 20) and vmlck() >= before + 1024
    second.unlock()
    assert vmlck() == before
    refused(osml.LockedRegion, "text")


def soft():
    return resource.getrlimit(resource.RLIMIT_CORE)[0]


@scenario("core dumps off and on")
def _():
    before = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (before, before))
    with osml.disable_core_dumps_with_guard():
        assert soft() == 0
    assert soft() == before
    first, second = osml.disable_core_dumps_with_guard(), osml.disable_core_dumps_with_guard()
    first.release()
    assert soft() == 0
    second.release()
    second.release()
    assert soft() == before
    osml.disable_core_dumps_for_process()
    assert soft() == 0


@scenario("Windows helpers")
def _():
    assert (osml.SEM_FAILCRITICALERRORS, osml.SEM_NOGPFAULTERRORBOX, osml.SEM_NOOPENFILEERRORBOX) == (1, 2, 0x8000)
    refused(osml.set_windows_error_mode, 1, by=RuntimeError, code="OSML_EUNSUPPORTED")
    refused(osml.suppress_windows_error_dialogs_for_process, by=RuntimeError, code="OSML_EUNSUPPORTED")


@scenario("the report")
def _():
    gc.collect()
    assert osml.info(osml.INFO_PAGE_SIZE) == resource.getpagesize()
    assert live() == 0
    with LockedBuffer(8):
        assert live() == 1
    assert live() == 0
    assert osml.version().count(".") == 2 and osml.error_name(-10001) == "OSML_EUNSUPPORTED"
    refused(osml.info, 999, by=ValueError, code="OSML_EINVAL")


@scenario("the lock limit is explained")
def _():
    message = subprocess.run([os.environ["OSML_QUOTA"], sys.executable, __file__, "quota"], capture_output=True, text=True, check=True).stdout
    assert message.startswith("OSML_ELIMIT") and "65536" in message and "ulimit -l" in message, message


@scenario("purge closes everything")
def _():
    one, other = holding(b"secret"), LockedBuffer(100_000, osml.DEFAULT_PROTECTIONS | osml.GUARDED)
    osml.purge()
    assert live() == 0 and one.closed() and other.closed()
    for b in (one, other):
        refused(b.get_byte, 0, by=ValueError, code="OSML_ECLOSED")
        b.close()
    with holding(b"new") as b:
        assert live() == 1 and content(b) == b"new"
    osml.purge()


@scenario("trim gives idle memory back")
def _():
    def figures():
        return osml.info(osml.INFO_IDLE_BYTES), osml.info(osml.INFO_LIBRARY_LOCKED_BYTES)

    with holding(b"stays") as stays:
        for b in [LockedBuffer(1000) for _ in range(100)]:
            b.close()
        before = figures()
        osml.trim()
        assert all(now < was for now, was in zip(figures(), before)) and content(stays) == b"stays"


@scenario("encode")
def _():
    with holding(b"\0\xffk\xff") as b:
        for coding, text in ((osml.HEX, b"00ff6bff"), (osml.BASE64, b"AP9r/w=="), (osml.BASE64URL, b"AP9r_w"), (osml.BASE32, b"AD7WX7Y=")):
            with b.encode(coding) as encoded:
                assert content(encoded) == text
                encoded.decode(coding)
                assert content(encoded) == content(b)
        refused(b.encode, 0, by=ValueError, code="OSML_EINVAL")


@scenario("words around a secret")
def _():
    with holding(b"t0k3n") as b, b.prefixed(b"Bearer ") as before, before.suffixed(b"\r\n") as header, header.part(7, 5) as part, b.joined(b) as twice:
        assert [content(made) for made in (b, header, part, twice)] == [b"t0k3n", b"Bearer t0k3n\r\n", b"t0k3n", b"t0k3nt0k3n"]
        assert header.find(0, b"t0k3n") == 7 and header.find(8, b"t0k3n") == -1 and twice.find(1, b"t0") == 5
        assert b.equal_bytes(b"t0k3n") and not b.equal_bytes(b"t0k3N") and not b.equal_bytes(b"t0k3")
        refused(b.part, 1, 5, by=IndexError, code="OSML_ERANGE")
    memory = bytearray(b"taken")
    with LockedBuffer.take(memory) as b:
        assert content(b) == b"taken" and memory == bytes(5)


@scenario("used in place")
def _():
    return "SWIG's Python has no views: those of python/ have"


@scenario("from a command")
def _():
    with LockedBuffer.from_command(b"printf\0%s\0$HOME; `id`", 100) as b:
        assert content(b) == b"$HOME; `id`"
    with LockedBuffer(300000) as b, b.piped(b"cat\0", 300000) as c:
        assert b.equal(c)
        assert "exit status was 3" in refused(b.piped, b"sh\0-c\0exit 3", 9, by=RuntimeError, code="OSML_ECOMMAND")
    refused(LockedBuffer.from_command, b"echo\0long", 3, by=ValueError, code="OSML_ETOOBIG")
    refused(LockedBuffer.from_command, b"true", 3, by=ValueError, code="OSML_EEMPTY")
    refused(LockedBuffer.from_command, b"", 3, by=ValueError, code="OSML_EINVAL")
    refused(LockedBuffer.from_command, b"/nonexistent/program", 3, by=FileNotFoundError, code="ENOENT")


def main():
    print(f"1..{len(scenarios)}")
    for number, (name, told) in enumerate(scenarios, 1):
        try:
            why = told()
            print(f"ok {number} - {name}{f' # SKIP {why}' if why else ''}")
        except Exception as error:
            print(f"not ok {number} - {name}\n# {type(error).__name__}: {error}")


if sys.argv[1:] == ["quota"]:
    print(refused(LockedBuffer, 1 << 20, by=MemoryError))
else:
    main()
