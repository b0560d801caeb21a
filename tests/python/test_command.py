# SPDX-License-Identifier: MIT OR Apache-2.0
"""from_command: a program's output straight into a buffer, without a shell, and no child left behind on any path."""
import errno
import os
import pathlib
import subprocess
import sys

import pytest

from osmemlock import LockedBuffer


@pytest.fixture(autouse=True)
def no_child_is_left():
    yield
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def python(program, *arguments):
    return [sys.executable, "-I", "-S", "-c", program, *arguments]


def test_the_output_is_in_the_buffer():
    with LockedBuffer.from_command(["printf", "%s", "abc"]) as key:
        assert memoryview(key) == b"abc"


def test_arguments_may_be_paths_and_bytes():
    with LockedBuffer.from_command([pathlib.Path("/bin/echo"), b"-n", "abc"]) as key:
        assert memoryview(key) == b"abc"


def test_argv_may_be_any_sequence():
    with LockedBuffer.from_command(("printf", "abc")) as key:
        assert memoryview(key) == b"abc"


def test_there_is_no_shell():
    with LockedBuffer.from_command(["printf", "%s", "$HOME; `id` | * && >x"]) as key:
        assert memoryview(key) == b"$HOME; `id` | * && >x"


def test_one_string_is_not_split_into_words():
    with pytest.raises((TypeError, FileNotFoundError)):
        LockedBuffer.from_command("printf abc")


def test_stdin_is_empty():
    with LockedBuffer.from_command(["cat"]) as key:
        assert len(key) == 0


def test_a_newline_is_trimmed_when_asked():
    with LockedBuffer.from_command(["echo", "abc"], trim_newline=True) as key:
        assert memoryview(key) == b"abc"


def test_no_output_is_an_empty_buffer():
    with LockedBuffer.from_command(["true"]) as key:
        assert len(key) == 0


def test_every_byte_of_a_long_output_arrives():
    with LockedBuffer.from_command(python("import sys; sys.stdout.buffer.write(bytes(range(256)) * 256)")) as key:
        assert memoryview(key) == bytes(range(256)) * 256


def test_an_exit_status_is_a_called_process_error():
    with pytest.raises(subprocess.CalledProcessError) as caught:
        LockedBuffer.from_command(python("print('abc'); raise SystemExit(3)"))
    assert caught.value.returncode == 3


def test_the_error_holds_none_of_the_output():
    with pytest.raises(subprocess.CalledProcessError) as caught:
        LockedBuffer.from_command(python("print('ab' + 'cd'); raise SystemExit(3)"))
    assert not caught.value.output
    assert "abcd" not in str(caught.value)


def test_death_by_a_signal_is_its_negative_number():
    with pytest.raises(subprocess.CalledProcessError) as caught:
        LockedBuffer.from_command(python("import os; os.kill(os.getpid(), 9)"))
    assert caught.value.returncode == -9


def test_a_program_that_is_missing_is_not_found():
    with pytest.raises(FileNotFoundError) as caught:
        LockedBuffer.from_command(["/nonexistent/program"])
    assert caught.value.errno == errno.ENOENT


def test_a_program_that_is_not_in_the_path_is_not_found():
    with pytest.raises(FileNotFoundError):
        LockedBuffer.from_command(["osml-no-such-program"])


def test_a_program_that_may_not_run_is_a_permission_error(tmp_path):
    (tmp_path / "plain").write_text("text")
    with pytest.raises(PermissionError):
        LockedBuffer.from_command([tmp_path / "plain"])


@pytest.mark.parametrize("program", ["print('a' * 101)", "while True: print('a' * 100)"])
def test_an_output_that_is_too_long_is_refused(program):
    with pytest.raises(ValueError) as caught:
        LockedBuffer.from_command(python(program), max_size=100)
    assert caught.value.code == "OSML_ETOOBIG"


def test_a_program_that_goes_on_after_too_much_output_is_not_waited_for_ever():
    """It would sleep until it is killed, with its end of the pipe open."""
    with pytest.raises(ValueError):
        LockedBuffer.from_command(python("import signal, sys; print('a' * 101); sys.stdout.flush(); signal.pause()"), max_size=100)


@pytest.mark.parametrize("argv, error", [([], ValueError), ([""], OSError), (["a\0b"], ValueError), (["true", "a\0b"], ValueError)])
def test_an_argv_that_no_program_can_have_is_refused(argv, error):
    with pytest.raises(error):
        LockedBuffer.from_command(argv)


@pytest.mark.parametrize("argv", [None, 1, [1], ["true", None], [["true"]]])
def test_what_is_no_argv_is_a_type_error(argv):
    with pytest.raises(TypeError):
        LockedBuffer.from_command(argv)


def test_descriptors_do_not_reach_the_program(pipe):
    os.write(pipe[1], b"abc")
    program = "import os, sys\ntry: os.fstat(int(sys.argv[1]))\nexcept OSError: print('closed')"
    with LockedBuffer.from_command(python(program, str(pipe[0])), trim_newline=True) as key:
        assert memoryview(key) == b"closed"


def test_the_options_reach_the_buffer():
    with LockedBuffer.from_command(["true"], guarded=True) as key:
        assert "guarded" in key.protections
