# SPDX-License-Identifier: MIT OR Apache-2.0
"""python -m osmemlock demo, what it looks with, and the examples: each must see what it claims."""
import pathlib
import re
import subprocess
import sys

import child
import child_demo
import pytest

from osmemlock import LockedBuffer, _look, wipe

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples" / "python"


def run(*command, **options):
    return subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, check=False, **options)


def test_the_demo_sees_what_it_claims():
    done = run("-m", "osmemlock", "demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r"(\d) cop(?:y|ies)$", done.stdout, re.MULTILINE) == ["1", "2", "0"]
    assert done.stdout.endswith("\nall as claimed\n")


def test_a_reader_of_the_demo_that_has_seen_enough_is_no_error_to_read_about():
    with subprocess.Popen([sys.executable, "-m", "osmemlock", "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.skipif(_look.PAGE > 16384, reason="64 KiB are too few pages of this size")
def test_the_64_kib_of_a_container_are_enough_for_the_demo():
    out, err = child.run(child_demo.below, 65536)
    assert (out.splitlines()[-2:], err) == (["all as claimed", "0"], "")


def test_a_demo_that_may_lock_nothing_says_so_in_one_line():
    out, err = child.run(child_demo.below, 0)
    assert out == "1\n"
    assert err.startswith("cannot hold a secret: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("size", [1, 15, 16, 17, 5000])
def test_the_search_counts_copies(size):
    with LockedBuffer.random(size) as secret:
        if size < 8:
            assert _look.Pattern(secret).count() > 1  # One byte is everywhere.
            return
        pattern = _look.Pattern(secret)
        assert pattern.count() == 1
        copies = [bytearray(secret) for _ in range(3)]
        assert pattern.count() >= 4
        for copy in copies:
            wipe(copy)


def test_the_search_finds_what_straddles_two_reads():
    with LockedBuffer.random(16) as secret:
        pattern = _look.Pattern(secret)
        room = bytearray(4 * _look.CHUNK)
        start = _look.address(room)
        before = pattern.count()
        for at in range(_look.CHUNK - 16, _look.CHUNK + 1):
            place = at - start % _look.CHUNK + _look.CHUNK
            for index in range(16):
                room[place + index] = secret[index]
            assert pattern.count() == before + 1
            room[place : place + 16] = bytes(16)


def test_flags_of_a_buffer_and_of_ordinary_memory():
    with LockedBuffer(32) as buffer:
        assert {"lo", "dd", "wf"} <= _look.flags(_look.address(buffer))
    assert not {"lo", "dd", "wf"} & _look.flags(_look.address(bytearray(1 << 20)))
    assert _look.flags(0) == frozenset()


@pytest.mark.parametrize("arguments", [True, False])
def test_hold_secret(tmp_path, arguments):
    secret = tmp_path / "secret"
    secret.write_bytes(b"".join(bytes([number % 26 + 97]) for number in range(40)) + b"\n")
    if arguments:
        done = run(EXAMPLES / "hold_secret.py", secret)
    else:
        with secret.open() as file:
            done = run(EXAMPLES / "hold_secret.py", stdin=file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("a secret of 40 bytes, checksum ")
    assert "copies in this process: 1 while held, 0 after close\n" in done.stdout


def test_hold_secret_tells_an_empty_input_and_a_missing_file():
    assert run(EXAMPLES / "hold_secret.py", stdin=subprocess.DEVNULL).returncode == 3
    missing = run(EXAMPLES / "hold_secret.py", EXAMPLES / "missing")
    assert missing.returncode == 1
    assert missing.stderr.startswith("cannot read the secret: ")


def test_lock_region():
    done = run(EXAMPLES / "lock_region.py")
    assert (done.returncode, done.stderr) == (0, "")
    start, both, one, none = (int(number) for number in re.findall(r"(\d+) KiB locked", done.stdout))
    assert start == none
    assert both == one > start


def test_key_pool():
    done = run(EXAMPLES / "key_pool.py")
    assert (done.returncode, done.stderr) == (0, "")
    locked, pages = (int(number) for number in re.findall(r"(\d+) KiB(?= are locked|$)", done.stdout, re.MULTILINE)[-2:])
    assert "10000 keys of 32 bytes are alive" in done.stdout
    assert 0 < locked < pages
    assert done.stdout.endswith("after close: 0 keys\n")


def test_no_core_dumps():
    done = run(EXAMPLES / "no_core_dumps.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"under the guard: +0 bytes\n", done.stdout)
    assert done.stdout.endswith("core limit: done, undumpable: done\n")
