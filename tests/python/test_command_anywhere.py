# SPDX-License-Identifier: MIT OR Apache-2.0
"""from_command with a program that every system has: this interpreter. What only POSIX has is in test_command.py."""
import os
import subprocess
import sys

import pytest

from osmemlock import LockedBuffer


def python(program, *arguments):
    return [sys.executable, "-c", f"import os, sys\n{program}", *arguments]


def text(key):
    return bytes(memoryview(key)).decode()


def test_each_argument_arrives_as_it_is():
    words = ["", "two words", 'a"b', "c:\\dir\\", 'e \\"f\\\\', "%PATH%", "&|<>^", "\u00fc\u20ac"]
    with LockedBuffer.from_command(python("sys.stdout.write(ascii(sys.argv[1:]))", *words)) as key:
        assert text(key) == ascii(words)


def test_a_long_input_arrives_and_comes_back():
    program = "sys.stdout.buffer.write(sys.stdin.buffer.read())"
    with LockedBuffer.random(300000) as key, LockedBuffer.from_command(python(program), input=key, max=300000) as answer:
        assert answer == key


def test_without_input_there_is_none():
    with pytest.raises(ValueError, match="empty"):
        LockedBuffer.from_command(python("sys.stdout.write(sys.stdin.read())"))


def test_the_environment_and_the_directory_are_those_asked_for(tmp_path):
    program = "sys.stdout.write(os.environ['OSML_COMMAND'] + ascii(os.path.realpath(os.getcwd())))"
    with LockedBuffer.from_command(python(program), env={**os.environ, "OSML_COMMAND": "one"}, cwd=tmp_path) as key:
        assert text(key) == "one" + ascii(os.path.realpath(tmp_path))


def test_a_status_other_than_0_is_an_error_that_has_it():
    with pytest.raises(subprocess.CalledProcessError) as caught:
        LockedBuffer.from_command(python("sys.stdout.write('secret'); sys.exit(3)"))
    assert caught.value.returncode == 3


@pytest.mark.skipif(sys.platform != "win32", reason="a status has eight bits")
@pytest.mark.parametrize("status", [0xC0000005, 0xFFFFFFFF])
def test_a_status_of_windows_is_no_signal(status):
    argv = python(f"os._exit({status - (1 << 32)})")
    with pytest.raises(subprocess.CalledProcessError) as ours:
        LockedBuffer.from_command(argv)
    with pytest.raises(subprocess.CalledProcessError) as theirs:
        subprocess.run(argv, check=True)
    assert ours.value.returncode == theirs.value.returncode == status
    assert "signal" not in str(ours.value)


def test_a_program_that_does_not_end_is_killed_at_the_deadline():
    with pytest.raises(TimeoutError):
        LockedBuffer.from_command(python("import threading; threading.Event().wait()"), timeout=1)


def test_what_is_missing_is_what_the_error_names(tmp_path):
    """The folder, even where the program is missing too, because the system looks for the folder first."""
    folder, program = tmp_path / "missing", "no-such-program-anywhere"
    for argv, cwd, named in [(python("pass"), folder, folder), ([program], folder, folder), ([program], tmp_path, program)]:
        with pytest.raises(OSError) as caught:
            LockedBuffer.from_command(argv, cwd=cwd)
        assert caught.value.filename == named
        assert repr(named) in str(caught.value)


def test_a_folder_that_is_a_file_is_what_the_error_names():
    with pytest.raises(OSError) as caught:
        LockedBuffer.from_command(python("pass"), cwd=__file__)
    assert caught.value.filename == __file__


def test_a_program_that_is_not_there_is_not_found(monkeypatch):
    """With a search path whose folders are open to all: one that is not makes it EACCES, as in execvp(3)."""
    monkeypatch.setenv("PATH", os.defpath)
    with pytest.raises(FileNotFoundError):
        LockedBuffer.from_command(["no-such-program-anywhere"])
