# SPDX-License-Identifier: MIT OR Apache-2.0
"""A variable is taken out of the environment: of the C library, of the kernel's view, and of os.environ."""
import ctypes
import os
import subprocess
import sys

import child
import child_environment
import pytest
import scan

from osmemlock import LockedBuffer

NAME = "OSML_TEST_SECRET"


@pytest.fixture
def variable(monkeypatch):
    monkeypatch.setenv(NAME, "abc")
    return NAME


def c_getenv(name):
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    return getenv(name.encode())


def test_the_value_is_in_the_buffer(variable):
    with LockedBuffer.from_env(variable) as key:
        assert memoryview(key) == b"abc"


def test_the_c_library_finds_it_no_more(variable):
    assert c_getenv(variable) == b"abc"
    LockedBuffer.from_env(variable).close()
    assert c_getenv(variable) is None


def test_os_environ_has_it_no_more(variable):
    LockedBuffer.from_env(variable).close()
    assert variable not in os.environ
    assert variable.encode() not in os.environb


def test_the_variable_can_be_set_again(variable):
    LockedBuffer.from_env(variable).close()
    os.environ[variable] = "new"
    with LockedBuffer.from_env(variable) as key:
        assert memoryview(key) == b"new"


def test_the_other_variables_stay(variable, monkeypatch):
    monkeypatch.setenv(NAME + "_2", "other")
    LockedBuffer.from_env(variable).close()
    assert os.environ[NAME + "_2"] == "other"
    assert c_getenv(NAME + "_2") == b"other"


def test_the_kernels_view_shows_it_no_more():
    """The block that exec() made, as other processes of the user can read it in /proc/PID/environ."""
    secret = scan.new_secret().decode()
    with child.Victim(child_environment.take, NAME, env={NAME: secret}) as victim:
        victim.await_step("started")
        assert secret in block_of(victim.pid)  # the control
        victim.go_on()
        victim.await_step("taken")
        assert secret not in block_of(victim.pid)
        assert secret[:scan.QUARTER] not in block_of(victim.pid)
        victim.go_on()


def block_of(pid):
    with open(f"/proc/{pid}/environ", encoding="utf-8", errors="replace") as file:
        return file.read()


def test_a_child_process_does_not_get_it(variable):
    LockedBuffer.from_env(variable).close()
    assert child.run(child_environment.tell, variable)[0] == "None\n"


def test_a_value_that_is_no_text_arrives_as_bytes(monkeypatch):
    monkeypatch.setitem(os.environb, NAME.encode(), b"\xff\xfe")
    with LockedBuffer.from_env(NAME) as key:
        assert memoryview(key) == b"\xff\xfe"


def test_an_empty_value_is_refused_unless_allowed(monkeypatch):
    monkeypatch.setenv(NAME, "")
    with pytest.raises(ValueError, match="empty"):
        LockedBuffer.from_env(NAME)
    assert os.environ[NAME] == ""
    with LockedBuffer.from_env(NAME, allow_empty=True) as key:
        assert len(key) == 0
    assert NAME not in os.environ


def test_a_newline_is_trimmed_when_asked(monkeypatch):
    monkeypatch.setenv(NAME, "abc\n")
    with LockedBuffer.from_env(NAME, trim_newline=True) as key:
        assert memoryview(key) == b"abc"


def test_a_value_that_is_too_long_stays_where_it_is(variable):
    with pytest.raises(ValueError) as caught:
        LockedBuffer.from_env(variable, max=2)
    assert caught.value.code == "OSML_ETOOBIG"
    assert os.environ[variable] == "abc"
    assert c_getenv(variable) == b"abc"


def test_a_variable_that_is_not_set_is_not_found():
    with pytest.raises(FileNotFoundError):
        LockedBuffer.from_env(NAME + "_MISSING")


@pytest.mark.parametrize("name", ["", "A=B", "=", "A\0B"])
def test_a_name_that_no_variable_has_is_a_value_error(name):
    with pytest.raises(ValueError, match="null" if "\0" in name else "no variable can have this name: it is empty, or has") as caught:
        LockedBuffer.from_env(name)
    assert "\0" in name or caught.value.code == "OSML_EINVAL"


@pytest.mark.parametrize("name", [None, 1, b"NAME", ["NAME"]])
def test_a_name_is_text(name):
    with pytest.raises(TypeError):
        LockedBuffer.from_env(name)


# By then the variable is gone from libc, so the buffer has the only copy that is left.
def test_a_hook_that_forbids_the_change_of_os_environ_does_not_lose_the_secret():
    program = """if True:
        import os, sys
        from osmemlock import LockedBuffer

        def refuse(event, arguments):
            if event == "os.unsetenv":
                raise RuntimeError("refused")

        sys.addaudithook(refuse)
        sys.unraisablehook = lambda told: print(type(told.exc_value).__name__)
        with LockedBuffer.from_env("OSML_TEST") as key:
            print(len(key))
    """
    environment = {**os.environ, "OSML_TEST": "x" * 11}
    out = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True).stdout
    assert out.split() == ["RuntimeError", "11"]
