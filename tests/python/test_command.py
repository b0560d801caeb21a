# SPDX-License-Identifier: MIT OR Apache-2.0
"""from_command: a program's output straight into a buffer, without a shell, and no child left behind on any path."""
import errno
import os
import pathlib
import signal
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


@pytest.fixture
def searchable_path(monkeypatch):
    """A folder of PATH that this user may not search would answer EACCES for every name that is not found."""
    monkeypatch.setenv("PATH", os.defpath)


@pytest.mark.usefixtures("searchable_path")
def test_one_string_is_not_split_into_words():
    with pytest.raises((TypeError, FileNotFoundError)):
        LockedBuffer.from_command("printf abc")


def test_stdin_is_empty():
    with LockedBuffer.from_command(["cat"], allow_empty=True) as key:
        assert len(key) == 0


def test_a_newline_is_trimmed_when_asked():
    with LockedBuffer.from_command(["echo", "abc"], trim_newline=True) as key:
        assert memoryview(key) == b"abc"


def test_no_output_is_refused_unless_allowed():
    with pytest.raises(ValueError, match="empty"):
        LockedBuffer.from_command(["true"])
    with LockedBuffer.from_command(["true"], allow_empty=True) as key:
        assert len(key) == 0


def test_what_follows_the_first_line_does_not_break_the_command():
    with LockedBuffer.from_command(python("print('abc\\n' + 'x' * 200000)"), first_line=True) as key:
        assert memoryview(key) == b"abc"


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


@pytest.mark.usefixtures("searchable_path")
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
        LockedBuffer.from_command(python(program), max=100)
    assert caught.value.code == "OSML_ETOOBIG"


def test_a_program_that_goes_on_after_too_much_output_is_not_waited_for_ever():
    """It would sleep until it is killed, with its end of the pipe open."""
    with pytest.raises(ValueError):
        LockedBuffer.from_command(python("import signal, sys; print('a' * 101); sys.stdout.flush(); signal.pause()"), max=100)


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


@pytest.mark.parametrize("options", [{"env": 1}, {"env": {"A": 1}}, {"cwd": 1.5}, {"input": "text"}, {"input": 1}])
def test_other_surroundings_are_a_type_error(options):
    with pytest.raises((TypeError, AttributeError)):
        LockedBuffer.from_command(["cat"], allow_empty=True, **options)


def test_a_closed_input_is_refused():
    given = LockedBuffer(3)
    given.close()
    with pytest.raises(ValueError) as caught:
        LockedBuffer.from_command(["cat"], input=given)
    assert caught.value.code == "OSML_ECLOSED"


def test_the_options_reach_the_buffer():
    with LockedBuffer.from_command(["echo"], guarded=True) as key:
        assert "guarded" in key.protections


def test_a_failure_is_told_where_sigchld_is_ignored():
    """The system keeps no status there (audit L3)."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with pytest.raises(subprocess.CalledProcessError) as caught:
            LockedBuffer.from_command(["sh", "-c", "echo secret; exit 3"])
        assert caught.value.returncode == 3
        assert signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_neither_subprocess_nor_threading_has_a_part_in_it(monkeypatch):
    """gevent and eventlet put their own in their place, and a frozen program may have none (audit L3)."""
    for name in ["subprocess", "threading", "selectors"]:
        monkeypatch.setitem(sys.modules, name, None)
    with LockedBuffer.from_command(["cat"], input=b"abc" * 100000, max=300000, timeout=60) as key:
        assert len(key) == 300000


# ---- Input, surroundings, a deadline ----


def test_a_buffer_is_the_input_and_its_answer_may_come_before_all_is_read():
    text = bytes(range(256)) * 1024
    with LockedBuffer.from_bytes(text) as given, LockedBuffer.from_command(["cat"], input=given, max=len(text)) as key:
        assert key == given


@pytest.mark.parametrize("command", [["true"], ["head", "-c", "3"]])
def test_a_command_need_not_read_its_input(command):
    with LockedBuffer.from_command(command, input=b"abc" * 100000, allow_empty=True) as key:
        assert memoryview(key) in (b"", b"abc")


def test_environment_and_folder_are_those_given(tmp_path):
    with LockedBuffer.from_command(["/bin/sh", "-c", "echo $ONLY; pwd"], env={"ONLY": "this"}, cwd=tmp_path) as key:
        assert memoryview(key) == f"this\n{tmp_path}\n".encode()


@pytest.mark.parametrize("name", ["", "ONLY=this", "="])
def test_a_name_that_no_variable_can_have_is_refused(name):
    with pytest.raises(ValueError, match="no variable can have"):
        LockedBuffer.from_command(["env"], env={name: "x"})


@pytest.mark.parametrize("program", [
    "import time; time.sleep(1000)",
    "import os, time; print('abc', flush=True); os.close(1); time.sleep(1000)",
    "import os, time; os.fork() or time.sleep(1000)"])
def test_a_command_that_does_not_end_in_time_is_ended(program):
    with pytest.raises(TimeoutError):
        LockedBuffer.from_command(python(program), timeout=1)


def test_the_deadline_ends_the_wait_for_a_command_that_does_not_read_its_input():
    """It has written its secret, and sleeps until it is killed. The input is more than a pipe holds."""
    program = "import os, signal; os.write(1, b'secret'); os.close(1); signal.pause()"
    with pytest.raises(TimeoutError):
        LockedBuffer.from_command(python(program), input=bytes(1 << 20), timeout=1)
