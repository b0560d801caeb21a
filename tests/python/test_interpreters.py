# SPDX-License-Identifier: MIT OR Apache-2.0
"""Sub-interpreters: each imports the module for itself; from Python 3.12 on each has its own GIL (PEP 684)."""
import sys

import child
import child_interpreters
import pytest


def run(function):
    if child_interpreters.Interpreter.module() is None:
        pytest.skip("this Python has no private module for sub-interpreters")
    return child.run(function, flags=["-W", "ignore"])[0]


def test_an_interpreter_imports_and_uses_the_module():
    assert run(child_interpreters.use_once) == "used\n"


if sys.version_info >= (3, 12):

    def test_control_a_module_that_needs_the_shared_gil_is_refused_there():
        """So what the other tests use is an interpreter with a GIL of its own."""
        assert run(child_interpreters.control_shared_gil_only) == "refused\n"


def test_types_are_not_shared():
    assert run(child_interpreters.types_differ) == "True\n"


def test_interpreters_come_and_go_twenty_times():
    assert run(child_interpreters.come_and_go) == "live 0\n"


def test_interpreters_in_threads_at_once():
    assert run(child_interpreters.at_once) == "4 live 0\n"


def test_an_interpreter_that_ends_with_open_buffers_gives_them_back():
    assert run(child_interpreters.end_with_open_buffers) == "live 0\n"


def test_the_main_interpreters_buffers_outlive_the_others():
    assert run(child_interpreters.main_lives_on) == "True\n"


def test_exceptions_are_those_of_the_interpreter_that_raised():
    assert run(child_interpreters.exceptions) == "caught\n"
